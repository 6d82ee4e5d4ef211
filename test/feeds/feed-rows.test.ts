import fc from 'fast-check'
import t from 'tap'
import { FEEDS } from '../../projections/feeds.js'
import { patientHead } from '../../projections/patient-head.js'
import { EMPTY_RECORD, type PatientRecord } from '../../projections/patient-record.js'
import { policeQuarterly } from '../../projections/police-quarterly.feed.js'
import { politicalLegalQuarterly } from '../../projections/political-legal-quarterly.feed.js'
import type { PatientState } from '../../src/domain/patient-state.js'
import { coarse, defineFeed, type FeedDefinition, type RowContext, type Tally } from '../../src/policy/define-feed.js'
import { disclosedText } from '../../src/policy/disclosed-text.js'
import { disclose } from '../../src/policy/disclosure.js'
import { PL_HIGH } from '../../src/policy/feed-field-sets.js'

const IN_CARE: PatientState = {
  registered: { id: 'r', at: '2026-01-01', recordedAt: '2026-01-01T00:00:00.000+08:00', basis: 'SIX_DISEASES' },
  programmes: { COMMUNITY_MANAGEMENT: { open: true, since: '2026-01-01' } },
  missedAttempts: [],
}
const RISK = { eventId: 'e', level: 4, assessedAt: '2026-02-20T10:00:00.000+08:00', targets: 'PERSON' } as const

const recordOf = (state: Partial<PatientState>, activity: PatientRecord['activity'] = {}): PatientRecord => ({
  ...EMPTY_RECORD,
  state: { ...IN_CARE, ...state },
  activity,
})

const context: RowContext = {
  period: '2026Q1',
  firstDay: '2026-01-01',
  currentSince: '2025-10-06',
  unit: () => ({ name: '示例中心', phone: '0631' }),
  community: () => ({}),
}

function rowOf(
  feed: FeedDefinition<PatientRecord>,
  record: PatientRecord,
  at: RowContext = context,
): Record<string, unknown> {
  const appearance = feed.row(record, at)
  if (appearance.kind === 'counted') return { counted: appearance.rule }
  const facts = appearance.facts(() => undefined)
  return {
    fieldSet: appearance.fieldSet.id,
    ...disclose(appearance.fieldSet, { ...facts, patientId: 'p' }, () => 'mine'),
  }
}

t.test('speaks of those in community management, and of nobody else', async (t) => {
  const died = { died: { on: '2026-02-01' } }
  const excluded = { diagnosisExcluded: { on: '2026-02-01' } }
  const closed = { programmes: { COMMUNITY_MANAGEMENT: { open: false, since: '2026-02-01' } } }
  const aidOnly = { programmes: { MEDICAL_AID: { open: true, since: '2026-02-01' } } }
  for (const feed of [policeQuarterly, politicalLegalQuarterly]) {
    t.equal(feed.scope(recordOf({})), undefined)
    t.equal(feed.scope(recordOf(died)), 'DIED')
    t.equal(feed.scope(recordOf(excluded)), 'DIAGNOSIS_EXCLUDED')
    t.equal(feed.scope(recordOf(closed)), 'PROGRAMME_NOT_OPEN')
    t.equal(feed.scope(recordOf({ ...died, erased: { at: '2026-02-02T09:00:00.000+08:00' } })), 'ERASED')
    t.equal(feed.scope(recordOf(aidOnly)), 'PROGRAMME_NOT_OPEN')
    t.equal(feed.scope(EMPTY_RECORD), 'NOT_REGISTERED')
  }
})

t.test('consent to the service gates neither feed', async (t) => {
  const refused = recordOf({ serviceConsent: { state: 'REFUSED', on: '2026-02-01' } })
  for (const feed of [policeQuarterly, politicalLegalQuarterly]) t.equal(feed.scope(refused), undefined)
})

t.test(
  'from level 3 the police see the person, below it a token, without an assessment that there is none',
  async (t) => {
    for (const [level, set] of [
      [0, 'police.token@2'],
      [2, 'police.token@2'],
      [3, 'police.high@2'],
      [5, 'police.high@2'],
    ] as const) {
      t.match(rowOf(policeQuarterly, recordOf({ risk: { ...RISK, level } })), { fieldSet: set, level })
    }
    t.same(rowOf(policeQuarterly, recordOf({ responsibleUnit: 'u' })), {
      fieldSet: 'police.token@2',
      pseudonym: 'mine',
      assessment: 'NOT_CURRENTLY_ASSESSED',
      healthCentre: { name: '示例中心', phone: '0631' },
    })
  },
)

t.test('the office has rows from level 3 and numbers below', async (t) => {
  t.same(rowOf(politicalLegalQuarterly, recordOf({ risk: { ...RISK, level: 2 } })), { counted: 'BELOW_LEVEL_3' })
  t.same(rowOf(politicalLegalQuarterly, recordOf({})), { counted: 'BELOW_LEVEL_3' })
  t.match(rowOf(politicalLegalQuarterly, recordOf({ risk: RISK })), {
    fieldSet: 'political-legal.high@2',
    level: 4,
    assessedOn: '2026-02-20',
  })
})

