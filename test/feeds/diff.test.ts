/** What differs between two versions of a feed: people, rows and fields, at the cuts of the log and for nobody's eyes but in numbers. */
import t from 'tap'
import { memberOf } from '../../projections/feed-scope.js'
import { FEEDS, type PatientFeed } from '../../projections/feeds.js'
import { MOST_DIFFS } from '../../src/feeds/create-feeds.js'
import { DIFF_TITLE, diffPage } from '../../src/feeds/diff-page.js'
import { coarseDiff } from '../../src/feeds/diff-told.js'
import type { FeedDiff, Feeds } from '../../src/feeds/port.js'
import { FIRST_VERSIONS } from '../../src/hub-versions.js'
import type { Open } from '../../src/policy/define-feed.js'
import type { FieldSet } from '../../src/policy/disclosure.js'
import { POLICE_HIGH_1, POLICE_TOKEN_1 } from '../../src/policy/feed-field-sets.js'
import { type County, doctor, driveTo, openCounty, STATION_1, STATION_2 } from './county.js'

const POLICE = 'police-quarterly'
const [police1, police2] = [1, 2].map((version) => FEEDS.find((one) => one.name === POLICE && one.version === version))
if (!police1 || !police2) throw new Error('the police feed has two versions')

/** Lets the guardian's kind out too. */
const MORE: FieldSet = {
  ...POLICE_HIGH_1,
  id: 'police.high@9',
  version: 9,
  rules: POLICE_HIGH_1.rules.map((rule) =>
    rule.field === 'guardian.kind'
      ? { field: rule.field, action: 'allow', clauses: ['MHL 28'], basis: 'to know in what capacity' }
      : rule,
  ),
}
/** 3: one field more. 4: the same field sets, and people of the lower levels by name. 5: nobody below level 3 at all. 6: the second, of nobody. */
const made: readonly PatientFeed[] = [
  {
    ...police1,
    version: 3,
    fields: [MORE, POLICE_TOKEN_1],
    row: (record, context) => {
      const appearance = police1.row(record, context)
      return appearance.kind === 'row' && appearance.fieldSet === POLICE_HIGH_1
        ? { ...appearance, fieldSet: MORE }
        : appearance
    },
  },
  {
    ...police1,
    version: 4,
    glance: () => undefined,
    row(record, context) {
      const appearance = police1.row(record, context)
      const { identity } = record.state
      if (appearance.kind !== 'row' || appearance.fieldSet !== POLICE_TOKEN_1 || !identity) return appearance
      const facts = (open: Open) => ({ ...appearance.facts(open), name: memberOf(open(identity), 'name') })
      return { ...appearance, fieldSet: POLICE_HIGH_1, refs: [identity], facts }
    },
  },
  {
    ...police1,
    version: 5,
    fields: [POLICE_HIGH_1],
    glance: (head, context) =>
      police1.glance(head, context) ? { kind: 'counted', group: 'low', rule: 'BELOW_LEVEL_3' } : undefined,
    row(record, context) {
      const appearance = police1.row(record, context)
      return appearance.kind === 'row' && appearance.fieldSet === POLICE_TOKEN_1
        ? { kind: 'counted', group: 'low', rule: 'BELOW_LEVEL_3' }
        : appearance
    },
  },
  { ...police2, version: 6, scope: (head) => police2.scope(head) ?? 'RESTRICTED' },
]

