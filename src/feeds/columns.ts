/**
 * What people read of a row: its columns with Chinese headings, and each value in their words. Every rendering for people takes
 * both from here. It lets out nothing: what a row may say was decided before.
 */
import { z } from 'zod'
import { codeListOf, labelOf } from '../domain/code-lists/code-list.js'
import { RISK_LEVELS } from '../domain/code-lists/risk.js'
import { zDay, zRegion, zTime } from '../domain/define-event.js'
import type { FieldSet } from '../policy/disclosure.js'
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

const ASSESSMENTS: Readonly<Record<string, string>> = { ASSESSED: '已评估', NOT_CURRENTLY_ASSESSED: '目前无有效评估' }
/** Facts that can be disputed and have no label of their own, by the head of their path: those of several members, and who it is. */
const DISPUTED: Readonly<Record<string, string>> = {
  name: '身份信息',
  guardian: '监护人',
  policeRecorded: '公安记录情况',
  lossOfContact: '失访情况',
  compulsoryStay: '住院情况',
  communityCode: '现住社区',
  aid: '救助和服务情况',
  homeless: '流浪乞讨救治情况',
  certificate: '残疾人证',
  rehabilitation: '康复情况',
  function: '功能评估',
}
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

/** A code in the words of its list; what is none, or not in the list, as it is. */
function wordsOf(path: FactPath): (value: unknown) => string {
  if (path === 'assessment') return (value) => ASSESSMENTS[String(value)] ?? String(value)
  if (path === 'disputed') return (value) => DISPUTED[String(value)] ?? labelAt(String(value))
  if (FACT_FIELDS[path].schema instanceof z.ZodBoolean) return (value) => (value === true ? '是' : '否')
  const list = codeListOf(FACT_FIELDS[path].schema)
  if (!list) return String
  // The list words a level as the behaviour that makes it: the level is what was stated, the behaviour nobody told here.
  if (list === RISK_LEVELS) return (value) => `${value}级`
  return (value) => labelOf(list, value)?.zh ?? String(value)
}

function labelAt(head: string): string {
  const path = FACT_PATHS.find((known) => known === head)
  return path ? FACT_FIELDS[path].label.zh : head
}

function valueAt(row: unknown, members: readonly string[]): unknown {
  let value = row
  for (const member of members) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = Reflect.get(value, member)
  }
  return value
}
