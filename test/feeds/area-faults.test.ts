/** What an operator can get wrong about areas and clocks, and what feeds make of it (docs/operate.md, "Areas and clocks"). */
import t from 'tap'
import type { CommittedRow } from '../../src/feeds/commitments.js'
import { drivenClock, wallClock } from '../../src/kernel/clock.js'
import { MINUTE } from '../../src/kernel/dates.js'
import { createClockGuard } from '../../src/recording/clock-guard.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import {
  agency,
  CENTRE,
  type County,
  type CountyAgency,
  doctor,
  driveTo,
  LOG_ID,
  OFFICE,
  openCounty,
  Q1,
  STATION_1,
  STATION_2,
  STATION_3,
} from './county.js'

t.setTimeout(3 * MINUTE)

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const CLOSING = '2026-04-08T00:00:00+08:00'
const LANDLESS = agency(12)
const TWIN = agency(13)
const MORE: readonly CountyAgency[] = [
  [LANDLESS, 'POLICE', '示例无辖区派出所', '0631-5200012', []],
  [TWIN, 'POLICE', '示例同辖区派出所', '0631-5200013', ['371002003']],
]

async function rowsOf(
  { feeds }: County,
  feed: string,
  agencyId: string,
  period = Q1,
): Promise<readonly CommittedRow[]> {
  const [, ...lines] = (await feeds.document(feed, period, agencyId)).bytes.toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as CommittedRow)
}

const namesOf = async (county: County, feed: string, agencyId: string, period = Q1): Promise<readonly unknown[]> =>
  (await rowsOf(county, feed, agencyId, period)).map(({ name, closing }) => name ?? closing ?? '-').sort()

/** Somebody at level 4 in this township. */
async function settle(county: County, name: string, township: string): Promise<string> {
  const patient = await county.record(
    doctor,
    '',
    'PatientRegistered',
    {
      identity: { name, idType: '9', idNumber: `T${name}`, status: 'VERIFIED', sex: '1' },
      ...{ presentTownship: township, presentAddress: { text: '示例路9号' }, responsibleUnit: CENTRE },
      ...{ registrationBasis: 'SIX_DISEASES', programme: 'COMMUNITY_MANAGEMENT', householdType: 1, economicStatus: 3 },
    },
    '2026-03-01',
  )
  const risk = { level: 4, assessedAt: '2026-03-01', evidence: [], targets: 'PROPERTY' }
  await county.record(doctor, patient, 'RiskAssessed', risk)
  return patient
}

const move = (county: County, patient: string, from: string, to: string, leftAt: string): Promise<string> =>
  county.record(doctor, patient, 'PatientRelocated', { from, to, kind: 'PERMANENT', leftAt })

t.test('no area, one area twice, a code that does not exist, two areas in one period', async (t) => {
  const county = await openCounty(t, { more: MORE })
  const { feeds, people } = county
  await settle(county, '双示例', '371002003')
  const nowhere = await settle(county, '无示例', '990099009')
  await move(county, people.detained, '371002002', '371002001', '2026-02-27')
  await county.readModels.through()
  await driveTo(county, CLOSING)
  const period = (await feeds.periods(POLICE)).find((info) => info.period === Q1)

  const owed = period?.documents.map(({ agency: id }) => id)
  t.same(owed, [STATION_1, STATION_2, STATION_3, TWIN], 'who has no area is owed no document, not even an empty one')
  await t.rejects(feeds.document(POLICE, Q1, LANDLESS), { code: 'HUB_NOT_FOUND' })

  t.same(await namesOf(county, POLICE, STATION_3), ['双示例'], 'who shares an area has everybody of it')
  t.same(await namesOf(county, POLICE, TWIN), ['双示例'])
  const [[one], [other]] = [await rowsOf(county, POLICE, STATION_3), await rowsOf(county, POLICE, TWIN)]
  t.not(one?.id, other?.id)
  t.not(one?.pseudonym, other?.pseudonym, 'each under a name of its own')

  t.equal(period?.unmapped, 2, 'a code that does not exist is one that nobody holds')
  t.match(await feeds.why(POLICE, Q1, nowhere), { outcome: 'UNMAPPED', documents: [] })

  t.ok((await namesOf(county, POLICE, STATION_1)).includes('孙示例'), 'where somebody lives at the cut decides')
  t.same(await namesOf(county, POLICE, STATION_2), ['周示例'], 'and who never listed them has nothing to close')
  for (const feed of [POLICE, PL]) t.ok((await feeds.recompute(feed, Q1)).isEqual, feed)

  county.calendar.advanceTo(Date.parse('2026-06-01T09:00:00+08:00'))
  await move(county, people.detained, '371002001', '371002003', '2026-04-20')
  await move(county, people.detained, '371002003', '371002002', '2026-05-20')
  await driveTo(county, '2026-07-08T00:00:00+08:00')

  const closings = (await rowsOf(county, POLICE, STATION_1, '2026Q2')).flatMap(({ closing }) => closing ?? [])
  t.same(closings, [{ reason: 'LEFT_AREA' }], 'closed to who listed them last, and no day of a later move')
  t.same(await namesOf(county, POLICE, STATION_3, '2026Q2'), ['双示例'], 'in between nobody was told of them')
  t.ok((await namesOf(county, POLICE, STATION_2, '2026Q2')).includes('孙示例'))
  t.ok((await feeds.recompute(POLICE, '2026Q2')).isEqual)
})

/** The feeds of another node, whose clock is so far from the one that people are recorded by. */
function apart(county: County, moment: string, byMs: number): County['feeds'] {
  const calendar = drivenClock(Date.parse(moment) + byMs)
  const { log, vault } = county.store
  const clockGuard = createClockGuard(calendar, undefined)
  const recorder = createHubRecorder({ logId: LOG_ID, log, vault, clockGuard, wall: wallClock })
  return county.feedsAgain({ calendar, recorder })
}

for (const minutes of [-8, 8]) {
  t.test(
    `a node whose clock is ${minutes} minutes apart closes: the order of the log tells what lies before the cut`,
    async (t) => {
      const county = await openCounty(t)
      const { calendar, people, feeds } = county
      calendar.advanceTo(Date.parse('2026-04-08T09:00:00+08:00'))
      const towards = ['371002001', '371002002'] as const
      await move(county, people.high, ...towards, '2026-03-20')
      await county.readModels.through()

      const closer = apart(county, '2026-04-08T09:00:00+08:00', minutes * MINUTE)
      await closer.start()
      await closer.idle()
      await move(county, people.token, ...towards, '2026-03-21')
      await county.readModels.through()

      t.ok((await namesOf(county, POLICE, STATION_2)).includes('王示例'), 'recorded before the cut, by whatever clock')
      t.same(await namesOf(county, POLICE, STATION_1), ['-', '-'], 'recorded after it, though its clock says before')
      t.same(await namesOf(county, PL, OFFICE), ['周示例', '孙示例', '王示例'])
      await driveTo(county, '2026-07-08T00:00:00+08:00')
      const later = await namesOf(county, POLICE, STATION_1, '2026Q2')
      t.match(later, ['-', { reason: 'LEFT_AREA' }], 'what came after the cut is the next document’s')
      for (const period of [Q1, '2026Q2']) t.ok((await feeds.recompute(POLICE, period)).isEqual, period)
    },
  )
}
