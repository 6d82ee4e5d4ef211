import t, { type Test } from 'tap'
import { HubError } from '../../src/kernel/errors.js'
import { principalOf } from '../fixtures/recording.js'
import { type County, doctor, driveTo, OFFICE, openCounty, type PersonName, Q1, STATION_1 } from './county.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const CLOSING = '2026-04-08T00:00:00+08:00'

/** Closes the quarter, and stops before the compile has read a person. */
async function closedButNotCompiled(t: Test): Promise<County> {
  const county = await openCounty(t)
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, CLOSING, stuck))
  await stuck.stop()
  county.calendar.advanceTo(Date.parse('2026-04-09T09:00:00+08:00'))
  return county
}

async function release(county: County): Promise<void> {
  await county.readModels.through()
  await driveTo(county, '2026-04-09T10:00:00+08:00')
}

async function accountOf(county: County, feed: string, agency: string, person: PersonName): Promise<unknown> {
  const text = (await county.feeds.accountingManifest(feed, Q1, agency)).toString('utf8')
  const line = text.split('\n').find((one) => one.includes(county.people[person]))
  return line === undefined ? undefined : JSON.parse(line)
}

async function textOf(county: County, feed: string, agency: string): Promise<string> {
  return (await county.feeds.document(feed, Q1, agency)).bytes.toString('utf8')
}

t.test('a diagnosis excluded between cut and release takes the row away', async (t) => {
  const county = await closedButNotCompiled(t)
  const hospital = principalOf('0199bbbb-0000-7000-8000-000000000007', 'HOSPITAL', 'staff-5')
  await county.record(hospital, county.people.high, 'DiagnosisExcluded', { excludedOn: '2026-04-08', by: 'APPRAISAL' })
  await release(county)

  t.notMatch(await textOf(county, POLICE, STATION_1), /王示例/)
  t.notMatch(await textOf(county, PL, OFFICE), /王示例/)
  t.match(await accountOf(county, POLICE, STATION_1, 'high'), {
    outcome: 'EXCLUDED',
    rule: 'STOPPED_DIAGNOSIS_EXCLUDED',
  })
  t.match(await county.feeds.why(POLICE, Q1, county.people.high), {
    outcome: 'EXCLUDED',
    rule: 'STOPPED_DIAGNOSIS_EXCLUDED',
    words: { zh: '截点之后、提供之前：诊断已排除', en: 'Between cut and release: The diagnosis was excluded' },
    decidedBy: { type: 'DiagnosisExcluded' },
    documents: [],
  })
  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
  t.ok((await county.feeds.recompute(PL, Q1)).isEqual)
})

t.test('a programme closed between cut and release takes the row away', async (t) => {
  const county = await closedButNotCompiled(t)
  await county.record(
    doctor,
    county.people.token,
    'ProgrammeClosed',
    { programme: 'COMMUNITY_MANAGEMENT' },
    '2026-04-08',
  )
  await release(county)

  t.match(await accountOf(county, POLICE, STATION_1, 'token'), {
    outcome: 'EXCLUDED',
    rule: 'STOPPED_PROGRAMME_NOT_OPEN',
  })
  const { documents } = (await county.feeds.periods(POLICE)).find(({ period }) => period === Q1) ?? { documents: [] }
  t.match(documents.find(({ agency }) => agency === STATION_1)?.counts, { inScope: 3, rows: 2, stopped: 1 })
  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
})

t.test('what merely happened since the cut waits for the next one', async (t) => {
  const county = await closedButNotCompiled(t)
  const assessed = { level: 0, assessedAt: '2026-04-08T12:00:00+08:00', evidence: ['NONE'], targets: 'NONE' }
  await county.record(doctor, county.people.high, 'RiskAssessed', assessed)
  await county.record(doctor, county.people.token, 'PatientDied', { date: '2026-04-08', cause: 6 })
  await release(county)

  t.match(await textOf(county, POLICE, STATION_1), /"level":4,.*王示例/)
  t.match(await accountOf(county, POLICE, STATION_1, 'token'), { outcome: 'ROW' })
  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
})

t.test('a suppression after the release leaves the released document as it is', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, CLOSING)
  const before = await textOf(county, POLICE, STATION_1)
  county.calendar.advanceTo(Date.parse('2026-04-09T09:00:00+08:00'))
  await county.record(
    doctor,
    county.people.high,
    'ProgrammeClosed',
    { programme: 'COMMUNITY_MANAGEMENT' },
    '2026-04-09',
  )
  await county.readModels.through()

  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
  t.equal(await textOf(county, POLICE, STATION_1), before)
})

t.test('a person who was erased has no row, though no key was destroyed yet', async (t) => {
  const county = await closedButNotCompiled(t)
  await county.deps.recorder.appendNext({
    stream: `patient-${county.people.high}`,
    type: 'IdentityErased',
    data: { keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-05-01' },
  })
  await release(county)

  t.notMatch(await textOf(county, POLICE, STATION_1), /王示例/)
  t.match(await accountOf(county, POLICE, STATION_1, 'high'), { outcome: 'EXCLUDED', rule: 'ERASED' })
  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
})

t.test('a person whose key was destroyed has no row', async (t) => {
  const county = await closedButNotCompiled(t)
  await county.vault.destroy(`patient:${county.people.high}`)
  await release(county)

  t.notMatch(await textOf(county, POLICE, STATION_1), /"level":4/)
  t.match(await accountOf(county, POLICE, STATION_1, 'high'), { outcome: 'EXCLUDED', rule: 'ERASED' })
  t.match(await accountOf(county, PL, OFFICE, 'high'), { outcome: 'EXCLUDED', rule: 'ERASED' })
})
