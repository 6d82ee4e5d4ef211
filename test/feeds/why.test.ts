/** Why anybody stands as they do, for any audience: every reason there is, each with its words, clause and event. */
import t from 'tap'
import { FEEDS } from '../../projections/feeds.js'
import { agencyStream } from '../../src/domain/streams.js'
import { REASONS, reasonOf, STANDINGS } from '../../src/feeds/why-words.js'
import { SCOPE_RULES } from '../../src/policy/define-feed.js'
import { eventsOf } from '../fixtures/recording.js'
import {
  agency,
  type County,
  doctor,
  driveTo,
  HOSPITAL,
  OFFICE,
  type PersonName,
  STATION_1,
  STATION_2,
  STATION_3,
} from './county.js'
import { erase } from './erase.js'
import { CA, H1, LABOUR_FEED, openHalfYear } from './half-year.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const [Q1, Q2] = ['2026Q1', '2026Q2']
/** A station that was never given an area. */
const NO_AREA = agency(20)

/** Q1 is released; then one moves away, one is well again, one dies, one is restricted, one leaves the programme, one is erased. */
async function halfYear(t: Parameters<typeof openHalfYear>[0]): Promise<County> {
  const county = await openHalfYear(t)
  const { record, people, calendar, deps } = county
  const stream = agencyStream(NO_AREA)
  const data = { role: 'POLICE', name: '示例第四派出所', phone: '0631-5200020' }
  await deps.recorder.appendAt('new', { stream, type: 'AgencyEnrolled', data })
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-05-20T09:00:00+08:00'))
  const { high, divided, token, unassessed, detained } = people
  await record(doctor, high, 'PatientRelocated', {
    ...{ from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-10' },
    toAddress: { text: '新村示例3号' },
  })
  const low = { level: 1, assessedAt: '2026-05-12T10:00:00+08:00', evidence: [], targets: 'PROPERTY' }
  await record(doctor, divided, 'RiskAssessed', low)
  await record(doctor, token, 'PatientDied', { date: '2026-05-13', cause: 1 })
  await record(
    doctor,
    unassessed,
    'ProcessingRestricted',
    { reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' },
    '2026-05-14',
  )
  await record(doctor, detained, 'ProgrammeClosed', { programme: 'COMMUNITY_MANAGEMENT' }, '2026-05-15')
  await driveTo(county, '2026-07-08T00:00:00+08:00')
  await erase(county, 'excluded')
  return county
}

const county = halfYear(t)

interface Row {
  readonly person: PersonName
  readonly feed: string
  readonly period: string
  readonly told: object
  readonly by?: string
}

const TABLE: readonly Row[] = [
  { person: 'high', feed: POLICE, period: Q1, told: { outcome: 'ROW', group: 'high' }, by: 'RiskAssessed' },
  {
    ...{ person: 'high', feed: POLICE, period: Q2, by: 'RiskAssessed' },
    told: {
      outcome: 'ROW',
      documents: [
        { agency: STATION_2, outcome: 'ROW', fieldSet: 'police.high@2' },
        {
          ...{ agency: STATION_1, outcome: 'CLOSED', rule: 'LEFT_AREA', fieldSet: 'community.closing@1' },
          disclosed: [{ field: 'patientId' }, { field: 'closing.reason' }, { field: 'closing.on' }],
        },
      ],
    },
  },
  { person: 'high', feed: CA, period: H1, told: { outcome: 'ROW', words: { zh: /凭申请/ } }, by: 'ServiceApplied' },
  {
    ...{ person: 'divided', feed: PL, period: Q2, by: 'RiskAssessed' },
    told: { outcome: 'CLOSED', rule: 'NOT_LISTED', group: 'low', documents: [{ agency: OFFICE }, { agency: OFFICE }] },
  },
  { person: 'divided', feed: PL, period: Q1, told: { outcome: 'ROW' }, by: 'RiskAssessed' },
  {
    ...{ person: 'token', feed: POLICE, period: Q2, by: 'PatientDied' },
    told: { outcome: 'CLOSED', rule: 'DIED', scope: 'DIED', clauses: ['W47', 'PIPL 6'] },
  },
  {
    ...{ person: 'token', feed: PL, period: Q1, by: 'RiskAssessed' },
    told: { outcome: 'COUNTED', rule: 'BELOW_LEVEL_3', documents: [{ outcome: 'COUNTED', disclosed: [] }] },
  },
  { person: 'token', feed: LABOUR_FEED, period: H1, told: { outcome: 'EXCLUDED', rule: 'DIED' }, by: 'PatientDied' },
  {
    ...{ person: 'unassessed', feed: POLICE, period: Q2, by: 'ProcessingRestricted' },
    told: { outcome: 'EXCLUDED', rule: 'RESTRICTED', scope: 'RESTRICTED', documents: [] },
  },
  {
    person: 'unassessed',
    feed: POLICE,
    period: Q1,
    told: { outcome: 'ROW', group: 'notAssessed' },
    by: 'PatientRegistered',
  },
  {
    ...{ person: 'detained', feed: POLICE, period: Q2, by: 'ProgrammeClosed' },
    told: { outcome: 'CLOSED', rule: 'NOT_LISTED', scope: 'PROGRAMME_NOT_OPEN' },
  },
  {
    ...{ person: 'aidOnly', feed: POLICE, period: Q1, by: 'PatientRegistered' },
    told: { outcome: 'EXCLUDED', rule: 'PROGRAMME_NOT_OPEN' },
  },
  {
    person: 'divided',
    feed: LABOUR_FEED,
    period: H1,
    told: { outcome: 'COUNTED', rule: 'NO_BASIS' },
    by: 'DataConsentWithdrawn',
  },
  { person: 'dead', feed: POLICE, period: Q1, told: { outcome: 'EXCLUDED', rule: 'DIED' }, by: 'PatientDied' },
  {
    person: 'unmapped',
    feed: POLICE,
    period: Q1,
    told: { outcome: 'UNMAPPED', documents: [] },
    by: 'PatientRegistered',
  },
  { person: 'excluded', feed: POLICE, period: Q1, told: { outcome: 'ERASED', documents: [] }, by: 'IdentityErased' },
]

t.test('every reason is told with its words, its clause and the event that decided', async (t) => {
  const { feeds, people, store } = await county
  for (const { person, feed, period, told, by } of TABLE) {
    const name = `${person} ${feed} ${period}`
    const why = await feeds.why(feed, period, people[person])
    t.match(why, told, name)
    t.ok(why.words.zh && why.words.en, name)
    t.ok(why.clauses.length > 0, name)
    t.equal(why.decidedBy?.type, by, name)
    const events = await eventsOf(store.log, `patient-${people[person]}`)
    t.ok(
      events.some(({ id, type }) => id === why.decidedBy?.id && type === by),
      `${name}: it is in the life`,
    )
    t.notMatch(JSON.stringify(why), /示例/, 'no value')
  }
  t.match(await feeds.why(POLICE, Q1, STATION_1), { outcome: 'UNKNOWN_PERSON', documents: [] })
})

t.test('any agency is told of: in charge, before, elsewhere, without an area, of another kind, unknown', async (t) => {
  const { feeds, people } = await county
  const standing = async (id: string) => (await feeds.why(POLICE, Q2, people.high, id)).asked?.standing

  t.same(await Promise.all([STATION_2, STATION_1, STATION_3, NO_AREA, OFFICE, HOSPITAL, agency(99)].map(standing)), [
    'IN_CHARGE',
    'WAS_IN_CHARGE',
    'ELSEWHERE',
    'NO_AREA',
    'OTHER_AUDIENCE',
    'OTHER_AUDIENCE',
    'NOT_ENROLLED',
  ])
  t.match((await feeds.why(POLICE, Q2, people.high, NO_AREA)).asked?.words, STANDINGS.NO_AREA)
})

t.test('a feed that is not in force says so, and a period that is not closed is not there', async (t) => {
  const { feedsAgain, deps, people } = await county
  const inForce = new Map([...deps.versions()].filter(([name]) => name !== `feed:${LABOUR_FEED}`))
  const without = feedsAgain({ versions: () => inForce })

  t.match(await without.why(LABOUR_FEED, '2026H2', people.high), { outcome: 'NOT_IN_FORCE', documents: [] })
  t.match(await without.why(LABOUR_FEED, H1, people.divided), { outcome: 'COUNTED' }, 'what was closed is explained')
  await t.rejects(without.why(POLICE, '2026Q3', people.high), { code: 'HUB_NOT_FOUND' })
  await t.rejects(without.why('nothing', Q1, people.high), { code: 'HUB_NOT_FOUND' })
})

t.test('every rule of every feed has its words', async (t) => {
  for (const rule of [...SCOPE_RULES, 'BELOW_LEVEL_3', 'NO_BASIS', 'UNMAPPED']) {
    const { words } = REASONS[rule] ?? reasonOf(rule)
    t.not(words.zh, rule)
    t.match(reasonOf(`STOPPED_${rule}`).words.zh, new RegExp(`截点之后、提供之前：${words.zh}`))
  }
  for (const reason of FEEDS.flatMap(({ follows }) => follows?.reasons ?? [])) t.ok(REASONS[`CLOSED_${reason}`], reason)
})
