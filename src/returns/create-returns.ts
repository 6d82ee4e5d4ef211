/**
 * Returns in a hub: what is taken, what is owed, and what came back about whom. It reads; only `take` records, and nothing of what
 * one agency sent back is shown to another. A health centre sees who of its neighbours owes a return, and its own people by name of
 * the record.
 */
import { documentReturns, returnsOf } from '../../projections/document-returns.js'
import { patientRecord } from '../../projections/patient-record.js'
import { returnedFacts } from '../../projections/returned-facts.js'
import { isHeldOn } from '../domain/area-index.js'
import { scopedId } from '../domain/derived-ids.js'
import type { Agency } from '../domain/directory.js'
import { isResponsibleFor } from '../domain/jurisdiction.js'
import { isKeptFrom } from '../domain/restriction.js'
import { dayOf } from '../kernel/dates.js'
import { compareText } from '../kernel/text-order.js'
import { RETURNING_ROLES } from '../policy/returns.js'
import type { Principal } from '../recording/port.js'
import { agencyKeyName } from '../vault/port.js'
import { countOverdue } from './overdue.js'
import type { OthersReturn, OwnReturn, ReturnedAbout, Returns } from './port.js'
import { isOwed, type StandingReturn, standingReturns } from './standing.js'
import { type TakeDeps, takeReturn } from './take-return.js'

export interface ReturnsDeps extends Omit<TakeDeps, 'people'> {
  /** Calendar days from a release until a return is late. */
  readonly returnDays: number
}

export function createReturns(deps: ReturnsDeps): Returns {
  const { readModels, directory, calendar, vault, returnDays } = deps
  const people = () => readModels.reader(patientRecord)
  const today = (): string => dayOf(calendar.now())

  function standing(agency: string, isOpenAlone: boolean): readonly StandingReturn[] {
    const rows = [...readModels.reader(documentReturns).withPrefix(returnsOf(agency))].map(({ row }) => row)
    const released = rows.filter(({ release }) => release !== '')
    return standingReturns(released, today(), returnDays).filter((one) => !isOpenAlone || isOwed(one))
  }

  /** Whose returns it may see that a document is owed of. */
  function neighbours({ agency, role, isOperator }: Principal): readonly Agency[] {
    const returning = directory()
      .agencies()
      .filter((one) => RETURNING_ROLES.includes(one.role))
    if (isOperator || role === 'AUDITOR') return returning
    const own = directory().agency(agency)
    return role === 'CHC' && own ? returning.filter((one) => sharesArea(own, one, today())) : []
  }

  function aboutPerson(patientId: string, principal: Principal): readonly ReturnedAbout[] {
    const state = people().get(patientId)?.state
    if (!state || isKeptFrom(principal.role, state)) return []
    if (!isResponsibleFor(state.responsibleUnit, principal.agency, directory())) return []
    const open = new Set(state.openReturns?.map(({ event }) => event))
    const facts = readModels.reader(returnedFacts).get(patientId)?.facts ?? []
    return facts.map(({ event, type, agency, role, at }) => ({
      ...{ event, patientId, type, receivedAt: at, isOpen: open.has(event) },
      from: { agency, role, name: directory().agency(agency)?.name ?? '' },
    }))
  }

  return {
    take: (principal, draft) => takeReturn(principal, draft, { ...deps, people }),
    async own({ agency }, { open = false } = {}) {
      const key = await vault.secret(agencyKeyName(agency))
      return standing(agency, open).map(
        ({ row: { document, feed, period, rows, releasedAt, returns }, dueOn, state }): OwnReturn => ({
          ...{ document: scopedId(key, 'document', document), feed, period, rows, releasedAt, dueOn, state, returns },
        }),
      )
    },
    others: (principal, { open = false } = {}) =>
      neighbours(principal).flatMap(({ id, role, name }) =>
        standing(id, open).map(({ row: { feed, period, releasedAt, returns }, dueOn, state }): OthersReturn => {
          const returnedAt = returns.at(-1)?.at
          return {
            ...{ agency: id, role, name, feed, period, releasedAt, dueOn, state },
            ...(returnedAt === undefined ? {} : { returnedAt }),
          }
        }),
      ),
    overdue: countOverdue({ calendar, directory, owedBy: (agency) => standing(agency, true) }),
    about(principal, { open = false, patientId } = {}) {
      if (principal.role !== 'CHC') return []
      const asked =
        patientId === undefined ? Array.from(readModels.reader(returnedFacts).all(), ({ key }) => key) : [patientId]
      return asked
        .flatMap((id) => aboutPerson(id, principal))
        .filter(({ isOpen }) => !open || isOpen)
        .sort((a, b) => compareText(b.receivedAt, a.receivedAt))
    },
  }
}

/** Region prefixes of which one lies in the other, both held on this day; a grid cell says nothing of where it lies. */
function sharesArea(a: Agency, b: Agency, day: string): boolean {
  const held = ({ areas }: Agency): readonly string[] =>
    areas.filter((one) => isHeldOn(one, day)).map(({ area }) => area)
  const own = held(a)
  return held(b).some((area) => own.some((mine) => area.startsWith(mine) || mine.startsWith(area)))
}
