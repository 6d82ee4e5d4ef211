/**
 * Moves the rows of another vault into a PostgreSQL one, wrapped as they are: both have the same master key. What is there
 * already must be the same; then the move can be taken up again where it broke. Refuses a vault that holds anything else.
 */
import { randomBytes } from 'node:crypto'
import { HubError } from '../kernel/errors.js'
import { openConnections, type PostgresAddress, type PostgresConnections } from './postgres-connections.js'
import { prepareSchema } from './postgres-schema.js'
import type { VaultClaimRow, VaultKeyRow, VaultRows, VaultSecretRow } from './sqlite-vault-rows.js'

const BATCH = 1000
/** As many as a wrapped key has: a destroyed one is told from others by its date. */
const WRAPPED_BYTES = 12 + 32 + 16

export interface VaultMoved {
  readonly keys: number
  readonly claims: number
  readonly secrets: number
}

/** @throws HUB_VAULT_AWAY, and HUB_CONFIG where the vault holds other rows than these */
export async function importVault(
  { master, ...address }: PostgresAddress & { readonly master: Uint8Array },
  rows: VaultRows,
): Promise<VaultMoved> {
  const connections = await openConnections(address)
  try {
    connections.expect(await prepareSchema(connections, master))
    const moved = {
      secrets: await inBatches(rows.secrets(), (batch) => addSecrets(connections, batch)),
      keys: await inBatches(rows.keys(), (batch) => addKeys(connections, batch)),
      claims: await inBatches(rows.claims(), (batch) => addClaims(connections, batch)),
    }
    for (const table of ['key', 'claim', 'secret'] as const) {
      const [row] = await connections.query<{ count: string }>(`SELECT count(*) AS count FROM lianhu_vault.${table}`)
      if (Number(row?.count) !== moved[`${table}s`]) throw foreign()
    }
    return moved
  } finally {
    await connections.close()
  }
}

function foreign(): HubError {
  return new HubError('HUB_CONFIG', 'postgres.url: expected an empty vault, or this one half moved; got another one', {
    hint: 'Nothing was overwritten. Name an empty database.',
  })
}

async function inBatches<Row>(rows: Iterable<Row>, add: (batch: readonly Row[]) => Promise<number>): Promise<number> {
  let [count, batch]: [number, Row[]] = [0, []]
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    if ((await add(batch)) !== batch.length) throw foreign()
    count += batch.length
    batch = []
  }
  for (const row of rows) {
    batch.push(row)
    if (batch.length >= BATCH) await flush()
  }
  await flush()
  return count
}

/** Each answers how many of the rows stand there now as they were given. */
async function addKeys(connections: PostgresConnections, batch: readonly VaultKeyRow[]): Promise<number> {
  const columns = [
    batch.map(({ kid }) => kid),
    batch.map(({ owner }) => owner),
    batch.map(({ wrapped }) => Buffer.from(wrapped ?? randomBytes(WRAPPED_BYTES))),
    batch.map(({ madeAt }) => madeAt),
    batch.map(({ destroyedAt }) => destroyedAt),
  ]
  const given = `WITH given AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::float8[], $5::float8[])
    AS given (kid, owner, wrapped, made_ms, destroyed_ms))`
  await connections.query(
    `${given} INSERT INTO lianhu_vault.key (kid, owner, wrapped, made_at, destroyed_at)
     SELECT kid, owner, wrapped, to_timestamp(made_ms / 1000), to_timestamp(destroyed_ms / 1000) FROM given
     ON CONFLICT DO NOTHING`,
    columns,
  )
  return standing(
    connections,
    `${given} SELECT count(*) AS count FROM given JOIN lianhu_vault.key AS key USING (kid, owner)
     WHERE CASE WHEN given.destroyed_ms IS NULL THEN key.destroyed_at IS NULL AND key.wrapped = given.wrapped
       ELSE key.destroyed_at IS NOT NULL END`,
    columns,
  )
}

async function addClaims(connections: PostgresConnections, batch: readonly VaultClaimRow[]): Promise<number> {
  const columns = [
    batch.map(({ blind }) => Buffer.from(blind)),
    batch.map(({ stream }) => stream),
    batch.map(({ eventId }) => eventId),
    batch.map(({ claimedAt }) => claimedAt),
  ]
  const given = `WITH given AS (SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[])
    AS given (blind, stream, event_id, claimed_at))`
  await connections.query(
    `${given} INSERT INTO lianhu_vault.claim (blind, stream, event_id, claimed_at)
     SELECT blind, stream, event_id, claimed_at FROM given ON CONFLICT DO NOTHING`,
    columns,
  )
  return standing(
    connections,
    `${given} SELECT count(*) AS count FROM given JOIN lianhu_vault.claim USING (blind, stream, event_id, claimed_at)`,
    columns,
  )
}

async function addSecrets(connections: PostgresConnections, batch: readonly VaultSecretRow[]): Promise<number> {
  const columns = [batch.map(({ name }) => name), batch.map(({ wrapped }) => Buffer.from(wrapped))]
  const given = 'WITH given AS (SELECT * FROM unnest($1::text[], $2::bytea[]) AS given (name, wrapped))'
  await connections.query(
    `${given} INSERT INTO lianhu_vault.secret (name, wrapped) SELECT name, wrapped FROM given ON CONFLICT DO NOTHING`,
    columns,
  )
  return standing(
    connections,
    `${given} SELECT count(*) AS count FROM given JOIN lianhu_vault.secret USING (name, wrapped)`,
    columns,
  )
}

async function standing(connections: PostgresConnections, sql: string, columns: readonly unknown[]): Promise<number> {
  const [row] = await connections.query<{ count: string }>(sql, columns)
  return Number(row?.count)
}
