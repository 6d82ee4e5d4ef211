/** `/v1/patients/{id}`: the state of a person and the history it comes from, on both axes of time. Every reading is recorded first. */
import { z } from 'zod'
import { zTime, zUuid } from '../../domain/define-event.js'
import type { StoredEvent } from '../../domain/event.js'
import type { Hub } from '../../hub-port.js'
import { storedTime } from '../../kernel/dates.js'
import { HubError } from '../../kernel/errors.js'
import { type Bitemporal, historyAt, type PatientView, patientAt } from '../../readmodel/patient-queries.js'
import { openRecord } from '../open-record.js'
import type { ReadPerson } from '../read-person.js'
import { mayKnowOfHolds, PURPOSES, READER_ROLES, withoutHolds } from '../record-access.js'
import { zHistoryAnswer, zStateAnswer } from '../record-answers.js'
import { type Call, defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({
  id: zUuid.describe('Patient id; an auditor may give its own pseudonym for the person'),
})
const query = z.strictObject({
  asOf: zTime
    .optional()
    .describe('True on this day (all of it) or at this moment; absent: now and whatever is planned'),
  knownAt: zTime.optional().describe('Recorded by this day (all of it) or moment; absent: everything'),
  after: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .describe('Read your own write: a receipt\u2019s id or revision that must be in what is read'),
  purpose: z.enum(PURPOSES).optional().describe('CARE unless said otherwise; an auditor\u2019s is AUDIT'),
})
type ReadCall = Call<z.output<typeof params>, z.output<typeof query>, unknown>

interface ReadRecord {
  /** Those that the reader may know of. */
  readonly events: readonly StoredEvent[]
  /** The answer to the question. */
  readonly view: PatientView
  readonly question: Bitemporal
  /** The id by which the reader knows the person. */
  readonly patientId: string
}

export function patientRoutes(hub: Hub, readPerson: ReadPerson): readonly Route[] {
  const read = async (
    { principal, params: { id }, query: asked }: ReadCall,
    kind: 'STATE' | 'HISTORY',
  ): Promise<ReadRecord> => {
    const { after, purpose } = asked
    const check = (events: readonly StoredEvent[]): void => {
      if (after !== undefined) refuseUnseen(events, after)
    }
    const { events: recorded, latest } = await readPerson(principal, { id, purpose, kind, check })
    const events = mayKnowOfHolds(principal.role) ? recorded : withoutHolds(recorded)
    const question = {
      ...(asked.asOf === undefined ? {} : { asOf: storedTime(asked.asOf) }),
      ...(asked.knownAt === undefined ? {} : { knownAt: storedTime(asked.knownAt) }),
    }
    // Jurisdiction has folded the person as of now: who asks for that, and is told of everything, is answered from it.
    const isLatest = asked.asOf === undefined && asked.knownAt === undefined && events.length === recorded.length
    const view = isLatest ? latest : patientAt(events, question, hub.calendar.now())
    return { events, view, question, patientId: id }
  }

  const answerState = async (call: ReadCall) => {
    const { events, view, question, patientId } = await read(call, 'STATE')
    const { state, revision, provisional } = view
    const opened = await openRecord(events, call.principal.role, hub.vault)
    return { body: { patientId, revision, provisional, ...question, state: opened.stateOf(state) } }
  }

  const answerHistory = async (call: ReadCall) => {
    const { events, view, question, patientId } = await read(call, 'HISTORY')
    const { revision, provisional } = view
    const entries = historyAt(events, question)
    const opened = await openRecord(
      entries.map(({ event }) => event),
      call.principal.role,
      hub.vault,
    )
    return {
      body: {
        patientId,
        revision,
        provisional,
        ...question,
        entries: entries.map(({ event, standing, by }) => ({
          standing,
          by,
          event: toldOf(event, opened.dataOf(event)),
        })),
      },
    }
  }

  const common = { method: 'GET', tag: 'records', access: 'key', roles: READER_ROLES, params, query } as const
  return [
    defineRoute({
      ...common,
      path: '/v1/patients/:id',
      operation: 'readPatient',
      label: { zh: '患者当前状态', en: 'The state of a person as of a day, as known on a day' },
      responses: { 200: { description: 'The state', schema: zStateAnswer } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_RESTRICTED'],
      answer: answerState,
    }),
    defineRoute({
      ...common,
      path: '/v1/patients/:id/history',
      operation: 'replayPatient',
      label: { zh: '患者经历回放', en: 'Every event of a life, and how it stands' },
      responses: { 200: { description: 'In the order of the life', schema: zHistoryAnswer } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_RESTRICTED'],
      answer: answerHistory,
    }),
  ]
}

/**
 * What a reader is told of an event: neither where it lies, nor its seed and seals. A new member of the envelope is no reader's
 * until it stands here.
 */
function toldOf(event: StoredEvent, data: Readonly<Record<string, unknown>>) {
  return {
    id: event.id,
    type: event.type,
    version: event.version,
    revision: event.revision,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
    recordedBy: event.recordedBy,
    legalBasis: event.legalBasis,
    observedBy: event.observedBy,
    onBehalfOf: event.onBehalfOf,
    source: event.source,
    corrects: event.corrects,
    causation: event.causation,
    data,
  } satisfies Record<Exclude<keyof StoredEvent, 'stream' | 'seed' | 'sealed'>, unknown>
}

function refuseUnseen(events: readonly StoredEvent[], after: string): void {
  const isSeen = /^\d+$/.test(after) ? events.length > Number(after) : events.some(({ id }) => id === after)
  if (!isSeen) throw new HubError('HUB_BAD_QUERY', 'after: expected a receipt of this person, got another')
}
