/**
 * How a person's record is come to: who may read for what, whose record it is, and the reading recorded before anything is answered.
 * Every route that tells of a person goes through here; it says nothing of them by itself.
 */
import { isHealthRole } from '../domain/authority.js'
import type { Role, StoredEvent } from '../domain/event.js'
import type { PatientState } from '../domain/patient-state.js'
import { isKeptFrom } from '../domain/restriction.js'
import type { Hub } from '../hub-port.js'
import { dayOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { type PatientView, patientAt, readPatient } from '../readmodel/patient-queries.js'
import type { Principal } from '../recording/port.js'
import { mayAccount, mayRead, type Purpose, purposeOf } from './record-access.js'
import { createRecordViews } from './record-views.js'

export interface PersonAsked {
  /** The id by which the reader knows the person. */
  readonly id: string
  readonly purpose: Purpose | undefined
  readonly kind: 'STATE' | 'HISTORY'
  /** True where nothing of the record itself is told, but who was given what of it: no restriction stops that. */
  readonly isAccount?: boolean
  /** Refuses by throwing, before the reading is recorded. */
  readonly check?: (events: readonly StoredEvent[]) => void
}

export interface PersonRead {
  /** The hub's own id: not for every reader's eyes. */
  readonly patientId: string
  readonly events: readonly StoredEvent[]
  /** As of now. */
  readonly latest: PatientView
}

/**
 * Throws `HUB_FORBIDDEN` for a purpose that is not the role's, `HUB_NOT_FOUND` for nobody and for whom the reader may not read, and
 * `HUB_RESTRICTED` for whom the reader might read otherwise.
 */
export type ReadPerson = (principal: Principal, asked: PersonAsked) => Promise<PersonRead>

export function createReadPerson(hub: Hub): ReadPerson {
  const recordView = createRecordViews(hub)
  /** An auditor asks by its own pseudonym or, with an accounting manifest in hand, by the hub's id. */
  const patientIdFor = async ({ role, agency }: Principal, id: string): Promise<string> =>
    isHealthRole(role) ? id : ((await hub.resolvePseudonym(agency, id)) ?? id)

  return async (principal, { id, purpose: asked, kind, isAccount = false, check }) => {
    const purpose = purposeOf(principal.role, asked)
    if (purpose === undefined) throw new HubError('HUB_FORBIDDEN', `a ${principal.role} does not read for ${asked}`)
    const patientId = await patientIdFor(principal, id)
    const events = await readPatient(hub.log, patientId)
    const now = hub.calendar.now()
    const latest = patientAt(events, {}, now)
    const may = isAccount ? mayAccount : mayRead
    if (events.length === 0 || !may(principal, { state: latest.state, events }, hub.directory(), dayOf(now))) {
      throw new HubError('HUB_NOT_FOUND', 'no such patient')
    }
    if (!isAccount) refuseRestricted(principal.role, latest.state)
    check?.(events)
    await recordView(principal, { patientId, purpose, kind })
    return { patientId, events, latest }
  }
}

/** Nothing in it but what lifting takes, for who saw it in the record before. */
function refuseRestricted(role: Role, state: PatientState): void {
  const { restricted } = state
  if (!isKeptFrom(role, state)) return
  throw new HubError('HUB_RESTRICTED', 'the processing of this record is restricted', { data: { restricted } })
}
