/** Where people live: moved within the county, away for work, gone for good. */
import { addDays, dayOf, HOUR, momentOf } from '../kernel/dates.js'
import { OTHER_COUNTY_TOWNSHIP } from './county.js'
import { byUnit, daysAfter, event, type Life, officeTime, type Turn } from './life.js'
import { addressOf } from './people.js'

/** To another township of the county; weeks later the health centre hands over to the one there. */
export const moved: Turn = (life, atMs) => {
  const { random, county } = life
  if (life.isLost || life.stay) return []
  const to = random.pick(county.townships.filter(({ code }) => code !== life.township))
  const area = random.pick(to.communities).code
  const relocated = event(life, atMs, 'PatientRelocated', {
    from: life.township,
    to: to.code,
    toAddress: { region: area, text: addressOf(random) },
    toArea: area,
    kind: random.chance(0.7) ? 'PERMANENT' : 'TEMPORARY',
    leftAt: random.chance(0.5) ? addDays(dayOf(atMs), -random.whole(0, 5)) : momentOf(atMs - 2 * HOUR),
    ...levelAtLeaving(life),
  })
  life.township = to.code
  life.area = area
  life.plan(officeTime(life, daysAfter(atMs, random.whole(3, 20)), atMs), handOver)
  return [byUnit(life, atMs, relocated)]
}

const handOver: Turn = (life, atMs) => {
  const there = life.county.inCharge('CHC', life)
  if (life.isOver || !there || there.id === life.unit) return []
  const act = byUnit(life, atMs, event(life, atMs, 'BasicInfoUpdated', { responsibleUnit: there.id }))
  life.unit = there.id
  return [act]
}

/** Reachable by telephone: not lost, and still at home where the register says (policy §5.2). */
export const workedAway: Turn = (life, atMs) => {
  if (life.isLost || life.stay || atMs < life.awayUntilMs) return []
  life.awayUntilMs = daysAfter(atMs, life.random.whole(60, 200))
  const left = event(life, atMs, 'PatientRelocated', {
    from: life.township,
    to: OTHER_COUNTY_TOWNSHIP,
    kind: 'WORK_AWAY',
    leftAt: addDays(dayOf(atMs), -life.random.whole(0, 7)),
    ...levelAtLeaving(life),
  })
  return [byUnit(life, atMs, left)]
}

export const leftCounty: Turn = (life, atMs) => {
  if (life.isLost || life.stay) return []
  life.isOver = true
  const left = event(life, atMs, 'PatientRelocated', {
    from: life.township,
    to: OTHER_COUNTY_TOWNSHIP,
    kind: 'PERMANENT',
    leftAt: addDays(dayOf(atMs), -life.random.whole(0, 10)),
    ...levelAtLeaving(life),
  })
  const programme = life.isManaged ? 'COMMUNITY_MANAGEMENT' : 'MEDICAL_AID'
  return [byUnit(life, atMs, left, event(life, atMs, 'ProgrammeClosed', { programme }))]
}

function levelAtLeaving({ recordedLevel }: Life): { readonly riskLevelAtLeaving?: number } {
  return recordedLevel === undefined ? {} : { riskLevelAtLeaving: recordedLevel }
}
