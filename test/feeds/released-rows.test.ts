/** The released rows of one person are those of the released manifests, whatever happened in between and since. */
import t, { type Test } from 'tap'
import { agencyStream, patientStream } from '../../src/domain/streams.js'
import { HubError } from '../../src/kernel/errors.js'
import { principalOf } from '../fixtures/recording.js'
import { type County, doctor, driveTo, openCounty, STATION_1, STATION_3 } from './county.js'
import { lineOf, manifested } from './manifested.js'

const HOSPITAL = principalOf('0199bbbb-0000-7000-8000-000000000007', 'HOSPITAL', 'staff-5')
const assess = (county: County, patient: string, level: number, assessedAt: string) =>
  county.record(doctor, patient, 'RiskAssessed', {
    ...{ level, assessedAt, evidence: level === 0 ? ['NONE'] : [], targets: level === 0 ? 'NONE' : 'PROPERTY' },
  })

const moveTo = (county: County, patient: string, to: string, leftAt: string) =>
  county.record(doctor, patient, 'PatientRelocated', { from: '371002001', to, kind: 'PERMANENT', leftAt })

/** Three quarters: a move, a move recorded late, a correction, levels that change, an exclusion between cut and release. */
async function threeQuarters(t: Test): Promise<County> {
  const county = await openCounty(t)
  const { people } = county
  await driveTo(county, '2026-04-08T00:00:00+08:00')

  county.calendar.advanceTo(Date.parse('2026-05-06T09:00:00+08:00'))
  await moveTo(county, people.high, '371002003', '2026-05-04')
  const mistaken = await assess(county, people.token, 5, '2026-05-05T10:00:00+08:00')
  await assess(county, people.detained, 2, '2026-05-06T08:00:00+08:00')
  await county.record(doctor, people.divided, 'ProgrammeClosed', { programme: 'COMMUNITY_MANAGEMENT' }, '2026-05-01')
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, '2026-07-08T00:00:00+08:00', stuck))
  await stuck.stop()
  county.calendar.advanceTo(Date.parse('2026-07-09T09:00:00+08:00'))
  await county.record(HOSPITAL, people.high, 'DiagnosisExcluded', { excludedOn: '2026-07-08', by: 'APPRAISAL' })
  await assess(county, people.unassessed, 4, '2026-07-08T10:00:00+08:00')
  // The second area of a station passes to another after the cut, and is said to have done so long before.
  await county.deps.recorder.appendNext({
    stream: agencyStream(STATION_3),
    type: 'AgencyAreaAssigned',
    data: { areas: ['371002002'], from: '2026-01-01' },
  })
  await county.readModels.through()
  await driveTo(county, '2026-07-09T10:00:00+08:00')

  // After the release: what was told stays what it was.
  await county.record(
    ...([doctor, people.token, 'RecordRetracted', { scope: 'FACT', reason: '误录' }, undefined, mistaken] as const),
  )
  await assess(county, people.unassessed, 1, '2026-04-20T10:00:00+08:00')
  await county.readModels.through()
  await driveTo(county, '2026-10-08T00:00:00+08:00')
  return county
}

t.test('rows and commitments are those of the released manifests, for everybody over three periods', async (t) => {
  const county = await threeQuarters(t)
  const expected = await manifested(county, ['2026Q1', '2026Q2', '2026Q3'])

  for (const [name, patient] of Object.entries(county.people)) {
    const rows = await county.feeds.releasedRows(patient)
    t.same(rows.map(lineOf).sort(), [...(expected.get(patient) ?? [])].sort(), name)
  }
  t.ok([...expected.values()].flat().length > 12)
})

t.test('says which facts left and why, as who asks for the reason is told, and no value', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-08T00:00:00+08:00')

  for (const name of ['high', 'token', 'divided'] as const) {
    for (const { feed, period, said, agency } of await county.feeds.releasedRows(county.people[name])) {
      const { documents } = await county.feeds.why(feed, period, county.people[name])
      const why = documents.find((document) => document.agency === agency)
      t.equal(said?.fieldSet, why?.fieldSet)
      t.same(
        said?.fields.map(({ field, action, clauses }) => ({ field, action, clauses })),
        why?.disclosed,
      )
    }
  }
  t.notMatch(JSON.stringify(await county.feeds.releasedRows(county.people.high)), /示例/)
})

t.test('lists no document before its release, and nobody who was never told of', async (t) => {
  const county = await openCounty(t)
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, '2026-04-08T00:00:00+08:00', stuck))
  await stuck.stop()
  t.same(await county.feeds.releasedRows(county.people.high), [])

  await driveTo(county, '2026-04-09T10:00:00+08:00')

  t.equal((await county.feeds.releasedRows(county.people.high)).length, 2)
  t.same(await county.feeds.releasedRows(county.people.aidOnly), [])
  t.same(await county.feeds.releasedRows(county.people.unmapped), [])
  t.same(await county.feeds.releasedRows(STATION_1), [], 'nobody of that id')
})

t.test('of an erased person it lists what the erasure kept, though no key is left', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  const before = await county.feeds.releasedRows(county.people.high)
  await county.deps.recorder.appendNext({
    stream: patientStream(county.people.high),
    type: 'IdentityErased',
    data: {
      ...{ keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-05-01' },
      rows: before.map(({ document, row, commitment }) => ({ document, row, commitment })),
    },
  })
  await county.vault.destroy(`patient:${county.people.high}`)

  const after = await county.feeds.releasedRows(county.people.high)

  t.equal(before.length, 2)
  t.same(
    after,
    before.map(({ said: _, ...kept }) => kept),
  )
})
