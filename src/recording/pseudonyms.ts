/**
 * From the pseudonym that an agency was given back to the patient. A pseudonym is a keyed hash, so the way back is a table
 * per agency, made when it is first asked for; an unknown pseudonym makes it again at most once a second.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { SECOND } from '../kernel/dates.js'
import { preparedHmacSha256 } from '../kernel/hash.js'
import { uuidv8 } from '../kernel/ids.js'
import { agencyKeyName, type Vault } from '../vault/port.js'

export type ResolvePseudonym = (agency: string, pseudonym: string) => Promise<string | undefined>

interface AgencyTable {
  readonly patients: ReadonlyMap<string, string>
  readonly madeAt: number
}

/** Tables in memory: an agency's own acts come in bursts, from few agencies at a time. */
const CACHED_TABLES = 16

/** @param patientIds every patient there is, e.g. the keys of a read model */
export function createPseudonyms(
  vault: Pick<Vault, 'secret'>,
  wall: Clock,
  patientIds: () => Iterable<string>,
): ResolvePseudonym {
  const tables = new LRUCache<string, AgencyTable>({ max: CACHED_TABLES })
  return async (agency, pseudonym) => {
    const table = tables.get(agency)
    const found = table?.patients.get(pseudonym)
    if (found !== undefined || (table && Math.abs(wall.now() - table.madeAt) < SECOND)) return found
    const hmac = preparedHmacSha256(await vault.secret(agencyKeyName(agency)))
    const patients = new Map<string, string>()
    for (const id of patientIds()) patients.set(uuidv8(hmac(`["pseudonym","${id}"]`)), id)
    tables.set(agency, { patients, madeAt: wall.now() })
    return patients.get(pseudonym)
  }
}
