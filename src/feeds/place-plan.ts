/**
 * Which shelves of heads a compile reads for which recipient, from the list of shelves alone: what concerns one agency is then read
 * without anybody else's, and its document is finished before the next one begins. Pure.
 */
import type { Recipient } from './areas.js'
import type { OnShelf } from './compile-people.js'

export interface PlannedShelf {
  readonly shelf: string
  /** Everybody who answers for the people on it. */
  readonly recipients: readonly Recipient[]
}

export interface PlacePlan {
  /** In the order of shelves. */
  shelvesOf(agency: string): readonly PlannedShelf[]
  /** Shelves whose people are looked at one by one, wherever they belong. */
  readonly apart: readonly string[]
}

/** Every shelf is apart, or that of each agency that answers for it. */
export function placePlan(shelves: Iterable<string>, onShelf: (shelf: string) => OnShelf): PlacePlan {
  const byAgency = new Map<string, PlannedShelf[]>()
  const apart: string[] = []
  for (const shelf of shelves) {
    const { recipients, isApart } = onShelf(shelf)
    if (isApart) {
      apart.push(shelf)
      continue
    }
    const planned = { shelf, recipients }
    for (const { agency } of recipients) {
      const known = byAgency.get(agency)
      if (known) known.push(planned)
      else byAgency.set(agency, [planned])
    }
  }
  return { apart, shelvesOf: (agency) => byAgency.get(agency) ?? [] }
}
