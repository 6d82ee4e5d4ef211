/**
 * Versions of what alerts tell: which field sets are in use. The one in force at an event's place in the log counts for the messages
 * of that event, so that every node, and every replay, comes to the same. What ends or takes back stands outside of them.
 */
import { HubError } from '../kernel/errors.js'
import { ASSESSMENT_SETS, DANGER_SETS, DISCHARGE_SETS, ENDING_SETS, LOSS_OF_CONTACT_SETS } from './alert-field-sets.js'
import type { FieldSet } from './disclosure.js'

export interface AlertRules {
  readonly name: 'alerts'
  readonly version: number
  readonly sets: readonly FieldSet[]
}

const TELLING = [...ASSESSMENT_SETS, ...LOSS_OF_CONTACT_SETS, ...DANGER_SETS]
const telling = (version: number): readonly FieldSet[] => TELLING.filter((set) => set.version === version)

/** Every version that this node knows. */
export const ALERT_RULES: readonly AlertRules[] = [
  { name: 'alerts', version: 1, sets: telling(1) },
  /** Marks what is disputed, and tells that somebody may leave a hospital. */
  { name: 'alerts', version: 2, sets: [...telling(2), ...DISCHARGE_SETS] },
]

const ENDING: ReadonlyMap<string, string> = new Map(ENDING_SETS.map(({ name, id }) => [name, id]))

/**
 * The version in force; the first where the log names none. Throws `HUB_UNKNOWN_VERSION` for one that this node does not know.
 * @param versions `rules:alerts` → 1
 */
export function alertRulesIn(versions: ReadonlyMap<string, number>): AlertRules {
  const version = versions.get('rules:alerts') ?? 1
  const rules = ALERT_RULES.find((one) => one.version === version)
  if (!rules) throw new HubError('HUB_UNKNOWN_VERSION', `this node does not know version ${version} of rules:alerts`)
  return rules
}

/** The id of the set of this name, e.g. `alert.police.high` → `alert.police.high@1`; undefined where the version has none. */
export function alertSetIn({ sets }: AlertRules, name: string): string | undefined {
  return ENDING.get(name) ?? sets.find((set) => set.name === name)?.id
}

/** `alert.police.high@1` → `alert.police.high` */
export function alertSetName(id: string): string {
  return id.slice(0, id.lastIndexOf('@'))
}
