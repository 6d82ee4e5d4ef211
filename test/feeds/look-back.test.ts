import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { CommittedRow } from '../../src/feeds/commitments.js'
import { HubError } from '../../src/kernel/errors.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { principalOf } from '../fixtures/recording.js'
import {
  type County,
  doctor,
  driveTo,
  OFFICE,
  officer,
  openCounty,
  psychiatrist,
  STATION_1,
  STATION_2,
  STATION_3,
} from './county.js'
import { erase } from './erase.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const Q2 = '2026Q2'
const Q3 = '2026Q3'
const secondOfficer = principalOf(STATION_2, 'POLICE', 'staff-10')

async function rowsOf(
  { feeds }: County,
  feed: string,
  period: string,
  agency: string,
): Promise<readonly CommittedRow[]> {
  const [, ...lines] = (await feeds.document(feed, period, agency)).bytes.toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as CommittedRow)
}

const closingsIn = (rows: readonly CommittedRow[]) =>
  rows
    .filter(({ closing }) => closing)
    .map(({ closing, amendments }) => ({ closing, ...(amendments ? { amendments } : {}) }))

const incident = (county: County, by: typeof officer, patient: string, at: string) =>
  county.record(by, patient, 'PublicSafetyIncidentRecorded', { kind: 2, at, policeRef: '警情示例9' })

/** Q1 is released; then one moves away, one dies, one leaves the programme, one is excluded, and facts of Q1 come late. */
async function afterTwoQuarters(
  t: Parameters<typeof openCounty>[0],
  inThreads = false,
): Promise<County & { moved: string }> {
  const county = await openCounty(t)
  const { people, record, calendar } = county
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-05-20T09:00:00+08:00'))
  const { high, token, divided, detained, unassessed } = people
  await incident(county, officer, high, '2026-03-20T22:00:00+08:00')
  await incident(county, secondOfficer, detained, '2026-03-21T22:00:00+08:00')
  const moved = await record(doctor, high, 'PatientRelocated', {
    ...{ from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-10' },
    toAddress: { text: '新村示例3号' },
  })
  await record(doctor, token, 'PatientDied', { date: '2026-05-01', cause: 1 })
  await record(doctor, divided, 'ProgrammeClosed', { programme: 'COMMUNITY_MANAGEMENT' }, '2026-05-02')
  await record(psychiatrist, unassessed, 'DiagnosisExcluded', { excludedOn: '2026-05-03', by: 'RE_DIAGNOSIS' })
  await record(doctor, detained, 'RiskAssessed', {
    ...{ level: 1, assessedAt: '2026-05-04', evidence: ['VERBAL_THREAT'], targets: 'NONE' },
  })
  const feeds = inThreads ? await threadedFeeds(county) : county.feeds
  await driveTo(county, '2026-07-08T00:00:00+08:00', feeds)
  return { ...county, feeds, moved }
}

t.test('closes a row where the person left, died or is listed no more, and says why and nothing else', async (t) => {
  const county = await afterTwoQuarters(t)
  const first = await rowsOf(county, POLICE, Q2, STATION_1)
  const second = await rowsOf(county, POLICE, Q2, STATION_2)

  t.same(
    closingsIn(first).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    [
      {
        closing: { on: '2026-05-10', reason: 'LEFT_AREA' },
        amendments: [{ field: 'policeRecorded.publicOrderOffence', now: 2, period: '2026Q1', was: 1 }],
      },
      { closing: { on: '2026-05-01', reason: 'DIED' } },
    ].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    'one has left, one has died; of the excluded nothing is said',
  )
  for (const row of first) {
    const { amendments: _, ...rest } = row
    if (row.closing) t.same(Object.keys(rest).sort(), ['closing', 'fieldSet', 'id', 'pseudonym', 'salt'])
  }
  t.same(closingsIn(second), [{ closing: { reason: 'NOT_LISTED' } }], 'who left the programme')
  t.ok(
    second.some(({ name }) => name === '王示例'),
    'the new station has the row',
  )
})

t.test('the office is told whom it lists no more, because a level is low again too', async (t) => {
  const county = await afterTwoQuarters(t)
  const rows = await rowsOf(county, PL, Q2, OFFICE)
  t.same(rows.map(({ name, closing }) => name ?? (closing as { reason: string }).reason).sort(), [
    'NOT_LISTED',
    'NOT_LISTED',
    '王示例',
  ])
  const { counts } = JSON.parse((await county.feeds.recipientManifest(PL, Q2, OFFICE)).toString('utf8'))
  t.match(counts, { rows: 1, closings: 2, high: 1 })
})

t.test('amends what was said of an older period, to whoever was given that, and to nobody else', async (t) => {
  const county = await afterTwoQuarters(t)
  const second = await rowsOf(county, POLICE, Q2, STATION_2)
  const moved = second.find(({ name }) => name === '王示例')
  t.equal(moved?.amendments, undefined, 'the new station was never told of the first quarter')
  const detained = second.find(({ level }) => level === 1)
  t.same(detained?.amendments, [{ field: 'policeRecorded.publicOrderOffence', now: 1, period: '2026Q1', was: 0 }])
  t.equal(detained?.fieldSet, 'police.token@2', 'under the name that the station knows, without any other')
  t.same(await rowsOf(county, POLICE, Q2, STATION_3), [])
})

t.test('says it once, and again only where something was corrected since', async (t) => {
  const county = await afterTwoQuarters(t)
  const { calendar, people, record, moved } = county
  calendar.advanceTo(Date.parse('2026-08-20T09:00:00+08:00'))
  await record(doctor, people.high, 'RecordRetracted', { scope: 'FACT', reason: '录入错误' }, undefined, moved)
  await driveTo(county, '2026-10-08T00:00:00+08:00')

  t.same(
    (await rowsOf(county, POLICE, Q3, STATION_1)).map(({ closing, fieldSet }) => closing ?? fieldSet),
    ['police.token@2'],
    'the move was none: here the person is again, with a level gone stale, and nobody else is closed twice',
  )
  t.same(closingsIn(await rowsOf(county, POLICE, Q3, STATION_2)), [{ closing: { reason: 'LEFT_AREA' } }])
})

t.test('an area that changes hands closes the rows of whoever held it, without any event of the people', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  const { recorder } = county.deps
  const assigned = async (agency: string, areas: readonly string[]) => {
    const stream = `agency-${agency}`
    await recorder.appendNext({ stream, type: 'AgencyAreaAssigned', data: { areas, from: '2026-04-20' } })
  }
  const stream = `agency-${STATION_1}`
  const tail = await county.deps.log.readTail(stream)
  await recorder.appendNext({
    ...{ stream, type: 'AgencyAreaAssigned', corrects: tail?.id ?? '' },
    data: { areas: ['371002004'], from: '2026-01-01' },
  })
  await assigned(STATION_3, ['371002001'])
  county.readModels.notify()
  await county.readModels.through()
  await driveTo(county, '2026-07-08T00:00:00+08:00')

  t.same(
    closingsIn(await rowsOf(county, POLICE, Q2, STATION_1)),
    [1, 2, 3].map(() => ({ closing: { reason: 'LEFT_AREA' } })),
  )
  t.equal((await rowsOf(county, POLICE, Q2, STATION_3)).length, 3)
})

