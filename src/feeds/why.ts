/** Why a person stands in a period as they do: asked of the open cut, or, once that is gone, of the log. */
import type { AgencyRow } from '../../projections/agencies.js'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { patientStream, periodStream } from '../domain/streams.js'
import type { Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { PlacedEvent } from '../log/port.js'
import { peopleCompiler } from './compile-people.js'
import { type Closing, compileInputs, isInForce, knownFeed } from './editions.js'
import { explain, explainedBy } from './explain.js'
import type { FeedsDeps } from './feeds-deps.js'
import { lifeByLeaf } from './life-by-leaf.js'
import { pastOf } from './past.js'
import type { Explanation } from './port.js'
import { agenciesAt } from './process-cut.js'
import { internalDocumentId } from './recipient-ids.js'
import { closingFor, withReplay } from './recompute.js'

export interface WhyQuery {
  readonly feed: string
  readonly period: Period
  readonly patientId: string
  readonly agency?: string | undefined
}

/** Throws `HUB_NOT_FOUND` where the feed is in force and the period is not closed. */
export async function whyInPeriod(deps: FeedsDeps, query: WhyQuery): Promise<Explanation> {
  const { feed, period, patientId } = query
  knownFeed(deps.definitions, feed)
  const placed = deps.placed.placedTail(periodStream(feed, period))
  if (!placed && !isInForce(deps, feed)) return explainedBy({ feed, period }, 'NOT_IN_FORCE')
  const closing = await closingFor(deps, feed, period)
  const life = deps.placed.placedStream(patientStream(patientId))
  // Whenever it happened: nobody is told any more where they stood.
  if (isErased(life)) return explainedBy({ feed, period }, 'ERASED', life)
  const { record, agencies } = await atCut(deps, closing, patientId)
  if (!record) return explainedBy({ feed, period }, 'UNKNOWN_PERSON')

  const cutLeaf = placed?.leafIndex ?? -1
  const inputs = await compileInputs(deps, closing, { agencies, suppressionsThrough: -1, scratch: '' })
  const compiler = peopleCompiler({ ...inputs, period })
  const through = releasedThrough(deps, closing, compiler.recipients)
  const live = through === undefined ? record : lifeByLeaf(life).recordAt(Math.max(cutLeaf, through))
  const plan = compiler.plan([{ key: patientId, row: record, live }])
  const kids = Object.values(record.sealed).map(({ entry }) => entry.kid)
  const keys = await deps.vault.keysById([...new Set([...kids, ...plan.kids])])
  const told = life.filter(({ leafIndex }) => leafIndex <= Math.max(cutLeaf, through ?? cutLeaf))
  const asked = query.agency
  return explain(
    { inputs, compiler, patientId, record, plan, keys, life: told, cutLeaf },
    asked === undefined ? undefined : { agency: asked, row: agencies.find(({ id }) => id === asked) },
  )
}

function isErased(life: readonly PlacedEvent[]): boolean {
  const last = life.at(-1)
  return last !== undefined && lifeByLeaf(life).recordAt(last.leafIndex)?.state.erased !== undefined
}

/** The leaf up to which suppressions counted; undefined before the first document is released. */
function releasedThrough(
  { logId, placed }: FeedsDeps,
  { feed, period }: Closing,
  recipients: readonly { readonly agency: string }[],
): number | undefined {
  const past = pastOf(placed)
  for (const { agency } of recipients) {
    const through = past.releasedThrough(internalDocumentId(logId, feed.name, period, agency))
    if (through !== undefined) return through
  }
  return undefined
}

async function atCut(
  deps: FeedsDeps,
  closing: Closing,
  patientId: string,
): Promise<{ readonly record: PatientRecord | undefined; readonly agencies: readonly AgencyRow[] }> {
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
