import fc from 'fast-check'
import t from 'tap'
import {
  addDays,
  DAY,
  dayOf,
  dayOfTime,
  daysBetween,
  endOfTime,
  epochMsOf,
  halfYearOf,
  isCalendarDate,
  isStorableTime,
  momentOf,
  nextPeriod,
  periodDays,
  quarterOf,
  storedTime,
} from '../../src/kernel/dates.js'

const DAYS_2020_TO_2034 = 5479
const firstDay = '2020-01-01'
const anyMs = fc.integer({ min: Date.parse('1900-01-01T00:00:00Z'), max: Date.parse('2199-12-31T23:59:59Z') })
const badTime = { code: 'HUB_BAD_TIME' }

t.test('converts any offset to +08:00 with three decimals, and leaves bare dates alone', async (t) => {
  const table = {
    '2026-03-02': '2026-03-02',
    '2026-03-02T09:30:00+08:00': '2026-03-02T09:30:00.000+08:00',
    '2026-03-02T01:30:00Z': '2026-03-02T09:30:00.000+08:00',
    '2026-03-02T16:00:00Z': '2026-03-03T00:00:00.000+08:00',
    '2026-03-02T15:59:59.999Z': '2026-03-02T23:59:59.999+08:00',
    '2026-03-02T00:00:00+14:00': '2026-03-01T18:00:00.000+08:00',
    '2026-12-31T20:00:00-04:30': '2027-01-01T08:30:00.000+08:00',
    '2024-02-28T20:00:00Z': '2024-02-29T04:00:00.000+08:00',
    '2026-03-02T09:30:00-00:00': '2026-03-02T17:30:00.000+08:00',
    '2026-03-02T09:30:00.5+08:00': '2026-03-02T09:30:00.500+08:00',
    '2026-03-02T09:30:00.12+08:00': '2026-03-02T09:30:00.120+08:00',
    '2026-03-02T09:30:00.1239999+08:00': '2026-03-02T09:30:00.123+08:00',
    '2026-03-02T09:30:00.999999999+08:00': '2026-03-02T09:30:00.999+08:00',
    '0000-01-01T00:00:00+08:00': '0000-01-01T00:00:00.000+08:00',
    '9999-12-31T23:59:59.999+08:00': '9999-12-31T23:59:59.999+08:00',
  }

  for (const [written, stored] of Object.entries(table)) {
    t.equal(storedTime(written), stored)
    t.ok(isStorableTime(written))
    t.equal(storedTime(stored), stored, 'what is stored stays as it is')
  }
})

t.test('refuses what is no time, without telling it', async (t) => {
  const bad = [
    ...['', ' ', '2026', '2026-03', '2026-3-2', '26-03-02', '2026/03/02', '20260302', '+2026-03-02', ' 2026-03-02'],
    ...['2026-02-29', '2026-02-30', '2026-04-31', '2026-00-10', '2026-13-01', '2026-01-00', '2026-01-32', '1900-02-29'],
    ...['2026-03-02T09:30:00', '2026-03-02T09:30', '2026-03-02T09:30+08:00', '2026-03-02 09:30:00+08:00'],
    ...['2026-03-02T24:00:00+08:00', '2026-03-02T09:60:00+08:00', '2026-03-02T09:30:60+08:00', '2026-03-02T09:30:00z'],
    ...['2026-03-02T09:30:00+0800', '2026-03-02T09:30:00+08', '2026-03-02T09:30:00+24:00', '2026-03-02T09:30:00+08:60'],
    ...['2026-03-02T09:30:00.+08:00', '2026-03-02T09:30:00,5+08:00', '2026-03-02T09:30:00.0123456789Z'],
    ...['2026-02-30T09:30:00+08:00', '2026-03-02T09:30:00+08:00\n', '２０２６-03-02', '2026-03-02T09:30:00−08:00'],
    ...['9999-12-31T23:59:59Z', '9999-12-31T16:00:00Z', '0000-01-01T00:00:00+09:00'],
  ]

  for (const text of bad) {
    const error = t.throws(() => storedTime(text), badTime, JSON.stringify(text)) as Error
    t.equal(error.message, 'expected a date (2026-03-02) or an RFC 3339 time with its offset')
    t.notOk(isStorableTime(text))
    t.notOk(isCalendarDate(text))
  }
})

