/**
 * Keys, claims and secrets in PostgreSQL, for any number of hubs on one database: whoever comes second reads back what the
 * first one made. What is asked in one turn shares its statements; rows are written in one order by everybody, so that no
 * two hubs wait for each other in a circle. Every statement is a transaction of its own, durable when it answers.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { MINUTE } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { hmacSha256 } from '../kernel/hash.js'
import { isUuid } from '../kernel/ids.js'
import type { KeyOwner } from './port.js'
import { claimingIn, findingClaimsIn } from './postgres-claims.js'
import type { PostgresConnections } from './postgres-connections.js'
import { CHANNEL, NOTICE_SQL } from './postgres-listener.js'
import type { VaultStore } from './remembering-vault.js'
import type { DataKey } from './sealing.js'
import { batchTurns } from './turn-batch.js'
import { unwrap, wrap } from './wrapping.js'

const BLIND_INDEX_SECRET = 'blind-index'
/** Rows of one statement: some 100 KiB each way. */
const BATCH = 1000
const KEY_BYTES = 32
const WRAPPED_BYTES = 12 + KEY_BYTES + 16
const VACUUM_TIMEOUT_MS = MINUTE

interface KeyRow {
  readonly kid: string
  readonly owner: KeyOwner
  readonly wrapped: Buffer
  readonly destroyed: boolean
}

/** Without `close`: what it works on is another's. */
export type PostgresStore = Omit<VaultStore, 'close'>

export function createPostgresStore(connections: PostgresConnections, master: Uint8Array): PostgresStore {
  const keyFor = batchTurns(keysIn(connections, master), BATCH)
  const keyById = batchTurns(keysByIdIn(connections, master), BATCH)
  const claim = batchTurns(claimingIn(connections), BATCH)
  const findClaim = batchTurns(findingClaimsIn(connections), BATCH)
  const secret = (name: string): Promise<Uint8Array> => secretIn(connections, master, name)
  let blindKey: Promise<Uint8Array> | undefined
  const blindIndex = async (identity: string): Promise<Buffer> => {
    blindKey ??= secret(BLIND_INDEX_SECRET).catch((error) => {
      blindKey = undefined
      throw error
    })
    return hmacSha256(await blindKey, identity)
  }

  return {
    async keyFor(owner) {
      const key = await keyFor(owner)
      if (!key) throw new HubError('HUB_ERASED', 'the key of this subject was destroyed')
      return key
    },
    async keysById(kids) {
      const keys = await Promise.all(kids.map(keyById))
      const found = new Map<string, Uint8Array>()
      for (const [i, kid] of kids.entries()) {
        const key = keys[i]
        if (key) found.set(kid, key)
      }
      return found
    },
    async claim({ identity, ...rest }) {
      return await claim({ blind: await blindIndex(identity), ...rest })
    },
    async findClaim(identity) {
      return (await findClaim(await blindIndex(identity)))?.stream
    },
    destroy: destroyingIn(connections),
    secret,
    async check() {
      const [row] = await connections.query<{ readonly: string }>(
        `SELECT current_setting('transaction_read_only') AS readonly`,
      )
      if (row?.readonly === 'off') return
      throw new HubError('HUB_VAULT_AWAY', 'the vault’s PostgreSQL is read-only', {
        hint: 'The address leads to a standby, or the database was set read-only: point it to the primary.',
      })
    },
  }
}

/** A key for each owner, undefined where it was destroyed. What is there is read; only what is not is written. */
function keysIn(connections: PostgresConnections, master: Uint8Array) {
  const read = async (owners: readonly KeyOwner[]): Promise<ReadonlyMap<KeyOwner, DataKey | undefined>> => {
    const rows = await connections.query<KeyRow>(
      `SELECT kid, owner, wrapped, destroyed_at IS NOT NULL AS destroyed FROM lianhu_vault.key WHERE owner = ANY($1)`,
      [owners],
    )
    return new Map(rows.map((row) => [row.owner, row.destroyed ? undefined : openRow(master, row)]))
  }
  const make = async (owners: readonly KeyOwner[]): Promise<ReadonlyMap<KeyOwner, DataKey>> => {
    const made = owners.map((owner) => ({ owner, kid: randomUUID(), key: Uint8Array.from(randomBytes(KEY_BYTES)) }))
    const stored = await connections.query<{ kid: string }>(
      `INSERT INTO lianhu_vault.key (kid, owner, wrapped) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[])
       ON CONFLICT (owner) DO NOTHING RETURNING kid`,
      [made.map(({ kid }) => kid), owners, made.map(({ kid, key }) => wrap(master, `key:${kid}`, key))],
    )
    const ours = new Set(stored.map(({ kid }) => kid))
    return new Map(made.filter(({ kid }) => ours.has(kid)).map(({ owner, kid, key }) => [owner, { kid, key }]))
  }

  return async (asked: readonly KeyOwner[]): Promise<readonly (DataKey | undefined)[]> => {
    const owners = [...new Set(asked)].sort()
    const known = new Map(await read(owners))
    const unknown = owners.filter((owner) => !known.has(owner))
    if (unknown.length > 0) for (const [owner, key] of await make(unknown)) known.set(owner, key)
    // Another hub was faster: its key is the owner's, or its tombstone.
    const lost = unknown.filter((owner) => !known.has(owner))
    if (lost.length > 0) for (const [owner, key] of await read(lost)) known.set(owner, key)
    return asked.map((owner) => {
      if (!known.has(owner)) throw new Error('keyFor: a key was neither made nor found')
      return known.get(owner)
    })
  }
}

