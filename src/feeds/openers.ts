/** Opens the sealed members of one person's record, with the keys that are handed in. */
import { blobOf, type PatientRecord } from '../../projections/patient-record.js'
import { patientStream } from '../domain/streams.js'
import type { Open } from '../policy/define-feed.js'
import { openSeal } from '../vault/sealing.js'

export type OpenerOf = (patientId: string, record: PatientRecord, keys: ReadonlyMap<string, Uint8Array>) => Open

/** Opens each blob of one record at most once. A blob whose key was destroyed opens to nothing. */
export const opener: OpenerOf = (patientId, record, keys) => openerOfOne()(patientId, record, keys)

/** Opens for one person whose record is asked about as it stood at many leaves: each blob at most once for all of them. */
export function openerOfOne(): OpenerOf {
  const opened = new Map<string, Readonly<Record<string, unknown>> | undefined>()
  return (patientId, record, keys) => (ref) => {
    const blob = ref && blobOf(record, ref)
    if (!blob) return undefined
    const at = `${ref.eventId}/${ref.subject}`
    if (!opened.has(at)) {
      const key = keys.get(blob.entry.kid)
      opened.set(
        at,
        key &&
          openSeal(
            { stream: patientStream(patientId), id: ref.eventId, type: blob.type, version: blob.version },
            key,
            blob.entry,
          ).fields,
      )
    }
    return opened.get(at)?.[ref.pointer]
  }
}