t.test('keeps the instant, whatever offset it is written with', async () => {
  fc.assert(
    fc.property(anyMs, fc.integer({ min: -14 * 60, max: 14 * 60 }), (epochMs, offsetMinutes) => {
      const stored = storedTime(writtenAt(epochMs, offsetMinutes))
      return epochMsOf(stored) === epochMs && stored === momentOf(epochMs) && stored.length === 29
    }),
    { seed: 3339, numRuns: 1000 },
  )
})

t.test('orders moments as text as it orders them in time', async () => {
  fc.assert(
    fc.property(anyMs, anyMs, (a, b) => momentOf(a) < momentOf(b) === a < b),
    { seed: 1, numRuns: 1000 },
  )
})

t.test('answers the same in every time zone of the machine', async (t) => {
  const before = process.env.TZ
  t.teardown(() => {
    if (before === undefined) delete process.env.TZ
    else process.env.TZ = before
  })

  for (const zone of ['UTC', 'America/New_York', 'Asia/Shanghai', 'Pacific/Kiritimati', 'Australia/Lord_Howe']) {
    process.env.TZ = zone
    t.equal(storedTime('2026-03-08T02:30:00-05:00'), '2026-03-08T15:30:00.000+08:00', zone)
    t.equal(addDays('2026-03-08', 1), '2026-03-09', zone)
    t.equal(daysBetween('2026-03-07', '2026-11-02'), 240, zone)
    t.equal(dayOf(Date.parse('2026-03-01T16:00:00Z')), '2026-03-02', zone)
  }
})

t.test('knows the days of the calendar', async (t) => {
  const leapYears = [1600, 2000, 2020, 2024, 2400]
  const commonYears = [1700, 1900, 2023, 2026, 2100]

  for (const year of leapYears) t.ok(isCalendarDate(`${year}-02-29`), `${year}`)
  for (const year of commonYears) t.notOk(isCalendarDate(`${year}-02-29`), `${year}`)
  for (const text of ['2026-03-02T09:30:00.000+08:00', '2026-03-0', '2026-03-021', 'abcd-ef-gh']) {
    t.notOk(isCalendarDate(text))
  }
  let day = firstDay
  let count = 0
  for (let year = 2020; year <= 2034; year++) {
    for (let month = 1; month <= 12; month++) {
      for (let number = 1; number <= 31; number++) {
        const text = `${year}-${two(month)}-${two(number)}`
        if (!isCalendarDate(text)) continue
        if (text !== day) t.equal(text, day, 'the day after the last one')
        day = addDays(day, 1)
        count++
      }
    }
  }
  t.equal(count, DAYS_2020_TO_2034)
})

t.test('adds days and counts them, over leap days and years', async (t) => {
  t.equal(addDays('2024-02-28', 1), '2024-02-29')
  t.equal(addDays('2024-02-28', 2), '2024-03-01')
  t.equal(addDays('2023-02-28', 1), '2023-03-01')
  t.equal(addDays('2026-01-01', -1), '2025-12-31')
  t.equal(addDays('2026-03-02', 0), '2026-03-02')
  t.equal(daysBetween('2024-02-28', '2024-03-01'), 2)
  t.equal(daysBetween('2026-03-02', '2025-03-02'), -365)
  fc.assert(
    fc.property(anyMs, fc.integer({ min: -40_000, max: 40_000 }), (epochMs, days) => {
      const day = dayOf(epochMs)
      const other = addDays(day, days)
      return isCalendarDate(other) && daysBetween(day, other) === days && addDays(other, -days) === day
    }),
    { seed: 366, numRuns: 1000 },
  )
})

