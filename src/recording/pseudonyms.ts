/**
 * From the pseudonym that an agency was given back to the patient. A pseudonym is a keyed hash, so the way back is a table
 * per agency, made when it is first asked for; an unknown pseudonym makes it again at most once a second, and whoever asks
 * meanwhile waits for the same one. Other work goes on while it is made.
 */
import { setImmediate as otherWork } from 'node:timers/promises'
import type { Clock } from '../kernel/clock.js'
import { SECOND } from '../kernel/dates.js'
import { preparedHmacSha256 } from '../kernel/hash.js'
import { uuidv8 } from '../kernel/ids.js'
import { createLru } from '../kernel/lru.js'
import { agencyKeyName, type Vault } from '../vault/port.js'

export type ResolvePseudonym = (agency: string, pseudonym: string) => Promise<string | undefined>

interface AgencyTable {
  readonly patients: ReadonlyMap<string, string>
  readonly madeAt: number
}

interface Tables {
  made?: AgencyTable
  making?: Promise<AgencyTable>
}

/** Agencies with tables in memory: an agency's own acts come in bursts, from few at a time. */
const CACHED_TABLES = 16
/** Pseudonyms made in one go: some milliseconds. */
const BATCH = 500

/** @param patientIds every patient there is, e.g. the keys of a read model; others work while it is gone through */
export function createPseudonyms(
  vault: Pick<Vault, 'secret'>,
  wall: Clock,
  patientIds: () => Iterable<string>,
): ResolvePseudonym {
  const tables = createLru<string, Tables>(CACHED_TABLES)

  const make = async (agency: string): Promise<AgencyTable> => {
    const hmac = preparedHmacSha256(await vault.secret(agencyKeyName(agency)))
    const patients = new Map<string, string>()
    let made = 0
    for (const id of patientIds()) {
      patients.set(uuidv8(hmac(`["pseudonym","${id}"]`)), id)
      if (++made % BATCH === 0) await otherWork()
    }
    return { patients, madeAt: wall.now() }
  }

  const makeInto = async (own: Tables, agency: string): Promise<AgencyTable> => {
    try {
      own.made = await make(agency)
      return own.made
    } finally {
      delete own.making
    }
  }

  return async (agency, pseudonym) => {
    const own: Tables = tables.get(agency) ?? {}
    const { made } = own
    const found = made?.patients.get(pseudonym)
    if (found !== undefined || (made && Math.abs(wall.now() - made.madeAt) < SECOND)) return found
    tables.set(agency, own)
    own.making ??= makeInto(own, agency)
    return (await own.making).patients.get(pseudonym)
  }
}
