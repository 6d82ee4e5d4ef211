import fc from 'fast-check'
import t from 'tap'
import { createLedger } from '../../src/delivery/ledger.js'
import { createProgress, foldProgress } from '../../src/delivery/progress.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { HubError } from '../../src/kernel/errors.js'
import type { HubEvent } from '../../src/recording/port.js'
import { drivenTimers } from './driven-timers.js'

const SUBSCRIPTION = '0198f0aa-0000-7000-8000-0000000000a1'

function openLedger() {
  const timers = drivenTimers(1_000_000)
  const written: { readonly type: string; readonly data: HubEvent['data']; readonly at: number }[] = []
  let refusals = 0
  const ledger = createLedger({
    subscription: SUBSCRIPTION,
    calendar: timers,
    timers,
    onRefusal: () => refusals++,
    recorder: {
      async appendNext({ type, data, stream }) {
        if (isRefusing) throw new HubError('HUB_READ_ONLY', 'full')
        written.push({ type, data, at: timers.now() })
        return { id: '', stream, revision: written.length, recordedAt: '' }
      },
    },
  })
  let isRefusing = false
  return {
    ledger,
    timers,
    written,
    refusals: () => refusals,
    refuse(how: boolean) {
      isRefusing = how
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const asEvent = ({ type, data }: { type: string; data: HubEvent['data'] }): StoredEvent =>
  ({ type, data }) as unknown as StoredEvent

t.test('writes what was handed over at most once a second, as one range', async (t) => {
  const { ledger, timers, written } = openLedger()

  for (let sequence = 0; sequence < 5000; sequence++) {
    ledger.handedOver(sequence)
    if (sequence % 10 === 0) {
      timers.advance(1)
      await turn()
    }
  }
  await ledger.flush()

  t.equal(written.length, 2)
  t.match(written[0], { type: 'MessageHandedOver', data: { from: 0 } })
  t.match(written[1], { data: { through: 4999 } })
})

t.test('keeps what the log refuses and writes it later', async (t) => {
  const { ledger, timers, written, refuse, refusals } = openLedger()
  refuse(true)
  ledger.handedOver(0)
  ledger.parked(1, 'k', 'HTTP_400')
  timers.advance(1000)
  await turn()
  t.ok(refusals() > 0)
  t.same(written, [])

  refuse(false)
  await ledger.flush()

  t.match(written, [
    { type: 'MessageParked', data: { sequence: 1, key: 'k', reason: 'HTTP_400' } },
    { type: 'MessageHandedOver', data: { from: 0, through: 0 } },
  ])
})

t.test('folds back exactly what was done, in whatever order it was done', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 60 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }),
      async (order, refused) => {
        const { ledger, written } = openLedger()
        const live = createProgress()
        for (const sequence of order) {
          if (refused.includes(sequence)) {
            live.park(sequence, 'k')
            ledger.parked(sequence, 'k', 'HTTP_400')
          } else {
            live.handedOver(sequence, sequence)
            ledger.handedOver(sequence)
          }
        }
        await ledger.flush()
        const folded = createProgress()
        for (const event of written) foldProgress(folded, asEvent(event))
        const expected = Array.from({ length: 62 }, (_, sequence) => sequence).find((one) => !order.includes(one))
        return (
          folded.cursor() === live.cursor() &&
          folded.cursor() === expected &&
          [...folded.parked().keys()].join() === [...live.parked().keys()].join() &&
          order.every((sequence) => folded.isDone(sequence))
        )
      },
    ),
  )
  t.pass('every history')
})

t.test('never moves the cursor when something is sent again', async (t) => {
  const progress = createProgress()
  progress.handedOver(0, 9)
  progress.park(4, 'k')

  progress.redrive([4, 2])
  t.equal(progress.cursor(), 10)
  t.same([...progress.redriving()], [4, 2])
  progress.handedOver(4, 4)

  t.same([...progress.redriving()], [2])
  t.equal(progress.cursor(), 10)
  t.same([...progress.parked()], [])
})

t.test('believes that a receiver has what one hub handed over, whatever another says late', async (t) => {
  const progress = createProgress()
  progress.handedOver(0, 0)
  progress.park(0, 'k')
  t.same([...progress.parked()], [], 'parked by a hub that had lost its lease')

  progress.park(1, 'k')
  progress.handedOver(1, 1)
  t.same([...progress.parked()], [], 'handed over by the hub that holds it')

  progress.redrive([1])
  progress.park(1, 'k')
  t.same([...progress.parked()], [[1, 'k']], 'asked for again and refused')
})

t.test('finds what needs an attempt behind what needs none', async (t) => {
  const progress = createProgress()
  progress.handedOver(0, 2)
  progress.handedOver(4, 6)

  t.same(
    [0, 3, 4, 6, 9].map((sequence) => progress.nextOpen(sequence)),
    [3, 3, 7, 7, 9],
  )
})
