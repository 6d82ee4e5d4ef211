/** What one version lets out that another does not: from the definitions alone. */
import t from 'tap'
import { FEEDS, type PatientFeed } from '../../projections/feeds.js'
import { ALERT_RULES } from '../../src/policy/alert-rules.js'
import { coarse } from '../../src/policy/define-feed.js'
import type { DisclosureRule, FieldSet } from '../../src/policy/disclosure.js'
import { POLICE_HIGH } from '../../src/policy/feed-field-sets.js'
import { alertOpenings, feedOpenings, isCorrection, packOpenings, setOpened } from '../../src/policy/openings.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'

const feedOf = (name: string, version: number): PatientFeed => {
  const found = FEEDS.find((feed) => feed.name === name && feed.version === version)
  if (!found) throw new Error(`no feed ${name} ${version}`)
  return found
}
const police1 = feedOf('police-quarterly', 1)
const police2 = feedOf('police-quarterly', 2)

/** The set with another rule for one field. */
const withRule = (set: FieldSet, field: string, change: Partial<DisclosureRule>): FieldSet => ({
  ...set,
  version: 2,
  id: `${set.name}@2`,
  rules: set.rules.map((rule) => (rule.field === field ? ({ ...rule, ...change } as DisclosureRule) : rule)),
})

t.test('no version opens anything towards itself', async (t) => {
  for (const feed of FEEDS) t.same(feedOpenings(feed, feed), [], `${feed.name} ${feed.version}`)
  t.same(packOpenings(WEIHAI_2019, WEIHAI_2019), [])
})

t.test('a new feed opens all that it lets out', async (t) => {
  const opened = feedOpenings(undefined, police1)

  t.match(opened[0], { kind: 'FEED', what: 'police-quarterly' })
  t.match(
    opened.find(({ what }) => what === 'guardian.name'),
    { kind: 'FIELD', was: 'withhold', now: 'allow', fieldSet: 'police.high@1', clauses: ['MHL 28', 'Shandong 38'] },
  )
  t.notOk(opened.find(({ what }) => what === 'diagnosis'))
})

t.test(
  'the second version of the police feed opens closings, their number, amendments and disputes, and the first nothing',
  async (t) => {
    t.same(
      feedOpenings(police1, police2).map(({ kind, what }) => [kind, what]),
      [
        ['CLOSING_REASON', 'LEFT_AREA'],
        ['CLOSING_REASON', 'DIED'],
        ['AMENDMENTS', 'amendments'],
        ['FIELD', 'disputed'],
        ['FIELD', 'disputed'],
        ['FIELD', 'patientId'],
        ['FIELD', 'closing.reason'],
        ['FIELD', 'closing.on'],
        ['NUMBER', 'closings'],
      ],
    )
    t.same(feedOpenings(police2, police1), [])
  },
)

t.test('closing rows, amendments and marks of what is disputed are corrections, and nothing else is', async (t) => {
  const between = feedOpenings(police1, police2)

  t.same(
    between.filter(isCorrection).map(({ what }) => what),
    ['LEFT_AREA', 'DIED', 'amendments', 'disputed', 'disputed', 'patientId', 'closing.reason', 'closing.on'],
  )
  t.same(feedOpenings(undefined, police1).filter(isCorrection), [])
  t.notOk(packOpenings(undefined, WEIHAI_2019).some(isCorrection))
})

t.test('the second version of the alerts opens marks, and what a health centre is told of a discharge', async (t) => {
  const [first, second] = ALERT_RULES
  if (!first || !second) throw new Error('expected two versions of the alerts')
  const opened = alertOpenings(first, second)
  t.same(
    alertOpenings(second, first).filter((one) => !isCorrection(one)),
    [],
  )
  t.same(
    opened.filter(({ what }) => what !== 'disputed').map(({ fieldSet, what }) => `${fieldSet} ${what}`),
    ['patientId', 'discharge.assessedOn', 'discharge.hospital', 'discharge.phone'].map(
      (what) => `alert.discharge-ready@1 ${what}`,
    ),
  )
  t.equal(opened.filter(({ what }) => what === 'disputed').length, second.sets.length, 'each of its sets marks')
})

t.test('every step from withheld over a pseudonym and a day to the value itself opens, and none back', async (t) => {
  const steps: readonly Partial<DisclosureRule>[] = [
    { action: 'withhold' },
    { action: 'pseudonymise' },
    { action: 'generalise', to: 'DAY' },
    { action: 'allow' },
  ]
  for (const [i, was] of steps.entries()) {
    for (const [j, now] of steps.entries()) {
      const opened = setOpened(withRule(POLICE_HIGH, 'assessedOn', was), withRule(POLICE_HIGH, 'assessedOn', now))
      t.equal(opened.length, j > i ? 1 : 0, `${was.action} → ${now.action}`)
    }
  }
  const [day, township] = [steps[2] ?? {}, { action: 'generalise', to: 'TOWNSHIP' } as const]
  const places = setOpened(withRule(POLICE_HIGH, 'assessedOn', day), withRule(POLICE_HIGH, 'assessedOn', township))
  t.match(places, [{ was: 'generalise:DAY', now: 'generalise:TOWNSHIP' }], 'neither holds the other')
})

t.test('another purpose, another recipient, more often, and more exact numbers open', async (t) => {
  const otherPurpose: FieldSet = { ...POLICE_HIGH, purpose: 'COORDINATION' }
  t.ok(setOpened(POLICE_HIGH, otherPurpose).some(({ what }) => what === 'name'))
  const halfYearly: PatientFeed = { ...police1, cadence: 'HALF_YEAR', audience: 'PL' }
  t.same(
    feedOpenings(halfYearly, police1).map(({ kind }) => kind),
    ['AUDIENCE', 'CADENCE'],
  )
  const rough: PatientFeed = { ...police1, counts: ({ rows, groups }) => ({ rows: coarse(rows), low: groups.low }) }
  t.match(feedOpenings(rough, police1), [
    { kind: 'NUMBER', what: 'rows', was: 'coarse', now: 'exact' },
    { kind: 'NUMBER', what: 'high', was: 'withhold', now: 'exact' },
    { kind: 'NUMBER', what: 'notAssessed' },
  ])
})

t.test('a pack opens where more is told, of more people, or for longer', async (t) => {
  const { attempts, reasonsWithoutAttempts } = WEIHAI_2019.lossOfContact
  const narrow = {
    ...WEIHAI_2019,
    ...({ pushScope: 'LEVEL_3_PLUS', highRiskLevel: 4, staleAfterDays: 100, recallDays: 10 } as const),
    lossOfContact: { attempts: attempts + 1, reasonsWithoutAttempts: reasonsWithoutAttempts.slice(1) },
  }

  t.equal(packOpenings(narrow, WEIHAI_2019).length, 6)
  t.match(packOpenings(narrow, WEIHAI_2019)[2], { what: 'staleAfterDays', was: '100', now: '184' })
  t.same(packOpenings(WEIHAI_2019, narrow), [])
  t.match(packOpenings(undefined, WEIHAI_2019), [{ kind: 'POLICY', what: 'weihai-2019' }])
})
