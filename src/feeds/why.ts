/** Why a person stands in a period as they do: asked of the open cut, or, once that is gone, of the log. */

import type { AgencyRow } from '../../projections/agencies.js'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import type { Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { compileInputs } from './editions.js'
import { erasedRowsOf } from './erased-rows.js'
import { explain } from './explain.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { Explanation } from './port.js'
import { agenciesAt } from './process-cut.js'
import { closingFor, withReplay } from './recompute.js'

/** Throws `HUB_NOT_FOUND` where the period is not closed. */
export async function whyInPeriod(
  deps: FeedsDeps,
  feed: string,
  period: Period,
  patientId: string,
): Promise<Explanation> {
  const closing = await closingFor(deps, feed, period)
  const { record, agencies } = await atCut()
  const inputs = await compileInputs(deps, closing, { agencies, suppressionsThrough: -1, scratch: '' })
  const kids = Object.values(record?.sealed ?? {}).map(({ entry }) => entry.kid)
  const keys = await deps.vault.keysById(kids)
  if (kids.length === 0 || keys.size > 0) return explain(inputs, patientId, record, keys)
  const erased = erasedRowsOf(deps.log, { logId: deps.logId, feed: closing.feed.name, period })
  return explain(inputs, patientId, record, keys, (await erased.standingsOf([patientId])).get(patientId))

  async function atCut(): Promise<{ record: PatientRecord | undefined; agencies: readonly AgencyRow[] }> {
    const { id } = closing.event
    const people = deps.readModels.reader(patientRecord)
    if (people.openCuts().includes(id)) {
      try {
        return { record: people.getAt(id, patientId), agencies: agenciesAt(deps, id) }
      } catch (error) {
        // Dropped between the question and the answer: the log knows too.
        if (!(error instanceof HubError)) throw error
      }
    }
    return withReplay(deps, closing, -1, (replay) => ({ record: replay.person(patientId), agencies: replay.agencies }))
  }
}
