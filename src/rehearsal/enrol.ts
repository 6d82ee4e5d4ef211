/**
 * Puts a county's agencies into a hub: enrolment, areas, keys for named persons, going live. Keys are made by the hub and
 * shown here once; whoever asked for them keeps them.
 */
import type { Role } from '../domain/event.js'
import { dayOf } from '../kernel/dates.js'
import type { Principal } from '../recording/port.js'
import type { County, CountyAgency } from './county.js'

/** What of a hub's administration this needs. */
export interface EnrolmentDesk {
  createOperatorKey(staffName?: string): Promise<GivenKey>
  enrolAgency(
    by: Principal,
    draft: {
      readonly role: Role
      readonly name: string
      readonly phone: string
      readonly dutyPhone?: string
      readonly superior?: string
    },
    id?: string,
  ): Promise<unknown>
  assignAreas(
    by: Principal,
    drafts: readonly { readonly agency: string; readonly areas: readonly string[]; readonly from: string }[],
  ): Promise<unknown>
  issueKey(by: Principal, draft: { readonly agency: string; readonly staffName?: string }): Promise<GivenKey>
  goLive(by: Principal, unit: string, from: string): Promise<unknown>
}

export interface GivenKey {
  readonly agency: string
  readonly keyId: string
  readonly key: string
  readonly person?: string
}

export interface EnrolledCounty {
  readonly operator: Principal
  readonly operatorKey: GivenKey
  /** A named person's key for each agency. */
  readonly keys: ReadonlyMap<string, GivenKey>
  /** Who acts for an agency. */
  principalOf(agency: string): Principal
}

/** @param fromMs first day on which the agencies hold their areas: the day of the oldest fact at the latest */
export async function enrolCounty(desk: EnrolmentDesk, county: County, fromMs: number): Promise<EnrolledCounty> {
  const operatorKey = await desk.createOperatorKey('演练运维')
  const operator = principal(operatorKey, 'HUB', true)
  const keys = new Map<string, GivenKey>()
  // Superiors stand first; the rest may come in any order, many at once.
  const enrol = async ({ id, role, name, phone, dutyPhone, superior, staff }: CountyAgency): Promise<void> => {
    const draft = {
      role,
      name,
      phone,
      ...(dutyPhone === undefined ? {} : { dutyPhone }),
      ...(superior === undefined ? {} : { superior }),
    }
    await desk.enrolAgency(operator, draft, id)
    keys.set(id, await desk.issueKey(operator, { agency: id, staffName: staff[0] ?? '演练人员' }))
  }
  for (const wave of wavesOf(county)) await Promise.all(wave.map(enrol))
  const from = dayOf(fromMs)
  const drafts = county.agencies.flatMap(({ id, areas }) => (areas.length === 0 ? [] : [{ agency: id, areas, from }]))
  await desk.assignAreas(operator, drafts)
  const principals = new Map(
    [...keys].map(([agency, key]) => [agency, principal(key, county.agency(agency).role, false)]),
  )
  return {
    operator,
    operatorKey,
    keys,
    principalOf(agency) {
      const found = principals.get(agency)
      if (!found) throw new Error('enrolCounty: no such agency')
      return found
    },
  }
}

/** Every unit that records goes live on a day: what it recorded as history before raises no alert. */
export async function goLive(desk: EnrolmentDesk, county: County, operator: Principal, fromMs: number): Promise<void> {
  await Promise.all(county.agencies.map(({ id }) => desk.goLive(operator, id, dayOf(fromMs))))
}

/** Agencies whose superiors are enrolled when their wave begins. */
function wavesOf({ agencies }: County): readonly (readonly CountyAgency[])[] {
  const waves: CountyAgency[][] = []
  const waveOf = new Map<string, number>()
  for (const agency of agencies) {
    const wave = agency.superior === undefined ? 0 : (waveOf.get(agency.superior) ?? 0) + 1
    waveOf.set(agency.id, wave)
    waves[wave] = [...(waves[wave] ?? []), agency]
  }
  return waves
}

function principal(key: GivenKey, role: Role, isOperator: boolean): Principal {
  const { agency, keyId, person } = key
  return { agency, role, client: keyId, isOperator, ...(person === undefined ? {} : { person }) }
}
