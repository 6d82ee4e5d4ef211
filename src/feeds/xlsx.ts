/**
 * Writes and reads workbooks as XLSX. The only file that knows the package that does it. Text goes in as text, whatever it looks like:
 * nothing here can become a formula, an error value or a link. The same sheets give the same bytes: no clock, no name of a user. What
 * comes in is taken as values: no formula is computed, no macro run, no link followed.
 */
import type {
  Cell as CellOverride,
  CellStyle,
  CellValue,
  ColumnDef,
  DataValidation,
  Sheet as HucreSheet,
  WriteSheet,
} from 'hucre/xlsx'
import type { CalendarDate, Moment } from '../kernel/dates.js'
import { DAY, SECOND } from '../kernel/dates.js'
import { linesIn } from './text-width.js'

/** A day, a moment to the minute, a number, or text. */
export type Cell = string | number | { readonly day: CalendarDate } | { readonly time: Moment } | undefined

export type Look = 'title' | 'warning' | 'heading'

export interface SheetColumn {
  /** In digits of the standard font. */
  readonly width: number
  /** Longer text goes on below, and its row grows. */
  readonly isWrapped?: boolean
  /** By what it holds where absent: text left, numbers and dates right. */
  readonly align?: 'left' | 'center'
  /** Stays text also when somebody types over it: ID numbers, telephones. */
  readonly isText?: boolean
  readonly isBold?: boolean
}

export interface Sheet {
  readonly name: string
  readonly columns: readonly SheetColumn[]
  readonly rows: readonly (readonly Cell[])[]
  /** Rows from 0 that look otherwise than their columns. A title or warning takes the whole width. */
  readonly looks: ReadonlyMap<number, Look>
  /** So many rows stay in sight, and come again on every printed page. */
  readonly frozenRows: number
  readonly paper: { readonly size: 'a4' | 'a3'; readonly isLandscape: boolean; readonly hasGrid: boolean }
  /** Of every printed page, in the codes of the format: text in it has gone through `printed`. */
  readonly header: string
  readonly footer: string
  /** Points that a row without a look has at least; as the program has it where absent. */
  readonly rowHeight?: number
  /** Cells that offer a list of words, and refuse others. */
  readonly choices?: readonly Choice[]
}

/** Rows and column from 0, both ends included. */
export interface Choice {
  readonly column: number
  readonly firstRow: number
  readonly lastRow: number
  readonly words: readonly string[]
}

/** What stands in a cell that was read; `isComputed`: a formula, or an error that one left. */
export type ReadCell =
  | string
  | number
  | boolean
  | { readonly moment: string }
  | { readonly isComputed: true }
  | undefined

export interface ReadSheet {
  readonly name: string
  readonly rows: readonly (readonly ReadCell[])[]
}

/** What a workbook that is read may hold; empty ends of rows and sheets do not count. */
export interface ReadBounds {
  /** Of each sheet. */
  readonly mostRows: number
  readonly mostColumns: number
  /** UTF-16 units of all cells together: the same text in many cells counts as often. */
  readonly mostCharacters: number
}

export interface Workbook {
  readonly title: string
  /** The one date that the file bears. */
  readonly at: Moment
  readonly sheets: readonly Sheet[]
}

/** Rows that a sheet holds below one row of headings. */
export const MOST_ROWS = 1_048_575
/** UTF-16 units that a cell holds. */
export const MOST_CHARACTERS = 32_767
/** What a header or footer holds, codes included. */
const MOST_PRINTED = 255

const DAY_FORMAT = 'yyyy-mm-dd'
const TIME_FORMAT = 'yyyy-mm-dd hh:mm'
const TEXT_FORMAT = '@'
const FONT = { name: '宋体', size: 11 }
/** In points. */
const LINE_HEIGHT = 15
/** Rows of a sheet do not grow beyond this. */
const MOST_HEIGHT = 400
/** The format's day 0; from its day 61 on it counts as the calendar does (it takes 1900 for a leap year). */
const EPOCH = Date.parse('1899-12-30T00:00:00Z')
const FIRST_DAY = '1900-03-01'

const LOOKS: Readonly<
  Record<Look, { readonly style: CellStyle; readonly height: number; readonly isMerged: boolean }>
> = {
  title: {
    style: { font: { ...FONT, size: 18, bold: true }, alignment: { horizontal: 'center', vertical: 'center' } },
    height: 32,
    isMerged: true,
  },
  warning: {
    style: {
      font: { ...FONT, size: 22, bold: true, color: { rgb: 'C00000' } },
      alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
    },
    height: 66,
    isMerged: true,
  },
  heading: {
    style: {
      font: { ...FONT, bold: true },
      fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'E7E6E6' } },
      border: { bottom: { style: 'thin' } },
      alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
    },
    height: 45,
    isMerged: false,
  },
}

