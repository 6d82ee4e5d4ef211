/** Rules of one-off disclosures: a breaking and a keeping case of each, and the sets by which anything leaves. */
import t from 'tap'
import { codesOf } from '../../src/domain/code-lists/code-list.js'
import { isLawfulRequester, ONE_OFF_REFUSALS, ONE_OFF_REQUESTERS } from '../../src/domain/code-lists/one-off.js'
import { checkOneOff, ONE_OFF_RULES, type OneOffGiven } from '../../src/domain/rules/one-off-rules.js'
import { FACT_PATHS } from '../../src/policy/facts.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'
import { leavingRules, ONE_OFF_SETS, oneOffSetFor, REFUSAL_CLAUSES } from '../../src/policy/one-off-field-sets.js'
import { clausesInWords, PURPOSE_WORDS } from '../../src/policy/plain-words.js'

const ASKED: OneOffGiven = {
  kind: 'POLICE_INVESTIGATION',
  asked: ['name', 'level'],
  until: '2026-12-31',
  today: '2026-04-20',
  isOfNobody: false,
  isRestricted: false,
  mayReceive: (field) => leavingRules(ONE_OFF_SETS.POLICE_INVESTIGATION, [field]).length > 0,
}
const GRANTED = { decision: 'GRANTED', fields: ASKED.asked } as const
const PARTLY = { decision: 'PARTLY', fields: ['name'], reason: 'NOT_NECESSARY' } as const
const REFUSED = { decision: 'REFUSED', fields: [], reason: 'NO_POWER' } as const
const SINCE = { decidedOn: '2026-04-20' } as const
const SECRET = { accountFrom: '2026-10-01' } as const

type Case = readonly [rule: string, when: string, isBroken: boolean, given: Partial<OneOffGiven>]
const CASES: readonly Case[] = [
  ...(['EMPLOYER', 'SCHOOL', 'LANDLORD', 'COMMERCIAL_INSURER', 'MEDIA'] as const).map(
    (kind): Case => ['oneOff.neverAnAudience', kind, true, { kind }],
  ),
  ['oneOff.neverAnAudience', 'a court', false, { kind: 'COURT' }],
  ['oneOff.copyEnds', 'today', true, { until: '2026-04-20' }],
  ['oneOff.copyEnds', 'in three years', true, { until: '2029-04-20' }],
  ['oneOff.copyEnds', 'in two years', false, { until: '2028-04-19' }],
  ['oneOff.secrecyOfInvestigation', 'a court', true, { kind: 'COURT', ...SECRET }],
  ['oneOff.secrecyOfInvestigation', 'two years', true, { accountFrom: '2028-04-20' }],
  ['oneOff.secrecyOfInvestigation', 'today', true, { accountFrom: '2026-04-20' }],
  ['oneOff.secrecyOfInvestigation', 'a year of an investigation', false, { accountFrom: '2027-04-20' }],
  ['oneOff.decisionFits', 'granted, not all', true, { decided: { ...GRANTED, fields: ['name'] } }],
  ['oneOff.decisionFits', 'partly, and all', true, { decided: { ...PARTLY, fields: ASKED.asked } }],
  ['oneOff.decisionFits', 'partly, and nothing', true, { decided: { ...PARTLY, fields: [] } }],
  ['oneOff.decisionFits', 'partly, without why', true, { decided: { decision: 'PARTLY', fields: ['name'] } }],
  ['oneOff.decisionFits', 'refused, and something', true, { decided: { ...REFUSED, fields: ['name'] } }],
  ['oneOff.decisionFits', 'refused, without why', true, { decided: { decision: 'REFUSED', fields: [] } }],
  ['oneOff.decisionFits', 'granted', false, { decided: GRANTED }],
  ['oneOff.decisionFits', 'partly', false, { decided: PARTLY }],
  ['oneOff.decisionFits', 'refused', false, { decided: REFUSED }],
  ['oneOff.onlyWhatIsAsked', 'more', true, { decided: { ...PARTLY, fields: ['idNumber'] } }],
  ['oneOff.onlyWhatIsAsked', 'less', false, { decided: PARTLY }],
  ['oneOff.fieldHasAnswer', 'a diagnosis, to police', true, { decided: { ...PARTLY, fields: ['diagnosis'] } }],
  ['oneOff.fieldHasAnswer', 'a level, to police', false, { decided: { ...PARTLY, fields: ['level'] } }],
  ['oneOff.nobodyIsMeant', 'nobody, and something is given', true, { isOfNobody: true, decided: PARTLY }],
  ['oneOff.nobodyIsMeant', 'nobody, and it is refused', false, { isOfNobody: true, decided: REFUSED }],
  ['oneOff.notRestricted', 'restricted', true, { isRestricted: true, decided: PARTLY }],
  ['oneOff.notRestricted', 'a refusal', false, { isRestricted: true, decided: REFUSED }],
  ['oneOff.suspendedAsAsked', 'not asked for', true, { decided: { ...GRANTED, ...SECRET } }],
  ['oneOff.suspendedAsAsked', 'longer', true, { ...SECRET, decided: { ...GRANTED, accountFrom: '2026-10-02' } }],
  ['oneOff.suspendedAsAsked', 'of a refusal', true, { ...SECRET, decided: { ...REFUSED, ...SECRET } }],
  ['oneOff.suspendedAsAsked', 'as asked', false, { ...SECRET, decided: { ...GRANTED, ...SECRET } }],
  ['oneOff.renewedInTime', 'never suspended', true, { renewed: { accountFrom: '2026-12-01' } }],
  [
    'oneOff.renewedInTime',
    'told already',
    true,
    { renewed: { ...SINCE, was: '2026-04-20', accountFrom: '2026-12-01' } },
  ],
  ['oneOff.renewedInTime', 'shorter', true, { renewed: { ...SINCE, was: '2026-10-01', accountFrom: '2026-09-30' } }],
  ['oneOff.renewedInTime', 'two years', true, { renewed: { ...SINCE, was: '2026-10-01', accountFrom: '2028-04-20' } }],
  [
    'oneOff.renewedInTime',
    'past two years after the decision',
    true,
    { renewed: { decidedOn: '2024-10-01', was: '2026-09-30', accountFrom: '2026-10-02' } },
  ],
  [
    'oneOff.renewedInTime',
    'two years after the decision',
    false,
    { renewed: { decidedOn: '2024-10-01', was: '2026-09-30', accountFrom: '2026-10-01' } },
  ],
  [
    'oneOff.renewedInTime',
    'half a year',
    false,
    { renewed: { ...SINCE, was: '2026-10-01', accountFrom: '2026-12-01' } },
  ],
]

