import t from 'tap'
import type { ReceivedMessage } from '../../kit/envelope.js'
import { runMailbox } from '../../kit/mailbox.js'
import type { RangeQuery } from '../../kit/port.js'
import { openTownship } from '../alerts/township.js'
import { principalOf } from '../fixtures/recording.js'
import { messagesOf, pageOf, rigOf } from './rig.js'

const ABA = Object.values(messagesOf('applies in order, each once, and takes a duplicate without applying it'))

/** A hub whose outbox a test holds; whoever waits is answered when the time is over or the signal aborts. */
function hubOf({ outbox = ABA, faults = [] as string[] } = {}) {
  const asked: { readonly after: number; readonly limit?: number }[] = []
  const acknowledged: number[] = []
  let onAcknowledge = (_through: number): void => undefined
  return {
    asked,
    acknowledged,
    until: (through: number) =>
      new Promise<void>((resolve) => {
        onAcknowledge = (one) => {
          if (one === through) resolve()
        }
      }),
    async fetchRange(after: number, { limit = 100, wait = 0, signal }: RangeQuery = {}) {
      asked.push({ after, ...(limit === 100 ? {} : { limit }) })
      const fault = faults.shift()
      if (fault !== undefined) throw new Error(fault)
      const page = pageOf(outbox, after, { limit })
      if (page.messages.length === 0 && wait > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, wait * 1000)
          signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
      return page
    },
    async acknowledge(through: number) {
      acknowledged.push(through)
      onAcknowledge(through)
    },
  }
}

t.test('applies, acknowledges, waits for more, and ends when it is told to', async (t) => {
  const rig = rigOf(t)
  const hub = hubOf()
  const receiver = await rig.open({ fetchRange: hub.fetchRange })
  const ending = new AbortController()
  const done = hub.until(2)

  const running = runMailbox({ receiver, hub, signal: ending.signal })
  await done
  ending.abort()
  await running

  t.same(
    rig.handed.map(({ message }) => message.sequence),
    [0, 1, 2],
  )
  t.same(hub.acknowledged, [2], 'once for a page')
})

t.test('waits after a failure, and begins again where everything is known', async (t) => {
  const rig = rigOf(t)
  const hub = hubOf({ faults: ['away', 'away'] })
  const receiver = await rig.open({ fetchRange: hub.fetchRange })
  const ending = new AbortController()
  const done = hub.until(2)
  const problems: unknown[] = []

  const running = runMailbox({
    receiver,
    hub,
    signal: ending.signal,
    backoffMs: [1],
    onProblem: (error) => problems.push(error),
  })
  await done
  ending.abort()
  await running

  t.match(problems, [{ message: 'away' }, { message: 'away' }])
  t.same(hub.asked.slice(0, 3), [{ after: -1 }, { after: -1 }, { after: -1 }])
})

t.test(
  'reads one person’s failing message again while the others go on, and acknowledges nothing past it',
  async (t) => {
    let failures = 2
    const rig = rigOf(t, ({ sequence }) => {
      if (sequence === 0 && failures-- > 0) throw new Error('not now')
    })
    const hub = hubOf()
    const receiver = await rig.open({ fetchRange: hub.fetchRange })
    const ending = new AbortController()
    const done = hub.until(2)

    const running = runMailbox({ receiver, hub, signal: ending.signal, backoffMs: [1] })
    await done
    ending.abort()
    await running

    t.same(
      rig.handed.map(({ message }) => message.sequence),
      [0, 1, 0, 0, 2],
      'message 2 is about the person of message 0, message 1 about somebody else',
    )
    t.same(hub.acknowledged.at(-1), 2)
    t.ok(hub.asked.some(({ after, limit }) => after === -1 && limit === 1))
  },
)

t.test('ends at once while it waits after a failure', async (t) => {
  const hub = hubOf({ faults: ['away'] })
  const ending = new AbortController()
  const receiver = await rigOf(t).open()

  await runMailbox({
    receiver,
    hub,
    signal: ending.signal,
    backoffMs: [3_600_000],
    onProblem: () => setImmediate(() => ending.abort()),
  })

  t.equal(hub.asked.length, 1)
})

t.test('reads a real hub’s mailbox: the bytes that were recorded, each once, acknowledged', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const police = principalOf(agencies.police, 'POLICE')
  const patient = await hub.register()
  for (const level of [1, 4, 2]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()
  const received: ReceivedMessage[] = []
  const rig = rigOf(t, (message) => void received.push(message))
  const ending = new AbortController()
  const client = {
    async fetchRange(after: number, { wait = 0, limit = 100, signal }: RangeQuery = {}) {
      const query = { after, limit, waitMs: wait * 1000, ...(signal ? { signal } : {}) }
      const page = await hub.delivery.messages(police, boxes.police, query)
      const messages = page.messages.map(({ sequence, id, body }) => ({ sequence, id, envelope: JSON.parse(body) }))
      return { ...page, messages }
    },
    async acknowledge(through: number) {
      await hub.delivery.acknowledge(police, boxes.police, through)
      if (through === 3) ending.abort()
    },
  }
  const receiver = await rig.open({ subscription: boxes.police, fetchRange: client.fetchRange })

  const running = runMailbox({ receiver, hub: client, signal: ending.signal })
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await running

  t.same(
    received.map(({ sequence, facts }) => [sequence, facts.level]),
    [
      [0, 1],
      [1, 4],
      [2, 2],
      [3, 5],
    ],
  )
  for (const { sequence, body } of received) {
    t.equal(body, (await hub.delivery.renderer.render(boxes.police, sequence)).body)
  }
  t.match(await hub.delivery.status(police, boxes.police), { acknowledgedThrough: 3 })
})
