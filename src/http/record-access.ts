/**
 * Who may read the record of a person: those who treat them, and the auditor within their area, who sees no sealed value.
 * Everybody else's role is refused before the person is looked for; whoever is out of jurisdiction learns nothing (404).
 */
import type { Directory } from '../domain/directory.js'
import type { Role, StoredEvent } from '../domain/event.js'
import { isResponsibleFor, livesInAreaOf, unitAnsweringFor } from '../domain/jurisdiction.js'
import type { PatientState } from '../domain/patient-state.js'
import { findText } from '../domain/read-data.js'
import { HOLD_LIFTED, HOLD_PLACED } from '../domain/safeguard-events.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { Principal } from '../recording/port.js'

/** Roles that may ask for a record at all. */
export const READER_ROLES: readonly Role[] = ['CHC', 'VILLAGE', 'HOSPITAL', 'MHPC', 'AUDITOR']

export const PURPOSES = ['CARE', 'AUDIT', 'DUTY'] as const
export type Purpose = (typeof PURPOSES)[number]

export interface RecordInQuestion {
  /** The person as they stand now: jurisdiction is never a thing of the past. */
  readonly state: PatientState
  readonly events: readonly StoredEvent[]
}

/**
 * A health centre reads the persons it is responsible for, a village clinic those of its health centre, a hospital those of
 * whom it recorded something, the prevention centre and the auditor those who live in their area.
 */
export function mayRead(
  principal: Pick<Principal, 'agency' | 'role'>,
  { state, events }: RecordInQuestion,
  directory: Directory,
  day: CalendarDate,
): boolean {
  const { agency, role } = principal
  const unit = state.responsibleUnit
  switch (role) {
    case 'CHC':
      return isResponsibleFor(unit, agency, directory)
    case 'VILLAGE':
      return unit !== undefined && directory.agency(agency)?.superior === unit
    case 'HOSPITAL':
      return events.some(({ recordedBy }) => recordedBy.agency === agency)
    case 'MHPC':
      return livesInAreaOf(principal, state, { directory, day })
    case 'AUDITOR':
      // An auditor without areas audits the whole hub.
      return (directory.agency(agency)?.areas ?? []).length === 0 || livesInAreaOf(principal, state, { directory, day })
    default:
      return false
  }
}

/**
 * The same for the account of disclosures: the health centre of a registration that was retracted owes it for what was told until
 * then, and reads nothing else of the person any more.
 */
export function mayAccount(
  principal: Pick<Principal, 'agency' | 'role'>,
  { state, events }: RecordInQuestion,
  directory: Directory,
  day: CalendarDate,
): boolean {
  const unit = unitAnsweringFor(state, events)
  const responsible = unit === undefined ? state : { ...state, responsibleUnit: unit }
  return mayRead(principal, { state: responsible, events }, directory, day)
}

/** A legal hold is the business of the health centre that answers for the record: who else reads it learns of none. */
export function mayKnowOfHolds(role: Role): boolean {
  return role === 'CHC'
}

/** These events without the holds among them, and without what corrects, retracts or disputes one. */
export function withoutHolds(events: readonly StoredEvent[]): readonly StoredEvent[] {
  const left = new Set<string | undefined>()
  return events.filter(({ id, type, corrects, data }) => {
    const isHold = type === HOLD_PLACED || type === HOLD_LIFTED
    const isOfHold = left.size > 0 && (left.has(corrects) || left.has(findText(data, 'targetEventId')))
    if (isHold || isOfHold) left.add(id)
    return !isHold && !isOfHold
  })
}

/** An auditor audits and a carer cares; a carer may say that it is on duty. */
export function purposeOf(role: Role, asked: Purpose | undefined): Purpose | undefined {
  if (role === 'AUDITOR') return asked === undefined || asked === 'AUDIT' ? 'AUDIT' : undefined
  return asked === 'AUDIT' ? undefined : (asked ?? 'CARE')
}
