/**
 * A document as a spreadsheet for people: UTF-8 with BOM, Chinese headings, codes in words. A rendering: what is hashed and
 * signed is the NDJSON. No cell can be taken for a formula, and no long number is rounded by the spreadsheet.
 */
import { stringify } from 'csv-stringify/sync'
import { labelOf } from '../domain/code-lists/code-list.js'
import { LOSS_REASONS } from '../domain/code-lists/contact.js'
import { RELATIONS } from '../domain/code-lists/guardian.js'
import type { FieldSet } from '../policy/disclosure.js'
import { FACT_FIELDS, type FactPath, PSEUDONYM } from '../policy/facts.js'

interface Column {
  /** Path into a row. */
  readonly path: string
  readonly heading: string
}

const WORDS: Readonly<Partial<Record<FactPath, (value: unknown) => string | undefined>>> = {
  assessment: (value) => (value === 'ASSESSED' ? '已评估' : '目前无有效评估'),
  'lossOfContact.reason': (value) => labelOf(LOSS_REASONS, value)?.zh,
  'guardian.relation': (value) => labelOf(RELATIONS, value)?.zh,
  level: (value) => `${value}级`,
  previousLevel: (value) => `${value}级`,
}

/** The columns of a feed: what any of its field sets may let out, in the order of the vocabulary. */
export function columnsOf(fieldSets: readonly FieldSet[]): readonly Column[] {
  const leaving = new Set(
    fieldSets.flatMap(({ rules }) => rules.filter(({ action }) => action !== 'withhold').map(({ field }) => field)),
  )
  const facts = Object.keys(FACT_FIELDS).filter((path): path is FactPath => leaving.has(path as FactPath))
  const columns = facts.map((path) =>
    path === 'patientId' ? { path: 'pseudonym', heading: PSEUDONYM.zh } : { path, heading: FACT_FIELDS[path].label.zh },
  )
  return [...columns, { path: 'id', heading: '行编号' }]
}

/** @param ndjson the canonical document: a header line and rows */
export function renderCsv(ndjson: Buffer, fieldSets: readonly FieldSet[]): Buffer {
  const columns = columnsOf(fieldSets)
  const [, ...lines] = ndjson.toString('utf8').trimEnd().split('\n')
  const rows = lines.map((line) => {
    const row: unknown = JSON.parse(line)
    return columns.map(({ path }) => safeCell(inWords(path, valueAt(row, path))))
  })
  const cells = [columns.map(({ heading }) => heading), ...rows]
  return Buffer.from(stringify(cells, { bom: true, record_delimiter: 'windows' }), 'utf8')
}

function inWords(path: string, value: unknown): string {
  if (value === undefined) return ''
  const spoken = WORDS[path as FactPath]?.(value)
  if (spoken !== undefined) return spoken
  return Array.isArray(value) ? value.join('、') : String(value)
}

/**
 * A cell that begins like a formula gets an apostrophe before it; digits that a spreadsheet would turn into a rounded number
 * (ID numbers) or strip of their zeros (telephones) get a tab, which it shows as text.
 */
export function safeCell(text: string): string {
  if (/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text)) return `'${text}`
  if (/^(0\d+|\d{12,})$/.test(text)) return `\t${text}`
  return text
}

function valueAt(row: unknown, path: string): unknown {
  let value = row
  for (const member of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
    value = Reflect.get(value, member)
  }
  return value
}
