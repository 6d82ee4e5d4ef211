/**
 * Agencies as they stood after any event of the log, each folded from its own stream up to there: only those that one person's
 * place could concern are read, however many there are. It reads; it appends nothing.
 */
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import { areaHolders, everHeld } from '../../projections/area-holders.js'
import { areasOfPlace, type Place } from '../domain/area-index.js'
import { agencyStream } from '../domain/streams.js'
import type { PlacedEvent } from '../log/port.js'
import type { FeedsDeps } from './feeds-deps.js'

export interface AgenciesByLeaf {
  /** Whoever was ever in charge of an area in which the place lies, as they stood then, by id. */
  around(place: Place, leafIndex: number): readonly AgencyRow[]
  /** One agency as it stood then; undefined where nothing was known of it. From when it is live stays out of it. */
  agencyAt(id: string, leafIndex: number): AgencyRow | undefined
}

/** For one question: what it read of an agency it keeps. The read model of the holders must have passed the last cut. */
export function agenciesByLeaf({ placed, readModels }: Pick<FeedsDeps, 'placed' | 'readModels'>): AgenciesByLeaf {
  const streams = new Map<string, readonly PlacedEvent[]>()
  const holders = new Map<string, readonly string[]>()

  function eventsOf(id: string): readonly PlacedEvent[] {
    const known = streams.get(id)
    if (known) return known
    const events = placed
      .placedStream(agencyStream(id))
      .filter(({ event }) => agenciesProjection.handles.has(event.type) && agenciesProjection.keys(event).includes(id))
    streams.set(id, events)
    return events
  }
  function holdersOf(area: string): readonly string[] {
    const known = holders.get(area)
    if (known) return known
    const found = Array.from(readModels.reader(areaHolders).withPrefix(everHeld(area)), ({ row }) => row.agency)
    holders.set(area, found)
    return found
  }
  function agencyAt(id: string, leafIndex: number): AgencyRow | undefined {
    let row: AgencyRow | undefined
    for (const { event, leafIndex: leaf } of eventsOf(id)) {
      if (leaf > leafIndex) break
      row = agenciesProjection.evolve(row ?? agenciesProjection.initial, event, id)
    }
    return row
  }

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