t.test('threads, the log alone and the account of one person agree on closings and amendments', async (t) => {
  const county = await afterTwoQuarters(t)
  const bytes = async (feeds: County['feeds']) =>
    Promise.all(
      [STATION_1, STATION_2, STATION_3].map(async (agency) =>
        (await feeds.document(POLICE, Q2, agency)).bytes.toString('utf8'),
      ),
    )
  const here = await bytes(county.feeds)
  for (const feed of [POLICE, PL]) t.ok((await county.feeds.recompute(feed, Q2)).isEqual, feed)

  for (const person of Object.values(county.people)) {
    for (const { feed, period, agency, row, commitment } of await county.feeds.releasedRows(person)) {
      const manifest = JSON.parse((await county.feeds.recipientManifest(feed, period, agency)).toString('utf8'))
      const entry = manifest.commitments.find(({ id }: { id: string }) => id === row)
      t.equal(entry?.commitment, commitment, `${feed} ${period}`)
    }
  }
  const ofMoved = await county.feeds.releasedRows(county.people.high)
  const told = ofMoved.filter(({ feed, period }) => feed === POLICE && period === Q2)
  t.match(
    told.map(({ agency, isClosing, said }) => ({ agency, isClosing, said })).sort((a) => (a.isClosing ? -1 : 1)),
    [
      {
        ...{ agency: STATION_1, isClosing: true },
        said: {
          fieldSet: 'community.closing@1',
          amendments: [
            { period: '2026Q1', fields: [{ field: 'policeRecorded.publicOrderOffence', clauses: ['W6', 'W43'] }] },
          ],
        },
      },
      { agency: STATION_2, isClosing: false, said: { amendments: undefined } },
    ],
    'a closing that amends, and a row',
  )
  const [amended] = (await county.feeds.releasedRows(county.people.detained)).filter(({ said }) => said?.amendments)
  t.match(amended, { isClosing: false, period: Q2, said: { amendments: [{ period: '2026Q1' }] } })

  const again = await afterTwoQuarters(t, true)
  t.same(await bytes(again.feeds), here)
})

