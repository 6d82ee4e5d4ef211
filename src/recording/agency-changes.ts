/**
 * Changes to what an agency is: its particulars are stated anew, an area ends on a day. Nothing is taken back: what stood
 * before stands in the log for whoever asks what was known then.
 */
import type { AreaAssignment } from '../domain/area-index.js'
import type { Agency, Directory } from '../domain/directory.js'
import type { Receipt } from '../domain/event.js'
import { agencyStream } from '../domain/streams.js'
import type { CalendarDate } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { HubEvent, Principal } from './port.js'

/** What is absent stays as it is. */
export interface AgencyParticulars {
  readonly name?: string
  readonly phone?: string
  readonly dutyPhone?: string
}

export interface AreaEnd {
  readonly agency: string
  readonly areas: readonly string[]
  /** The last day on which the agency answers for them. */
  readonly to: CalendarDate
}

export interface AgencyChanges {
  /** States name and telephones anew; the same again changes nothing. Throws `HUB_NOT_FOUND`. */
  changeAgency(by: Principal, agency: string, particulars: AgencyParticulars): Promise<void>
  /**
   * Ends assignments that hold one of these areas beyond the day; answers how many areas ended. It only shortens, so no overlap
   * can come of it. Throws `HUB_NOT_FOUND` for an area that the agency never held on that day.
   */
  endAreas(by: Principal, end: AreaEnd): Promise<{ readonly ended: number }>
}

export interface AgencyChangesDeps {
  readonly directory: () => Directory
  /** Appends, and resolves once the directory has seen it. */
  readonly append: (event: HubEvent) => Promise<Receipt>
}

export function createAgencyChanges({ directory, append }: AgencyChangesDeps): AgencyChanges {
  const enrolled = (id: string): Agency => {
    const agency = directory().agency(id)
    if (!agency) throw new HubError('HUB_NOT_FOUND', 'no such agency')
    return agency
  }

  /**
   * An event of many areas ends for some of them by a correction that keeps those, after the others were assigned once more:
   * a crash in between leaves them held twice by the one agency, and never by none.
   */
  const endIn = async (by: Principal, { areas, to }: AreaEnd, held: readonly AreaAssignment[]): Promise<number> => {
    const [first] = held
    if (!first) return 0
    const { agency, eventId, from } = first
    const ending = held.filter(({ area }) => areas.includes(area)).map(({ area }) => area)
    const elsewhere = new Set(
      enrolled(agency)
        .areas.filter((one) => one.eventId !== eventId && one.from === from && one.to === first.to)
        .map(({ area }) => area),
    )
    const staying = held.map(({ area }) => area).filter((area) => !areas.includes(area) && !elsewhere.has(area))
    const stream = agencyStream(agency)
    const type = 'AgencyAreaAssigned'
    if (staying.length > 0) {
      await append({ stream, type, data: { areas: staying, from, ...(first.to ? { to: first.to } : {}) }, by })
    }
    await append({ stream, type, data: { areas: ending, from, to }, corrects: eventId, by })
    return ending.length
  }

  return {
    async changeAgency(by, id, particulars) {
      const { role, name, phone, dutyPhone, superior } = enrolled(id)
      const before = {
        role,
        name,
        phone,
        ...(dutyPhone === undefined ? {} : { dutyPhone }),
        ...(superior === undefined ? {} : { superior }),
      }
      const data = { ...before, ...particulars }
      if (data.name === name && data.phone === phone && data.dutyPhone === dutyPhone) return
      await append({ stream: agencyStream(id), type: 'AgencyEnrolled', data, by })
    },

    async endAreas(by, end) {
      const { areas: held } = enrolled(end.agency)
      const begun = held.filter(({ area, from }) => end.areas.includes(area) && from <= end.to)
      const never = end.areas.filter((area) => !begun.some((one) => one.area === area))
      if (never.length > 0) {
        throw new HubError('HUB_NOT_FOUND', `the agency holds ${never.join(', ')} on no day up to ${end.to}`)
      }
      const lasting = begun.filter(({ to }) => to === undefined || to > end.to)
      let ended = 0
      for (const eventId of new Set(lasting.map((one) => one.eventId))) {
        ended += await endIn(
          by,
          end,
          held.filter((one) => one.eventId === eventId),
        )
      }
      return { ended }
    },
  }
}
