/** What happens to people beside their visits: how often each turn comes, and that it comes again. */
import { DAY } from '../kernel/dates.js'
import { admitted } from './hospital-turns.js'
import type { Life, Turn } from './life.js'
import { planOffices } from './office-turns.js'
import {
  basicsChanged,
  diagnosisExcluded,
  died,
  guardianChanged,
  joinsManagement,
  withdrewConsent,
} from './paper-turns.js'
import { leftCounty, moved, workedAway } from './place-turns.js'
import { dangerReported, incident } from './police-turns.js'
import { HIGH_RISK_FACTOR, PER_YEAR } from './proportions.js'
import { strayed } from './search.js'

interface TurnRate {
  readonly turn: Turn
  readonly perYear: number
  /** True where people at level 3 or above meet it more often. */
  readonly followsRisk?: true
  /** True where it comes to people in the register for medical aid alone too. */
  readonly isForAll?: true
}

const RATES: readonly TurnRate[] = [
  { turn: strayed, perYear: PER_YEAR.strayed },
  { turn: moved, perYear: PER_YEAR.moved, isForAll: true },
  { turn: workedAway, perYear: PER_YEAR.workedAway },
  { turn: leftCounty, perYear: PER_YEAR.leftCounty, isForAll: true },
  { turn: admitted, perYear: PER_YEAR.admitted, followsRisk: true, isForAll: true },
  { turn: died, perYear: PER_YEAR.died, isForAll: true },
  { turn: guardianChanged, perYear: PER_YEAR.guardianChanged },
  { turn: incident, perYear: PER_YEAR.incident, followsRisk: true },
  { turn: dangerReported, perYear: PER_YEAR.dangerReported, followsRisk: true },
  { turn: diagnosisExcluded, perYear: PER_YEAR.diagnosisExcluded },
  { turn: basicsChanged, perYear: PER_YEAR.basicsChanged, isForAll: true },
  { turn: withdrewConsent, perYear: PER_YEAR.withdrewConsent },
  { turn: joinsManagement, perYear: 0.1, isForAll: true },
]

/** Plans the first of each turn; each plans the next of its kind. */
export function planTurns(life: Life, atMs: number): void {
  for (const rate of RATES) planNext(life, atMs, rate)
  planOffices(life, atMs)
}

function planNext(life: Life, atMs: number, rate: TurnRate): void {
  const perYear = rate.perYear * (rate.followsRisk ? HIGH_RISK_FACTOR : 1)
  const turnMs = atMs + Math.ceil(life.random.daysUntil(perYear) * DAY)
  life.plan(turnMs, (_, nowMs) => {
    if (life.isOver) return []
    planNext(life, nowMs, rate)
    // Planned as often as for the riskiest and let pass for the rest.
    if (rate.followsRisk && life.level < 3 && !life.random.chance(1 / HIGH_RISK_FACTOR)) return []
    if (!rate.isForAll && !life.isManaged) return []
    return rate.turn(life, nowMs)
  })
}