function keysByIdIn(connections: PostgresConnections, master: Uint8Array) {
  return async (kids: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> => {
    const rows = await connections.query<KeyRow>(
      `SELECT kid, wrapped FROM lianhu_vault.key WHERE kid = ANY($1::uuid[]) AND destroyed_at IS NULL`,
      [[...new Set(kids)].filter(isUuid)],
    )
    const keys = new Map(rows.map((row) => [row.kid, openRow(master, row).key]))
    return kids.map((kid) => keys.get(kid))
  }
}

/**
 * Destroys one key after the other: two new versions of rows need not fit on the page of the old ones, and what is overwritten
 * elsewhere leaves the bytes where they were (`postgres-schema.ts`). The notice to the other hubs is part of the commit.
 */
function destroyingIn(connections: PostgresConnections) {
  const destroyOne = async (owner: KeyOwner): Promise<string> => {
    const [destroyed] = await connections.query<KeyRow>(
      `WITH destroyed AS (
         INSERT INTO lianhu_vault.key AS held (kid, owner, wrapped, destroyed_at) VALUES ($1, $2, $3, now())
         ON CONFLICT (owner) DO UPDATE SET wrapped = excluded.wrapped, destroyed_at = excluded.destroyed_at
           WHERE held.destroyed_at IS NULL
         RETURNING kid, owner
       ) SELECT kid, pg_notify($4, ${NOTICE_SQL}) FROM destroyed`,
      [randomUUID(), owner, randomBytes(WRAPPED_BYTES), CHANNEL],
    )
    const [row] = destroyed
      ? [destroyed]
      : await connections.query<KeyRow>('SELECT kid FROM lianhu_vault.key WHERE owner = $1', [owner])
    await vacuum(connections)
    return row?.kid ?? missing('destroy')
  }
  let last: Promise<unknown> = Promise.resolve()

  return (owner: KeyOwner): Promise<string> => {
    const next = last.then(() => destroyOne(owner))
    last = next.catch(() => {})
    return next
  }
}

/** Clears old versions of rows away. Where it fails the key is destroyed all the same, and autovacuum comes. */
async function vacuum(connections: PostgresConnections): Promise<void> {
  const client = await connections.connect(VACUUM_TIMEOUT_MS).catch(() => undefined)
  if (!client) return
  try {
    await client.query('VACUUM (TRUNCATE FALSE) lianhu_vault.key')
  } catch {
    // See above.
  } finally {
    await client.end().catch(() => {})
  }
}

async function secretIn(connections: PostgresConnections, master: Uint8Array, name: string): Promise<Uint8Array> {
  const read = async (): Promise<Uint8Array | undefined> => {
    const [row] = await connections.query<{ wrapped: Buffer }>(
      'SELECT wrapped FROM lianhu_vault.secret WHERE name = $1',
      [name],
    )
    return row && unwrap(master, `secret:${name}`, row.wrapped)
  }
  const known = await read()
  if (known) return known
  const made = Uint8Array.from(randomBytes(KEY_BYTES))
  const stored = await connections.query(
    'INSERT INTO lianhu_vault.secret (name, wrapped) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING name',
    [name, wrap(master, `secret:${name}`, made)],
  )
  return stored.length > 0 ? made : ((await read()) ?? missing('secret'))
}

function openRow(master: Uint8Array, { kid, wrapped }: Pick<KeyRow, 'kid' | 'wrapped'>): DataKey {
  return { kid, key: unwrap(master, `key:${kid}`, wrapped) }
}

function missing(where: string): never {
  throw new Error(`${where}: what was just stored is not there`)
}
