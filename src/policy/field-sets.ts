/** Every field set of this release by its id. A message or document names the set that it was disclosed by. */
import { ASSESSMENT_SETS, DANGER_SETS, DISCHARGE_SETS, ENDING_SETS, LOSS_OF_CONTACT_SETS } from './alert-field-sets.js'
import type { FieldSet } from './disclosure.js'
import {
  COMMUNITY_CLOSING,
  OFFICE_CLOSING,
  PL_HIGH,
  PL_HIGH_1,
  POLICE_HIGH,
  POLICE_HIGH_1,
  POLICE_TOKEN,
  POLICE_TOKEN_1,
} from './feed-field-sets.js'
import { CIVIL_AFFAIRS_AID, FEDERATION_REHABILITATION, LABOUR_EMPLOYMENT } from './office-field-sets.js'

export const FIELD_SETS: readonly FieldSet[] = [
  POLICE_HIGH_1,
  POLICE_TOKEN_1,
  PL_HIGH_1,
  POLICE_HIGH,
  POLICE_TOKEN,
  PL_HIGH,
  COMMUNITY_CLOSING,
  CIVIL_AFFAIRS_AID,
  FEDERATION_REHABILITATION,
  LABOUR_EMPLOYMENT,
  OFFICE_CLOSING,
  ...ASSESSMENT_SETS,
  ...LOSS_OF_CONTACT_SETS,
  ...DANGER_SETS,
  ...DISCHARGE_SETS,
  ...ENDING_SETS,
]

const BY_ID: ReadonlyMap<string, FieldSet> = new Map(FIELD_SETS.map((set) => [set.id, set]))

/** The field set of this id, e.g. `police.high@1`. An unknown id is a programming error. */
export function fieldSetOf(id: string): FieldSet {
  const set = BY_ID.get(id)
  if (!set) throw new Error(`fieldSetOf: no field set ${id}`)
  return set
}

/** True where this kind of recipient may be given that field set for this purpose: what a person can agree to. */
export function isFieldSetFor(recipient: string, purpose: string, id: string): boolean {
  const set = BY_ID.get(id)
  return set !== undefined && set.purpose === purpose && set.audience.some((role) => role === recipient)
}
