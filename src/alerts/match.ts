/** The words in which it is decided who must know: matches, what a decision asks about the world, and the field sets by role. */
import type { MessageKind } from '../delivery/port.js'
import { HIGH_RISK_LEVEL } from '../domain/alert-class.js'
import type { AlertClass, AlertRung } from '../domain/alert-events.js'
import type { Role, StoredEvent } from '../domain/event.js'
import type { PatientState } from '../domain/patient-state.js'
import type { Belief } from './beliefs.js'
import type { Change } from './lives.js'

export type Task = 'GUARDIAN' | 'CARE_GROUP'

/** One agency that must know. */
export interface Match {
  readonly agency: string
  readonly kind: MessageKind
  readonly class: AlertClass
  /** By its id, of the version in force at the cause. */
  readonly fieldSet: string
  readonly tasks?: readonly Task[]
  /** Of an alarm that climbs: it goes to whoever stands there, and stands on the desk already. */
  readonly rung?: AlertRung
}

/** A role that ought to know, and of which nobody is in charge where the person lives. */
export interface Unmapped {
  readonly role: Role
  readonly kind: MessageKind
}

export interface Recipient {
  readonly id: string
  readonly role: Role
}

/** What a decision asks about the world at the cause. */
export interface World {
  /** The agencies of a role in charge of the person as they lived before or after the change. */
  inCharge(role: Role, when: 'before' | 'after'): readonly Recipient[]
  /** The agencies of a role in whose area a township lies. */
  inTownship(role: Role, township: string): readonly Recipient[]
  roleOf(agency: string): Role | undefined
  beliefs(): Promise<ReadonlyMap<string, Belief>>
  /** By which statements the person waited to leave a hospital; undefined where the change cannot concern it. */
  waits(): Promise<Waits | undefined>
}

export interface Waits {
  readonly before: StoredEvent | undefined
  readonly after: StoredEvent | undefined
}

export interface Deciding {
  readonly change: Change
  readonly world: World
  /** The first match of an agency counts: it is told once of each cause. The field set is named without a version. */
  readonly add: (agency: string, match: Omit<Match, 'agency'>) => void
  /** Whether the version in force has such a field set. What ends or takes back, every version has. */
  readonly tells: (fieldSet: string) => boolean
  /** Those of a role in charge of the person as they now live; where there is nobody, it is noted. */
  readonly reach: (role: Role, kind: MessageKind) => readonly Recipient[]
}

export const WITHDRAWN = 'alert.withdrawn'
const HEALTH = 'alert.health.assessment'
/** Roles that are in charge of an area: they cease to be when the person leaves it. */
export const AREA_ROLES: readonly Role[] = ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT']

export function isHighRisk({ risk }: PatientState): boolean {
  return risk !== undefined && risk.level >= HIGH_RISK_LEVEL
}

/** Police and political-legal office always, clinicians from level 3 on, and first where the target is the person themself. */
export function rolesFor(state: PatientState): readonly Role[] {
  if (!isHighRisk(state)) return ['POLICE', 'PL']
  return state.risk?.targets === 'SELF' ? ['MHPC', 'CHC', 'POLICE', 'PL'] : ['POLICE', 'PL', 'MHPC', 'CHC']
}

/** The tier follows the level that now stands, never the event's own. Undefined for a role that is told no level. */
export function riskFieldSet(role: Role, { risk }: PatientState): string | undefined {
  if (role !== 'POLICE' && role !== 'PL' && role !== 'MHPC' && role !== 'CHC') return undefined
  if (!risk) return WITHDRAWN
  if (role === 'MHPC' || role === 'CHC') return HEALTH
  const isSelf = risk.targets === 'SELF'
  if (risk.level < HIGH_RISK_LEVEL) return role === 'POLICE' ? 'alert.police.token' : 'alert.political-legal.token'
  if (role === 'POLICE') return isSelf ? 'alert.police.welfare' : 'alert.police.high'
  return isSelf ? 'alert.political-legal.level-only' : 'alert.political-legal.high'
}

/** A guardian is no agency: the health centre's own alert asks it to call, where the target is the person themself. */
export function guardianTask(role: Role, { risk }: PatientState): { readonly tasks?: readonly Task[] } {
  return role === 'CHC' && risk?.targets === 'SELF' ? { tasks: ['GUARDIAN'] } : {}
}

/** The agencies whose charge ends when the person leaves their area. */
export function areaInCharge(world: World, when: 'before' | 'after'): ReadonlySet<string> {
  return new Set(AREA_ROLES.flatMap((role) => world.inCharge(role, when).map(({ id }) => id)))
}
