/**
 * A policy file: a pack with its field sets as JSON, as somebody at a desk writes it, e.g.
 *
 * `{"name":"weihai-2019","version":2,"legalBasisRef":["…"],…,"calendars":[{"cadence":"QUARTER","clauses":["W43"],"graceDays":7,
 * "from":"2026-01-01","to":"2026-12-31"},…],"fieldSets":[{"name":"police.high","version":2,"audience":["POLICE"],"purpose":
 * "STOP_AND_ESCORT","rules":[{"field":"name","action":"allow","clauses":["MHL 28"],"basis":"to know whom to help"},…]}]}`
 *
 * It checks and says the place of whatever is wrong; it puts nothing in force. A hub runs what its release holds. Pure.
 */
import { z } from 'zod'
import { zCount, zDay, zText } from '../domain/define-event.js'
import { ROLES } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { faultsOf } from '../kernel/zod-faults.js'
import { type DisclosureRule, type FieldSet, PURPOSES, type Purpose } from './disclosure.js'
import { FACT_PATHS, type FactPath } from './facts.js'
import type { PolicyPack } from './pack.js'

/** `{place: 'fieldSets[0].rules[3].basis', message: 'expected a string, got nothing'}` */
export interface PackFault {
  readonly place: string
  readonly message: string
}

export interface PackFile {
  readonly pack: PolicyPack
  readonly fieldSets: readonly FieldSet[]
}

const zClauses = z.array(zText).min(1)
const zVersion = z.number().int().min(1)

const rule = { field: z.enum(FACT_PATHS as [FactPath, ...FactPath[]]), clauses: zClauses, basis: zText }
const zRule = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['allow', 'pseudonymise', 'withhold']), ...rule }),
  z.strictObject({ action: z.literal('generalise'), to: z.enum(['DAY', 'TOWNSHIP']), ...rule }),
])

const zFieldSet = z.strictObject({
  name: zText,
  version: zVersion,
  audience: z.array(z.enum(ROLES)).min(1),
  purpose: z.enum(Object.keys(PURPOSES) as [Purpose, ...Purpose[]]),
  rules: z.array(zRule),
})

const zCalendar = z.strictObject({
  cadence: z.enum(['QUARTER', 'HALF_YEAR']),
  clauses: zClauses,
  graceDays: zCount.max(60),
  from: zDay.optional(),
  to: zDay.optional(),
})

const zPackFile = z.strictObject({
  name: zText,
  version: zVersion,
  legalBasisRef: zClauses,
  pushScope: z.enum(['LITERAL_W46', 'LEVEL_3_PLUS']),
  calendars: z.array(zCalendar).min(1),
  highRiskLevel: zCount.max(5),
  staleAfterDays: zVersion,
  lossOfContact: z.strictObject({ attempts: zVersion, reasonsWithoutAttempts: z.array(zVersion) }),
  recallDays: zVersion,
  returnDays: zVersion,
  followUpFloor: z.literal('QUARTER'),
  fieldSets: z.array(zFieldSet).default([]),
})

type Parsed = z.output<typeof zPackFile>

/** Throws `HUB_CONFIG` with the place of everything that is wrong, a line each. */
export function parsePackFile(text: string): PackFile {
  const { fieldSets, ...pack } = checked(jsonOf(text))
  return { pack, fieldSets: fieldSets.map(fieldSetOf) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HubError('HUB_CONFIG', 'expected JSON, got something else', { cause })
  }
}

function checked(value: unknown): Parsed {
  const parsed = zPackFile.safeParse(value)
  const faults = parsed.success
    ? [...calendarFaults(parsed.data), ...ruleFaults(parsed.data)]
    : faultsOf(parsed.error, value).map(({ pointer, message }) => ({ place: placeOf(pointer), message }))
  if (parsed.success && faults.length === 0) return parsed.data
  throw new HubError('HUB_CONFIG', faults.map(({ place, message }) => `${place}: ${message}`).join('\n'), {
    hint: 'Mend each place that is named; nothing was put in force.',
  })
}

/** `/fieldSets/0/rules/3/basis` → `fieldSets[0].rules[3].basis` */
function placeOf(pointer: string): string {
  const place = pointer.replace(/\/(\d+)/g, '[$1]').replaceAll('/', '.')
  return place.replace(/^\./, '') || 'the file'
}

/** Days without an end hold for ever. */
const FIRST = '0000-01-01'
const LAST = '9999-12-31'

function calendarFaults({ calendars }: Parsed): readonly PackFault[] {
  return calendars.flatMap(({ cadence, from = FIRST, to = LAST }, i) => {
    if (to < from) return [{ place: `calendars[${i}].to`, message: `expected ${from} or later, got ${to}` }]
    const other = calendars.findIndex(
      (one, j) => j < i && one.cadence === cadence && (one.from ?? FIRST) <= to && from <= (one.to ?? LAST),
    )
    if (other < 0) return []
    return [{ place: `calendars[${i}].from`, message: `expected days apart from calendars[${other}], got an overlap` }]
  })
}

function ruleFaults({ fieldSets }: Parsed): readonly PackFault[] {
  return fieldSets.flatMap(({ name, version, rules }, s) => {
    const place = `fieldSets[${s}]`
    const same = fieldSets.findIndex((one, i) => i < s && one.name === name && one.version === version)
    return [
      ...(same < 0 ? [] : [{ place, message: `expected another name or version than fieldSets[${same}]` }]),
      ...rules.flatMap(({ field, action }, r) => {
        const at = `${place}.rules[${r}].field`
        const first = rules.findIndex((one, i) => i < r && one.field === field)
        if (first >= 0) return [{ place: at, message: `expected one rule a field, got one in rules[${first}] too` }]
        const isNoId = action === 'pseudonymise' && field !== 'patientId'
        return isNoId ? [{ place: at, message: 'expected patientId: nothing else has a pseudonym' }] : []
      }),
    ]
  })
}

/** What no rule names stays. */
function fieldSetOf({ rules, ...set }: Parsed['fieldSets'][number]): FieldSet {
  const named = new Map<FactPath, DisclosureRule>(rules.map((one) => [one.field, one]))
  const all = FACT_PATHS.map(
    (field): DisclosureRule =>
      named.get(field) ?? {
        field,
        action: 'withhold',
        clauses: ['design §8'],
        basis: 'default deny: no rule names it',
      },
  )
  return { ...set, id: `${set.name}@${set.version}`, rules: all }
}
