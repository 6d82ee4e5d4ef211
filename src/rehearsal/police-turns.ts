/**
 * What police, committees and health centres report of behaviour. Police speak of a person by the name that the hub gave
 * them where they hold one; else they name the person, the write is held, and the health centre answers.
 */
import { DAY, HOUR, MINUTE, momentOf } from '../kernel/dates.js'
import type { CareAct, SentEvent } from './care-act.js'
import type { CountyAgency } from './county.js'
import { byUnit, daysAfter, event, type Life, officeTime, recorded, type Turn } from './life.js'

/** From this level on a station holds the person's name and the hub's name for them (policy §5.4). */
const NAMED_FROM_LEVEL = 3
/** So long after the county goes live a station has had a feed or an alert to know the names from. */
const FIRST_NAMES_AFTER_MS = 14 * DAY

export const incident: Turn = (life, atMs) => {
  if (life.stay) return []
  const station = life.county.inCharge('POLICE', life)
  if (!station) return []
  const { random } = life
  return reportedBy(
    life,
    atMs,
    station,
    event(life, atMs, 'PublicSafetyIncidentRecorded', {
      kind: random.weighted([
        [1, 12],
        [2, 4],
        [3, 1],
      ] as const),
      at: momentOf(atMs - random.whole(30, 600) * MINUTE),
      policeRef: `演练警情${random.whole(100000, 999999)}`,
    }),
  )
}

export const dangerReported: Turn = (life, atMs) => {
  if (life.stay || life.isLost) return []
  const { random, county } = life
  const reported = event(life, atMs, 'DangerousBehaviorReported', {
    kind: random.weighted([
      [1, 5],
      [2, 2],
      [4, 4],
      [5, 2],
      [6, 1],
    ] as const),
    at: momentOf(atMs - random.whole(10, 180) * MINUTE),
    injured: random.chance(0.1) ? 1 : 0,
    ...(random.chance(0.5) ? { reportedBy: { relation: '邻居', phone: '19900029999' } } : {}),
    narrative: '在楼道内大声喊叫并打砸物品（演练）',
  })
  const by = random.weighted([
    ['CHC', 5],
    ['POLICE', 3],
    ['COMMUNITY', 2],
  ] as const)
  const agency = by === 'CHC' ? undefined : county.inCharge(by, life)
  return agency ? reportedBy(life, atMs, agency, reported) : [byUnit(life, atMs, reported)]
}

function reportedBy(life: Life, atMs: number, agency: CountyAgency, reported: SentEvent): readonly CareAct[] {
  const { random, person } = life
  const isNamedToThem =
    agency.role === 'POLICE' &&
    (life.recordedLevel ?? 0) >= NAMED_FROM_LEVEL &&
    atMs >= life.liveFromMs + FIRST_NAMES_AFTER_MS
  if (isNamedToThem) return [recorded(life, atMs, agency, [reported])]

  // Sometimes the person in question is somebody whom nobody cares for yet.
  const isStranger = random.chance(0.15) || person.name === undefined
  life.plan(officeTime(life, daysAfter(atMs, random.whole(0, 5)), atMs + HOUR), (_, answeredMs) => [
    {
      kind: isStranger || life.isOver ? 'reject' : 'match',
      atMs: answeredMs,
      person: person.index,
      agency: life.county.inCharge('CHC', { township: named.township })?.id ?? life.unit,
      role: 'CHC',
      heldEvent: reported.id,
      heldFrom: agency.id,
    },
  ])
  const named = {
    township: life.township,
    ...(isStranger ? { description: '约四十岁，身份不明（演练）' } : { name: person.name ?? '' }),
    ...(!isStranger && person.idNumber !== undefined && random.chance(0.6) ? { idNumber: person.idNumber } : {}),
  }
  return [
    {
      kind: 'name',
      atMs,
      person: person.index,
      agency: agency.id,
      role: agency.role,
      named,
      event: reported,
      isBackfill: atMs < life.liveFromMs,
    },
  ]
}