t.test('has a breaking and a keeping case for every rule, in words of both languages', async (t) => {
  for (const { id, zh, en, clause, pointer } of ONE_OFF_RULES) {
    const cases = CASES.filter(([rule]) => rule === id)
    t.ok(cases.some(([, , isBroken]) => isBroken) && cases.some(([, , isBroken]) => !isBroken), id)
    t.match(zh, /\p{Script=Han}/u)
    t.ok(en && clause && pointer.startsWith('/'), id)
  }
  for (const [rule] of CASES)
    t.ok(
      ONE_OFF_RULES.some(({ id }) => id === rule),
      rule,
    )
})

for (const [rule, when, isBroken, given] of CASES) {
  t.test(`${rule}: ${when}`, async (t) => {
    t.equal(
      checkOneOff({ ...ASKED, ...given }).some((fault) => fault.rule === rule),
      isBroken,
    )
  })
}

t.test('nobody whom no policy may let in has a field set, everybody else one', async (t) => {
  for (const kind of codesOf(ONE_OFF_REQUESTERS))
    t.equal(oneOffSetFor(kind) !== undefined, isLawfulRequester(kind), kind)
})

t.test('every fact has one rule in every set, and no set is for an audience of the directory', async (t) => {
  for (const set of Object.values(ONE_OFF_SETS)) {
    t.same(
      set.rules.map(({ field }) => field),
      FACT_PATHS,
      set.id,
    )
    t.same(set.audience, [])
    t.notOk(
      FIELD_SETS.some(({ id }) => id === set.id),
      'no feed and no alert draws on it',
    )
    for (const { clauses } of set.rules) {
      t.notMatch(clausesInWords(clauses), /其他有关规定|[A-Za-z]/)
    }
    t.ok(PURPOSE_WORDS[set.purpose])
  }
  for (const reason of codesOf(ONE_OFF_REFUSALS)) t.notMatch(clausesInWords(REFUSAL_CLAUSES[reason]), /其他有关规定/)
})

t.test('what police must not receive they do not receive by letter', async (t) => {
  const feeds = FIELD_SETS.filter(({ audience }) => audience.includes('POLICE'))
  const never = FACT_PATHS.filter((path) => feeds.every((set) => leavingRules(set, [path]).length === 0))
  const given = leavingRules(ONE_OFF_SETS.POLICE_INVESTIGATION, never).map(({ field }) => field)

  t.same(given, ['alias', 'idType', 'sex', 'birthDate', 'presentTownship', 'householdTownship', 'guardian.kind'])
})

t.test('nobody is given what was said in trust, a consent, an application or how poor somebody is', async (t) => {
  const kept = FACT_PATHS.filter((path) =>
    /^(dangerCounts|selfHarm|evidence|targets|serviceConsent|aid\.|basis\.|economicStatus|povertyTarget|certificate\.|rehabilitation\.|function\.|employment)/.test(
      path,
    ),
  )
  t.ok(kept.length > 15)
  for (const set of Object.values(ONE_OFF_SETS)) t.same(leavingRules(set, kept), [], set.id)
})
