/**
 * What people read of a row: its columns with Chinese headings, and each value in their words. Every rendering for people takes
 * both from here. It lets out nothing: what a row may say was decided before.
 */
import { zDay, zRegion, zTime } from '../domain/define-event.js'
import type { FieldSet } from '../policy/disclosure.js'
import { wordsOf } from '../policy/fact-words.js'
import { FACT_FIELDS, FACT_PATHS, type FactField, type FactPath, PSEUDONYM } from '../policy/facts.js'
import type { Amendment } from './look-back.js'

/** `id`: a UUID. `digits`: an ID number, a telephone, a region code, never a number. `time`: a moment, or a day where that is all. */
export type ColumnKind = 'id' | 'text' | 'digits' | 'day' | 'time' | 'count'

export interface Column {
  /** Path into a row. */
  readonly path: string
  readonly heading: string
  readonly kind: ColumnKind
  /** What stands in its cell: codes in words, lists joined, empty where the row says nothing. A count stays a number. */
  readonly cellOf: (row: unknown) => string | number
}

/** What stands in the place of a row that was taken back. */
export const RECALLED = '已撤回'

const LINE_FEED = 0x0a
const DIGITS = /(^|\.)(idNumber|phones?)$/

/** The columns of a feed: what any of its field sets may let out, in the order of the vocabulary. */
export function columnsOf(fieldSets: readonly FieldSet[]): readonly Column[] {
  const leaving = new Set(
    fieldSets.flatMap(({ rules }) => rules.filter(({ action }) => action !== 'withhold').map(({ field }) => field)),
  )
  const facts = Object.keys(FACT_FIELDS).filter((path): path is FactPath => leaving.has(path as FactPath))
  const columns = facts.map((path): Column => {
    if (path === 'patientId') return column('pseudonym', PSEUDONYM.zh, 'id', String)
    return column(path, FACT_FIELDS[path].label.zh, kindOf(path), wordsOf(path))
  })
  const follows = leaving.has('closing.reason') ? [column('amendments', '以往周期更正', 'text', amendmentInWords)] : []
  return [...columns, ...follows, column('id', '行编号', 'id', String)]
}

/** `2026Q1 本期肇事次数：0改为1` */
function amendmentInWords(amendment: unknown): string {
  const { period, field, was, now } = Object(amendment) as Partial<Amendment>
  const path = FACT_PATHS.find((known) => known === field)
  const words = path ? wordsOf(path) : String
  const said = (value: unknown): string => {
    if (value === undefined) return '无'
    return Array.isArray(value) ? value.map(words).join('、') : words(value)
  }
  return `${period} ${path ? FACT_FIELDS[path].label.zh : field}：${said(was)}改为${said(now)}`
}

function column(path: string, heading: string, kind: ColumnKind, words: (value: unknown) => string): Column {
  const members = path.split('.')
  const cellOf = (row: unknown): string | number => {
    const value = valueAt(row, members)
    if (value === undefined) return ''
    if (kind === 'count' && typeof value === 'number') return value
    return Array.isArray(value) ? value.map(words).join('、') : words(value)
  }
  return { path, heading, kind, cellOf }
}

function kindOf(path: FactPath): ColumnKind {
  const { schema }: FactField = FACT_FIELDS[path]
  if (DIGITS.test(path) || schema === zRegion) return 'digits'
  if (schema === zDay) return 'day'
  if (schema === zTime) return 'time'
  return schema.type === 'number' ? 'count' : 'text'
}

/** The rows of a canonical document, one at a time. */
export function* rowsOf(ndjson: Buffer): Generator<unknown> {
  let from = ndjson.indexOf(LINE_FEED) + 1
  while (from > 0 && from < ndjson.length) {
    const to = ndjson.indexOf(LINE_FEED, from)
    const end = to < 0 ? ndjson.length : to
    yield JSON.parse(ndjson.toString('utf8', from, end))
    from = end + 1
  }
}

export function isRecalled(row: unknown): boolean {
  return valueAt(row, ['recalled']) === true
}

function valueAt(row: unknown, members: readonly string[]): unknown {
  let value = row
  for (const member of members) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = Reflect.get(value, member)
  }
  return value
}
