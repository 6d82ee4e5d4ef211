/**
 * One act of somebody in the county: at a moment, an agency records something about a person, names a person to the hub, or
 * answers for a name that waits. Acts are values; `play.ts` turns them into writes.
 */
import { isHealthRole } from '../domain/authority.js'
import type { EventData, Role } from '../domain/event.js'
import type { ProposedWrite } from '../recording/port.js'

/** An event as its recorder sends it. */
export interface SentEvent {
  readonly id: string
  readonly type: string
  readonly occurredAt?: string
  readonly corrects?: string
  readonly data: EventData
}

interface Act {
  /** When it reaches the hub. */
  readonly atMs: number
  /** Index of the person in the county. */
  readonly person: number
  /** The agency that acts. */
  readonly agency: string
  readonly role: Role
}

/** Records about a person: health roles by patient id, others by the name that the hub gave them for the person. */
export interface RecordAct extends Act {
  readonly kind: 'record'
  readonly events: readonly SentEvent[]
  /** True for what belongs to the history from before the county went live. */
  readonly isBackfill: boolean
}

/** A role outside health names a person: the write is held. */
export interface NameAct extends Act {
  readonly kind: 'name'
  readonly named: NonNullable<ProposedWrite['person']>
  readonly event: SentEvent
  readonly isBackfill: boolean
}

/** The health centre answers for a held write: it knows the person, or nobody is meant. */
export interface AnswerAct extends Act {
  readonly kind: 'match' | 'reject'
  /** The id of the event that was held, and the agency that sent it. */
  readonly heldEvent: string
  readonly heldFrom: string
}

export type CareAct = RecordAct | NameAct | AnswerAct

/**
 * The write of an act. `patientId` is the hub's own id of the person; `pseudonym` what the acting agency calls them.
 * A registration names nobody: its person comes to be by it.
 */
export function writeOf(
  act: RecordAct | NameAct,
  ids: { readonly patientId: string; readonly pseudonym?: string },
): ProposedWrite {
  const source = act.isBackfill ? ({ source: { kind: 'backfill' } } as const) : {}
  if (act.kind === 'name') return { person: act.named, events: [act.event], ...source }
  const patientId = isHealthRole(act.role) ? ids.patientId : (ids.pseudonym ?? '')
  return registers(act) ? { events: act.events, ...source } : { patientId, events: act.events, ...source }
}

/** True for the act by which a person comes to be in the hub. */
export function registers(act: RecordAct): boolean {
  return act.events[0]?.type === 'PatientRegistered' && act.events[0].corrects === undefined
}
