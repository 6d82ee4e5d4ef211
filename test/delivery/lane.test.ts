import fc from 'fast-check'
import t from 'tap'
import { BACKOFF_MS, backoffMs } from '../../src/delivery/backoff.js'
import { createGate } from '../../src/delivery/gate.js'
import { createLane, type LaneDeps, type LaneMessage } from '../../src/delivery/lane.js'
import { addressOf, scheduleFrom } from '../../src/delivery/lane-schedule.js'
import type { RenderedMessage } from '../../src/delivery/port.js'
import type { SendOutcome } from '../../src/delivery/webhook.js'
import { type DrivenTimers, drivenTimers } from './driven-timers.js'

const ACCEPTED: SendOutcome = { kind: 'accepted' }
const DOWN: SendOutcome = { kind: 'failed', reason: 'ECONNREFUSED', scope: 'endpoint' }
const BROKEN: SendOutcome = { kind: 'failed', reason: 'HTTP_500', scope: 'message' }
const REFUSED: SendOutcome = { kind: 'refused', reason: 'HTTP_422' }

function openLane(
  outcome: (sequence: number) => SendOutcome | Promise<SendOutcome>,
  { timers = drivenTimers(), ...deps }: Partial<LaneDeps> & { readonly timers?: DrivenTimers } = {},
) {
  const attempts: { readonly sequence: number; readonly at: number }[] = []
  const handedOver: number[] = []
  const parked: { readonly sequence: number; readonly reason: string }[] = []
  let underWay = 0
  let mostUnderWay = 0
  const lane = createLane({
    timers,
    firstAttempts: createGate(256),
    repeats: createGate(256),
    async send(sequence) {
      attempts.push({ sequence, at: timers.now() })
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      const answer = await outcome(sequence)
      underWay--
      return answer
    },
    onHandedOver: ({ sequence }: LaneMessage) => handedOver.push(sequence),
    onParked: ({ sequence }: LaneMessage, reason: string) => parked.push({ sequence, reason }),
    onRoom: () => undefined,
    onChange: () => undefined,
    ...deps,
  })
  const settled = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (!lane.isResting())
  }
  return { lane, timers, attempts, handedOver, parked, settled, mostUnderWay: () => mostUnderWay }
}

t.test('tries again on the literal schedule, for ever, and drops nothing', async (t) => {
  const { lane, timers, attempts, handedOver, settled } = openLane(() =>
    timers.now() < 5 * 3600_000 ? DOWN : ACCEPTED,
  )

  lane.push({ sequence: 0, key: 'a' })
  await settled()
  for (let hour = 0; handedOver.length === 0 && hour < 100; hour++) {
    timers.advance(timers.nextIn() ?? 0)
    await settled()
  }

  const pauses = attempts.slice(1).map(({ at }, i) => at - (attempts[i]?.at ?? 0))
  t.same(pauses.slice(0, 9), BACKOFF_MS)
  t.ok(pauses.slice(9).length > 0)
  t.ok(pauses.slice(9).every((pause) => pause === 3600_000))
  t.same(handedOver, [0])
  t.equal(backoffMs(1), 5000)
  t.equal(backoffMs(1000), 3600_000)
})

t.test('pauses as a whole while its receiver takes nothing, with one message at a time to try the way', async (t) => {
  const { lane, timers, attempts, handedOver, settled } = openLane(() => (timers.now() < 5_000 ? DOWN : ACCEPTED))

  for (let sequence = 0; sequence < 50; sequence++) lane.push({ sequence, key: `person-${sequence}` })
  await settled()
  const before = attempts.length
  t.ok(before <= 8, `${before} attempts, not 50`)
  t.match(lane.pause(), { reason: 'ECONNREFUSED' })

  timers.advance(4_999)
  await settled()
  t.equal(attempts.length, before, 'nothing within the pause')
  timers.advance(1)
  await settled()

  t.equal(handedOver.length, 50, 'everything once it is back')
  t.equal(lane.pause(), undefined)
})

