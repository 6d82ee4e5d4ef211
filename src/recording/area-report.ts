/**
 * Which of these assignments would let two agencies of one role hold the same area on the same day: with what the directory
 * holds, and among themselves. Pure. Nested areas are no overlap: the longest one decides.
 */
import { daysIntersect } from '../domain/area-index.js'
import type { Directory } from '../domain/directory.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { Fault } from '../kernel/errors.js'

export interface AreaAssignmentDraft {
  readonly agency: string
  readonly areas: readonly string[]
  readonly from: CalendarDate
  readonly to?: CalendarDate
}

export interface AreaOverlap {
  /** Index of the assignment in the request. */
  readonly assignment: number
  readonly area: string
  /** Who holds it, or, in the same request, would. */
  readonly heldBy: string
  readonly from: CalendarDate
  readonly to?: CalendarDate
  /** Index of the other assignment, where both are in this request. */
  readonly otherAssignment?: number
}

export function areaOverlapsOf(directory: Directory, drafts: readonly AreaAssignmentDraft[]): readonly AreaOverlap[] {
  const overlaps: AreaOverlap[] = []
  const seen = new Map<string, { readonly draft: AreaAssignmentDraft; readonly index: number }[]>()
  for (const [index, draft] of drafts.entries()) {
    const role = directory.agency(draft.agency)?.role
    if (role === undefined) continue
    for (const held of directory.areaOverlaps(role, draft.areas, draft)) {
      if (held.agency === draft.agency) continue
      overlaps.push({ assignment: index, area: held.area, heldBy: held.agency, ...daysOf(held) })
    }
    for (const area of new Set(draft.areas)) {
      const others = seen.get(`${role} ${area}`) ?? []
      for (const other of others) {
        if (other.draft.agency === draft.agency || !daysIntersect(other.draft, draft)) continue
        const heldBy = other.draft.agency
        overlaps.push({ assignment: index, area, heldBy, ...daysOf(other.draft), otherAssignment: other.index })
      }
      seen.set(`${role} ${area}`, [...others, { draft, index }])
    }
  }
  return overlaps
}

/** The areas of a draft that its agency does not hold on just these days already: what a retry still has to say. */
export function areasToAssign(directory: Directory, draft: AreaAssignmentDraft): readonly string[] {
  const held = directory.agency(draft.agency)?.areas ?? []
  const isHeld = (area: string): boolean =>
    held.some((assigned) => assigned.area === area && assigned.from === draft.from && assigned.to === draft.to)
  return [...new Set(draft.areas)].filter((area) => !isHeld(area))
}

/** The report as faults of the request: every overlap, each with who holds the area. */
export function overlapFaults(overlaps: readonly AreaOverlap[], directory: Directory): readonly Fault[] {
  return overlaps.map(({ assignment, area, heldBy, from, to }) => {
    const until = to === undefined ? '' : ` to ${to}`
    const name = directory.agency(heldBy)?.name ?? heldBy
    return {
      pointer: `/assignments/${assignment}`,
      rule: 'area.overlap',
      message: `${area} is held by ${name} from ${from}${until}`,
      messageZh: `${area} 已由${name}管辖（自${from}${to === undefined ? '' : `至${to}`}）`,
      expected: 'an area that no other agency of the role holds on these days',
      got: heldBy,
    }
  })
}

function daysOf({ from, to }: { readonly from: CalendarDate; readonly to?: CalendarDate }) {
  return to === undefined ? { from } : { from, to }
}
