/**
 * Who answers for a place at the cut: one document per agency in charge, the longest area wins (design §8). It makes up
 * nothing: a residence that no area holds belongs to nobody, and is counted as such.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientHead } from '../../projections/patient-head.js'
import type { PatientRecord } from '../../projections/patient-record.js'
import { areasOfPlace, isHeldOn, type Place } from '../domain/area-index.js'
import type { Role } from '../domain/event.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { RowContext } from '../policy/define-feed.js'

export interface Recipient {
  readonly agency: string
  readonly name: string
}

export interface Jurisdictions {
  /** Every agency of the role that holds an area on the day, by id: each is owed a document, be it empty. */
  readonly recipients: readonly Recipient[]
  /** Those of the longest area that holds the place; empty where it is unmapped. */
  inCharge(place: Place): readonly Recipient[]
  /** True where the township alone does not settle it: some area of the role lies below it, or the code is a county's. */
  dependsOnArea(township: string): boolean
  /** True where the same agencies answer for the same places. */
  isEqualTo(other: Jurisdictions): boolean
  /** Who holds what, in one text. */
  readonly holdings: () => string
}

const NOBODY: readonly Recipient[] = []
const TOWNSHIP = 9

export function jurisdictions(agencies: Iterable<AgencyRow>, role: Role, day: CalendarDate): Jurisdictions {
  const recipients: Recipient[] = []
  const holders = new Map<string, Recipient[]>()
  const divided = new Set<string>()
  for (const row of agencies) {
    if (row.role !== role) continue
    const areas = new Set(row.areas.filter((assignment) => isHeldOn(assignment, day)).map(({ area }) => area))
    if (areas.size === 0) continue
    const recipient = { agency: row.id, name: row.name ?? '' }
    recipients.push(recipient)
    for (const area of areas) {
      const together = holders.get(area)
      if (together) together.push(recipient)
      else holders.set(area, [recipient])
      if (area.length > TOWNSHIP && !area.startsWith('grid:')) divided.add(area.slice(0, TOWNSHIP))
    }
  }
  recipients.sort((a, b) => (a.agency < b.agency ? -1 : 1))
  let told: string | undefined
  const holdings = (): string => {
    told ??= [...holders]
      .map(([area, held]) => `${area} ${held.map(({ agency }) => agency).sort()}`)
      .sort()
      .join('\n')
    return told
  }
  return {
    recipients,
    holdings,
    isEqualTo: (other) => other.holdings() === holdings(),
    // Of a county's 6 digits a sealed area is the only thing that says which township's agency is in charge.
    dependsOnArea: (township) => township.length < TOWNSHIP || divided.has(township),
    inCharge(place) {
      for (const area of areasOfPlace(place)) {
        const found = holders.get(area)
        if (found) return found
      }
      return NOBODY
    },
  }
}

/** Where somebody lives. @param area what the sealed area opened to */
export function placeOf({ state: { residence } }: PatientHead, area: unknown): Place {
  if (!residence) return { township: '' }
  const { township, gridCell } = residence
  return {
    township,
    ...(typeof area === 'string' ? { area } : {}),
    ...(gridCell === undefined ? {} : { gridCell }),
  }
}

/** The committee of where somebody lives, as a row asks for it. */
export function communityOf(record: PatientRecord, communities: Jurisdictions): RowContext['community'] {
  return (open) => {
    const place = placeOf(record, open(record.state.residence?.area))
    const committee = communities.inCharge(place)[0]
    return { ...(place.area ? { code: place.area } : {}), ...(committee ? { name: committee.name } : {}) }
  }
}