t.test('a clock that is set back by minutes makes no pause longer by as much', async (t) => {
  let outcome: SendOutcome = DOWN
  const { lane, timers, attempts, handedOver, settled } = openLane(() => outcome)
  lane.push({ sequence: 0, key: 'a' })
  await settled()
  t.equal(attempts.length, 1)

  outcome = ACCEPTED
  timers.setBack(5 * 60_000)
  timers.advance(2 * backoffMs(1))
  await settled()

  t.same(handedOver, [0], 'at the latest one step later')
})

t.test('lets one message that always fails hold up its own person only', async (t) => {
  const { lane, timers, attempts, handedOver, settled } = openLane((sequence) => (sequence === 0 ? BROKEN : ACCEPTED))

  lane.push({ sequence: 0, key: 'a' })
  lane.push({ sequence: 1, key: 'a' })
  for (let sequence = 2; sequence < 100; sequence++) lane.push({ sequence, key: `person-${sequence % 10}` })
  await settled()
  t.equal(handedOver.length, 98)
  t.notOk(handedOver.includes(1), 'the same person waits')

  timers.advance(5_000)
  await settled()
  timers.advance(15_000)
  await settled()
  t.same(
    attempts.filter(({ sequence }) => sequence === 0).map(({ at }) => at),
    [0, 5_000, 20_000],
    'on its own schedule',
  )
})

t.test('tries soon again what failed on our own side, and blames no receiver for it', async (t) => {
  const AWAY: SendOutcome = { kind: 'failed', reason: 'HUB_VAULT_AWAY', scope: 'hub' }
  const { lane, timers, attempts, handedOver, settled } = openLane(() => (timers.now() < 60_000 ? AWAY : ACCEPTED))

  for (let sequence = 0; sequence < 3; sequence++) lane.push({ sequence, key: `person-${sequence}` })
  for (let i = 0; i < 12; i++) {
    await settled()
    t.equal(lane.pause(), undefined)
    timers.advance(5_000)
  }
  await settled()

  t.same(handedOver, [0, 1, 2])
  t.same(
    attempts.filter(({ sequence }) => sequence === 0).map(({ at }) => at),
    Array.from({ length: 13 }, (_, i) => i * 5_000),
  )
})

t.test('tries new messages before repeating old ones', async (t) => {
  const { lane, timers, attempts, settled } = openLane((sequence) => (sequence < 3 ? BROKEN : ACCEPTED))
  lane.push({ sequence: 0, key: 'a' })
  await settled()
  timers.advance(4_999)
  for (let sequence = 3; sequence < 30; sequence++) lane.push({ sequence, key: `person-${sequence}` })
  timers.advance(1)
  await settled()

  const last = attempts.at(-1)
  t.same(last?.sequence, 0, 'the repeated one comes last')
})

t.test('parks what is refused for good, and what follows it about the same person', async (t) => {
  const { lane, handedOver, parked, settled } = openLane((sequence) => (sequence === 1 ? REFUSED : ACCEPTED))

  for (let sequence = 0; sequence < 6; sequence++) lane.push({ sequence, key: sequence % 2 === 0 ? 'even' : 'odd' })
  await settled()
  lane.push({ sequence: 7, key: 'odd' })
  await settled()

  t.same(handedOver, [0, 2, 4])
  t.same(parked, [
    { sequence: 1, reason: 'HTTP_422' },
    { sequence: 3, reason: 'BEHIND' },
    { sequence: 5, reason: 'BEHIND' },
    { sequence: 7, reason: 'BEHIND' },
  ])

  lane.setParked('odd', false)
  lane.again([1, 3, 5, 7].map((sequence) => ({ sequence, key: 'odd' })))
  await settled()
  t.equal(parked.length, 8, 'refused again, parked again')
})

