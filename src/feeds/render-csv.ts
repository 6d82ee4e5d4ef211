/**
 * A document as a spreadsheet for people: UTF-8 with BOM, Chinese headings, codes in words. A rendering: what is hashed and
 * signed is the NDJSON. No cell can be taken for a formula, and no long number is rounded by the spreadsheet.
 */
import { stringify } from 'csv-stringify/sync'
import type { FieldSet } from '../policy/disclosure.js'
import { columnsOf, isRecalled, RECALLED, rowsOf } from './columns.js'

/** @param ndjson the canonical document: a header line and rows */
export function renderCsv(ndjson: Buffer, fieldSets: readonly FieldSet[]): Buffer {
  const columns = columnsOf(fieldSets)
  const cells = [columns.map(({ heading }) => heading)]
  for (const row of rowsOf(ndjson)) {
    const told = columns.map(({ cellOf }) => safeCell(String(cellOf(row))))
    cells.push(isRecalled(row) ? told.with(0, RECALLED) : told)
  }
  return Buffer.from(stringify(cells, { bom: true, record_delimiter: 'windows' }), 'utf8')
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
