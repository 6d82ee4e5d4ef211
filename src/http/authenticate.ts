/**
 * From a bearer key to a principal. A key is hashed once and its digest kept in a bounded cache; whether it is in force is
 * asked of the directory each time, so that a revocation counts from the next request on.
 */
import type { Directory } from '../domain/directory.js'
import { HubError } from '../kernel/errors.js'
import { createLru } from '../kernel/lru.js'
import { digestOfKey, isApiKeyShaped } from '../recording/credentials.js'
import type { Principal } from '../recording/port.js'

const BEARER = 'Bearer '

export interface Authenticator {
  /** Takes the Authorization header. Throws `HUB_UNAUTHENTICATED`, the same for a wrong, a revoked and a missing key. */
  authenticate(header: string | undefined): Principal
}

interface Known {
  readonly hash: string
  principal: Principal
}

export function createAuthenticator(directory: () => Directory, cacheSize: number): Authenticator {
  const known = createLru<string, Known>(cacheSize)

  const identify = (header: string): Known | undefined => {
    const key = header.startsWith(BEARER) ? header.slice(BEARER.length).trim() : ''
    if (!isApiKeyShaped(key)) return undefined
    return { hash: digestOfKey(key), principal: NO_PRINCIPAL }
  }

  return {
    authenticate(header) {
      if (header === undefined) throw refused()
      const entry = known.get(header) ?? identify(header)
      const key = entry && directory().keyByHash(entry.hash)
      if (!entry || !key || key.revoked) throw refused()
      // One object per key while nothing about it changes: recording keeps what it derives from it.
      if (entry.principal.client !== key.keyId || entry.principal.role !== key.role) {
        const { agency, role, person, keyId: client, isOperator } = key
        entry.principal = { agency, role, client, isOperator, ...(person === undefined ? {} : { person }) }
        known.set(header, entry)
      }
      return entry.principal
    },
  }
}

const NO_PRINCIPAL: Principal = { agency: '', role: 'HUB', client: '', isOperator: false }

function refused(): HubError {
  return new HubError('HUB_UNAUTHENTICATED', 'expected a key that is in force')
}
