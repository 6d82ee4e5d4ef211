/**
 * Reads a patient record from the text that the read model keeps. The sealed blobs are most of that text and are needed for
 * few people, so they are parsed when they are asked for.
 */
import type { PatientHead } from '../../projections/patient-head.js'
import type { PatientRecord } from '../../projections/patient-record.js'
import type { CutPerson, Glimpse } from './compile-people.js'
import type { RowText } from './feeds-deps.js'

/** Bare quotes stand outside strings only, so neither mark can lie within a value. */
const SEALED = ',"sealed":{'
const AFTER_SEALED = '},"lastOrder":{'

/** Rows were written by the projection that reads them. */
export function parseRecord(text: string): PatientRecord {
  const from = text.indexOf(SEALED)
  const to = text.lastIndexOf(AFTER_SEALED)
  if (from < 0 || to < from) return JSON.parse(text) as PatientRecord
  const record = JSON.parse(`${text.slice(0, from)}}`) as Omit<PatientRecord, 'sealed'>
  let sealed: PatientRecord['sealed'] | undefined
  return {
    revision: record.revision,
    state: record.state,
    activity: record.activity,
    stated: record.stated,
    moves: record.moves,
    touched: record.touched,
    get sealed() {
      sealed ??= JSON.parse(text.slice(from + SEALED.length - 1, to + 1)) as PatientRecord['sealed']
      return sealed
    },
  }
}

export function parseGlimpse(key: string, head: string): Glimpse {
  return { key, head: JSON.parse(head) as PatientHead }
}

export function parsePerson({ key, row, live }: RowText): CutPerson {
  const record = parseRecord(row)
  return { key, row: record, live: live === undefined ? undefined : live === row ? record : parseRecord(live) }
}
