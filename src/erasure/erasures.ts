/**
 * Who asks for an erasure and who approves it. It decides nothing about the ground: two named persons do, and the log says who.
 * What follows from an approval is the keeper's.
 */
import type { ApprovalRow } from '../../projections/approvals.js'
import type { ApprovalState } from '../domain/approvals.js'
import type { ErasureGround } from '../domain/code-lists/hub.js'
import type { Directory } from '../domain/directory.js'
import { effectiveHistory } from '../domain/effective-history.js'
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import type { RecordedBy, StoredEvent } from '../domain/event.js'
import { isResponsibleFor } from '../domain/jurisdiction.js'
import { foldPatient } from '../domain/patient-fold.js'
import { readText } from '../domain/read-data.js'
import { patientStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { dayOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { Approvals, Principal } from '../recording/port.js'
import { refuseHeld } from './legal-hold.js'
import type { Erasure, Erasures } from './port.js'

export interface ErasuresDeps {
  readonly log: LogReader
  /** The log itself, where `log` reads a replica of it. */
  readonly authority: LogReader
  readonly approvals: Approvals
  readonly directory: () => Directory
  /** Resolves when the rows hold what was appended before. */
  readonly through: () => Promise<void>
  readonly rows: () => ReadModel<ApprovalRow>
  readonly calendar: Clock
}

interface Person {
  readonly events: readonly StoredEvent[]
  readonly unit: string | undefined
}

const OPEN: ReadonlySet<ApprovalState> = new Set(['REQUESTED', 'GIVEN'])

export function createErasures(deps: ErasuresDeps): Erasures {
  const { log, authority, approvals, directory, through, rows, calendar } = deps
  const personOf = async (patientId: string): Promise<Person> => {
    await authority.readTail(patientStream(patientId))
    const events = await collect(log.readStream(patientStream(patientId)))
    return { events, unit: foldPatient(effectiveHistory(events)).responsibleUnit }
  }
  /** True where a health centre, or one above it, is responsible for the person. */
  const actsForCentre = ({ agency, role }: Pick<RecordedBy, 'agency' | 'role'>, { unit }: Person): boolean =>
    role === 'CHC' && isResponsibleFor(unit, agency, directory())
  const admit = (by: Principal, person: Person): void => {
    if (by.person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'an erasure is two named persons\u2019 act')
    if (person.events.length === 0 || (!by.isOperator && !actsForCentre(by, person))) throw noSuch()
  }
  const find = async (by: Principal, erasure: string): Promise<{ readonly person: Person; readonly told: Erasure }> => {
    const approval = await approvals.read(erasure)
    if (approval.act !== 'ERASE_IDENTITY') throw noSuch()
    const told = erasureOf({ ...approval, approval: erasure })
    const person = await personOf(told.patientId)
    admit(by, person)
    return { person, told: withErasure(told, person) }
  }

  return {
    async request(by, { patientId, authority, reason, ...named }) {
      const person = await personOf(patientId)
      admit(by, person)
      if (person.events.some(({ type }) => type === ERASURE_TYPE))
        throw new HubError('HUB_ERASED', 'this person is erased already')
      await through()
      for (const { row } of rows().all()) {
        if (row.subject.patient !== patientId || !OPEN.has(row.state) || row.approval === named.id) continue
        throw new HubError('HUB_ALREADY_DECIDED', 'another request about this person is open or approved', {
          data: { erasure: row.approval },
        })
      }
      const subject = { patient: patientId, authority }
      const { approval, ...asked } = await approvals.request(by, { ...named, act: 'ERASE_IDENTITY', subject, reason })
      return { erasure: approval, ...asked }
    },
    async approve(by, erasure) {
      const { person, told } = await find(by, erasure)
      if (!actsForCentre(by, person) && !actsForCentre(told.requestedBy, person)) {
        throw new HubError('HUB_SECOND_PERSON', 'one of the two acts for the responsible health centre')
      }
      refuseHeld(person.events, dayOf(calendar.now()))
      await approvals.give(by, erasure)
    },
    async refuse(by, erasure, reason) {
      await find(by, erasure)
      await approvals.refuse(by, erasure, reason)
    },
    async list(by) {
      await through()
      const found: Erasure[] = []
      for (const { row } of rows().all()) {
        if (row.act !== 'ERASE_IDENTITY') continue
        const told = erasureOf(row)
        const person = await personOf(told.patientId)
        if (by.isOperator || actsForCentre(by, person)) found.push(withErasure(told, person))
      }
      return found.sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))
    },
    read: async (by, erasure) => (await find(by, erasure)).told,
    reasonOf: (erasure) => approvals.reasonOf(erasure),
  }
}

function erasureOf({ approval, subject, act: _, eventId: __, givenId: ___, ...rest }: ApprovalRow): Erasure {
  return {
    erasure: approval,
    patientId: readText(subject, 'patient'),
    // Its code was checked when it was asked for.
    authority: readText(subject, 'authority') as ErasureGround,
    ...rest,
  }
}

function withErasure(told: Erasure, { events }: Person): Erasure {
  const erased = told.state === 'GIVEN' || told.state === 'CARRIED_OUT'
  const erasedAt = erased ? events.find(({ type }) => type === ERASURE_TYPE)?.recordedAt : undefined
  return erasedAt === undefined ? told : { ...told, erasedAt }
}

function noSuch(): HubError {
  return new HubError('HUB_NOT_FOUND', 'no such person or request')
}
