import t from 'tap'
import { createProgress } from '../../src/delivery/progress.js'
import { MOST_LOOKS, noteUnsent, oldestUnsentAt, type Unsent } from '../../src/delivery/unsent.js'
import type { Subscription } from '../../src/domain/directory.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { MINUTE, momentOf } from '../../src/kernel/dates.js'
import { principalOf } from '../fixtures/recording.js'
import { openTempStore } from '../fixtures/store.js'
import { accept, openReceiver } from './receiver.js'
import { enrolTownship, openSmallHub } from './small-hub.js'

const START = Date.parse('2026-03-02T09:00:00+08:00')

function track(id: string, length: number, changes: Partial<Subscription> = {}, unsent?: Unsent) {
  const subscription: Subscription = {
    ...{ id, agency: 'a', alerts: true, feeds: [], channel: 'webhook', url: 'https://a.example/' },
    ...{ duty: false, paused: false, isOpen: true, secretNumber: 1 },
    ...changes,
  }
  return { subscription, length, progress: createProgress(), unsent }
}

/** Message k of every outbox was recorded k minutes after the start; counts what is read. */
function logOf() {
  const read: string[] = []
  return {
    read,
    async *readStream(stream: string, from = 0) {
      read.push(stream)
      yield { stream, revision: from, recordedAt: momentOf(START + from * MINUTE) } as StoredEvent
    },
  }
}

t.test('finds the oldest of all outboxes, and reads only what may be it', async (t) => {
  const log = logOf()
  const [far, near, done] = [track('far', 9), track('near', 9), track('done', 3)]
  far.progress.handedOver(0, 4)
  near.progress.handedOver(0, 1)
  done.progress.handedOver(0, 2)

  t.equal(await oldestUnsentAt(log, [far, near, done]), START + 2 * MINUTE)
  t.equal(log.read.length, 2)
  t.equal(await oldestUnsentAt(log, [far, near, done]), START + 2 * MINUTE)
  t.equal(log.read.length, 2, 'what is known is not read again')
  near.progress.handedOver(2, 2)
  t.equal(await oldestUnsentAt(log, [far, near, done]), START + 3 * MINUTE)
  t.equal(log.read.length, 3, 'but what has moved on')
})

t.test('counts nothing that waits for somebody else', async (t) => {
  const log = logOf()
  const parked = track('parked', 1)
  parked.progress.park(0, 'k')

  const tracks = [
    parked,
    track('paused', 5, { paused: true }),
    track('closed', 5, { isOpen: false }),
    track('mailbox', 5, { channel: 'mailbox' }),
    track('empty', 0),
  ]

  t.equal(await oldestUnsentAt(log, tracks), undefined)
  t.same(log.read, [])
})

t.test('notes the first that waits, and reads nothing for it', async (t) => {
  const log = logOf()
  const one = track('one', 0)

  noteUnsent(one, 0, START + 7)
  one.length = 1
  noteUnsent(one, 1, START + 9)
  one.length = 2

  t.equal(await oldestUnsentAt(log, [one]), START + 7)
  t.same(log.read, [])
})

t.test('reads no more than so many for one answer, and never makes the oldest younger than it is', async (t) => {
  const log = logOf()
  // All have moved on since they were looked at.
  const tracks = Array.from({ length: 40_000 }, (_, n) => {
    const one = track(`${n}`, 100, {}, { sequence: 0, atMs: START })
    one.progress.handedOver(0, 9)
    return one
  })

  const at = await oldestUnsentAt(log, tracks)

  t.equal(log.read.length, MOST_LOOKS)
  t.equal(at, START)
})

t.test('a hub tells how long its oldest message waits, also after a restart, and when it is gone', async (t) => {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir)
  const { police } = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const id = await hub.webhook(police, receiver.url)
  await hub.idle()
  t.equal(await hub.delivery.oldestUnsentAt(), undefined)
  receiver.answer((_, reply) => void reply.writeHead(503).end())
  await hub.subscriptions.requestTest(principalOf(police, 'POLICE'), id)
  await receiver.count(1)
  const recordedAt = Date.parse((await hub.outbox(id))[0]?.recordedAt ?? '')
  t.equal(await hub.delivery.oldestUnsentAt(), recordedAt)
  await hub.stop()

  receiver.answer((_, reply) => void reply.writeHead(503).end())
  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())
  await receiver.count(2)
  t.equal(await again.delivery.oldestUnsentAt(), recordedAt)
  receiver.answer(accept)
  await again.subscriptions.change(principalOf(police, 'POLICE'), id, { url: `${receiver.url}?moved` })
  await receiver.count(3)
  await again.idle()

  t.equal(await again.delivery.oldestUnsentAt(), undefined)
})
