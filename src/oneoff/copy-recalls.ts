/**
 * Asks back the copies of letters’ documents, and takes down what came of it. Whoever wrote is no agency of the hub and gets no message
 * from it: the health centre that handed the copy out has to write to them. That it has to is said in the stream of the disclosure and
 * nowhere else, so that what is kept from the person’s account does not show by its recall.
 *
 * A copy is asked back once, whatever else is found later. One whose day of destruction is over is nobody’s any more.
 */
import { oneOffsOf } from '../../projections/one-offs.js'
import type { CopyRecallStep } from '../domain/code-lists/one-off.js'
import { COPY_RECALL_PASSED_ON, COPY_RECALLED } from '../domain/one-off-events.js'
import { isCopyOut, isRecallOpen, type OneOff, oneOffOf } from '../domain/one-offs.js'
import { disclosureStream, patientStream } from '../domain/streams.js'
import { addDays, dayOf, momentOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'
import { type PeopleDeps, readEvents } from './person.js'
import type { RecallCopies } from './port.js'
import { type TakenBackBy, takenBackBy } from './taken-back.js'

export interface CopyRecallsDeps extends Pick<PeopleDeps, 'log' | 'authority' | 'hubRecorder' | 'calendar' | 'rows'> {
  /** Within how many days copies are to be deleted: of a recall, and of an erasure. */
  readonly days: { readonly recall: number; readonly erasure: number }
}

export function createCopyRecalls(deps: CopyRecallsDeps): RecallCopies {
  const { calendar, rows } = deps
  return async (patientId) => {
    const today = dayOf(calendar.now())
    const out = Array.from(rows().withPrefix(oneOffsOf(patientId)), ({ row }) => row).filter(
      (row) => isCopyOut(row) && !row.recalled && today <= row.until,
    )
    if (out.length === 0) return
    const life = await readEvents(deps, patientStream(patientId))
    for (const oneOff of out) {
      const cause = oneOff.decided && takenBackBy(life, oneOff.decided)
      if (cause) await recallCopy(deps, oneOff, cause)
    }
  }
}

async function recallCopy(
  { hubRecorder, calendar, days }: CopyRecallsDeps,
  { disclosure, patientId: patient }: OneOff,
  { event: { stream, id }, reason }: TakenBackBy,
): Promise<void> {
  const within = reason === undefined ? days.erasure : days.recall
  const deleteBy = addDays(dayOf(calendar.now()), within)
  const data = { patient, ...(reason === undefined ? {} : { reason }), deleteBy }
  const event = { stream: disclosureStream(disclosure), type: COPY_RECALLED, data, causation: { stream, id } }
  try {
    await hubRecorder.appendNext(event, (events) => {
      if (oneOffOf(events)?.recalled) throw new HubError('HUB_ALREADY_DECIDED', 'another node asked for it')
    })
  } catch (error) {
    if (!isHubError(error, 'HUB_ALREADY_DECIDED')) throw error
  }
}

/** Takes down that the requester was written to, or has answered: each once, and nothing more once the copy is destroyed. */
export async function passOn(
  { hubRecorder, calendar }: Pick<PeopleDeps, 'hubRecorder' | 'calendar'>,
  by: Principal & { readonly person: string },
  { disclosure, patientId: patient }: OneOff,
  what: CopyRecallStep,
): Promise<void> {
  const data = { patient, by: by.person, what, at: momentOf(calendar.now()) }
  const event = { stream: disclosureStream(disclosure), type: COPY_RECALL_PASSED_ON, data, by }
  await hubRecorder.appendNext(event, (events) => {
    const { recalled } = oneOffOf(events) ?? {}
    if (!recalled) throw new HubError('HUB_NOT_FOUND', 'no copy is asked back')
    const isSaid = what === 'WRITTEN' && recalled.writtenAt !== undefined
    if (isSaid || !isRecallOpen({ recalled })) throw new HubError('HUB_ALREADY_DECIDED', 'somebody has already said so')
  })
}
