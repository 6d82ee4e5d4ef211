/**
 * What a filled return sheet says, or everything that is wrong with it, cell by cell (`C7`; of the cover `说明!B3`). Pure. It takes
 * words of lists for codes and days and times in the few ways in which they are written here; it repeats no value in a fault.
 */
import type { Role } from '../domain/event.js'
import { isStorableTime } from '../kernel/dates.js'
import { type Fault, HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import { type ReturnItemKind, type ReturnKind, type ReturnMember, returnItemsOf, schemaOf } from '../policy/returns.js'
import type { ItemPlace, ReturnDraft, ReturnedItem } from '../returns/port.js'
import {
  codeOf,
  GIVEN_COLUMNS,
  MOST_LINES,
  NAME_HEADING,
  NO,
  NOTHING_LABEL,
  PSEUDONYM_HEADING,
  RETURN_COVER,
  RETURN_LIST,
  type ReturnColumn,
  returnColumnsOf,
  SERIAL_LABEL,
  wordsOf,
  YES,
} from './return-columns.js'
import { columnLetters, type ReadCell, type ReadSheet } from './xlsx.js'

type Faults = Fault[]
/** Rows of a cover that are looked at. */
const COVER_ROWS = 200
/** More of them help nobody. */
const MOST_FAULTS = 200
const DAY = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/
const TIME = /^([^\sT]+)[ T　]+(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?$/
/** Characters of the longest day or time that anybody writes, with some to spare. */
const MOST_MOMENT = 40
/** People write the clock on the wall. */
const OFFSET = '+08:00'

/** What a sheet says, as data, so that it can leave the thread that read it. */
export interface SaidInSheet {
  readonly document: string
  readonly items: readonly ReturnedItem[]
  /** The row of each item, from 0. */
  readonly rows: readonly number[]
}

/** @throws HUB_BAD_RETURN with every fault */
export function readReturnSheet(sheets: readonly ReadSheet[], role: Role): SaidInSheet {
  const faults: Faults = []
  const cover = sheets.find(({ name }) => name === RETURN_COVER)
  const list = sheets.find(({ name }) => name === RETURN_LIST)
  if (!cover || !list) {
    const [expected, messageZh] = [`sheets called ${RETURN_COVER} and ${RETURN_LIST}`, '不是本系统的信息反馈表']
    throw refused([fault('', expected, 'others', messageZh)])
  }
  const document = serialOf(cover, faults)
  const isNothing = isNothingTicked(cover, faults)
  const found = itemsOf(list, role, faults)
  if (faults.length === 0 && isNothing === found.items.length > 0) {
    const place = coverPlace(cover, NOTHING_LABEL)
    const expected = isNothing
      ? `nothing, since the sheet ${RETURN_LIST} says something`
      : `${YES}, or a line that says something`
    faults.push(fault(place, expected, isNothing ? YES : 'neither', '填了内容的不选“无情况”，全部无情况的请填“是”'))
  }
  if (faults.length > 0) throw refused(faults)
  return { document, ...found }
}

/** @param role the one that the sheet was read for */
export function draftOf({ document, items, rows }: SaidInSheet, role: Role): ReturnDraft {
  const columns = returnColumnsOf(role)
  const columnsOf = new Map(
    returnItemsOf(role).map((itemKind) => [itemKind.kind, columns.filter((column) => column.itemKind === itemKind)]),
  )
  const places = items.map(({ kind }, i) => placeOf(columnsOf.get(kind) ?? [], rows[i] ?? 0))
  return { document, items, places }
}

function serialOf(cover: ReadSheet, faults: Faults): string {
  const value = coverValue(cover, SERIAL_LABEL)
  if (typeof value === 'string' && isUuid(value.trim())) return value.trim()
  const expected = 'the number of the document, as it was given'
  faults.push(fault(coverPlace(cover, SERIAL_LABEL), expected, kindOf(value), '文件编号被改动'))
  return ''
}

function isNothingTicked(cover: ReadSheet, faults: Faults): boolean {
  const value = coverValue(cover, NOTHING_LABEL)
  if (value === undefined || textOf(value) === NO) return false
  if (textOf(value) === YES) return true
  faults.push(fault(coverPlace(cover, NOTHING_LABEL), `${YES} or nothing`, kindOf(value), `填“${YES}”或留空`))
  return false
}

function coverRow({ rows }: ReadSheet, label: string): number {
  return rows.slice(0, COVER_ROWS).findIndex(([name]) => textOf(name) === label)
}

function coverValue(cover: ReadSheet, label: string): ReadCell {
  return cover.rows[coverRow(cover, label)]?.[1]
}

function coverPlace(cover: ReadSheet, label: string): string {
  const row = coverRow(cover, label)
  return row < 0 ? RETURN_COVER : `${RETURN_COVER}!B${row + 1}`
}

function itemsOf(list: ReadSheet, role: Role, faults: Faults): Pick<SaidInSheet, 'items' | 'rows'> {
  const [headings = [], ...lines] = list.rows
  const columns = returnColumnsOf(role)
  checkHeadings(headings, columns, faults)
  const items: ReturnedItem[] = []
  const rows: number[] = []
  if (lines.findLastIndex((line) => line.some((cell) => cell !== undefined)) >= MOST_LINES) {
    faults.push(fault(`A${MOST_LINES + 2}`, `at most ${MOST_LINES} lines`, 'more', `最多${MOST_LINES}行`))
  }
  // With other headings nobody knows what the lines mean.
  if (faults.length > 0) return { items, rows }
  for (const [i, line] of lines.entries()) {
    const row = i + 1
    checkBeyond(line, row, columns, faults)
    for (const itemKind of returnItemsOf(role)) {
      const own = columns.filter((column) => column.itemKind === itemKind)
      if (own.every(({ column }) => isEmpty(line[column]))) continue
      const read = itemOf(itemKind, own, line, row, faults)
      if (!read) continue
      items.push(read)
      rows.push(row)
    }
  }
  return { items, rows }
}

function checkHeadings(headings: readonly ReadCell[], columns: readonly ReturnColumn[], faults: Faults): void {
  const expected = [PSEUDONYM_HEADING, NAME_HEADING, ...columns.map(({ heading }) => heading)]
  for (const [column, heading] of expected.entries()) {
    if (textOf(headings[column]) === heading) continue
    faults.push(fault(placeAt(column, 0), heading, 'another heading', `表头应为“${heading}”`))
  }
}

/** What stands beyond the last column would be lost. */
function checkBeyond(line: readonly ReadCell[], row: number, columns: readonly ReturnColumn[], faults: Faults): void {
  for (let column = GIVEN_COLUMNS + columns.length; column < line.length; column++) {
    if (!isEmpty(line[column]))
      faults.push(fault(placeAt(column, row), 'nothing', kindOf(line[column]), '此列不收，请留空'))
  }
}

function itemOf(
  { kind }: ReturnItemKind,
  columns: readonly ReturnColumn[],
  line: readonly ReadCell[],
  row: number,
  faults: Faults,
): { readonly pseudonym: string; readonly kind: ReturnKind; readonly data: Record<string, unknown> } | undefined {
  const before = faults.length
  const pseudonym = textOf(line[0])
  if (!isUuid(pseudonym)) {
    faults.push(fault(placeAt(0, row), 'the pseudonym as it was given', kindOf(line[0]), '人员代号应照名单填写'))
  }
  const data: Record<string, unknown> = {}
  for (const { member, column } of columns) {
    const cell = line[column]
    if (isEmpty(cell)) {
      if (member.isRequired) faults.push(fault(placeAt(column, row), expectedOf(member), 'nothing', '此栏必填'))
      continue
    }
    const value = memberValue(member, cell)
    if (value !== undefined && schemaOf(member).safeParse(value).success) data[member.name] = value
    else faults.push(fault(placeAt(column, row), expectedOf(member), kindOf(cell), expectedZhOf(member)))
  }
  return faults.length === before ? { pseudonym, kind, data } : undefined
}

/** The value of a cell as the member has it; undefined where it is none. */
function memberValue({ value }: ReturnMember, cell: ReadCell): unknown {
  if (typeof cell === 'object' && 'isComputed' in cell) return undefined
  switch (value.kind) {
    case 'choice':
      return codeOf(value.list, textOf(cell))
    case 'flag':
      if (typeof cell === 'boolean') return cell
      return textOf(cell) === YES ? true : textOf(cell) === NO ? false : undefined
    case 'count':
      return typeof cell === 'number' ? cell : /^\d{1,4}$/.test(textOf(cell)) ? Number(textOf(cell)) : undefined
    case 'day':
      return momentOf(cell)?.slice(0, 10)
    case 'time':
      return momentOf(cell)
    default:
      return typeof cell === 'object' ? undefined : textOf(cell)
  }
}

/** `2026-03-02`, or `2026-03-02T22:10:00+08:00` where a time is said. */
function momentOf(cell: ReadCell): string | undefined {
  if (typeof cell === 'object' && 'moment' in cell) {
    return cell.moment.endsWith('T00:00:00') ? cell.moment.slice(0, 10) : `${cell.moment.slice(0, 16)}:00${OFFSET}`
  }
  const text = textOf(cell)
  if (text.length > MOST_MOMENT) return undefined
  const [, daySaid = text, hour, minute] = TIME.exec(text) ?? []
  const [, year, month = '', date = ''] = DAY.exec(daySaid) ?? []
  if (year === undefined) return undefined
  const day = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`
  const moment = hour === undefined ? day : `${day}T${hour.padStart(2, '0')}:${minute}:00${OFFSET}`
  return isStorableTime(moment) ? moment : undefined
}

function placeOf(columns: readonly ReturnColumn[], row: number): ItemPlace {
  const pseudonym = placeAt(0, row)
  return {
    pseudonym,
    member(name) {
      const column = columns.find(({ member }) => member.name === name)?.column
      return column === undefined ? pseudonym : placeAt(column, row)
    },
  }
}

function placeAt(column: number, row: number): string {
  return `${columnLetters(column)}${row + 1}`
}

function isEmpty(cell: ReadCell): boolean {
  return cell === undefined || (typeof cell === 'string' && cell.trim() === '')
}

function textOf(cell: ReadCell): string {
  return typeof cell === 'object' || cell === undefined ? '' : String(cell).trim()
}

function kindOf(cell: ReadCell): string {
  if (isEmpty(cell)) return 'nothing'
  if (typeof cell !== 'object') return typeof cell === 'string' ? 'another text' : `a ${typeof cell}`
  return 'isComputed' in cell ? 'a formula' : 'a date'
}

function expectedOf(member: ReturnMember): string {
  const words = wordsOf(member)
  if (words) return `one of ${words.join(', ')}`
  switch (member.value.kind) {
    case 'day':
      return 'a day such as 2026-03-02'
    case 'time':
      return 'a time such as 2026-03-02 22:10'
    case 'count':
      return 'a whole number from 0'
    default:
      return 'text'
  }
}

function expectedZhOf(member: ReturnMember): string {
  const words = wordsOf(member)
  if (words) return `只能填：${words.join('、')}`
  switch (member.value.kind) {
    case 'day':
      return '应为日期，如2026-03-02'
    case 'time':
      return '应为时间，如2026-03-02 22:10'
    case 'count':
      return '应为0以上的整数'
    default:
      return '应为文字（不要写公式），不可过长'
  }
}

function fault(pointer: string, expected: string, got: string, messageZh: string): Fault {
  return { pointer, rule: 'sheet', message: `expected ${expected}, got ${got}`, messageZh, expected, got }
}

function refused(faults: readonly Fault[]): HubError {
  return new HubError('HUB_BAD_RETURN', `${faults.length} ${faults.length === 1 ? 'cell' : 'cells'} cannot be taken`, {
    faults: faults.slice(0, MOST_FAULTS),
  })
}

/** Of bytes that cannot be read; nothing of what stands in them is repeated. */
export function unreadable(): HubError {
  const expected = 'a workbook (.xlsx) without a password, as it was given out and filled in'
  const [messageZh, pointer, rule] = ['不是可读取的 .xlsx 文件，或文件过大、设有密码', '', 'sheet']
  return new HubError('HUB_BAD_RETURN', 'the file cannot be read', {
    faults: [{ pointer, rule, message: `expected ${expected}`, messageZh, expected }],
  })
}