t.test(
  'a level that has gone stale is none: nobody is named for it, and the row says that there is no current one',
  async (t) => {
    const assessed = (assessedAt: string) =>
      recordOf({ risk: { ...RISK, assessedAt }, previousRisk: RISK, responsibleUnit: 'u' })

    t.match(rowOf(policeQuarterly, assessed('2025-10-06')), { fieldSet: 'police.high@2', level: 4, previousLevel: 4 })
    const stale = rowOf(policeQuarterly, assessed('2025-10-05T23:59:59.999+08:00'))
    t.same(stale, {
      fieldSet: 'police.token@2',
      pseudonym: 'mine',
      assessment: 'NOT_CURRENTLY_ASSESSED',
      healthCentre: { name: '示例中心', phone: '0631' },
    })
    t.same(rowOf(politicalLegalQuarterly, assessed('2025-10-05')), { counted: 'BELOW_LEVEL_3' })
    const { currentSince: _, ...dayless } = context
    t.match(
      rowOf(policeQuarterly, assessed('2026-02-20'), dayless),
      { assessment: 'NOT_CURRENTLY_ASSESSED' },
      'who does not know the day calls nothing current',
    )
  },
)

t.test('counts what police recorded in the period, by the day on which it happened', async (t) => {
  const activity = {
    '2025Q4': { incidents: { 3: 7 }, dangerReportsByPolice: 7 },
    '2026Q1': { incidents: { 1: 2, 2: 1 }, dangerReportsByPolice: 3 },
  }
  t.match(rowOf(policeQuarterly, recordOf({ risk: RISK }, activity)), {
    policeRecorded: { minorDisturbance: 2, publicOrderOffence: 1, criminalHarm: 0, dangerToOthers: 3 },
  })
})

t.test(
  'tells police of a stay under article 30(2)(ii) that is open or ended in the period, and of no other',
  async (t) => {
    const stayOf = (stay: Partial<NonNullable<PatientState['stay']>>): unknown =>
      rowOf(
        policeQuarterly,
        recordOf({
          risk: RISK,
          stay: { id: 's', route: 'ART30_2', institution: '示例医院', admittedOn: '2025-12-01', ...stay },
        }),
      ).compulsoryStay

    t.same(stayOf({}), { admittedOn: '2025-12-01' })
    t.same(stayOf({ dischargedOn: '2026-01-01' }), { admittedOn: '2025-12-01', dischargedOn: '2026-01-01' })
    t.equal(stayOf({ dischargedOn: '2025-12-31' }), undefined)
    t.equal(stayOf({ route: 'VOLUNTARY' }), undefined)
    t.equal(stayOf({ route: 'ART30_1_GUARDIAN_CONSENT' }), undefined)
  },
)

t.test('a stay under article 30(2)(ii) is told also where a voluntary one came after it', async (t) => {
  const stay = { id: 's', route: 'VOLUNTARY', institution: '示例医院', admittedOn: '2026-03-10' } as const
  const fact = (at: string) => ({ eventId: at, at })
  const told = (activity: PatientRecord['activity']): unknown =>
    rowOf(policeQuarterly, recordOf({ risk: RISK, stay }, activity)).compulsoryStay

  t.same(
    told({
      '2025Q4': { art30Admissions: [fact('2025-12-20T11:00:00.000+08:00')] },
      '2026Q1': { art30Discharges: [fact('2026-02-01')] },
    }),
    { admittedOn: '2025-12-20', dischargedOn: '2026-02-01' },
  )
  t.same(
    told({
      '2026Q1': {
        art30Admissions: [fact('2026-01-05'), fact('2026-02-10')],
        art30Discharges: [fact('2026-01-09'), fact('2026-03-01')],
      },
    }),
    { admittedOn: '2026-02-10', dischargedOn: '2026-03-01' },
    'the last of two',
  )
  const ofOneDay = { art30Admissions: [fact('2026-02-10T09:00:00.000+08:00')], art30Discharges: [fact('2026-02-10')] }
  t.same(
    told({ '2025Q4': { art30Admissions: [fact('2025-12-20')] }, '2026Q1': ofOneDay }),
    { admittedOn: '2026-02-10', dischargedOn: '2026-02-10' },
    'of one day, told once by the hour and once by the day',
  )
  t.same(told({ '2026Q1': { art30Admissions: [fact('2026-02-10')] } }), { admittedOn: '2026-02-10' })
  t.equal(
    told({ '2025Q4': { art30Admissions: [fact('2025-10-10')], art30Discharges: [fact('2025-12-31')] } }),
    undefined,
  )
  t.equal(told({}), undefined)
})

