/**
 * Which agencies hold which area on which days, indexed by area so that a question costs a few look-ups among 40,000
 * agencies. An assignment adds to what its agency holds; it ends by its own `to` or by a correction.
 */
import type { CalendarDate } from '../kernel/dates.js'

/** First and last day, both included; without `to` it has no end. */
export interface AssignedDays {
  readonly from: CalendarDate
  readonly to?: CalendarDate
}

/** An area is a region prefix (`371002`, `371002001`, `371002001003`) or a grid cell (`grid:A-12`). */
export interface AreaAssignment extends AssignedDays {
  readonly agency: string
  readonly area: string
  /** The `AgencyAreaAssigned` that says so. */
  readonly eventId: string
}

/** Where somebody lives; `area` is the community's 12 digits, where a reader may know it. */
export interface Place {
  readonly township: string
  readonly area?: string
  readonly gridCell?: string
}

export interface AreaIndex {
  /** Adds the assignments of one event, in the place of those of the event that it corrects. */
  assign(eventId: string, assignments: readonly AreaAssignment[], corrects?: string): void
  /** True where the event's assignments stand, so that it may be corrected by the agency. */
  stands(eventId: string, agency: string): boolean
  holding(area: string): readonly AreaAssignment[]
  ofAgency(agency: string): readonly AreaAssignment[]
  all(): readonly AreaAssignment[]
}

export function areaIndex(): AreaIndex {
  const byArea = new Map<string, readonly AreaAssignment[]>()
  const byAgency = new Map<string, readonly AreaAssignment[]>()
  const byEvent = new Map<string, readonly AreaAssignment[]>()

  const remove = (eventId: string): void => {
    for (const { area, agency } of byEvent.get(eventId) ?? []) {
      dropFrom(byArea, area, eventId)
      dropFrom(byAgency, agency, eventId)
    }
    byEvent.delete(eventId)
  }

  return {
    assign(eventId, assignments, corrects) {
      if (corrects !== undefined) remove(corrects)
      byEvent.set(eventId, assignments)
      for (const assignment of assignments) {
        addTo(byArea, assignment.area, assignment)
        addTo(byAgency, assignment.agency, assignment)
      }
    },
    stands: (eventId, agency) => byEvent.get(eventId)?.some((assignment) => assignment.agency === agency) ?? false,
    holding: (area) => byArea.get(area) ?? [],
    ofAgency: (agency) => byAgency.get(agency) ?? [],
    all: () => [...byEvent.values()].flat(),
  }
}

export function isHeldOn(days: AssignedDays, day: CalendarDate): boolean {
  return days.from <= day && (days.to === undefined || day <= days.to)
}

export function daysIntersect(a: AssignedDays, b: AssignedDays): boolean {
  return (a.to === undefined || b.from <= a.to) && (b.to === undefined || a.from <= b.to)
}

/** The areas in which a place lies, the longest first: grid cell, community, township, county. */
export function areasOfPlace(place: Place): readonly string[] {
  const { township, area, gridCell } = place
  const region = area?.startsWith(township) ? area : township
  const prefixes = [12, 9, 6].filter((length) => length <= region.length).map((length) => region.slice(0, length))
  return gridCell === undefined ? prefixes : [`grid:${gridCell}`, ...prefixes]
}

function addTo(map: Map<string, readonly AreaAssignment[]>, key: string, assignment: AreaAssignment): void {
  map.set(key, [...(map.get(key) ?? []), assignment])
}

function dropFrom(map: Map<string, readonly AreaAssignment[]>, key: string, eventId: string): void {
  const kept = (map.get(key) ?? []).filter((assignment) => assignment.eventId !== eventId)
  if (kept.length === 0) map.delete(key)
  else map.set(key, kept)
}
