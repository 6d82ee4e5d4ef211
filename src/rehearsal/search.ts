/** Loss of contact and the search that follows it: most people are found, some only after many months. */
import { dayOf, HOUR, MINUTE, momentOf } from '../kernel/dates.js'
import type { CareAct, SentEvent } from './care-act.js'
import { byUnit, daysAfter, event, type Life, planVisit, recorded, type Turn } from './life.js'

/** Written down at once, whatever the reason. */
export function declareLoss(life: Life, atMs: number, reason: 1 | 2 | 3 | 4 | 5): CareAct {
  life.isLost = true
  planSearch(life, atMs)
  return byUnit(
    life,
    atMs,
    event(life, atMs, 'LossOfContactDeclared', {
      reason,
      ...(reason === 5 ? { reasonText: '家属无法说明去向（演练）' } : {}),
      lastSeenOn: life.lastSeenOn,
      ...(reason === 4 ? { attemptIds: life.missed.map(({ id }) => id) } : {}),
      ...(life.recordedLevel === undefined ? {} : { lastRiskLevel: life.recordedLevel }),
      declaredAt: momentOf(atMs - MINUTE),
    }),
  )
}

/** Searched for from the moment it is known; most are found within two months. */
export const strayed: Turn = (life, atMs) => {
  if (life.isLost || life.stay) return []
  const reason = life.random.weighted([
    [3, 6],
    [1, 1],
    [2, 1],
    [5, 1],
  ] as const)
  return [declareLoss(life, atMs, reason)]
}

/** Most are found within two months. */
function planSearch(life: Life, atMs: number): void {
  const { random } = life
  if (random.chance(0.2)) {
    life.plan(daysAfter(atMs, random.whole(5, 20)), (_, stillMs) =>
      life.isLost && !life.isOver
        ? [byUnit(life, stillMs, regained(life, stillMs, 'STILL_MISSING_POLICE_SEARCH'))]
        : [],
    )
  }
  const days = random.chance(0.85) ? random.whole(1, 60) : random.whole(120, 500)
  life.plan(daysAfter(atMs, days) + random.whole(0, 9 * HOUR), found)
}

const found: Turn = (life, atMs) => {
  if (!life.isLost || life.isOver) return []
  const { random } = life
  life.isLost = false
  life.missed = []
  life.lastSeenOn = dayOf(atMs)
  if (life.cooperation === 'UNREACHED') life.cooperation = 'COOPERATES'
  planVisit(life, daysAfter(atMs, random.whole(1, 4)), atMs)
  const outcome = random.weighted([
    ['FOUND_AT_HOME', 6],
    ['FOUND_ELSEWHERE_LOCAL', 3],
    ['FOUND_OTHER_REGION_TRANSFERRED', 1],
    ['MISTAKEN_DECLARATION', 1],
  ] as const)
  // Once the county is live the station knows the person by the name that the alert gave it.
  const station = life.county.inCharge('POLICE', life)
  const event = regained(life, atMs, outcome)
  if (atMs >= life.liveFromMs && station && outcome.startsWith('FOUND_E') && random.chance(0.6)) {
    return [recorded(life, atMs, station, [event])]
  }
  return [byUnit(life, atMs, event)]
}

function regained(life: Life, atMs: number, outcome: string): SentEvent {
  return event(life, atMs, 'ContactRegained', { outcome, at: momentOf(atMs - 30 * MINUTE) })
}
