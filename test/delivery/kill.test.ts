import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wallClock } from '../../src/kernel/clock.js'
import { openStore } from '../../src/store.js'
import { TEST_MASTER, tempDirectory } from '../fixtures/store.js'
import { accept, openReceiver } from './receiver.js'

const CHILD = new URL('./kill-child.js', import.meta.url).pathname

function startChild(dataDir: string, url: string, count: number) {
  const child = spawn(process.execPath, [CHILD, dataDir, url, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  let waiting: (() => void)[] = []
  child.stdout.on('data', (chunk) => {
    output += chunk
    for (const wake of waiting) wake()
    waiting = []
  })
  return {
    async says(word: string) {
      while (!output.includes(word)) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    async kill() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

t.test('loses, skips and renames nothing when it is killed in the middle of delivering', async (t) => {
  const dataDir = tempDirectory(t)
  const receiver = await openReceiver(t)
  // Every seventh answer gets lost: a message that was taken and not known to be.
  receiver.answer((received, reply, nth) => (nth % 7 === 3 ? void reply.destroy() : accept(received, reply, nth)))
  const first = startChild(dataDir, receiver.url, 200)
  await receiver.count(30)
  await first.kill()
  const second = startChild(dataDir, receiver.url, 100)
  await receiver.count(60)
  await second.kill()

  receiver.answer(accept)
  const third = startChild(dataDir, receiver.url, 0)
  await third.says('idle')
  await third.kill()

  const store = await openStore(dataDir, TEST_MASTER, wallClock)
  t.teardown(() => store.close())
  const { subscription } = JSON.parse(readFileSync(join(dataDir, 'set-up'), 'utf8'))
  const causes = new Set<string>()
  const queued: { readonly key: unknown }[] = []
  for await (const { event } of store.log.readAll('')) {
    if (event.type === 'RiskAssessed') causes.add(event.id)
  }
  for await (const { data } of store.log.readStream(`outbox-${subscription}`)) {
    queued.push({ key: data.key })
    t.ok(causes.delete(String((data.cause as { id?: unknown }).id)), 'one message for one assessment')
  }
  t.equal(causes.size, 0, 'every assessment that stands was queued')
  const firstArrival = new Map<number, { readonly id: string; readonly body: string }>()
  const order = new Map<unknown, number[]>()
  for (const { id, body, envelope } of receiver.received) {
    const sequence = Number(envelope.sequence)
    const before = firstArrival.get(sequence)
    if (before) {
      t.equal(id, before.id, 'again under the same id')
      t.equal(body, before.body, 'with the same bytes')
      continue
    }
    firstArrival.set(sequence, { id, body })
    order.set(envelope.subject, [...(order.get(envelope.subject) ?? []), sequence])
  }
  t.equal(firstArrival.size, queued.length, 'every message arrived, and no other')
  for (const sequences of order.values()) {
    t.same(
      sequences,
      [...sequences].sort((a, b) => a - b),
      'in order per person',
    )
  }
})
