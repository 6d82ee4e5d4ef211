/**
 * One row per agency: who it is, how to reach it, which areas it answers for and since when, as the directory knows it but
 * readable at a cut. It holds nothing of any person.
 */
import type { AreaAssignment } from '../src/domain/area-index.js'
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Agency } from '../src/domain/directory.js'
import { ROLES, type Role, type StoredEvent } from '../src/domain/event.js'
import { present } from '../src/domain/fold-state.js'
import { findText, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'

/** An `Agency`, once it is enrolled: it may have gone live, in another's stream, before. */
export interface AgencyRow extends Partial<Agency> {
  readonly id: string
  readonly enrolledAt?: Moment
  readonly areas: readonly AreaAssignment[]
}

export const agencies = defineFlowProjection<AgencyRow>({
  name: 'agencies',
  version: 1,
  handles: new Set(['AgencyEnrolled', 'AgencyAreaAssigned', 'UnitWentLive']),
  initial: { id: '', areas: [] },
  keys: (event) => [event.type === 'UnitWentLive' ? readText(event.data, 'unit') : streamKeyOf(event.stream)],
  evolve(row, event, id) {
    switch (event.type) {
      case 'AgencyEnrolled':
        return enrolled(row, event, id)
      case 'AgencyAreaAssigned':
        return { ...row, id, areas: areasAfter(row.areas, event, id) }
      case 'UnitWentLive':
        return { ...row, id, liveFrom: readText(event.data, 'from') }
      default:
        throw new Error(`agencies: impossible type ${event.type}`)
    }
  },
})

/** True where the row is that of an enrolled agency. */
export function isEnrolled(row: AgencyRow): row is AgencyRow & Agency {
  return row.role !== undefined
}

/** A second enrolment states the particulars anew; areas and the live day stay. */
function enrolled(row: AgencyRow, event: StoredEvent, id: string): AgencyRow {
  const { data } = event
  return {
    id,
    role: roleOf(readText(data, 'role')),
    name: readText(data, 'name'),
    phone: readText(data, 'phone'),
    ...present({
      superior: findText(data, 'superior'),
      dutyPhone: findText(data, 'dutyPhone'),
      liveFrom: row.liveFrom,
    }),
    enrolledAt: row.enrolledAt ?? event.recordedAt,
    areas: row.areas,
  }
}

/** A correction takes the place of the assignment that it names; one that names nothing in force is ignored. */
function areasAfter(before: readonly AreaAssignment[], event: StoredEvent, agency: string): readonly AreaAssignment[] {
  const { id: eventId, corrects, data } = event
  if (corrects !== undefined && !before.some((assignment) => assignment.eventId === corrects)) return before
  const days = { from: readText(data, 'from'), ...present({ to: findText(data, 'to') }) }
  const assigned = [...new Set(readTexts(data, 'areas'))].map((area) => ({ agency, area, eventId, ...days }))
  return [...before.filter((assignment) => assignment.eventId !== corrects), ...assigned]
}

function roleOf(text: string): Role {
  const role = ROLES.find((candidate) => candidate === text)
  if (!role) throw new Error(`agencies: impossible role ${text}`)
  return role
}