t.test('a station that somebody had left learns nothing of what came after', async (t) => {
  const county = await openCounty(t)
  const { people, record, calendar, feeds } = county
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-06-20T09:00:00+08:00'))
  const move = { from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-10' }
  await record(doctor, people.high, 'PatientRelocated', move)
  await record(doctor, people.high, 'PatientDied', { date: '2026-06-01', cause: 1 })
  await driveTo(county, '2026-07-08T00:00:00+08:00')

  t.same(closingsIn(await rowsOf(county, POLICE, Q2, STATION_1)), [
    { closing: { on: '2026-05-10', reason: 'LEFT_AREA' } },
  ])

  // Dead, in a township that another's community divides, and then erased.
  await erase(county, 'high')
  rmSync(county.deps.spoolDirectory, { recursive: true })
  for (const feed of [POLICE, PL]) {
    for (const period of ['2026Q1', Q2]) t.ok((await feeds.recompute(feed, period)).isEqual, `${feed} ${period}`)
  }
})

t.test(
  'who lives beside a community that divides the township is counted where they were, erased or not',
  async (t) => {
    const county = await openCounty(t)
    const { people, record, calendar, feeds } = county
    await driveTo(county, '2026-04-08T00:00:00+08:00')
    calendar.advanceTo(Date.parse('2026-06-20T09:00:00+08:00'))
    await record(doctor, people.high, 'PatientDied', { date: '2026-06-01', cause: 1 })
    await driveTo(county, '2026-07-08T00:00:00+08:00')
    await erase(county, 'high')
    rmSync(county.deps.spoolDirectory, { recursive: true })
    t.ok((await feeds.recompute(POLICE, Q2)).isEqual)
    t.ok((await feeds.document(POLICE, Q2, STATION_1)).rows > 0)
  },
)

t.test('a document that closes and amends outlives those in it', async (t) => {
  const county = await afterTwoQuarters(t)
  const documents = [
    [POLICE, STATION_1],
    [POLICE, STATION_2],
    [PL, OFFICE],
  ] as const
  const given = async () =>
    Promise.all(
      documents.map(async ([feed, agency]) => [
        (await county.feeds.document(feed, Q2, agency)).bytes.toString('utf8'),
        (await county.feeds.recipientManifest(feed, Q2, agency)).toString('utf8'),
        (await county.feeds.accountingManifest(feed, Q2, agency)).toString('utf8'),
      ]),
    )
  const [[, manifest] = []] = await given()
  await erase(county, 'high', 'token', 'divided', 'detained')
  const before = await given()
  rmSync(county.deps.spoolDirectory, { recursive: true })
  t.same(await given(), before)
  t.equal(before[0]?.[1], manifest, 'root and commitments are those of the release')
  for (const feed of [POLICE, PL]) t.ok((await county.feeds.recompute(feed, Q2)).isEqual, feed)
})

/**
 * Q1 is released; then one moves while restricted, one's programme was opened by mistake, one was registered into the wrong programme,
 * one by mistake at all. After the cut of Q2, before its release, the programme of another is closed; then the restriction is lifted.
 */
async function afterMistakes(t: Test, inThreads: boolean): Promise<County> {
  const county = await openCounty(t)
  const { people, record, calendar } = county
  const { high, token, divided, aidOnly, unassessed } = people
  const community = { programme: 'COMMUNITY_MANAGEMENT' }
  const opened = await record(doctor, aidOnly, 'ProgrammeOpened', community, '2026-02-01')
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-05-20T09:00:00+08:00'))
  const restriction = { reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' }
  await record(doctor, high, 'ProcessingRestricted', restriction, '2026-05-18')
  await record(doctor, high, 'PatientRelocated', {
    ...{ from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-19' },
  })
  await incident(county, officer, high, '2026-03-20T22:00:00+08:00')
  const mistake = { scope: 'FACT', reason: '录入错误' }
  await record(doctor, aidOnly, 'RecordRetracted', mistake, undefined, opened)
  await record(doctor, unassessed, 'RecordRetracted', mistake, undefined, await registrationOf(county, unassessed))
  const registration = await registrationOf(county, token)
  const identity = { name: '李示例', idType: '9', idNumber: '11010519491231002X', status: 'VERIFIED', sex: '2' }
  const data = {
    ...{ identity, householdTownship: '371002001', presentTownship: '371002001', responsibleUnit: doctor.agency },
    ...{ registrationBasis: 'NEEDY_AID', programme: 'MEDICAL_AID', householdType: 1, economicStatus: 3 },
  }
  await record(doctor, token, 'PatientRegistered', data, '2026-01-04', registration)

  const feeds = inThreads ? await threadedFeeds(county) : county.feeds
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, '2026-07-08T00:00:00+08:00', stuck))
  await stuck.stop()
  await record(doctor, divided, 'ProgrammeClosed', community, '2026-07-08')
  await county.readModels.through()
  await driveTo(county, '2026-07-08T10:00:00+08:00', feeds)
  calendar.advanceTo(Date.parse('2026-08-20T09:00:00+08:00'))
  await record(doctor, high, 'ProcessingRestrictionLifted', restriction, '2026-08-19')
  await driveTo(county, '2026-10-08T00:00:00+08:00', feeds)
  return { ...county, feeds }
}

async function registrationOf({ store }: County, patient: string): Promise<string> {
  for await (const event of store.log.readStream(`patient-${patient}`)) {
    if (event.type === 'PatientRegistered') return event.id
  }
  return ''
}

for (const inThreads of [false, true]) {
  t.test(
    `what was a mistake and what was kept silent is closed in the end${inThreads ? ', in threads' : ''}`,
    async (t) => {
      const county = await afterMistakes(t, inThreads)
      const { feeds, people } = county
      const closings = async (period: string, agency: string) =>
        closingsIn(await rowsOf(county, POLICE, period, agency))

      t.same(
        await closings(Q2, STATION_1),
        [1, 2].map(() => ({ closing: { reason: 'NOT_LISTED' } })),
        'a programme that was none, twice; of a registration that was none nothing is said, and of the restricted one',
      )
      const accounts = (await feeds.accountingManifest(POLICE, Q2, STATION_1)).toString('utf8').trimEnd().split('\n')
      const outcomes = (person: keyof typeof people) =>
        accounts.filter((line) => line.includes(people[person])).map((line) => JSON.parse(line).outcome)
      t.same(outcomes('aidOnly'), ['CLOSED'], 'and of whom the feed is not about, nothing else')
      t.same(outcomes('unassessed'), [])
      t.same(await closings(Q3, STATION_1), [
        {
          closing: { on: '2026-05-19', reason: 'LEFT_AREA' },
          amendments: [{ field: 'policeRecorded.publicOrderOffence', now: 2, period: '2026Q1', was: 1 }],
        },
      ])
      t.same(await closings(Q2, STATION_2), [])
      t.same(await closings(Q3, STATION_2), [{ closing: { reason: 'NOT_LISTED' } }], 'stopped before the release of Q2')

      for (const feed of [POLICE, PL]) {
        for (const period of [Q2, Q3]) t.ok((await feeds.recompute(feed, period)).isEqual, `${feed} ${period}`)
      }
      for (const person of Object.values(people)) {
        for (const { feed, period, agency, row, commitment } of await feeds.releasedRows(person)) {
          const manifest = JSON.parse((await feeds.recipientManifest(feed, period, agency)).toString('utf8'))
          const entry = manifest.commitments.find(({ id }: { id: string }) => id === row)
          t.equal(entry?.commitment, commitment, `${feed} ${period}`)
        }
      }
      const rows = (await feeds.releasedRows(people.high)).filter(({ feed }) => feed === POLICE)
      t.same(
        rows.map(({ period, agency }) => [period, agency]),
        [
          ['2026Q1', STATION_1],
          [Q3, STATION_1],
          [Q3, STATION_2],
        ],
      )
    },
  )
}

/** Feeds that compile in threads whatever comes next; those that the county began with are stopped. */
async function threadedFeeds(county: County): Promise<County['feeds']> {
  await county.feeds.stop()
  const data = {
    readModelsDirectory: join(county.directory, 'readmodels'),
    logFile: join(county.directory, LOG_FILE),
  }
  const threads = { entry: new URL('../../src/feeds-worker.js', import.meta.url), data }
  return county.feedsAgain({ threads, threadsFrom: 0 })
}
