/**
 * Where one person stands in the documents that were released: rows with their commitments, and documents that count them at a
 * place which only a sealed value tells. It is what an erasure leaves in the log, so it is asked while the person's keys are there,
 * also once an erasure has begun: it appends nothing.
 */
import { patientStream } from '../domain/streams.js'
import type { CompileSink } from './compile-sink.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { ReleasedStandings } from './port.js'
import { releasedPast } from './released-past.js'
import { type DocumentAround, documentsAround, type Person, personAndClosings } from './released-rows.js'

/** The function of `Feeds.releasedStandings`. */
export function releasedStandingsOf(deps: FeedsDeps): (patientId: string) => Promise<ReleasedStandings> {
  const kept = releasedPast(deps)
  return async (patientId) => {
    const { person, since } = await personAndClosings(deps, kept, deps.placed.placedStream(patientStream(patientId)))
    const rows: ReleasedStandings['rows'][number][] = []
    const counted: ReleasedStandings['counted'][number][] = []
    for (const placed of since) {
      if (!person) break
      for await (const around of documentsAround(deps, placed, person)) {
        const { row, isCounted } = standingIn(around, person)
        const ids = { document: around.released.document, row: around.compiler.idsOf(around.agency).rowIdOf(patientId) }
        if (row) rows.push({ ...ids, ...row })
        if (isCounted) counted.push(ids)
      }
    }
    return { rows, counted }
  }
}

interface Standing {
  readonly row?: { readonly commitment: string; readonly closing?: string }
  /** True where the document says of the person, without a row, what could not be found again without their keys. */
  readonly isCounted: boolean
}

function standingIn({ agency, compiler, plan }: DocumentAround, person: Person): Standing {
  let commitment: string | undefined
  let closing: string | undefined
  let isAccounted = false
  compiler.finish(plan, person.keys, {
    row(recipient, _row, line) {
      if (recipient === agency) commitment = line.commitment
    },
    account(recipient, { outcome, rule }) {
      if (recipient !== agency) return
      if (outcome === 'CLOSED') closing = rule
      else isAccounted = outcome !== 'ROW'
    },
  } satisfies CompileSink)
  // Whether the area decided is for all agencies to say, and only those around are here: one named too many is never read.
  const isCounted = isAccounted && plan.people[0]?.record?.state.residence?.area !== undefined
  if (commitment === undefined) return { isCounted }
  return { isCounted, row: { commitment, ...(closing === undefined ? {} : { closing }) } }
}
