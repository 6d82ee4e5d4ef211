/**
 * How commands speak with a hub: over HTTP with a key where one runs, else through the very same routes in this process, on the
 * store that is then opened for the length of the command. Either way it is the API that answers.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.js'
import { CATALOGUE } from '../domain/catalogue.js'
import { createHttp } from '../http/create-http.js'
import { XLSX } from '../http/media-types.js'
import { NDJSON } from '../http/routes/events-batch.js'
import { type Follow, openHub, type RunningHub } from '../hub.js'
import { MASTER_KEY_FILE, readPassphrase } from '../hub-core.js'
import { HubError, isHubError, type Problem } from '../kernel/errors.js'
import { createLogger, type Logger, personalMembers } from '../kernel/logger.js'
import { operatorAgencyId } from '../recording/administration.js'
import type { Principal } from '../recording/port.js'
import { type CommandLine, RefusedByHub, UsageError } from './command-line.js'
import { calendarOf } from './simulated-calendar.js'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Buffer
}

export interface HubClient {
  /** `running`: another process serves the store. `opened`: this command has it for itself. */
  readonly mode: 'running' | 'opened'
  /** The hub itself, where this command has it. */
  readonly hub: RunningHub | undefined
  /** A JSON answer. Throws `RefusedByHub`. */
  request<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
  /** Any answer, as it came; a body that is text goes as NDJSON, bytes go as a workbook. Throws `RefusedByHub`. */
  raw(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply>
  close(): Promise<void>
}

/** As whom an opened store is asked: by `key`, as whoever `LIANHU_KEY` stands for. A running hub always asks that key. */
export type ActingAs = 'operator' | 'auditor' | 'key' | { readonly agency: string }

/** What a command may have follow the log. Alerts and delivery never: those are for `serve` alone. */
export type Needs = Exclude<Follow, 'everything'>

export interface ClientOptions {
  readonly config: Config
  readonly line: CommandLine
  readonly url?: string
  readonly actingAs?: ActingAs
  readonly needs?: Needs
}

export async function openClient(options: ClientOptions): Promise<HubClient> {
  const { config, line } = options
  const url = options.url ?? line.env.LIANHU_URL
  if (url !== undefined) return remoteClient(url, line)
  try {
    return await openedClient(options)
  } catch (error) {
    if (!isHubError(error, 'HUB_DATA_LOCKED')) throw error
    return remoteClient(`http://${config.host}:${config.port}`, line)
  }
}

/** Opens the store as `serve` would, without listening. */
export async function openStoreOf(
  config: Config,
  { init = false, follow = 'everything', logger = quietLogger() }: OpenStoreOptions = {},
): Promise<RunningHub> {
  if (!init && !existsSync(join(config.dataDir, MASTER_KEY_FILE))) {
    throw new HubError('HUB_CONFIG', `dataDir: expected a store in ${config.dataDir}, got none`, {
      hint: 'Make one with: lianhu serve --init',
    })
  }
  if (config.passphraseFile === undefined) {
    throw new HubError('HUB_CONFIG', 'passphraseFile: expected a file that holds the passphrase, got nothing', {
      hint: 'Set LIANHU_PASSPHRASE_FILE, or give --passphrase-file.',
    })
  }
  const calendar = await calendarOf(config)
  return openHub({
    config,
    logger,
    passphrase: readPassphrase(config.passphraseFile),
    init,
    follow,
    ...(calendar ? { calendar } : {}),
  })
}

export interface OpenStoreOptions {
  readonly init?: boolean
  readonly follow?: Follow
  readonly logger?: Logger
}

export function loggerOf(level: string): Logger {
  return createLogger({ level, redact: personalMembers(CATALOGUE.values()) })
}

/** A command answers by itself; only what is beyond repair is logged. */
function quietLogger(): Logger {
  return loggerOf('silent')
}

async function openedClient({
  config,
  line,
  actingAs = 'operator',
  needs = 'reading',
}: ClientOptions): Promise<HubClient> {
  const ownKey = actingAs === 'key' ? line.env.LIANHU_KEY : undefined
  if (actingAs === 'key' && ownKey === undefined)
    throw new UsageError('this is not the operator’s act: set LIANHU_KEY to a key of yours')
  const hub = await openStoreOf(config, { follow: needs })
  const token = ownKey ?? randomBytes(32).toString('base64url')
  const app = createHttp(hub, actingAs === 'key' ? {} : { localKey: { token, principal: principalOf(hub, actingAs) } })
  await app.ready()
  return {
    ...clientOver((method, path, body) => inject(app, token, method, path, body)),
    mode: 'opened',
    hub,
    async close() {
      await app.close()
      await hub.stop()
    },
  }
}

function principalOf(hub: RunningHub, actingAs: Exclude<ActingAs, 'key'>): Principal {
  const operator = { agency: operatorAgencyId(hub.logId), client: 'cli', isOperator: true }
  if (actingAs === 'operator') return { ...operator, role: 'HUB' }
  if (actingAs === 'auditor') return { ...operator, role: 'AUDITOR' }
  const agency = hub.directory().agency(actingAs.agency)
  if (!agency) throw new HubError('HUB_NOT_FOUND', 'no such agency')
  return { agency: agency.id, role: agency.role, client: 'cli', isOperator: false }
}

async function inject(
  app: ReturnType<typeof createHttp>,
  token: string,
  method: 'GET' | 'POST',
  url: string,
  body: unknown,
): Promise<Reply> {
  const reply = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(isAsItIs(body) ? { 'content-type': typeOf(body) } : {}) },
    ...(body === undefined ? {} : { payload: body as object }),
  })
  return { status: reply.statusCode, headers: textHeaders(Object.entries(reply.headers)), bytes: reply.rawPayload }
}

function remoteClient(url: string, { env }: CommandLine): HubClient {
  const key = env.LIANHU_KEY
  if (key === undefined) {
    throw new UsageError(`a hub serves this store at ${url}: set LIANHU_KEY to a key of yours, so that it answers`)
  }
  const send = async (method: 'GET' | 'POST', path: string, body: unknown): Promise<Reply> => {
    const reply = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': typeOf(body) }),
      },
      ...(body === undefined ? {} : { body: isAsItIs(body) ? body : JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new HubError('HUB_NOT_READY', `no hub answers at ${url}`, {
        hint: 'Start it with lianhu serve, or give its address with --url.',
        cause,
      })
    })
    return { status: reply.status, headers: textHeaders(reply.headers), bytes: Buffer.from(await reply.arrayBuffer()) }
  }
  return { ...clientOver(send), mode: 'running', hub: undefined, close: async () => {} }
}

function isAsItIs(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
}

function typeOf(body: unknown): string {
  if (typeof body === 'string') return NDJSON
  return body instanceof Uint8Array ? XLSX : 'application/json'
}

function clientOver(
  send: (method: 'GET' | 'POST', path: string, body: unknown) => Promise<Reply>,
): Pick<HubClient, 'request' | 'raw'> {
  const raw: HubClient['raw'] = async (method, path, body) => {
    const reply = await send(method, path, body)
    if (reply.status >= 400) throw new RefusedByHub(JSON.parse(reply.bytes.toString()) as Problem)
    return reply
  }
  return {
    raw,
    async request<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
      const { bytes } = await raw(method, path, body)
      return (bytes.length === 0 ? undefined : JSON.parse(bytes.toString())) as Answer
    },
  }
}

function textHeaders(headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), String(value)]))
}
