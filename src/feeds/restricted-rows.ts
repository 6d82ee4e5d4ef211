/**
 * Rows of a released document whose person a restriction keeps from its recipient now: they go out as what was taken back does, as
 * their commitments, and as they were once it is lifted. Nothing of it is kept in the spool, and nobody is asked to delete anything.
 */
import { patientRecord } from '../../projections/patient-record.js'
import { peopleKeptFrom, restrictions } from '../../projections/restrictions.js'
import type { Role } from '../domain/event.js'
import type { ReadModels } from '../readmodel/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import { rowsOf } from './columns.js'
import { type CommittedRow, commitmentOf, rowIdOf } from './commitments.js'

export interface RestrictedRowsDeps {
  readonly readModels: Pick<ReadModels, 'reader'>
  readonly vault: Pick<Vault, 'secret'>
}

/** The document of one recipient, by its id in the log, and its canonical bytes. */
export interface HeldDocument {
  readonly document: string
  readonly agency: string
  readonly role: Role
  readonly ndjson: Buffer
}

/** Row id → commitment. Where nobody is restricted, the document is not read. */
export async function commitmentsOfRestricted(
  { readModels, vault }: RestrictedRowsDeps,
  { document, agency, role, ndjson }: HeldDocument,
): Promise<ReadonlyMap<string, string>> {
  const kept = peopleKeptFrom(role, {
    rows: readModels.reader(restrictions).all(),
    people: readModels.reader(patientRecord),
  })
  const commitments = new Map<string, string>()
  if (kept.length === 0) return commitments
  const key = await vault.secret(agencyKeyName(agency))
  const ids = new Set(kept.map((patientId) => rowIdOf(key, document, patientId)))
  for (const row of rowsOf(ndjson)) {
    if (isCommitted(row) && ids.has(row.id)) commitments.set(row.id, commitmentOf(row))
  }
  return commitments
}

/** What was taken back for good has no salt any more. */
function isCommitted(row: unknown): row is CommittedRow {
  const { id, salt } = Object(row) as Readonly<Record<string, unknown>>
  return typeof id === 'string' && typeof salt === 'string'
}
