import t from 'tap'
import { type AlertRow, alertsWaiting, alerts as projection } from '../../projections/alerts.js'
import { type AlertKeeper, createAlertKeeper } from '../../src/alerts/keeper.js'
import { createDirectory } from '../../src/domain/directory.js'
import type { LogReader } from '../../src/log/port.js'
import { LADDER } from './desk.js'

t.test(
  'of hundreds that wait it looks at a part in each pass, at all of them in turn, and at what is due always',
  async (t) => {
    const { keeper, looked } = crowdedDesk(500)

    for (let pass = 0; pass < 3; pass++) await keeper.keep()

    t.equal(new Set(looked).size, 500, 'each was looked at')
    t.equal(looked.length, 502, 'once, but for the one that is due')
  },
)

t.test(
  'of a crowd it looks at as many as the time since the last pass is worth, and never at all of them at once',
  async (t) => {
    const desk = crowdedDesk(3000)
    desk.attendToDue()
    const lookedAfter = async (ms: number): Promise<number> => {
      desk.advance(ms)
      desk.looked.length = 0
      await desk.keeper.keep()
      return desk.looked.length
    }

    t.equal(await lookedAfter(0), 200, 'the first pass')
    t.equal(await lookedAfter(60_000), 1000, 'a minute later')
    desk.attend(2500)
    t.equal(await lookedAfter(60_000), 0, 'behind those in turn: none is left there')
    t.equal(await lookedAfter(10_000), 200, 'from the first on')
    t.equal(await lookedAfter(20_000), 299, 'the rest of them')
  },
)

t.test('where one of a crowd is due in each pass, the next pass comes as soon as any other', async (t) => {
  const desk = crowdedDesk(1500)

  await desk.keeper.keep()
  desk.advance(10_000)
  await desk.keeper.keep()

  t.equal(desk.passes(), 2)
  t.equal(desk.looked.length, 402, 'two hundred in turn, and the one that is due each time')
})

t.test('where thousands wait it rests until the next of them falls due, and never longer than a minute', async (t) => {
  const desk = crowdedDesk(1500)
  desk.attendToDue()

  await desk.keeper.keep()
  t.equal(desk.passes(), 1)
  desk.advance(59_000)
  await desk.keeper.keep()
  t.equal(desk.passes(), 1, 'nothing can have fallen due')
  desk.advance(1000)
  await desk.keeper.keep()
  t.equal(desk.passes(), 2, 'a minute is the least that lies between an alarm and its first rung')

  desk.advance(-3_600_000)
  await desk.keeper.keep()
  t.equal(desk.passes(), 3, 'a clock that was set back prolongs no rest')

  desk.advance(3_600_000 + 8.5 * 60_000)
  await desk.keeper.keep()
  desk.looked.length = 0
  desk.advance(29_000)
  await desk.keeper.keep()
  t.equal(desk.passes(), 4, 'thirty seconds are left')
  desk.advance(1000)
  await desk.keeper.keep()
  t.equal(desk.passes(), 5, 'and are over')
  t.equal(new Set(desk.looked).size, 1499, 'all of them are due')
})

/** So many alarms of 09:00, at 09:05, over nothing that holds their events; the last of them has been due for long. */
function crowdedDesk(size: number): {
  readonly keeper: AlertKeeper
  /** What was looked at, in order. */
  readonly looked: string[]
  /** Passes over all that wait. */
  passes(): number
  advance(ms: number): void
  attendToDue(): void
  /** The last so many of them. */
  attend(count: number): void
} {
  const looked: string[] = []
  let nowMs = Date.parse('2026-03-02T09:05:00+08:00')
  let passes = 0
  const row = (n: number): AlertRow => ({
    ...projection.initial,
    alert: `a${n}`,
    class: 'ALARM',
    cause: { stream: `patient-p${n}`, id: `c${n}` },
    raisedAt: n === size - 1 ? '2026-03-02T08:00:00.000+08:00' : '2026-03-02T09:00:00.000+08:00',
  })
  const waiting = Array.from({ length: size }, (_, n) => ({ key: `${1000 + n}`, row: row(n) }))
  const keeper = createAlertKeeper({
    log: { async *readStream() {} } as unknown as LogReader,
    recorder: { appendAt: () => Promise.reject(new Error('nothing is appended')) },
    calendar: { now: () => nowMs },
    directory: createDirectory,
    rows: () => ({
      get: () => undefined,
      *withPrefix(prefix) {
        if (prefix === alertsWaiting('ALARM')) {
          passes++
          yield* waiting
        } else if (prefix !== alertsWaiting('RETRACTION')) looked.push(prefix)
      },
    }),
    options: LADDER,
  })
  return {
    keeper,
    looked,
    passes: () => passes,
    advance(ms) {
      nowMs += ms
    },
    attendToDue() {
      waiting.pop()
    },
    attend(count) {
      waiting.length -= count
    },
  }
}
