/**
 * Agencies, their areas, and the keys of those who act for them. Whatever is decided here is an event in the agency's stream;
 * a key or code is shown once and only its digest is kept. It knows no person but staff, by pseudonym.
 */
import { randomUUID } from 'node:crypto'
import type { KeyRevocation } from '../domain/code-lists/hub.js'
import type { Directory } from '../domain/directory.js'
import type { Receipt, Role, StoredEvent } from '../domain/event.js'
import { agencyStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { type CalendarDate, epochMsOf, HOUR, momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { hashedId, uuidv7 } from '../kernel/ids.js'
import { canonicalJson } from '../kernel/jcs.js'
import { type AgencyChanges, createAgencyChanges } from './agency-changes.js'
import {
  type AreaAssignmentDraft,
  type AreaOverlap,
  areaOverlapsOf,
  areasToAssign,
  overlapFaults,
} from './area-report.js'
import { digestOfCode, digestOfKey, newApiKey, newEnrolmentCode } from './credentials.js'
import type { HubEvent, HubRecorder, Principal } from './port.js'

export interface AgencyDraft {
  readonly role: Role
  readonly name: string
  readonly phone: string
  readonly dutyPhone?: string
  readonly superior?: string
}

export interface IssuedKey {
  readonly agency: string
  readonly keyId: string
  /** Shown here and nowhere else, ever. */
  readonly key: string
  /** The staff pseudonym, where the key is a named person's. */
  readonly person?: string
}

export interface KeyDraft {
  readonly agency: string
  /** Name of the person who acts with the key: sealed under a key of their own. */
  readonly staffName?: string
  /** A pseudonym that the person has already. */
  readonly person?: string
  readonly isOperator?: boolean
}

export interface AreaReport {
  readonly assignments: number
  readonly areas: number
  readonly overlaps: readonly AreaOverlap[]
  readonly isStored: boolean
}

export interface Administration extends AgencyChanges {
  /**
   * The id is new, or the caller's own (a UUID), so that a retry finds the agency: enrolled with just these particulars at first
   * it is known, with others it throws `HUB_ALREADY_DECIDED`.
   */
  enrolAgency(
    by: Principal,
    draft: AgencyDraft,
    id?: string,
  ): Promise<{ readonly agencyId: string; readonly isKnown: boolean }>
  /**
   * Enrols an agency, and opens an enrolment for it unless it has a key already: the same again finds the agency and gives a
   * code anew, since a code that got lost on its way is shown to nobody twice.
   */
  enrolWithCode(
    by: Principal,
    draft: AgencyDraft,
    options: { readonly id: string; readonly hours?: number },
  ): Promise<{
    readonly agencyId: string
    readonly isKnown: boolean
    readonly code?: string
    readonly expiresAt?: string
  }>
  /** All or none. Throws `HUB_RULE_VIOLATED` with every overlap; with `dryRun` it only reports. */
  assignAreas(
    by: Principal,
    drafts: readonly AreaAssignmentDraft[],
    options?: { readonly dryRun?: boolean },
  ): Promise<AreaReport>
  goLive(by: Principal, unit: string, from: CalendarDate): Promise<Receipt>
  openEnrolment(
    by: Principal,
    agency: string,
    hours?: number,
  ): Promise<{ readonly code: string; readonly expiresAt: string }>
  /** A code is good for one key, once. Throws `HUB_CODE_EXPIRED`, also for a code that never was. */
  redeem(code: string, staffName?: string): Promise<IssuedKey>
  issueKey(by: Principal, draft: KeyDraft): Promise<IssuedKey>
  revokeKey(by: Principal, keyId: string, reason?: KeyRevocation): Promise<void>
  /** The operator's first key. Throws `HUB_ALREADY_DECIDED` where there is an operator key in force. */
  createOperatorKey(staffName?: string): Promise<IssuedKey>
}

export interface AdministrationDeps {
  readonly logId: string
  readonly hubRecorder: HubRecorder
  readonly directory: () => Directory
  /** Resolves once the directory has seen this event: an administrator reads his own writes. */
  readonly through: (receipt: Receipt) => Promise<void>
  readonly calendar: Clock
  readonly wall: Clock
}

/** Hours for which an enrolment code is good unless the operator says otherwise. */
export const ENROLMENT_HOURS = 72
const AREAS_PER_EVENT = 500

/** The agency that operates the hub: determined by the log, so that every attempt names the same one. */
export function operatorAgencyId(logId: string): string {
  return hashedId([logId, 'operator'])
}

export function createAdministration(deps: AdministrationDeps): Administration {
  const { hubRecorder, directory } = deps
  const append = async (event: HubEvent, check?: (events: readonly StoredEvent[]) => void): Promise<Receipt> => {
    const receipt = await hubRecorder.appendNext(event, check)
    await deps.through(receipt)
    return receipt
  }
  /** Two assignments at once could each find the area free; agencies are administered in one process. */
  let lastAssignment: Promise<unknown> = Promise.resolve()
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const result = lastAssignment.then(work)
    lastAssignment = result.catch(() => undefined)
    return result
  }
  const enrolled = (agency: string): void => {
    if (!directory().agency(agency)) throw new HubError('HUB_NOT_FOUND', 'no such agency')
  }
  const changes = createAgencyChanges({ directory, append })
  const keyEvent = (
    draft: KeyDraft,
    enrolment?: string,
  ): { readonly data: HubEvent['data']; readonly issued: IssuedKey } => {
    const key = newApiKey()
    const keyId = uuidv7(deps.wall.now())
    const person = draft.person ?? (draft.staffName === undefined ? undefined : randomUUID())
    const data = {
      keyId,
      keyHash: digestOfKey(key),
      ...(person === undefined ? {} : { person }),
      ...(draft.staffName === undefined ? {} : { staffName: draft.staffName }),
      ...(draft.isOperator ? { isOperator: true } : {}),
      ...(enrolment === undefined ? {} : { enrolment }),
    }
    return { data, issued: { agency: draft.agency, keyId, key, ...(person === undefined ? {} : { person }) } }
  }
  const issue = async (draft: KeyDraft, by?: Principal): Promise<IssuedKey> => {
    const { data, issued } = keyEvent(draft)
    await append({ stream: agencyStream(draft.agency), type: 'ApiKeyIssued', data, ...(by ? { by } : {}) })
    return issued
  }

  const assign = async (
    by: Principal,
    drafts: readonly AreaAssignmentDraft[],
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<AreaReport> => {
    for (const { agency } of drafts) enrolled(agency)
    const overlaps = areaOverlapsOf(directory(), drafts)
    const report = {
      assignments: drafts.length,
      areas: drafts.reduce((count, { areas }) => count + new Set(areas).size, 0),
      overlaps,
    }
    if (dryRun) return { ...report, isStored: false }
    if (overlaps.length > 0) {
      throw new HubError('HUB_RULE_VIOLATED', `${overlaps.length} areas are held by another agency of the role`, {
        faults: overlapFaults(overlaps, directory()),
      })
    }
    for (const draft of drafts) {
      const { agency, areas: _, ...days } = draft
      const once = areasToAssign(directory(), draft)
      for (let at = 0; at < once.length; at += AREAS_PER_EVENT) {
        const data = { areas: once.slice(at, at + AREAS_PER_EVENT), ...days }
        await append({ stream: agencyStream(agency), type: 'AgencyAreaAssigned', data, by })
      }
    }
    return { ...report, isStored: true }
  }

  const acts: Administration = {
    async enrolAgency(by, draft, id) {
      const agencyId = id ?? uuidv7(deps.wall.now())
      if (draft.superior !== undefined) enrolled(draft.superior)
      let isKnown = false
      const refuseSecond = (events: readonly StoredEvent[]): void => {
        const first = events.find(({ type }) => type === 'AgencyEnrolled')
        isKnown = first !== undefined && canonicalJson(first.data) === canonicalJson({ ...draft })
        if (events.length > 0) throw new HubError('HUB_ALREADY_DECIDED', 'this agency is enrolled already')
      }
      try {
        await append({ stream: agencyStream(agencyId), type: 'AgencyEnrolled', data: { ...draft }, by }, refuseSecond)
      } catch (error) {
        if (!isKnown) throw error
      }
      return { agencyId, isKnown }
    },

    async enrolWithCode(by, draft, { id, hours }) {
      const enrolment = await acts.enrolAgency(by, draft, id)
      if (enrolment.isKnown && directory().keysOf(id).length > 0) return enrolment
      return { ...enrolment, ...(await acts.openEnrolment(by, id, hours)) }
    },
    assignAreas: (by, drafts, options) => oneAtATime(() => assign(by, drafts, options)),
    changeAgency: (by, agency, particulars) => oneAtATime(() => changes.changeAgency(by, agency, particulars)),
    endAreas: (by, end) => oneAtATime(() => changes.endAreas(by, end)),
    async goLive(by, unit, from) {
      enrolled(unit)
      return append({ stream: agencyStream(unit), type: 'UnitWentLive', data: { unit, from }, by }, (events) => {
        if (events.some(({ type }) => type === 'UnitWentLive')) {
          throw new HubError('HUB_ALREADY_DECIDED', 'this unit went live already')
        }
      })
    },

    async openEnrolment(by, agency, hours = ENROLMENT_HOURS) {
      enrolled(agency)
      const code = newEnrolmentCode()
      const expiresAt = momentOf(deps.calendar.now() + hours * HOUR)
      const data = { codeHash: digestOfCode(code), expiresAt }
      await append({ stream: agencyStream(agency), type: 'EnrolmentOpened', data, by })
      return { code, expiresAt }
    },

    async redeem(code, staffName) {
      const codeHash = digestOfCode(code)
      const refuse = (): never => {
        throw new HubError('HUB_CODE_EXPIRED', 'this enrolment code is unknown, used or expired')
      }
      const enrolment = directory().enrolmentByHash(codeHash) ?? refuse()
      if (epochMsOf(enrolment.expiresAt) <= deps.calendar.now()) refuse()
      const { agency } = enrolment
      const { data, issued } = keyEvent({ agency, ...(staffName === undefined ? {} : { staffName }) }, codeHash)
      const role = directory().agency(agency)?.role ?? 'HUB'
      const by: Principal = {
        agency,
        role,
        client: issued.keyId,
        isOperator: false,
        ...(issued.person === undefined ? {} : { person: issued.person }),
      }
      await append({ stream: agencyStream(agency), type: 'ApiKeyIssued', data, by }, (events) => {
        if (events.some(({ type, data: stored }) => type === 'ApiKeyIssued' && stored.enrolment === codeHash)) refuse()
      })
      return issued
    },

    async issueKey(by, draft) {
      enrolled(draft.agency)
      return issue(draft, by)
    },

    async revokeKey(by, keyId, reason) {
      const key = directory().key(keyId)
      if (!key || (!by.isOperator && key.agency !== by.agency)) throw new HubError('HUB_NOT_FOUND', 'no such key')
      const data = { keyId, ...(reason === undefined ? {} : { reason }) }
      await append({ stream: agencyStream(key.agency), type: 'ApiKeyRevoked', data, by }, (events) => {
        if (events.some(({ type, data: stored }) => type === 'ApiKeyRevoked' && stored.keyId === keyId)) {
          throw new HubError('HUB_ALREADY_DECIDED', 'this key is revoked already')
        }
      })
    },

    async createOperatorKey(staffName) {
      const agency = operatorAgencyId(deps.logId)
      if (
        directory()
          .keysOf(agency)
          .some(({ isOperator, revoked }) => isOperator && !revoked)
      ) {
        throw new HubError('HUB_ALREADY_DECIDED', 'there is an operator key in force', {
          hint: 'Issue another one with it: lianhu keys issue --operator.',
        })
      }
      if (!directory().agency(agency)) {
        const data = { role: 'HUB', name: '联护运维', phone: '-' }
        await append({ stream: agencyStream(agency), type: 'AgencyEnrolled', data })
      }
      return issue({ agency, isOperator: true, ...(staffName === undefined ? {} : { staffName }) })
    },
  }
  return acts
}
