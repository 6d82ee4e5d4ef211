/**
 * What an erasure left of a person in released documents: `IdentityErased` names each row with its commitment, and each document
 * that counts the person without a row where only a sealed value told which one. Without it a document whose spool is lost could
 * not be compiled again. From the log alone; it gives back no value.
 */
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import type { EventData } from '../domain/event.js'
import { findText, readObjects, readText } from '../domain/read-data.js'
import { patientStream } from '../domain/streams.js'
import type { Period } from '../kernel/dates.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { LogReader } from '../log/port.js'
import { internalDocumentId } from './recipient-ids.js'
import { releaseOf } from './release.js'

/** How a person stands in one agency's document. */
export interface Standing {
  /** False where the document does nothing but close an earlier row. */
  readonly isInCharge: boolean
  /** To the row; absent where they are counted alone. */
  readonly commitment?: string
  /** To the row that closes an earlier one. */
  readonly closing?: { readonly commitment: string; readonly reason: string }
}

/** By agency. */
export type Standings = ReadonlyMap<string, Standing>

export interface ErasedRows {
  /** Where these people stood in the documents of the edition. Those of whom no erasure is in the log are absent. */
  standingsOf(patients: readonly string[]): Promise<ReadonlyMap<string, Standings>>
  /** The digest of a released document that `standingsOf` has named. */
  releasedDigestOf(document: string): string | undefined
}

/** The line that stands in the place of a row: `{"commitment":"sha256:…","id":"2d7f27ce-…","recalled":true}`. */
export function lineInPlaceOf(row: string, commitment: string): string {
  return canonicalJson({ commitment, id: row, recalled: true })
}

function standingOf(row: EventData, before: Standing | undefined): Standing {
  const commitment = findText(row, 'commitment')
  const reason = findText(row, 'closing')
  if (commitment === undefined) return { isInCharge: true }
  if (reason !== undefined) return { isInCharge: before?.isInCharge ?? false, closing: { commitment, reason } }
  return { isInCharge: true, commitment }
}

export function erasedRowsOf(
  log: LogReader,
  { logId, feed, period }: { readonly logId: string; readonly feed: string; readonly period: Period },
): ErasedRows {
  const digests = new Map<string, string>()
  /** Document → its agency, or undefined where it is another edition's. */
  const agencies = new Map<string, string | undefined>()

  const agencyOf = async (document: string): Promise<string | undefined> => {
    if (agencies.has(document)) return agencies.get(document)
    const released = await releaseOf(log, document)
    const isOfEdition = released !== undefined && internalDocumentId(logId, feed, period, released.agency) === document
    if (isOfEdition) digests.set(document, released.documentDigest)
    agencies.set(document, isOfEdition ? released.agency : undefined)
    return agencies.get(document)
  }

  const standingsOf = async (patientId: string): Promise<Standings> => {
    const standings = new Map<string, Standing>()
    for await (const { type, data } of log.readStream(patientStream(patientId))) {
      if (type !== ERASURE_TYPE) continue
      for (const row of [...readObjects(data, 'counted'), ...readObjects(data, 'rows')]) {
        const agency = await agencyOf(readText(row, 'document'))
        if (agency !== undefined)
          standings.set(agency, { ...standings.get(agency), ...standingOf(row, standings.get(agency)) })
      }
    }
    return standings
  }

  return {
    async standingsOf(patients) {
      const found = new Map<string, Standings>()
      for (const patient of patients) {
        const standings = await standingsOf(patient)
        if (standings.size > 0) found.set(patient, standings)
      }
      return found
    },
    releasedDigestOf: (document) => digests.get(document),
  }
}