t.test('few people and none look the same', async (t) => {
  const tally = (high: number, low: number, notAssessed: number): Tally => ({
    rows: high,
    closings: 0,
    groups: { high, low, notAssessed },
    units: low + notAssessed + high === 0 ? [] : [{ name: '示例中心', groups: { high, low, notAssessed } }],
  })
  const { counts } = politicalLegalQuarterly

  t.same(counts(tally(0, 0, 0)), counts(tally(0, 4, 3)))
  t.same(counts(tally(0, 0, 0)), { rows: 0, closings: 0, high: 0, low: '<5', notAssessed: '<5', byUnit: [] })
  t.same(counts(tally(1, 7, 8)), {
    rows: 1,
    closings: 0,
    high: 1,
    low: 5,
    notAssessed: 10,
    byUnit: [{ unit: '示例中心', high: 1, low: 5, notAssessed: 10 }],
  })
  t.same([0, 4, 5, 7, 8, 12, 13].map(coarse), ['<5', '<5', 5, 5, 10, 10, 15])
})

t.test('a feed cannot be disclosed by a set that is meant for others', async (t) => {
  t.throws(() => defineFeed({ ...policeQuarterly, fields: [PL_HIGH] }), /not meant for POLICE/)
})

t.test('the head of a record says of everybody what the record says, or that it has to be read', async (t) => {
  const states: readonly Partial<PatientState>[] = [
    {},
    ...[0, 1, 2, 3, 4, 5].map((level) => ({ risk: { ...RISK, level } })),
    { risk: { ...RISK, level: 1 }, previousRisk: RISK, responsibleUnit: 'u' },
    { risk: { ...RISK, level: 2 }, residence: { township: '999901001', gridCell: 'g', since: '2026-01-01' } },
    { risk: { ...RISK, level: 1 }, disputes: [{ event: 'e', by: 'PATIENT', on: '2026-03-01' }] },
    { died: { on: '2026-02-01' } },
    { diagnosisExcluded: { on: '2026-02-01' } },
    { programmes: { COMMUNITY_MANAGEMENT: { open: false, since: '2026-02-01' } } },
    { programmes: { MEDICAL_AID: { open: true, since: '2026-02-01' } } },
  ]
  const records = [EMPTY_RECORD, ...states.map((state) => recordOf(state))]
  for (const feed of [policeQuarterly, politicalLegalQuarterly]) {
    let told = 0
    for (const record of records) {
      const head = JSON.parse(JSON.stringify(patientHead(record)))
      t.equal(feed.scope(head), feed.scope(record))
      const glanced = feed.glance(head, context)
      if (!glanced) continue
      told++
      t.same({ ...glanced, facts: undefined }, { ...feed.row(record, context), facts: undefined })
      t.same(rowOf({ ...feed, row: () => glanced }, record), rowOf(feed, record))
      if (glanced.kind === 'row') t.same(glanced.refs, [])
    }
    t.equal(told, records.length - 3, 'all but the levels from 3 on')
  }
})

t.test('whatever records and sealed values hold, nested and unknown, a row says what a rule lets out', async (t) => {
  const key = fc.constantFrom('name', 'idNumber', 'phones', 'text', 'secret', '__proto__', 'level', 'diagnosis', 'kind')
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('SECRET', 7, true),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(key, tie('any'), { maxKeys: 4 }),
    ),
  }))
  const junk = fc.dictionary(key, any, { maxKeys: 6 })
  const ref = { eventId: 'e', subject: 'patient', pointer: '/data/identity' } as const
  let rows = 0

  fc.assert(
    fc.property(fc.constantFrom(...FEEDS), junk, junk, (feed, opened, more) => {
      const basis = { recipient: feed.audience, programme: 'LOW_INCOME', on: '2026-02-01T10:00:00+08:00', ...more }
      const state = {
        ...{ ...more, ...IN_CARE, risk: { ...more, ...RISK }, identity: ref, applications: [basis] },
        guardian: { ...more, ref, relation: more.level },
        stay: { ...more, route: 'ART30_2', admittedOn: '2026-02-01T10:00:00+08:00' },
        lossOfContact: { ...more, reason: more.secret },
        flags: { ...more, disabilityCert: { ...more, held: more.kind } },
      } as unknown as PatientState
      const appearance = feed.row({ ...EMPTY_RECORD, state }, context)
      if (appearance.kind !== 'row') return
      rows++
      const { before, after } = disclosedText(
        appearance.fieldSet,
        appearance.facts(() => opened),
        {
          ...{ patientId: 'p', rowId: 'r', pseudonymOf: () => 'mine' },
        },
      )
      const {
        id: _,
        fieldSet: _set,
        pseudonym: _own,
        ...said
      } = JSON.parse(`{${[before, after].filter(Boolean).join(',')}}`)
      for (const [head, value] of Object.entries<unknown>(said)) {
        const isNested = typeof value === 'object' && value !== null && !Array.isArray(value)
        for (const [path, leaf] of isNested
          ? Object.entries(value).map(([tail, inner]) => [`${head}.${tail}`, inner] as const)
          : [[head, value] as const]) {
          const rule = appearance.fieldSet.rules.find(({ field }) => field === path)
          if (rule?.action !== 'allow' && rule?.action !== 'generalise') throw new Error(`${feed.name} said ${path}`)
          for (const one of Array.isArray(leaf) ? leaf : [leaf]) {
            if (typeof one === 'object') throw new Error(`${feed.name}: ${path} is no plain value`)
          }
        }
      }
    }),
    { seed: 20260401, numRuns: 1000 },
  )
  t.ok(rows > 500, `${rows} rows`)
})
