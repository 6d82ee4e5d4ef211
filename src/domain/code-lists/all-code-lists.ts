/** Every code list by name, for documents, schemas and tests. */
import * as aid from './aid.js'
import type { CodeList } from './code-list.js'
import * as contact from './contact.js'
import * as danger from './danger.js'
import * as disease from './disease.js'
import * as followUp from './follow-up.js'
import * as guardian from './guardian.js'
import * as hospital from './hospital.js'
import * as hub from './hub.js'
import * as oneOff from './one-off.js'
import * as person from './person.js'
import * as returns from './returns.js'
import * as rights from './rights.js'
import * as risk from './risk.js'

export const CODE_LISTS: ReadonlyMap<string, CodeList> = new Map(
  [aid, contact, danger, disease, followUp, guardian, hospital, hub, oneOff, person, returns, rights, risk]
    .flatMap((group): unknown[] => Object.values(group))
    .filter(isCodeList)
    .map((list) => [list.name, list]),
)

function isCodeList(value: unknown): value is CodeList {
  return typeof value === 'object' && value !== null && 'evidence' in value
}