t.test('hands over in order per person, whatever fails in between', async (t) => {
  const message = fc.record({
    key: fc.integer({ min: 0, max: 4 }),
    fate: fc.array(fc.constantFrom('down', 'broken', 'slow'), { maxLength: 3 }),
    isRefused: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 40 }), async (messages) => {
      const fates = messages.map(({ fate }) => [...fate])
      const { lane, timers, handedOver, parked, settled, mostUnderWay } = openLane(async (sequence) => {
        const next = fates[sequence]?.shift()
        if (next === 'slow') await new Promise((resolve) => setImmediate(resolve))
        if (next === 'down') return DOWN
        if (next === 'broken') return BROKEN
        return messages[sequence]?.isRefused ? REFUSED : ACCEPTED
      })
      for (const [sequence, { key }] of messages.entries()) lane.push({ sequence, key: String(key) })
      for (let i = 0; i < 500 && handedOver.length + parked.length < messages.length; i++) {
        await settled()
        timers.advance(timers.nextIn() ?? 0)
      }
      await settled()

      const isInOrder = (sequences: readonly number[], key: number): boolean =>
        sequences
          .filter((sequence) => messages[sequence]?.key === key)
          .every((sequence, i, all) => i === 0 || (all[i - 1] ?? -1) < sequence)
      const all = [...handedOver, ...parked.map(({ sequence }) => sequence)].sort((a, b) => a - b)
      return (
        all.length === messages.length &&
        all.every((sequence, i) => sequence === i) &&
        [0, 1, 2, 3, 4].every((key) => isInOrder(handedOver, key)) &&
        mostUnderWay() <= 8
      )
    }),
    { numRuns: 100 },
  )
  t.pass('100 histories')
})

t.test('says whether the body waits with its message: of a crowd and of the parked it does not', async (t) => {
  const { lane, settled } = openLane(() => REFUSED)
  const body = { body: '{}' } as unknown as RenderedMessage
  lane.hold(true)

  t.equal(lane.push({ sequence: 0, key: 'a' }), false, 'there is none')
  t.equal(lane.push({ sequence: 1, key: 'b' }, body), true)
  for (let sequence = 2; sequence < 256; sequence++) lane.push({ sequence, key: 'c' }, body)
  t.equal(lane.push({ sequence: 256, key: 'd' }, body), false, 'they are rendered again')
  lane.hold(false)
  await settled()
  t.equal(lane.push({ sequence: 257, key: 'b' }, body), false, 'parked')
})

t.test('goes on with the schedule of the lane before it, for the same address', async (t) => {
  const URL = 'https://receiver.example/hook'
  const first = openLane((sequence) => (sequence === 0 ? BROKEN : ACCEPTED))
  first.lane.push({ sequence: 0, key: 'a' })
  first.lane.push({ sequence: 1, key: 'b' })
  await first.settled()
  first.timers.advance(5_000)
  await first.settled()
  t.equal(first.attempts.filter(({ sequence }) => sequence === 0).length, 2)
  t.equal(first.lane.nextAt(), 20_000)
  await first.lane.stop()

  const left = JSON.parse(JSON.stringify({ ...first.lane.schedule(), to: addressOf(URL) }))
  const second = openLane(() => ACCEPTED, { timers: first.timers, schedule: scheduleFrom(left, URL) })
  second.lane.push({ sequence: 0, key: 'a' })
  await second.settled()
  t.same(second.attempts, [], 'its moment has not come')
  first.timers.advance(15_000)
  await second.settled()

  t.same(second.attempts, [{ sequence: 0, at: 20_000 }])
  t.equal(second.lane.schedule(), undefined, 'nothing fails any more')
  t.equal(scheduleFrom(left, `${URL}/moved`), undefined, 'another address is tried at once')
  for (const other of [undefined, null, 'x', { to: addressOf(URL) }]) t.equal(scheduleFrom(other, URL), undefined)
})

t.test('begins nothing once somebody else may send, and loses nothing by it', async (t) => {
  let mayBegin = true
  const { lane, attempts } = openLane(
    () => {
      mayBegin = false
      return ACCEPTED
    },
    { mayBegin: () => mayBegin },
  )
  lane.hold(true)
  for (let sequence = 0; sequence < 30; sequence++) lane.push({ sequence, key: 'a' })
  lane.hold(false)
  await new Promise((resolve) => setImmediate(resolve))

  t.equal(attempts.length, 1)
  t.equal(lane.waiting(), 29)
})
