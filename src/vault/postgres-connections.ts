/**
 * Connections to the vault's PostgreSQL: a bounded pool, and connections of their own for what lasts. Each is made anew where
 * one was lost; whatever goes wrong on any of them is a `HUB_VAULT_AWAY` that holds neither statements nor the address.
 */
import type { Client, ClientBase, ClientConfig } from 'pg'
import { SECOND } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'

export interface PostgresAddress {
  /**
   * `postgres://lianhu@db.example:5432/vault?sslmode=verify-full&sslrootcert=/etc/lianhu/ca.pem`. It must reach PostgreSQL
   * itself, or a pooler that keeps a server connection for each session: notices of destroyed keys come over one.
   */
  readonly url: string
  /** Where it does not stand in the URL, e.g. because it comes from a file. */
  readonly password?: string
  /** Connections that answer requests. Two more are used beside them: one that listens, one while keys are destroyed. */
  readonly maxConnections?: number
}

export interface PostgresConnections {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** A connection of its own, for whoever asks to end; statements may take so long. */
  connect(statementTimeoutMs?: number): Promise<Client>
  /** From here on a connection to another vault than this is away. */
  expect(vaultId: string): void
  close(): Promise<void>
}

export const MAX_CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 5 * SECOND
const STATEMENT_TIMEOUT_MS = 10 * SECOND
/** The server gives up first; this is for a server that does not answer at all. */
const NO_ANSWER_MS = 2 * SECOND
/** What the server was configured with may be stronger: only what would lose an acknowledged key is changed. */
const SETTINGS = `SELECT set_config('default_transaction_isolation', 'read committed', false),
  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', false) END`
const HINT = 'Nothing was stored. Operator: see that PostgreSQL answers, and that the vault’s role may write there.'

/** Connects to nothing yet. */
export async function openConnections(address: PostgresAddress): Promise<PostgresConnections> {
  const { Client, Pool } = await import('pg')
  const config = readAddress(address, (settings) => new Client(settings))
  let expected: string | undefined

  const prepare = async (client: ClientBase): Promise<void> => {
    await client.query(SETTINGS)
    if (expected === undefined) return
    const { rows } = await client.query<{ vault_id: string }>('SELECT vault_id FROM lianhu_vault.format')
    if (rows[0]?.vault_id !== expected) {
      throw new HubError('HUB_VAULT_AWAY', 'another vault lies in the place of the one that was opened', { hint: HINT })
    }
  }
  const pool = new Pool({ ...config, max: address.maxConnections ?? MAX_CONNECTIONS, onConnect: prepare })
  // A connection that is lost while nobody uses it: the pool drops it, and the next request finds out how things stand.
  pool.on('error', () => {})

  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      try {
        return (await pool.query<Row>(text, [...values])).rows
      } catch (cause) {
        throw away(cause)
      }
    },
    async connect(statementTimeoutMs = STATEMENT_TIMEOUT_MS) {
      const client = new Client({ ...config, ...timeouts(statementTimeoutMs) })
      // Whoever waits for a query hears of it there; nobody else needs to.
      client.on('error', () => {})
      try {
        await client.connect()
        await prepare(client)
        return client
      } catch (cause) {
        await client.end().catch(() => {})
        throw away(cause)
      }
    },
    expect(vaultId) {
      expected = vaultId
    },
    async close() {
      if (!pool.ending) await pool.end()
    },
  }
}

/** The failure as the port has it. What the server said about values (`detail`) stays out of every log. */
export function away(cause: unknown): HubError {
  if (isHubError(cause)) return cause
  if (cause instanceof Error && 'detail' in cause) cause.detail = undefined
  return new HubError('HUB_VAULT_AWAY', 'the vault did not answer', { hint: HINT, cause })
}

/**
 * Read once, and taken apart: in a connection string an absent password would win over the one that was handed over, and
 * settings of ours could be overruled.
 */
function readAddress({ url, password }: PostgresAddress, parse: (config: ClientConfig) => Client): ClientConfig {
  try {
    const { host, port, user, database, password: inUrl, ssl } = parse({ connectionString: url })
    const secret = password ?? inUrl
    return {
      host,
      port,
      ...(user && { user }),
      ...(database && { database }),
      ...(secret && { password: secret }),
      ssl,
      keepAlive: true,
      application_name: 'lianhu',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...timeouts(STATEMENT_TIMEOUT_MS),
    }
  } catch (error) {
    // The error may hold the address, and with it a password.
    const code = error instanceof Error && 'code' in error ? `: ${error.code}` : ''
    throw new HubError('HUB_VAULT_AWAY', `the vault's address cannot be read${code}`, {
      hint: 'Write postgres://role@host:5432/database; sslrootcert must name a file that the hub may read.',
    })
  }
}

function timeouts(statementMs: number): ClientConfig {
  return { statement_timeout: statementMs, query_timeout: statementMs + NO_ANSWER_MS }
}
