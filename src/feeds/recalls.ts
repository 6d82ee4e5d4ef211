/**
 * What became of recalls: an agency finds what it is asked to delete, under its own names, and says that the copies are gone; a
 * health centre and the operator see who has not said so. That a message was acknowledged is no such answer: it says that it was
 * seen. Who answers is a named person, in a stream that names nobody else.
 */
import type { PatientRecord } from '../../projections/patient-record.js'
import { ALL_RECALLS, OPEN_RECALLS, type RecallRow, recallKey, recallsOf } from '../../projections/recalls.js'
import { scopedId } from '../domain/derived-ids.js'
import type { Directory } from '../domain/directory.js'
import { RECALL_ACKNOWLEDGED } from '../domain/erasure-events.js'
import type { Role } from '../domain/event.js'
import { isResponsibleFor, unitAnsweringFor } from '../domain/jurisdiction.js'
import { patientStream, recallStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { dayOf, momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { HubRecorder } from '../recording/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import type { OwnRecall, Recalls, SentRecall } from './port.js'

export interface RecallsDeps {
  readonly log: Pick<LogReader, 'readStream'>
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly vault: Pick<Vault, 'secret'>
  readonly calendar: Clock
  readonly directory: () => Directory
  readonly rows: () => Pick<ReadModel<RecallRow>, 'get' | 'withPrefix'>
  readonly people: () => Pick<ReadModel<PatientRecord>, 'get'>
}

export function createRecalls(deps: RecallsDeps): Recalls {
  const { log, recorder, vault, calendar, directory, rows, people } = deps

  /** The recalls that the rows under a prefix name, those first that are to be answered first. */
  function named(prefix: string): readonly RecallRow[] {
    const desk = rows()
    return [...desk.withPrefix(prefix)]
      .flatMap(({ row }) => desk.get(recallKey(row.recall)) ?? [])
      .sort((a, b) => (a.deleteBy < b.deleteBy ? -1 : a.deleteBy > b.deleteBy ? 1 : a.recall < b.recall ? -1 : 1))
  }

  const isOverdue = ({ acknowledged, deleteBy }: RecallRow): boolean =>
    acknowledged === undefined && deleteBy < dayOf(calendar.now())

  /** Of somebody who is registered no more the log knows who registered them. */
  async function unitFor(patientId: string): Promise<string | undefined> {
    const state = people().get(patientId)?.state
    if (state?.registered) return state.responsibleUnit
    return unitAnsweringFor(state ?? {}, await collect(log.readStream(patientStream(patientId))))
  }

  function sentRecall(row: RecallRow, isCentre: boolean): SentRecall {
    const { recall, agency, patientId, reason, sentAt, deleteBy, acknowledged } = row
    const { role, name } = directory().agency(agency) ?? { role: 'HUB' as Role, name: '' }
    return {
      ...{ recall, recipient: { agency, role, name }, sentAt, deleteBy, rows: row.rows.length },
      isOverdue: isOverdue(row),
      ...(isCentre ? { patientId, reason } : {}),
      ...(acknowledged ? { acknowledgedAt: acknowledged.at } : {}),
    }
  }

  return {
    async own({ agency }, { open = false } = {}) {
      const key = await vault.secret(agencyKeyName(agency))
      return named(recallsOf(agency))
        .filter(({ acknowledged }) => !open || !acknowledged)
        .map(
          (row): OwnRecall => ({
            recall: row.recall,
            pseudonym: scopedId(key, 'pseudonym', row.patientId),
            isPart: row.isPart,
            rows: row.rows.map(({ document, row: id }) => ({ document: scopedId(key, 'document', document), row: id })),
            ...{ sentAt: row.sentAt, deleteBy: row.deleteBy, isOverdue: isOverdue(row) },
            ...(row.acknowledged ? { acknowledged: row.acknowledged } : {}),
          }),
        )
    },
    async sent(principal, { open = false } = {}) {
      const isCentre = principal.role === 'CHC'
      if (!isCentre && !principal.isOperator) return []
      const units = new Map<string, string | undefined>()
      const told: SentRecall[] = []
      for (const row of named(open ? OPEN_RECALLS : ALL_RECALLS)) {
        const { patientId } = row
        if (isCentre && !units.has(patientId)) units.set(patientId, await unitFor(patientId))
        const isOwn = isCentre && isResponsibleFor(units.get(patientId), principal.agency, directory())
        if (isOwn || principal.isOperator) told.push(sentRecall(row, isOwn))
      }
      return told
    },
    async acknowledge(principal, recall) {
      const { agency, person } = principal
      if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'a recall is answered by a named person')
      if (rows().get(recallKey(recall))?.agency !== agency) throw new HubError('HUB_NOT_FOUND', 'no such recall')
      return recorder.appendNext(
        {
          stream: recallStream(recall),
          type: RECALL_ACKNOWLEDGED,
          data: { by: person, at: momentOf(calendar.now()) },
          by: principal,
        },
        (events) => {
          if (events.length > 0) throw new HubError('HUB_ALREADY_DECIDED', 'somebody has already said so')
        },
      )
    },
  }
}
