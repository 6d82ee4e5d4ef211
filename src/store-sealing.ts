/**
 * The seals of a batch, made in the store's worker: the keys come from the vault beside it in one transaction, before any
 * event is stored. Refuses a request whose subject's key was destroyed, and no other with it.
 */
import { type ErrorCode, isHubError } from './kernel/errors.js'
import { createLru } from './kernel/lru.js'
import type { SealableRequest, ToSeal } from './log/append-batch.js'
import { wholeRow } from './log/sqlite-schema.js'
import type { AppendRequest } from './log/sqlite-writer.js'
import { type DataKey, seal } from './vault/sealing.js'
import type { SqliteVaultWriter, VaultRequest } from './vault/sqlite-vault-writer.js'

export interface StoreFailure {
  readonly code: ErrorCode
  readonly message: string
}

/** A request with whole rows, and the JSON of the seals that were made for it. */
export interface ReadyRequest {
  readonly request: AppendRequest
  readonly sealed: readonly string[]
}

/** Ready, or why it is not. */
export type SealedRequest = ReadyRequest | StoreFailure

export interface BatchSealing {
  /** One answer for each request, in their order. */
  seal(batch: readonly SealableRequest[]): readonly SealedRequest[]
  /** To be told of every request that the vault runs: what it destroys is forgotten here. */
  saw(requests: readonly VaultRequest[]): void
  /** The vault is away: memory does not answer for it. */
  forgetAll(): void
}

const CACHED_KEYS = 50_000
const ERASED: StoreFailure = { code: 'HUB_ERASED', message: 'the key of this subject was destroyed' }

export function createBatchSealing(vault: SqliteVaultWriter): BatchSealing {
  const cache = createLru<string, DataKey>(CACHED_KEYS)

  /** Makes or fetches what the cache lacks. Throws `HUB_VAULT_AWAY`. */
  const fetchKeys = (owners: readonly string[]): ReadonlyMap<string, DataKey> => {
    const fetched = new Map<string, DataKey>()
    if (owners.length === 0) return fetched
    const results = vault.run(owners.map((owner) => ({ op: 'keyFor', owner })))
    for (const [i, owner] of owners.entries()) {
      const result = results[i]
      if (result?.kind !== 'key') continue
      fetched.set(owner, result)
      cache.set(owner, result)
    }
    return fetched
  }

  const sealOne = (
    request: SealableRequest,
    work: readonly (ToSeal | undefined)[],
    keys: ReadonlyMap<string, DataKey>,
  ): SealedRequest => {
    const { stream, ids } = request
    const rows: string[] = []
    const sealed: string[] = []
    for (let i = 0; i < work.length; i++) {
      const one = work[i]
      const row = request.rows[i] ?? ''
      if (!one) {
        rows.push(row)
        continue
      }
      const entries = []
      for (const { subject, owner, fields } of one.open) {
        const key = keys.get(owner) ?? cache.get(owner)
        if (!key) return ERASED
        entries.push(seal({ stream, id: ids[i] ?? '', type: one.type, version: one.version, subject }, key, fields))
      }
      const json = JSON.stringify(entries)
      sealed.push(json)
      rows.push(wholeRow(row, json))
    }
    return { request: { stream, ids, rows, expected: request.expected }, sealed }
  }

  return {
    seal(batch) {
      const work = batch.map(({ toSeal }) =>
        toSeal.map((line) => (line === '' ? undefined : (JSON.parse(line) as ToSeal))),
      )
      const missing = new Set<string>()
      for (const events of work) {
        for (const event of events) for (const { owner } of event?.open ?? []) if (!cache.has(owner)) missing.add(owner)
      }
      let keys: ReadonlyMap<string, DataKey>
      try {
        keys = fetchKeys([...missing])
      } catch (error) {
        if (!isHubError(error)) throw error
        cache.clear()
        const { code, message } = error
        return batch.map((request, i) =>
          work[i]?.some((event) => event !== undefined) ? { code, message } : { request, sealed: [] },
        )
      }
      return batch.map((request, i) => sealOne(request, work[i] ?? [], keys))
    },
    saw(requests) {
      for (const request of requests) if (request.op === 'destroy') cache.delete(request.owner)
    },
    forgetAll: () => cache.clear(),
  }
}
