/**
 * One row per agency: who it is, how to reach it, which areas it answers for and since when. It holds what the hub's
 * directory says and nothing of any person.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Role, StoredEvent } from '../src/domain/event.js'
import { findText, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { CalendarDate, Moment } from '../src/kernel/dates.js'

/** Areas that an agency answers for, from a day through a day; open-ended without `to`. */
export interface AreaSpan {
  readonly eventId: string
  /** Region prefixes, `371002001`, and grid cells, `grid:…`. */
  readonly areas: readonly string[]
  readonly from: CalendarDate
  readonly to?: CalendarDate
}

export interface AgencyRow {
  readonly agency: string
  /** Absent until the agency is enrolled: it may have gone live in another's stream before. */
  readonly role?: Role
  readonly name?: string
  readonly superior?: string
  readonly phone?: string
  readonly dutyPhone?: string
  readonly enrolledAt?: Moment
  /** In the order in which they were assigned. */
  readonly areas: readonly AreaSpan[]
  /** From when on this unit's facts are live: what lies before is history. */
  readonly liveFrom?: CalendarDate
}

export const agencies = defineFlowProjection<AgencyRow>({
  name: 'agencies',
  version: 1,
  handles: new Set(['AgencyEnrolled', 'AgencyAreaAssigned', 'UnitWentLive']),
  initial: { agency: '', areas: [] },
  keys: (event) => [event.type === 'UnitWentLive' ? readText(event.data, 'unit') : streamKeyOf(event.stream)],
  evolve(row, event, key) {
    switch (event.type) {
      case 'AgencyEnrolled':
        return enrolled(row, event, key)
      case 'AgencyAreaAssigned':
        return { ...row, agency: key, areas: areasAfter(row.areas, event) }
      case 'UnitWentLive':
        return { ...row, agency: key, liveFrom: readText(event.data, 'from') }
      default:
        throw new Error(`agencies: impossible type ${event.type}`)
    }
  },
})

/** The areas that an agency answers for on a day. */
export function areasOn(row: AgencyRow, day: CalendarDate): readonly string[] {
  const areas = new Set<string>()
  for (const span of row.areas) {
    if (span.from <= day && (span.to === undefined || day <= span.to)) for (const area of span.areas) areas.add(area)
  }
  return [...areas]
}

function enrolled(row: AgencyRow, event: StoredEvent, key: string): AgencyRow {
  const { data } = event
  const superior = findText(data, 'superior')
  const dutyPhone = findText(data, 'dutyPhone')
  return {
    agency: key,
    role: readText(data, 'role') as Role,
    name: readText(data, 'name'),
    phone: readText(data, 'phone'),
    ...(superior === undefined ? {} : { superior }),
    ...(dutyPhone === undefined ? {} : { dutyPhone }),
    enrolledAt: row.enrolledAt ?? event.recordedAt,
    areas: row.areas,
    ...(row.liveFrom === undefined ? {} : { liveFrom: row.liveFrom }),
  }
}

/** A correction takes the place of the assignment that it names. */
function areasAfter(before: readonly AreaSpan[], event: StoredEvent): readonly AreaSpan[] {
  const to = findText(event.data, 'to')
  const span: AreaSpan = {
    eventId: event.id,
    areas: readTexts(event.data, 'areas'),
    from: readText(event.data, 'from'),
    ...(to === undefined ? {} : { to }),
  }
  return [...before.filter(({ eventId }) => eventId !== event.corrects), span]
}
