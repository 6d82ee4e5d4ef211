/**
 * A code list: the official number or code that is stored, its English id for code, and its Chinese and English labels
 * for people. A code that is not in its list is refused. Codes are retired, never reused.
 */
import { z } from 'zod'

export type Code = number | string

export interface CodeEntry<C extends Code = Code> {
  readonly code: C
  /** English identifier, e.g. `SCHIZOPHRENIA`. */
  readonly id: string
  readonly zh: string
  readonly en: string
}

/** How well the list's wording and numbers are known (policy.md, evidence marks): V verified, V2 weak, M memory, D ours. */
export type Evidence = 'V' | 'V2' | 'M' | 'D'

export interface CodeList<C extends Code = Code> {
  readonly name: string
  readonly zh: string
  /** Standard, statute or section of the policy that the list comes from. */
  readonly source: string
  readonly evidence: Evidence
  readonly entries: readonly CodeEntry<C>[]
}

type Row<C extends Code> = readonly [code: C, id: string, zh: string, en: string]

/** A list from rows `[code, id, zh, en]`; the row's order is the order in which people see the codes. */
export function codeList<const C extends Code>(head: Omit<CodeList, 'entries'>, rows: readonly Row<C>[]): CodeList<C> {
  return { ...head, entries: rows.map(([code, id, zh, en]) => ({ code, id, zh, en })) }
}

/** A list whose stored value is its own English id: `[id, zh, en]`. */
export function idList<const C extends string>(
  head: Omit<CodeList, 'entries'>,
  rows: readonly (readonly [id: C, zh: string, en: string])[],
): CodeList<C> {
  return { ...head, entries: rows.map(([id, zh, en]) => ({ code: id, id, zh, en })) }
}

/** What people read for a code: `labelOf(RISK_LEVELS, 1)?.zh`. Undefined for a code that is not in the list. */
export function labelOf(list: CodeList, code: unknown): CodeEntry | undefined {
  return list.entries.find((entry) => entry.code === code)
}

export function codesOf<C extends Code>(list: CodeList<C>): readonly C[] {
  return list.entries.map(({ code }) => code)
}

const lists = new WeakMap<z.ZodType, CodeList>()

/** Accepts one code of the list. Its JSON Schema says under `x-codes` what each code means. */
export function zCode<C extends Code>(list: CodeList<C>): z.ZodType<C> {
  const meanings = Object.fromEntries(list.entries.map(({ code, zh, en }) => [String(code), `${zh} ${en}`]))
  const schema = z.literal([...codesOf(list)]).meta({ title: list.zh, 'x-codes': meanings })
  lists.set(schema, list)
  return schema as z.ZodType<C>
}

/** The list of a schema that `zCode` or `zCodes` made; undefined of any other. */
export function codeListOf(schema: z.ZodType): CodeList | undefined {
  return lists.get(schema instanceof z.ZodArray ? (schema.element as z.ZodType) : schema)
}

/** Accepts several codes of the list, each at most once. */
export function zCodes<C extends Code>(list: CodeList<C>, min = 0): z.ZodType<readonly C[]> {
  return z
    .array(zCode(list))
    .min(min)
    .max(list.entries.length)
    .refine((codes) => new Set(codes).size === codes.length, 'expected each code at most once')
}
