/** Hubs as processes of their own, started as an operator does, and killed as nobody should. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ClusterServers } from './servers.js'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const NODE_FLAGS = ['--max-old-space-size=1024', '--v8-pool-size=1']
const STEPPED_CLOCK = new URL('./stepped-clock.js', import.meta.url).href
const OLDER_HUB = new URL('./older-hub.js', import.meta.url).href
const READY_WITHIN_MS = 60_000
const ANSWER_WITHIN_MS = 5000

/** `older`: of before `NEWER_TYPE`. */
export type HubVersion = 'current' | 'older'

export interface HubReadiness {
  readonly isReady: boolean
  readonly checks: readonly { readonly name: string; readonly isOk: boolean; readonly detail?: string }[]
}

export interface HubProcess {
  readonly name: string
  readonly url: string
  /** Resolves when it serves; rejects where it ends before. */
  start(version?: HubVersion): Promise<void>
  /** -9: it writes nothing down any more. */
  kill(): Promise<void>
  /** SIGTERM: it ends in good order. */
  stop(): Promise<void>
  isUp(): boolean
  /** Its calendar runs from this moment on, or from the last event where that is later, when it is started the next time. */
  beginAt(calendarStart: string): void
  /** Its machine's clock is set so far ahead of the others', or behind them, until it is set again. */
  setClock(aheadMs: number): void
  /** What it says of itself; undefined where it does not answer. */
  readiness(): Promise<HubReadiness | undefined>
  /** What it has said on standard error and in its log. */
  said(): string
}

export interface HubsOptions {
  readonly directory: string
  readonly servers: ClusterServers
  readonly ports: readonly number[]
  readonly calendarStart: string
}

export interface Hubs {
  readonly hubs: readonly HubProcess[]
  readonly operatorKey: string
}

/** Makes log and vault and the operator's first key, gives both hubs the master key, and starts them. */
export async function startHubs(options: HubsOptions): Promise<Hubs> {
  const { directory, servers, ports } = options
  const secret = (name: string, text: string): string => {
    const file = join(directory, name)
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    return file
  }
  const shared = {
    PATH: process.env.PATH ?? '',
    LIANHU_PASSPHRASE_FILE: secret('passphrase', 'a passphrase of the rehearsal'),
    LIANHU_SIMULATED: 'true',
    LIANHU_CALENDAR_START: options.calendarStart,
    LIANHU_POLICY_GRACE_DAYS: '0',
    LIANHU_LOG_LEVEL: 'warn',
    LIANHU_EVENT_STORE_URL: servers.eventStoreUrl,
    LIANHU_POSTGRES_URL: servers.database.url,
    LIANHU_POSTGRES_PASSWORD_FILE: secret('postgres-password', servers.database.password),
    LIANHU_REDIS_URL: `redis://127.0.0.1:${servers.ways.redis.port}`,
    LIANHU_DELIVERY_TIMEOUT_MS: '1000',
  }
  const dataDirs = ports.map((_, i) => join(directory, `hub-${i + 1}`))
  const [first = '', ...others] = dataDirs
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, 'keys', 'create', '--operator', '--init', '--json'],
    { env: { ...shared, LIANHU_DATA_DIR: first } },
  )
  const operatorKey = String((JSON.parse(stdout) as { readonly key: string }).key)
  for (const dataDir of others) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    copyFileSync(join(first, 'master.key'), join(dataDir, 'master.key'))
  }
  const hubs = dataDirs.map((dataDir, i) =>
    hubProcess(`hub-${i + 1}`, Number(ports[i]), {
      ...shared,
      LIANHU_DATA_DIR: dataDir,
      LIANHU_PORT: String(ports[i]),
      REHEARSED_CLOCK_FILE: join(directory, `hub-${i + 1}.clock`),
    }),
  )
  for (const hub of hubs) hub.setClock(0)
  await Promise.all(hubs.map((hub) => hub.start()))
  return { hubs, operatorKey }
}

function hubProcess(name: string, port: number, env: Readonly<Record<string, string>>): HubProcess {
  const url = `http://127.0.0.1:${port}`
  let calendarStart = env.LIANHU_CALENDAR_START
  let child: ChildProcess | undefined
  let said = ''

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }
  const isUp = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null

  return {
    name,
    url,
    isUp,
    said: () => said,
    beginAt(start) {
      calendarStart = start
    },
    setClock: (aheadMs) => writeFileSync(String(env.REHEARSED_CLOCK_FILE), `${aheadMs}\n`),
    readiness: () =>
      fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
        async (answer) => (await answer.json()) as HubReadiness,
        () => undefined,
      ),
    async start(version = 'current') {
      if (isUp()) return
      const preloads = [STEPPED_CLOCK, ...(version === 'older' ? [OLDER_HUB] : [])]
      const flags = [...NODE_FLAGS, ...preloads.flatMap((url) => ['--import', url])]
      const spawned = (): ChildProcess => {
        const started = spawn(process.execPath, [...flags, MAIN, 'serve'], {
          env: { ...env, LIANHU_CALENDAR_START: calendarStart },
          stdio: ['ignore', 'pipe', 'pipe'],
        })
        for (const stream of [started.stdout, started.stderr])
          stream?.on('data', (chunk: Buffer) => {
            said = (said + chunk.toString()).slice(-200_000)
          })
        return started
      }
      let started = spawned()
      child = started
      for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await delay(100)) {
        if (started.signalCode !== null) break
        // It ends where vault or log is away, and whoever supervises it starts it again.
        if (started.exitCode !== null) {
          started = spawned()
          child = started
        }
        const isServing = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
          ({ ok }) => ok,
          () => false,
        )
        if (isServing) return
      }
      throw new Error(`${name} does not serve: ${said.slice(-2000)}`)
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}
