/** Did everything arrive? Compares what each receiver accepted with what its outbox holds, and names what is missing. */
import { causeLatencies, type Latencies } from './demo-latency.js'
import type { DemoHub } from './demo-port.js'
import type { Receiver } from './demo-receivers.js'
import type { QueuedMessage, Tally } from './demo-tally.js'

export interface Checked {
  /** Empty where everything expected arrived. */
  readonly faults: readonly string[]
  readonly latencies: ReadonlyMap<string, Latencies>
}

export interface Subscribed {
  readonly receiver: Receiver
  readonly name: string
  readonly subscription: string
}

export async function checkArrivals(
  hub: Pick<DemoHub, 'digestOf'>,
  tally: Tally,
  subscribed: readonly Subscribed[],
  sentAt: (eventId: string) => number | undefined,
): Promise<Checked> {
  const faults: string[] = []
  const samples: { readonly class: string; readonly ms: number }[] = []
  if (subscribed.every(({ subscription }) => !tally.outboxes.has(subscription)))
    faults.push('三个接收单位的发件箱都是空的')
  for (const { receiver, name, subscription } of subscribed) {
    const outbox = tally.outboxes.get(subscription) ?? []
    const extra = [...receiver.accepted.keys()].filter((sequence) => sequence >= outbox.length)
    if (extra.length > 0) faults.push(`${name}: 收到发件箱中没有的消息 ${extra.slice(0, 5).join('、')}`)
    for (const reason of receiver.rejected) faults.push(`${name}: 拒收一条消息（${reason}）`)
    for (const queued of outbox) {
      const accepted = receiver.accepted.get(queued.sequence)
      if (!accepted) {
        faults.push(`${name}: 未收到第 ${queued.sequence} 条消息（${queued.kind}）`)
        continue
      }
      if ((await hub.digestOf(receiver.agency, accepted.message.body)) !== queued.digest) {
        faults.push(`${name}: 第 ${queued.sequence} 条消息与发件箱摘要不符`)
      }
      const sentMs = sentAt(queued.causeId)
      if (sentMs !== undefined) samples.push({ class: queued.class, ms: accepted.atMs - sentMs })
    }
    faults.push(...documentFaults(tally, receiver, name, outbox))
  }
  return { faults, latencies: causeLatencies(samples) }
}

/** Every document that was released to this agency is there, with the digest of its release. */
function documentFaults(
  tally: Tally,
  receiver: Receiver,
  name: string,
  outbox: readonly QueuedMessage[],
): readonly string[] {
  const released = tally.documents.filter(({ agency }) => agency === receiver.agency)
  const received = outbox.flatMap(({ sequence }) => receiver.accepted.get(sequence)?.message.document ?? [])
  return released
    .filter(({ documentDigest }) => !received.some(({ digest }) => digest === documentDigest))
    .map(({ feed, period }) => `${name}: 未收到 ${period} ${feed} 的文档`)
}
