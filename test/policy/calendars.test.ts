import t from 'tap'
import { calendarOf, closesOn, isPeriodOf, periodOf, periodsDue, WEIHAI_CALENDARS } from '../../src/policy/calendars.js'
import { packWith, WEIHAI_2019 } from '../../src/policy/pack.js'

const quarterly = calendarOf(WEIHAI_CALENDARS, 'QUARTER')

t.test('a period closes on the day after its grace', async (t) => {
  t.equal(closesOn(quarterly, '2026Q1'), '2026-04-08')
  t.equal(closesOn(quarterly, '2025Q4'), '2026-01-08')
  t.equal(closesOn({ ...quarterly, graceDays: 0 }, '2026Q1'), '2026-04-01')
  t.equal(closesOn(calendarOf(WEIHAI_CALENDARS, 'HALF_YEAR'), '2026H1'), '2026-07-08')
})

t.test('names the periods whose day has come, oldest first', async (t) => {
  t.same(periodsDue(quarterly, '2026-04-07', { first: '2026Q1' }), [])
  t.same(periodsDue(quarterly, '2026-04-08', { first: '2026Q1' }), ['2026Q1'])
  t.same(periodsDue(quarterly, '2026-10-08', { first: '2026Q1' }), ['2026Q1', '2026Q2', '2026Q3'])
  t.same(periodsDue(quarterly, '2026-10-08', { closed: '2026Q2' }), ['2026Q3'])
})

t.test('knows the period of a day, and a quarter from a half-year', async (t) => {
  t.equal(periodOf('QUARTER', '2026-03-31'), '2026Q1')
  t.equal(periodOf('HALF_YEAR', '2026-07-01'), '2026H2')
  t.ok(isPeriodOf('QUARTER', '2026Q1'))
  t.notOk(isPeriodOf('QUARTER', '2026H1'))
})

t.test('an operator sets grace and push scope, and leaves the pack as it was', async (t) => {
  const ours = packWith(WEIHAI_2019, { graceDays: 3, pushScope: 'LEVEL_3_PLUS' })

  t.equal(closesOn(calendarOf(ours.calendars, 'QUARTER'), '2026Q1'), '2026-04-04')
  t.equal(ours.pushScope, 'LEVEL_3_PLUS')
  t.equal(WEIHAI_2019.pushScope, 'LITERAL_W46')
  t.equal(closesOn(calendarOf(WEIHAI_2019.calendars, 'QUARTER'), '2026Q1'), '2026-04-08')
  t.same(packWith(WEIHAI_2019, {}), WEIHAI_2019)
})
