import t from 'tap'
import type { DocumentReturnsRow } from '../../projections/document-returns.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { DAY, MINUTE } from '../../src/kernel/dates.js'
import { createReturns, type ReturnsDeps } from '../../src/returns/create-returns.js'
import { isOwed, standingReturns } from '../../src/returns/standing.js'

const returned = { at: '2026-04-20T09:00:00.000+08:00', recorded: 1, forCentre: 0 }

function row(document: string, released: string, changes: Partial<DocumentReturnsRow> = {}): DocumentReturnsRow {
  return {
    ...{ document, agency: 'a', feed: 'police-quarterly', period: '2026Q1', rows: 3, release: `released-${document}` },
    ...{ releasedAt: `${released}T09:00:00.000+08:00`, returns: [], ...changes },
  }
}

const statesOn = (day: string, ...rows: readonly DocumentReturnsRow[]) =>
  standingReturns(rows, day, 30).map((one) => [one.row.document, one.state, one.dueOn, isOwed(one)])

t.test('is awaited through its last day, and overdue from the next on', async (t) => {
  t.same(statesOn('2026-05-08', row('d', '2026-04-08')), [['d', 'AWAITED', '2026-05-08', true]])
  t.same(statesOn('2026-05-09', row('d', '2026-04-08')), [['d', 'OVERDUE', '2026-05-08', true]])
})

t.test('is owed by nobody who has answered, or was told of nobody', async (t) => {
  t.match(statesOn('2027-01-01', row('d', '2026-04-08', { returns: [returned] })), [
    ['d', 'RETURNED', '2026-05-08', false],
  ])
  t.match(statesOn('2027-01-01', row('d', '2026-04-08', { rows: 0 })), [['d', 'NOT_OWED', '2026-05-08', false]])
})

t.test('is owed of the newest document of each feed alone', async (t) => {
  const rows = [
    row('old', '2026-04-08'),
    row('answered', '2026-01-08', { returns: [returned] }),
    row('new', '2026-07-08'),
    row('half', '2026-07-07', { feed: 'labour-semiannual', period: '2026H1' }),
  ]

  t.same(
    statesOn('2026-07-20', ...rows).map(([document, state]) => [document, state]),
    [
      ['new', 'AWAITED'],
      ['half', 'AWAITED'],
      ['old', 'MISSED'],
      ['answered', 'RETURNED'],
    ],
  )
})

t.test('counts what is overdue by the role that owes it, anew at most every ten minutes', async (t) => {
  const rows = new Map([
    ['station', [row('s', '2026-04-08'), row('before', '2026-01-08')]],
    ['another', [row('a', '2026-04-08')]],
    ['office', [row('o', '2026-04-20', { feed: 'political-legal-quarterly' })]],
    ['centre', [row('c', '2026-01-01')]],
  ])
  const roles = { station: 'POLICE', another: 'POLICE', office: 'PL', centre: 'CHC' }
  const calendar = drivenClock(Date.parse('2026-05-09T09:00:00+08:00'))
  const withPrefix = (prefix: string) => (rows.get(prefix.split('/')[1] ?? '') ?? []).map((one) => ({ row: one }))
  const { overdue } = createReturns({
    calendar,
    returnDays: 30,
    readModels: { reader: () => ({ withPrefix }) },
    directory: () => ({ agencies: () => Object.entries(roles).map(([id, role]) => ({ id, role })) }),
  } as unknown as ReturnsDeps)
  const counts = async () => Object.fromEntries(await overdue())
  const others = { PL: 0, CA: 0, DPF: 0, LABOUR: 0 }

  t.same(await counts(), { POLICE: 2, ...others }, 'a health centre owes none')
  rows.set('another', [row('a', '2026-04-08', { returns: [returned] })])
  t.same(await counts(), { POLICE: 2, ...others }, 'a page that is asked for every few seconds costs nothing')
  calendar.advanceTo(calendar.now() + 10 * MINUTE)
  t.same(await counts(), { POLICE: 1, ...others })
  calendar.advanceTo(calendar.now() + 12 * DAY)
  t.same(await counts(), { POLICE: 1, ...others, PL: 1 })
})