/** A hub of the first release whose person of the second quarter has moved to another station. */
async function twoQuarters(t: Parameters<typeof openCounty>[0]): Promise<County & { readonly all: Feeds }> {
  const county = await openCounty(t, { versions: FIRST_VERSIONS })
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  county.calendar.advanceTo(Date.parse('2026-05-20T09:00:00+08:00'))
  await county.record(doctor, county.people.high, 'PatientRelocated', {
    ...{ from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-10' },
    toAddress: { text: '新村示例3号' },
  })
  await driveTo(county, '2026-07-08T00:00:00+08:00')
  return { ...county, all: county.feedsAgain({ definitions: [...FEEDS, ...made] }) }
}

const county = twoQuarters(t)
const head = async () => (await county).store.log.head()
const asked = { feed: POLICE, from: 1, periods: 4 }

t.test('the version that looks back tells the old station that somebody left, and nobody is gained', async (t) => {
  const { all, people } = await county
  const before = await head()
  const diff = await all.diff({ ...asked, to: 2 })

  t.match(diff, { audience: 'POLICE', from: 1, to: 2, isWider: true, losesCorrections: false })
  t.ok(diff.opened.some(({ what }) => what === 'closing.reason'))
  t.same(diff.closed, [])
  t.same(
    diff.periods.map(({ period, isClosed }) => [period, isClosed]),
    [
      ['2026Q2', true],
      ['2026Q1', true],
    ],
    'newest first, each at its cut',
  )
  const [second, first] = diff.periods
  t.match(first, { people: { from: 5, to: 5, gained: 0, lost: 0, more: 0 }, agencies: [], agenciesAlike: 3 })
  t.match(second, {
    people: { gained: 0, lost: 0, more: 1, less: 0, otherwise: 0 },
    closings: { from: 0, to: 1, gained: 1, lost: 0 },
    agencies: [{ agency: STATION_1, rows: { gained: 0, lost: 0 }, closings: { gained: 1 } }],
  })
  t.match(
    second?.fields.find(({ field }) => field === 'closing.reason'),
    {
      fieldSet: 'community.closing@1',
      clauses: ['W47', 'PIPL 6', 'PIPL 47'],
      gained: 1,
      lost: 0,
      label: { zh: '不再列入原因' },
    },
  )
  for (const id of Object.values(people)) t.notMatch(JSON.stringify(diff), id, 'no id of anybody')
  t.equal(await head(), before, 'nothing is appended')

  const back = await all.diff({ feed: POLICE, from: 2, to: 1, periods: 1 })
  t.match(back, {
    isWider: false,
    losesCorrections: true,
    opened: [],
    periods: [{ period: '2026Q2', people: { more: 0, less: 1 } }],
  })
  t.equal(back.closed.length, diff.opened.length)
  t.equal(back.periods.length, 1)
})

t.test('a field more is told with its clause, of how many rows', async (t) => {
  const { all } = await county
  const { opened, periods } = await all.diff({ ...asked, to: 3, periods: 1 })

  t.match(opened, [{ kind: 'FIELD', what: 'guardian.kind', was: 'withhold', now: 'allow', fieldSet: 'police.high@9' }])
  t.match(periods[0]?.people, { gained: 0, more: 1 })
  t.match(periods[0]?.agencies, [
    { agency: STATION_2, fields: [{ field: 'guardian.kind', gained: 1, lost: 0, clauses: ['MHL 28'] }] },
  ])
})

t.test('a scope that widens without a field counts as wider, and one that narrows does not', async (t) => {
  const { all } = await county
  const wider = await all.diff({ ...asked, to: 4, periods: 1 })
  const narrower = await all.diff({ ...asked, to: 5, periods: 1 })

  t.same(wider.opened, [], 'the field sets are the same')
  t.equal(wider.isWider, true)
  t.match(wider.periods[0]?.people, { gained: 0 })
  t.ok((wider.periods[0]?.people.more ?? 0) > 0)
  t.match(narrower, { isWider: false, losesCorrections: false, opened: [] })
  t.ok(narrower.closed.some(({ fieldSet }) => fieldSet === 'police.token@1'))
  t.ok((narrower.periods[0]?.people.lost ?? 0) > 0)
})

t.test('closing rows that a scope takes away are corrections lost, by whichever rules', async (t) => {
  const { all } = await county
  const diff = await all.diff({ feed: POLICE, from: 2, to: 6, periods: 1 })

  t.match(diff, { isWider: false, losesCorrections: true, opened: [], closed: [] })
  t.match(diff.periods, [{ closings: { from: 1, to: 0, lost: 1 } }])
})

t.test('comparisons that wait are bounded, and stop when whoever asked has gone', async (t) => {
  const { all } = await county
  const gone = AbortSignal.abort()
  const ended = await Promise.allSettled(
    Array.from({ length: MOST_DIFFS + 1 }, () => all.diff({ ...asked, to: 2 }, gone)),
  )

  t.same(
    ended.map((one) => one.status === 'rejected' && one.reason.code),
    [...Array.from({ length: MOST_DIFFS }, () => 'HUB_STOPPING'), 'HUB_OVERLOADED'],
  )
  t.equal((await all.diff({ ...asked, to: 2, periods: 1 })).to, 2, 'the next one finds its place')
})

t.test('a feed that is not in force is compared with nothing, in the period in progress', async (t) => {
  const { all } = await county
  const diff = await all.diff({ feed: 'civil-affairs-semiannual', to: 1, periods: 4 })

  t.match(diff, { isWider: true, opened: [{ kind: 'FEED' }], periods: [{ period: '2026H2', isClosed: false }] })
  t.notOk('from' in diff)
  await t.rejects(all.diff({ ...asked, to: 9 }), { code: 'HUB_UNKNOWN_VERSION' })
  await t.rejects(all.diff({ feed: 'nothing', to: 1, periods: 1 }), { code: 'HUB_NOT_FOUND' })
})

t.test('the page says in words what changes for whom, and no number that says something about one', async (t) => {
  const { all } = await county
  const wider = await all.diff({ ...asked, to: 2 })
  const narrower = await all.diff({ feed: POLICE, from: 2, to: 1, periods: 4 })
  const page = diffPage(wider, '2026-07-10')

  t.match(page, new RegExp(`<h1>${DIFF_TITLE}</h1>`))
  t.match(page, /结论：放宽：公安派出所将知道得更多。/)
  t.match(page, /须由提出人之外的第二个人同意/)
  t.match(
    page,
    /<td>不再列入原因<\/td><td class="s">不提供<\/td><td class="s">照实提供<\/td><td>更正此前告知的情况<\/td>/,
  )
  t.match(page, /少于5人/)
  t.match(page, /示例第一派出所/)
  const rollback = diffPage(narrower, '2026-07-10')
  t.match(
    rollback,
    /结论：不放宽：公安派出所不会知道得更多。减少更正：此前告知的情况有变或有误时，公安派出所将不再得到/,
  )
  t.match(rollback, /须由提出人之外的第二个人同意/)
  t.match(rollback, /<td class="s">减少更正<\/td><td class="s">更正<\/td>/)
  t.notMatch(page, /<script|https?:/)
  t.notMatch(page, /[0-9a-f]{8}-/, 'no ids')

  const many: FeedDiff = {
    ...wider,
    periods: wider.periods.map((one) => ({ ...one, rows: { from: 4, to: 13, gained: 12, lost: 0 } })),
  }
  t.same(coarseDiff(many).periods[0]?.rows, { from: '<5', to: 15, gained: 10, lost: 0 })
})
