/**
 * A document as a workbook for people: a cover that explains it, and the list. Pure but for the writing. A rendering: what is
 * hashed and signed is the NDJSON.
 */
import { HubError } from '../kernel/errors.js'
import type { FieldSet } from '../policy/disclosure.js'
import { type Column, type ColumnKind, columnsOf, isRecalled, RECALLED, rowsOf } from './columns.js'
import { type CoverLine, type CoverParts, coverLines, type DocumentHeader, warningsOf } from './cover.js'
import { printedPages } from './printed-pages.js'
import { widthOf } from './text-width.js'
import { type Cell, type Look, MOST_ROWS, type Sheet, type SheetColumn, writeWorkbook } from './xlsx.js'

/** Plain data: it is handed to another thread. */
export interface XlsxOrder extends Omit<CoverParts, 'contacts'> {
  /** The canonical document: a header line and rows. */
  readonly ndjson: Uint8Array
  readonly fieldSets: readonly FieldSet[]
}

const COVER = '说明'
const LIST = '名单'
const NOBODY = '无'
const COVER_COLUMNS: readonly SheetColumn[] = [
  { width: 24, isBold: true, isWrapped: true },
  { width: 80, isWrapped: true, align: 'left' },
]
const LEAST_WIDTH = 8
const MOST_WIDTH = 38
const CENTRED: ReadonlySet<ColumnKind> = new Set(['day', 'time', 'count'])
/** Between the text and the lines of the grid. */
const PADDING = 2
/** A wider list would be too small to read on A4. */
const A4_WIDTH = 190

/** Throws `HUB_TOO_MANY_ROWS` where a sheet does not hold them. */
export async function renderXlsx(order: XlsxOrder): Promise<Buffer> {
  const ndjson = Buffer.from(order.ndjson.buffer, order.ndjson.byteOffset, order.ndjson.byteLength)
  const header = JSON.parse(ndjson.toString('utf8', 0, ndjson.indexOf('\n'))) as DocumentHeader
  if (header.rows > MOST_ROWS) {
    throw new HubError('HUB_TOO_MANY_ROWS', `a sheet holds ${MOST_ROWS} rows, this document has ${header.rows}`)
  }
  const columns = columnsOf(order.fieldSets)
  const list = listed(ndjson, columns)
  const pages = printedPages(header, { what: order.label, whose: '接收单位' })
  const lines = coverLines(header, { ...order, contacts: list.contacts })
  return writeWorkbook({
    title: order.label,
    at: header.cut.at,
    sheets: [
      { ...coverSheet([order.label, ...warningsOf(header)], lines), ...pages },
      { ...listSheet(columns, list), ...pages },
    ],
  })
}

type UnprintedSheet = Omit<Sheet, 'header' | 'footer'>

function coverSheet(headlines: readonly string[], lines: readonly CoverLine[]): UnprintedSheet {
  const looks = headlines.map((_, row): [number, Look] => [row, row === 0 ? 'title' : 'warning'])
  return {
    name: COVER,
    columns: COVER_COLUMNS,
    rows: [...headlines.map((text) => [text]), ...lines],
    looks: new Map(looks),
    frozenRows: 0,
    paper: { size: 'a4', isLandscape: false, hasGrid: true },
  }
}

interface Listed {
  readonly rows: readonly (readonly Cell[])[]
  /** By column. */
  readonly widths: readonly number[]
  readonly contacts: readonly string[]
}

function listed(ndjson: Buffer, columns: readonly Column[]): Listed {
  // Headings go on below.
  const widths = columns.map(({ heading }) => Math.ceil(widthOf(heading) / 2))
  const contacts = new Set<string>()
  const rows: Cell[][] = []
  for (const row of rowsOf(ndjson)) {
    const texts = columns.map(({ cellOf }) => cellOf(row))
    for (const [i, text] of texts.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(String(text)))
    const cells = texts.map((text, i) => typed(text, columns[i]?.kind))
    rows.push(isRecalled(row) ? cells.with(0, RECALLED) : cells)
    const contact = contactOf(columns, texts)
    if (contact !== undefined) contacts.add(contact)
  }
  return { rows, widths, contacts: [...contacts].sort() }
}

function listSheet(columns: readonly Column[], { rows, widths }: Listed): UnprintedSheet {
  const shown = columns.map((column, i) => shownAs(column, widths[i] ?? 0))
  const total = shown.reduce((sum, { width }) => sum + width, 0)
  return {
    name: LIST,
    columns: shown,
    rows: [columns.map(({ heading }) => heading), ...(rows.length === 0 ? [[NOBODY]] : rows)],
    looks: new Map([[0, 'heading']]),
    frozenRows: 1,
    paper: { size: total > A4_WIDTH ? 'a3' : 'a4', isLandscape: true, hasGrid: true },
  }
}

function shownAs({ kind }: Column, content: number): SheetColumn {
  const wanted = content + PADDING
  const width = Math.min(Math.max(wanted, LEAST_WIDTH), MOST_WIDTH)
  return {
    width,
    isText: kind === 'digits',
    isWrapped: wanted > MOST_WIDTH,
    ...(CENTRED.has(kind) ? { align: 'center' as const } : {}),
  }
}

function typed(text: string | number, kind: ColumnKind | undefined): Cell {
  if (typeof text === 'number') return text
  if (kind === 'day' && text.length === 10) return { day: text }
  if (kind === 'time' && text !== '') return text.length === 10 ? { day: text } : { time: text }
  return text
}

function contactOf(columns: readonly Column[], texts: readonly (string | number)[]): string | undefined {
  const told = (path: string): string => String(texts[columns.findIndex((column) => column.path === path)] ?? '')
  const [name, phone] = [told('healthCentre.name'), told('healthCentre.phone')]
  return name === '' ? undefined : phone === '' ? name : `${name}，电话${phone}`
}
