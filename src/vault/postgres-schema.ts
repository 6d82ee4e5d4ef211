/**
 * The PostgreSQL vault's tables, made on first open by whichever hub comes first, and the check that they are those of this
 * master key. Refuses a newer schema than it knows.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { HubError } from '../kernel/errors.js'
import { away, type PostgresConnections } from './postgres-connections.js'
import { unwrap, wrap } from './wrapping.js'

export const SCHEMA_VERSION = 1
/** Any number, the same in every hub. */
const SCHEMA_LOCK = 5_166_080_692
const MASTER_CHECK = 'master-check'

/**
 * A destroyed key is overwritten with as many random bytes, and its row stays as the tombstone. So the new version of the row
 * is no shorter than the old one (in all columns but `destroyed_at` nothing changes its length) and lies below it on the
 * page: when VACUUM closes the gap that the old one leaves, it is covered by what moves up, and what is left over further
 * down is a copy of the new one. `fillfactor` keeps place on the page for the new version, and no index holds what changes.
 * Autovacuum comes for a single dead row: where a hub dies before its own VACUUM, or an old snapshot is held by somebody.
 *
 * Where that place runs out, because many keys of one page are destroyed under such a snapshot, new versions go to other
 * pages, and the old bytes may stay in the gap until another row is written there.
 */
const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS lianhu_vault;
  CREATE TABLE lianhu_vault.format (version integer NOT NULL, vault_id uuid NOT NULL, master_check bytea NOT NULL);
  CREATE TABLE lianhu_vault.key (
    kid uuid PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now(), destroyed_at timestamptz, owner text NOT NULL UNIQUE,
    wrapped bytea NOT NULL
  ) WITH (fillfactor = 90, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
  CREATE TABLE lianhu_vault.claim (
    blind bytea PRIMARY KEY, claimed_at bigint NOT NULL, stream text NOT NULL, event_id text NOT NULL
  ) WITH (fillfactor = 90);
  CREATE TABLE lianhu_vault.secret (name text PRIMARY KEY, wrapped bytea NOT NULL);
`

interface FormatRow {
  readonly version: number
  readonly vault_id: string
  readonly master_check: Buffer
}

/** Makes what is not there. Resolves with the vault's id; rejects with `HUB_VAULT_AWAY` where it is not for this hub. */
export async function prepareSchema(connections: PostgresConnections, master: Uint8Array): Promise<string> {
  const format = await readOrMakeFormat(connections, master)
  if (format.version > SCHEMA_VERSION) {
    throw new HubError('HUB_VAULT_AWAY', `expected vault schema ${SCHEMA_VERSION}, got ${format.version}`, {
      hint: 'A newer hub made or changed this vault: upgrade this one.',
    })
  }
  try {
    unwrap(master, MASTER_CHECK, format.master_check)
  } catch (cause) {
    throw new HubError('HUB_VAULT_AWAY', 'this vault was made with another master key', {
      hint: 'Start with the master key file that the first hub on this database was started with.',
      cause,
    })
  }
  return format.vault_id
}

/** Under a lock: of hubs that start together one makes the tables, and the others find them. */
async function readOrMakeFormat(connections: PostgresConnections, master: Uint8Array): Promise<FormatRow> {
  const client = await connections.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
    const { rows: found } = await client.query<{ exists: boolean }>(
      `SELECT to_regclass('lianhu_vault.format') IS NOT NULL AS exists`,
    )
    if (!found[0]?.exists) {
      await client.query(SCHEMA)
      const check = wrap(master, MASTER_CHECK, randomBytes(32))
      await client.query('INSERT INTO lianhu_vault.format VALUES ($1, $2, $3)', [SCHEMA_VERSION, randomUUID(), check])
    }
    const { rows } = await client.query<FormatRow>('SELECT version, vault_id, master_check FROM lianhu_vault.format')
    await client.query('COMMIT')
    const [format] = rows
    if (!format) throw new Error('readOrMakeFormat: the vault has no format')
    return format
  } catch (cause) {
    throw away(cause)
  } finally {
    await client.end().catch(() => {})
  }
}
