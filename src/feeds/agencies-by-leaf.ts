/**
 * Agencies as they stood after any event of the log, each folded from its own stream up to there: only those that one person's
 * place could concern are read, however many there are. It reads; it appends nothing.
 */
import { LRUCache } from 'lru-cache'
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import { areaHolders, everHeld } from '../../projections/area-holders.js'
import { areasOfPlace, type Place } from '../domain/area-index.js'
import { agencyStream } from '../domain/streams.js'
import type { PlacedReads } from '../log/port.js'
import type { FeedsDeps } from './feeds-deps.js'

export interface AgenciesByLeaf {
  /** Whoever was ever in charge of an area in which the place lies, as they stood then, by id. */
  around(place: Place, leafIndex: number): readonly AgencyRow[]
  /** One agency as it stood then; undefined where nothing was known of it. From when it is live stays out of it. */
  agencyAt(id: string, leafIndex: number): AgencyRow | undefined
}

/** How one agency came to stand as it does: what lies before a leaf of the log never changes. */
interface History {
  /** Everything up to this leaf is in it. */
  readonly through: number
  /** Each row from its leaf on, ascending. */
  readonly steps: readonly { readonly leafIndex: number; readonly row: AgencyRow }[]
}

/** @param through a leaf that the log holds */
export type HistoryOf = (id: string, through: number) => History

/** Rows and the areas in them, of all histories together: some ten megabytes at most. */
const KEPT_PARTS = 200_000

/** Histories kept between questions; one that ends before what is asked for is read again. */
export function agencyHistories(placed: PlacedReads): HistoryOf {
  const known = new LRUCache<string, History>({
    maxSize: KEPT_PARTS,
    sizeCalculation: ({ steps }) => steps.reduce((parts, { row }) => parts + 1 + row.areas.length, 1),
  })
  return (id, through) => {
    const kept = known.get(id)
    if (kept && kept.through >= through) return kept
    const read = { through, steps: stepsOf(placed, id) }
    known.set(id, read)
    return read
  }
}

function stepsOf(placed: PlacedReads, id: string): History['steps'] {
  const { handles, keys, evolve, initial } = agenciesProjection
  const steps: { readonly leafIndex: number; readonly row: AgencyRow }[] = []
  for (const { event, leafIndex } of placed.placedStream(agencyStream(id))) {
    if (!handles.has(event.type) || !keys(event).includes(id)) continue
    const row = evolve(steps.at(-1)?.row ?? initial, event, id)
    if (row) steps.push({ leafIndex, row })
  }
  return steps
}

/**
 * For one question: who ever held an area is looked up once. The read model of the holders must have passed the last leaf.
 * @param through the last leaf that is asked for
 */
export function agenciesByLeaf(
  readModels: FeedsDeps['readModels'],
  historyOf: HistoryOf,
  through: number,
): AgenciesByLeaf {
  const holders = new Map<string, readonly string[]>()

  function holdersOf(area: string): readonly string[] {
    const known = holders.get(area)
    if (known) return known
    const found = Array.from(readModels.reader(areaHolders).withPrefix(everHeld(area)), ({ row }) => row.agency)
    holders.set(area, found)
    return found
  }
  const agencyAt = (id: string, leafIndex: number): AgencyRow | undefined =>
    historyOf(id, through).steps.findLast((step) => step.leafIndex <= leafIndex)?.row

  return {
    agencyAt,
    around(place, leafIndex) {
      const ids = new Set(areasOfPlace(place).flatMap(holdersOf))
      return [...ids]
        .sort()
        .map((id) => agencyAt(id, leafIndex))
        .filter((row) => row !== undefined)
    },
  }
}