export async function writeWorkbook({ title, at, sheets }: Workbook): Promise<Buffer> {
  const { writeXlsx } = await import('hucre/xlsx')
  const written = new Date(at)
  const bytes = await writeXlsx({
    sheets: sheets.map(sheetOf),
    properties: { title, created: written, modified: written },
    defaultFont: FONT,
  })
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * The first sheet of each of these names as it stands in a workbook, to the second for dates (`2026-03-02T22:10:00`). The caller has
 * bounded what it unpacks to. Throws where it holds more than the bounds, or a cell more than one can, and whatever the package throws
 * for bytes that are no workbook.
 */
export async function readWorkbook(
  bytes: Uint8Array,
  names: readonly string[],
  bounds: ReadBounds,
): Promise<readonly ReadSheet[]> {
  const { readXlsx } = await import('hucre/xlsx')
  const { sheets } = await readXlsx(bytes, { sheets: [...names] })
  const read = sheets.map((sheet) => ({ name: sheet.name, rows: rowsOf(sheet) }))
  if (!holdsNoMore(read, bounds)) throw new Error('readWorkbook: it holds more than is read')
  return read
}

function rowsOf(sheet: HucreSheet): ReadSheet['rows'] {
  const rows = sheet.rows.map((row, r) => {
    const cells = row.map((value, c) => readCell(sheet, value, `${r},${c}`))
    return cells.slice(0, cells.findLastIndex((cell) => cell !== undefined) + 1)
  })
  return rows.slice(0, rows.findLastIndex(({ length }) => length > 0) + 1)
}

function holdsNoMore(sheets: readonly ReadSheet[], { mostRows, mostColumns, mostCharacters }: ReadBounds): boolean {
  let characters = 0
  for (const { rows } of sheets) {
    if (rows.length > mostRows) return false
    for (const row of rows) {
      if (row.length > mostColumns) return false
      for (const cell of row) {
        if (typeof cell !== 'string') continue
        characters += cell.length
        if (cell.length > MOST_CHARACTERS || characters > mostCharacters) return false
      }
    }
  }
  return true
}

function readCell({ cells }: HucreSheet, value: CellValue, place: string): ReadCell {
  const cell = cells?.get(place)
  if (cell?.formula !== undefined || cell?.type === 'error') return { isComputed: true }
  if (value instanceof Date) {
    // Half a second more: a minute is a fraction of a day, and none that a number holds.
    return { moment: new Date(value.getTime() + SECOND / 2).toISOString().slice(0, 19) }
  }
  return value === null || value === '' ? undefined : value
}

/** Text for a header or footer, its line breaks and codes made harmless; longer than `most` it ends in `…`. */
export function printed(text: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const line = [...text.replace(/[\u0000-\u001f\u007f]+/g, ' ')]
  const short = line.length <= most ? line : [...line.slice(0, most - 1), '…']
  return short.join('').replaceAll('&', '&&')
}

function sheetOf(sheet: Sheet): WriteSheet {
  const { name, rows, looks, frozenRows, paper, header, footer } = sheet
  for (const text of [header, footer]) {
    if (text.length > MOST_PRINTED) throw new Error(`sheetOf: a header or footer holds ${MOST_PRINTED} characters`)
  }
  const formats = sheet.columns.map((column, i) => (column.isText ? TEXT_FORMAT : formatOfColumn(rows, i)))
  const hasWrapped = sheet.columns.some(({ isWrapped }) => isWrapped)
  const columns = sheet.columns.map((column, i) => columnOf(column, formats[i], hasWrapped))
  const merged = [...looks].filter(([, look]) => LOOKS[look].isMerged)
  return {
    name,
    columns,
    rows: rows.map((row) => row.map(contentOf)),
    cells: overridesOf(rows, looks, formats, columns),
    merges: merged.map(([row]) => ({ startRow: row, startCol: 0, endRow: row, endCol: columns.length - 1 })),
    rowDefs: heightsOf(sheet),
    ...(frozenRows > 0 ? { freezePane: { rows: frozenRows } } : {}),
    pageSetup: {
      ...{ paperSize: paper.size, orientation: paper.isLandscape ? 'landscape' : 'portrait' },
      ...{ fitToPage: true, fitToWidth: 1, fitToHeight: 0, showGridLines: paper.hasGrid },
      margins: { left: 0.4, right: 0.4, top: 0.8, bottom: 0.9, header: 0.3, footer: 0.3 },
      ...(frozenRows > 0 ? { printTitlesRow: `$1:$${frozenRows}` } : {}),
    },
    headerFooter: { oddHeader: header, oddFooter: footer },
    ...(sheet.choices ? { dataValidations: sheet.choices.map(validationOf) } : {}),
  }
}

function validationOf({ column, firstRow, lastRow, words }: Choice): DataValidation {
  const letters = columnLetters(column)
  return {
    type: 'list',
    values: [...words],
    allowBlank: true,
    showErrorMessage: true,
    errorTitle: '请从列表中选择',
    errorMessage: words.join('、'),
    range: `${letters}${firstRow + 1}:${letters}${lastRow + 1}`,
  }
}

/** 0 → `A`, 26 → `AA`. */
export function columnLetters(column: number): string {
  const rest = Math.floor(column / 26)
  return (rest === 0 ? '' : columnLetters(rest - 1)) + String.fromCharCode(65 + (column % 26))
}

/** @param isTop that text of one line stands beside the first of several */
function columnOf(column: SheetColumn, format: string | undefined, isTop: boolean): ColumnDef {
  const { width, isWrapped, align, isBold } = column
  const alignment = {
    ...(align === undefined ? {} : { horizontal: align }),
    ...(isTop ? { vertical: 'top' as const } : {}),
    ...(isWrapped ? { wrapText: true } : {}),
  }
  const style: CellStyle = {
    ...(format === undefined ? {} : { numFmt: format }),
    ...(isBold ? { font: { ...FONT, bold: true } } : {}),
    ...(Object.keys(alignment).length === 0 ? {} : { alignment }),
  }
  // An empty cell of a column with a style is written too: most columns of a large list shall have none.
  return Object.keys(style).length === 0 ? { width } : { width, style }
}

/** The format of the first date in a column without numbers; other dates have their own, cell by cell. */
function formatOfColumn(rows: Sheet['rows'], column: number): string | undefined {
  let found: string | undefined
  for (const row of rows) {
    if (typeof row[column] === 'number') return undefined
    found ??= formatOf(row[column])
  }
  return found
}

/** Points, by row: of looks, and of rows in which wrapped text takes more than a line. */
function heightsOf({ rows, looks, columns, rowHeight }: Sheet): Map<number, { readonly height: number }> {
  const heights = new Map([...looks].map(([row, look]) => [row, { height: LOOKS[look].height }]))
  const wrapped = [...columns.entries()].filter(([, { isWrapped }]) => isWrapped)
  if (rowHeight !== undefined)
    for (const row of rows.keys()) if (!looks.has(row)) heights.set(row, { height: rowHeight })
  if (wrapped.length === 0) return heights
  for (const [row, cells] of rows.entries()) {
    if (looks.has(row)) continue
    const lines = wrapped.map(([i, { width }]) => (typeof cells[i] === 'string' ? linesIn(cells[i], width - 1) : 1))
    const most = Math.max(...lines)
    if (most > 1) heights.set(row, { height: Math.min(Math.max(most * LINE_HEIGHT, rowHeight ?? 0), MOST_HEIGHT) })
  }
  return heights
}

/**
 * Cells that differ from their column: those of rows with a look, dates of another format than its first, and text that the package
 * would take for an error value (`#N/A`) if it were not in a run of its own.
 */
function overridesOf(
  rows: Sheet['rows'],
  looks: Sheet['looks'],
  formats: readonly (string | undefined)[],
  columns: readonly ColumnDef[],
): Map<string, Partial<CellOverride>> {
  const found = new Map<string, Partial<CellOverride>>()
  for (const [row, look] of looks) {
    for (let column = 0; column < columns.length; column++) found.set(`${row},${column}`, { style: LOOKS[look].style })
  }
  for (const [row, cells] of rows.entries()) {
    if (looks.has(row)) continue
    for (const [column, cell] of cells.entries()) {
      if (typeof cell === 'string' && cell.startsWith('#')) {
        found.set(`${row},${column}`, { richText: [{ text: textOf(cell) }] })
      }
      const format = formatOf(cell)
      if (format === undefined || format === formats[column]) continue
      found.set(`${row},${column}`, { style: { ...columns[column]?.style, numFmt: format } })
    }
  }
  return found
}

function formatOf(cell: Cell): string | undefined {
  if (typeof cell !== 'object') return undefined
  return 'day' in cell ? DAY_FORMAT : TIME_FORMAT
}

function contentOf(cell: Cell): CellValue {
  if (cell === undefined || cell === '') return null
  if (typeof cell === 'number') return cell
  if (typeof cell === 'string') return textOf(cell)
  return 'day' in cell ? numberOf(cell.day, '00:00') : numberOf(cell.time.slice(0, 10), cell.time.slice(11, 16))
}

/** Days since the format's day 0, by the clock on the wall; what lies before its calendar stays text. */
function numberOf(day: CalendarDate, minute: string): CellValue {
  if (day < FIRST_DAY) return minute === '00:00' ? day : `${day} ${minute}`
  return (Date.parse(`${day}T${minute}:00Z`) - EPOCH) / DAY
}

/** Text as it must be written to come out as it is: the format reads `_x0041_` as `A`, and has no U+FFFE and U+FFFF. */
function textOf(text: string): string {
  if (text.length > MOST_CHARACTERS) throw new Error(`textOf: a cell holds ${MOST_CHARACTERS} characters`)
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\uFFFE\uFFFF]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase()}_`)
}
