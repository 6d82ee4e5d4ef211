/**
 * A property of random lives: the released rows of everybody, and the rows in their accounts, are exactly those of the manifests,
 * whatever happened and when.
 */
import fc from 'fast-check'
import t from 'tap'
import { createAccount } from '../../src/account/create-account.js'
import { createDirectory } from '../../src/domain/directory.js'
import { agencyStream } from '../../src/domain/streams.js'
import { HubError, isHubError } from '../../src/kernel/errors.js'
import { principalOf } from '../fixtures/recording.js'
import { manualCleanup } from '../readmodel/following.js'
import { type County, doctor, driveTo, openCounty, STATION_1, STATION_2, STATION_3 } from './county.js'
import { lineOf, manifested } from './manifested.js'

t.setTimeout(5 * 60_000)

const HOSPITAL = principalOf('0199bbbb-0000-7000-8000-000000000007', 'HOSPITAL', 'staff-5')
const STATIONS = [STATION_1, STATION_2, STATION_3]
const TOWNSHIPS = ['371002001', '371002002', '371002003', '371003001']
const QUARTERS = [
  { period: '2026Q1', closes: '2026-04-08', lived: '2026-03-20' },
  { period: '2026Q2', closes: '2026-07-08', lived: '2026-05-20' },
  { period: '2026Q3', closes: '2026-10-08', lived: '2026-08-20' },
] as const

interface Act {
  readonly who: number
  readonly what: 'assess' | 'correct' | 'retract' | 'move' | 'close' | 'open' | 'exclude' | 'die' | 'area'
  readonly which: number
  /** Days before the day on which it is recorded. */
  readonly late: number
}

const act: fc.Arbitrary<Act> = fc.record({
  who: fc.nat(8),
  what: fc.constantFrom(
    'assess',
    'assess',
    'assess',
    'correct',
    'retract',
    'move',
    'move',
    'close',
    'open',
    'exclude',
    'die',
    'area',
  ),
  which: fc.nat(11),
  late: fc.constantFrom(0, 0, 1, 30, 70),
})
/** Of each quarter: what is recorded in it, and what between its cut and its release. */
const quarters = fc.tuple(
  ...QUARTERS.map(() =>
    fc.record({ within: fc.array(act, { maxLength: 8 }), between: fc.array(act, { maxLength: 3 }) }),
  ),
)

/** What was assessed of each person, for corrections. */
type Assessed = Map<string, string[]>

async function take(county: County, { who, what, which, late }: Act, assessed: Assessed): Promise<void> {
  const patients = Object.values(county.people)
  const patient = patients[who % patients.length] ?? ''
  const day = new Date(county.calendar.now() + 8 * 3_600_000 - late * 86_400_000).toISOString().slice(0, 10)
  const level = which % 6
  const risk = {
    ...{ level, assessedAt: day, evidence: level === 0 ? ['NONE'] : [] },
    targets: level === 0 ? 'NONE' : 'PROPERTY',
  }
  const known = assessed.get(patient) ?? []
  const earlier = known[which % Math.max(1, known.length)]
  switch (what) {
    case 'assess':
      assessed.set(patient, [...known, await county.record(doctor, patient, 'RiskAssessed', risk)])
      return
    case 'correct':
      if (earlier === undefined) return
      assessed.set(patient, [...known, await county.record(doctor, patient, 'RiskAssessed', risk, undefined, earlier)])
      return
    case 'retract':
      if (earlier === undefined) return
      await county.record(doctor, patient, 'RecordRetracted', { scope: 'FACT', reason: '误录' }, undefined, earlier)
      return
    case 'move': {
      const [from, to] = [TOWNSHIPS[(which + 1) % 4], TOWNSHIPS[which % 4]]
      await county.record(doctor, patient, 'PatientRelocated', { from, to, kind: 'PERMANENT', leftAt: day })
      return
    }
    case 'close':
      await county.record(doctor, patient, 'ProgrammeClosed', { programme: 'COMMUNITY_MANAGEMENT' }, day)
      return
    case 'open':
      await county.record(doctor, patient, 'ProgrammeOpened', { programme: 'COMMUNITY_MANAGEMENT' }, day)
      return
    case 'exclude':
      await county.record(HOSPITAL, patient, 'DiagnosisExcluded', { excludedOn: day, by: 'APPRAISAL' })
      return
    case 'die':
      await county.record(doctor, patient, 'PatientDied', { date: day, cause: 1 })
      return
    case 'area':
      await county.deps.recorder.appendNext({
        stream: agencyStream(STATIONS[which % 3] ?? ''),
        type: 'AgencyAreaAssigned',
        data: { areas: [TOWNSHIPS[(which >> 1) % 4] ?? ''], from: day },
      })
  }
}

/** What a rule refuses did not happen. */
async function takeAll(county: County, acts: readonly Act[], assessed: Assessed): Promise<void> {
  for (const one of acts) {
    try {
      await take(county, one, assessed)
    } catch (error) {
      if (!isHubError(error)) throw error
    }
  }
  await county.readModels.through()
}

const accountOf = ({ deps: { log, placed }, readModels, feeds, calendar }: County) =>
  createAccount({
    ...{ log, placed, readModels, feeds, calendar },
    directory: createDirectory,
    oneOffsTold: async () => [],
  })

/** Row and commitment of a line. */
const proofOf = (line: string): string => line.split(' ').slice(4, 6).join(' ')

async function closedAt(county: County, closes: string): Promise<void> {
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await driveTo(county, `${closes}T00:00:00+08:00`, stuck).catch(() => undefined)
  await stuck.stop()
}

t.test(
  'the released rows of everybody, and their accounts, are those of the manifests, for random lives',
  async (t) => {
    let rows = 0
    await fc.assert(
      fc.asyncProperty(quarters, async (lived) => {
        const cleanup = manualCleanup()
        try {
          const county = await openCounty(cleanup)
          const assessed: Assessed = new Map()
          for (const [i, { within, between }] of lived.entries()) {
            const quarter = QUARTERS[i]
            if (!quarter) continue
            county.calendar.advanceTo(Date.parse(`${quarter.lived}T09:00:00+08:00`))
            await takeAll(county, within, assessed)
            await closedAt(county, quarter.closes)
            county.calendar.advanceTo(Date.parse(`${quarter.closes}T10:00:00+08:00`))
            await takeAll(county, between, assessed)
            await driveTo(county, `${quarter.closes}T11:00:00+08:00`)
          }

          const expected = await manifested(
            county,
            QUARTERS.map(({ period }) => period),
          )
          for (const patient of Object.values(county.people)) {
            const found = (await county.feeds.releasedRows(patient)).map(lineOf).sort()
            const wanted = [...(expected.get(patient) ?? [])].sort()
            const account = await accountOf(county)(patient)
            const listed = account.entries.flatMap((one) =>
              one.kind === 'DOCUMENT' ? [`${one.row} ${one.commitment}`] : [],
            )
            if (listed.sort().join() !== wanted.map(proofOf).sort().join())
              throw new Error('the account lists other rows')
            rows += wanted.length
            if (found.join() !== wanted.join())
              throw new Error(`expected ${wanted.join('\n')}\ngot ${found.join('\n')}`)
          }
        } finally {
          await cleanup.run()
        }
      }),
      { numRuns: 12 },
    )
    t.ok(rows > 100, `${rows} rows compared`)
  },
)
