/**
 * Which event states what of a person, as far as their state does not say it: so that what somebody holds to be wrong can be marked in a
 * one-off document. It holds ids and no value. Pure.
 */
import type { EventData, StoredEvent } from '../domain/event.js'

type Head =
  | 'presentTownship'
  | 'householdTownship'
  | 'healthCentre'
  | 'diagnosis'
  | 'conditionClass'
  | 'died'
  | 'discharge'

/** `{"diagnosis":"0199…","discharge":"0199…"}`: the last event of effective history that states it. */
export type Stated = Readonly<Partial<Record<Head, string>>>

/** What a registration gives and an update changes, by the member that says so. */
const BASICS = {
  presentTownship: 'presentTownship',
  householdTownship: 'householdTownship',
  responsibleUnit: 'healthCentre',
} as const

/** Of effective history. */
export function statedIn(history: readonly StoredEvent[]): Stated {
  const stated: Partial<Record<Head, string>> = {}
  for (const { id, type, data } of history) for (const head of headsIn(type, data)) stated[head] = id
  return stated
}

function headsIn(type: string, data: EventData): readonly Head[] {
  switch (type) {
    case 'PatientRegistered':
    case 'BasicInfoUpdated':
      return Object.entries(BASICS).flatMap(([member, head]) => (data[member] === undefined ? [] : [head]))
    case 'PatientRelocated':
      return data.kind === 'WORK_AWAY' ? [] : ['presentTownship']
    case 'DiagnosisConfirmed':
      return ['diagnosis']
    case 'ConditionClassified':
      return ['conditionClass']
    case 'HospitalDischarged':
      return ['discharge']
    case 'PatientDied':
      return ['died']
    default:
      return []
  }
}
