/** Who the quarterly feeds speak of, and the facts that both draw on. Pure; levels are taken as stated, never computed. */
import type { Time } from '../src/domain/patient-state.js'
import type { RowContext, ScopeRule } from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import type { PatientHead } from './patient-head.js'

const HIGH_FROM = 3

/** Level 3 to 5, level 0 to 2, no assessment that stands and is current. */
export const RISK_GROUPS = ['high', 'low', 'notAssessed'] as const
export type RiskGroup = (typeof RISK_GROUPS)[number]

/** Who was never registered into community management is nobody's business, not even a number's. */
export function isCommunityConcern({ state }: PatientHead): boolean {
  return state.registered !== undefined && state.programmes.COMMUNITY_MANAGEMENT !== undefined
}

/**
 * In scope: registered, neither erased nor restricted, alive, an open community-management programme, no excluded diagnosis.
 * Consent gates nothing here.
 */
export function communityScope({ state }: PatientHead): ScopeRule | undefined {
  if (!state.registered) return 'NOT_REGISTERED'
  if (state.erased) return 'ERASED'
  if (state.restricted) return 'RESTRICTED'
  if (!state.programmes.COMMUNITY_MANAGEMENT?.open) return 'PROGRAMME_NOT_OPEN'
  if (state.died) return 'DIED'
  if (state.diagnosisExcluded) return 'DIAGNOSIS_EXCLUDED'
  return undefined
}

type OnDay = Pick<RowContext, 'currentSince'>

/** A level that has gone stale is none: whom it named is named no longer. */
export function riskGroupOf(head: PatientHead, context: OnDay): RiskGroup {
  const risk = currentRisk(head, context)
  if (!risk) return 'notAssessed'
  return risk.level >= HIGH_FROM ? 'high' : 'low'
}

/** The level as of the cut, with its day; without one, or with a stale one, the row says so. */
export function assessmentFacts(head: PatientHead, context: OnDay): Facts {
  const { state } = head
  const risk = currentRisk(head, context)
  if (!risk) return { assessment: 'NOT_CURRENTLY_ASSESSED' }
  const { level, assessedAt: assessedOn, targets } = risk
  const { previousRisk } = state
  return previousRisk
    ? { assessment: 'ASSESSED', level, assessedOn, targets, previousLevel: previousRisk.level }
    : { assessment: 'ASSESSED', level, assessedOn, targets }
}

function currentRisk({ state: { risk } }: PatientHead, { currentSince }: OnDay): PatientHead['state']['risk'] {
  return risk && currentSince !== undefined && dayOf(risk.assessedAt) >= currentSince ? risk : undefined
}

export function centreFacts({ state }: PatientHead, context: Pick<RowContext, 'unit'>): Facts {
  const healthCentre = context.unit(state.responsibleUnit)
  return healthCentre ? { healthCentre } : {}
}

/**
 * The facts of this row that somebody holds to be wrong, by the events that state them; none where nothing is disputed. It says no
 * more of a dispute: not whose, not why, not since when.
 */
export function disputedFacts(
  { state: { disputes } }: PatientHead,
  sources: Readonly<Record<string, string | undefined | readonly (string | undefined)[]>>,
): Facts {
  if (!disputes) return {}
  const events = new Set<string | undefined>(disputes.map(({ event }) => event))
  const disputed = Object.keys(sources).filter((fact) => [sources[fact]].flat().some((event) => events.has(event)))
  return disputed.length === 0 ? {} : { disputed }
}

/** Which assessment states the level that a row says. */
export function riskSources(head: PatientHead, context: OnDay): Readonly<Record<string, string | undefined>> {
  return { level: currentRisk(head, context)?.eventId }
}

/** A member of an opened value; undefined where the value was not opened or has none. */
export function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
    ? Reflect.get(value, member)
    : undefined
}

/** Leaves absent members out: a fact that is not known is no fact. */
export function known(members: Facts): Facts {
  const facts: Record<string, unknown> = {}
  for (const name of Object.keys(members)) if (members[name] !== undefined) facts[name] = members[name]
  return facts
}

export function dayOf(time: Time): string {
  return time.slice(0, 10)
}