t.test('takes the day of a moment in +08:00', async (t) => {
  t.equal(dayOfTime('2026-03-02T00:00:00.000+08:00'), '2026-03-02')
  t.equal(dayOfTime('2026-03-02'), '2026-03-02')
  t.equal(dayOf(Date.parse('2026-03-02T15:59:59.999Z')), '2026-03-02')
  t.equal(dayOf(Date.parse('2026-03-02T16:00:00.000Z')), '2026-03-03')
})

t.test('includes a bare date to its last millisecond, and a moment to itself', async (t) => {
  t.equal(endOfTime('2026-03-02'), '2026-03-02T23:59:59.999+08:00')
  t.equal(endOfTime('2026-03-02T09:30:00.000+08:00'), '2026-03-02T09:30:00.000+08:00')
  t.equal(epochMsOf(endOfTime('2026-03-02')) + 1, epochMsOf('2026-03-03T00:00:00.000+08:00'))
})

t.test('puts every day into one quarter and one half-year, which hold it and follow each other', async (t) => {
  const quarters: string[] = []
  const halves: string[] = []

  for (let day = firstDay, i = 0; i < DAYS_2020_TO_2034; day = addDays(day, 1), i++) {
    for (const [periods, period] of [
      [quarters, quarterOf(day)],
      [halves, halfYearOf(day)],
    ] as const) {
      const { first, last } = periodDays(period)
      if (day < first || day > last) t.fail(`${day} does not lie in ${period}`)
      if (periods.at(-1) === period) continue
      if (day !== first) t.fail(`${period} does not begin on ${day}`)
      if (periods.length > 0) t.equal(nextPeriod(periods.at(-1) ?? ''), period)
      periods.push(period)
    }
  }

  t.equal(quarters.length, 60)
  t.equal(halves.length, 30)
  t.strictSame(quarters.slice(0, 5), ['2020Q1', '2020Q2', '2020Q3', '2020Q4', '2021Q1'])
  t.strictSame(halves.slice(0, 3), ['2020H1', '2020H2', '2021H1'])
})

t.test('ends periods on their last day', async (t) => {
  t.strictSame(periodDays('2026Q1'), { first: '2026-01-01', last: '2026-03-31' })
  t.strictSame(periodDays('2026Q2'), { first: '2026-04-01', last: '2026-06-30' })
  t.strictSame(periodDays('2026Q4'), { first: '2026-10-01', last: '2026-12-31' })
  t.strictSame(periodDays('2026H1'), { first: '2026-01-01', last: '2026-06-30' })
  t.strictSame(periodDays('2026H2'), { first: '2026-07-01', last: '2026-12-31' })
})

t.test('refuses what is no period', async (t) => {
  for (const text of [
    '',
    '2026',
    '2026Q0',
    '2026Q5',
    '2026H0',
    '2026H3',
    '2026q1',
    '26Q1',
    '2026-Q1',
    '2026Q1 ',
    'x2026Q1',
  ]) {
    t.throws(() => periodDays(text), { code: 'HUB_BAD_PERIOD' }, JSON.stringify(text))
    t.throws(() => nextPeriod(text), { code: 'HUB_BAD_PERIOD' })
  }
})

const two = (number: number): string => String(number).padStart(2, '0')

/** How a client in another offset writes an instant; its own arithmetic, not the kernel's. */
function writtenAt(epochMs: number, offsetMinutes: number): string {
  const local = new Date(epochMs + offsetMinutes * 60_000).toISOString().slice(0, -1)
  const minutes = Math.abs(offsetMinutes)
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

t.test('counts a day as 24 hours: there is no daylight saving in +08:00', async (t) => {
  for (let day = firstDay, i = 0; i < 366; day = addDays(day, 1), i++) {
    if (epochMsOf(`${addDays(day, 1)}T00:00:00.000+08:00`) - epochMsOf(`${day}T00:00:00.000+08:00`) !== DAY) t.fail(day)
  }
  t.pass('366 days')
})
