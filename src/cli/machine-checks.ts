/** The checks of `doctor`. Each looks at one thing, changes nothing that lasts, and never throws. */
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config.js'
import { MASTER_KEY_FILE, readPassphrase } from '../hub-core.js'
import { wallClock } from '../kernel/clock.js'
import { epochMsOf, MINUTE } from '../kernel/dates.js'
import { LOG_FILE, openLogForWriting } from '../log/sqlite-schema.js'
import { openMasterKeyFile } from '../vault/master-key.js'
import { peekLog } from './simulated-calendar.js'

export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly detail: string
  readonly hint?: string
}

type Found = Omit<Check, 'name'>

const MIN_NODE = [20, 12] as const
const GIB = 1024 ** 3
const MIN_FREE_BYTES = GIB
const COMFORTABLE_FREE_BYTES = 10 * GIB
/** Before this nothing of ours existed: a clock that says so has lost its battery. */
const EARLIEST_MS = Date.parse('2026-01-01T00:00:00+08:00')
const SKEW_MS = 10 * MINUTE

export async function checkMachine(config: Config): Promise<readonly Check[]> {
  const checks: readonly (readonly [string, () => Found | Promise<Found>])[] = [
    ['node', nodeVersion],
    ['sqlite', sqliteBuild],
    ['data directory', () => dataDirectory(config.dataDir)],
    ['disk space', () => diskSpace(config.dataDir)],
    ['clock', () => clock(config)],
    ['passphrase', () => passphrase(config)],
    ['master key', () => masterKey(config)],
    ['port', () => freePort(config)],
  ]
  const found: Check[] = []
  for (const [name, check] of checks) found.push({ name, ...(await attempt(check)) })
  return found
}

async function attempt(check: () => Found | Promise<Found>): Promise<Found> {
  try {
    return await check()
  } catch (error) {
    return { state: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}

function nodeVersion(): Found {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isEnough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])
  if (isEnough) return { state: 'ok', detail: process.versions.node }
  return { state: 'failed', detail: process.versions.node, hint: `install Node ${MIN_NODE.join('.')} or later` }
}

/** Opens a log in a directory of its own: proves that the native build loads and that it can sync. */
function sqliteBuild(): Found {
  const directory = mkdtempSync(join(tmpdir(), 'lianhu-doctor-'))
  try {
    const database = openLogForWriting(join(directory, LOG_FILE))
    const version = String(database.prepare('SELECT sqlite_version()').pluck().get())
    const mode = String(database.pragma('journal_mode', { simple: true }))
    database.close()
    if (mode === 'wal') return { state: 'ok', detail: version }
    return {
      state: 'failed',
      detail: `${version}, journal mode ${mode}`,
      hint: 'use a local file system: WAL is needed',
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function dataDirectory(dataDir: string): Found {
  const place = existing(dataDir)
  accessSync(place, constants.W_OK)
  return { state: 'ok', detail: place === resolve(dataDir) ? place : `${resolve(dataDir)} (will be made)` }
}

function diskSpace(dataDir: string): Found {
  const { bavail, bsize } = statfsSync(existing(dataDir))
  const free = bavail * bsize
  const detail = `${(free / GIB).toFixed(1)} GiB free`
  if (free < MIN_FREE_BYTES)
    return { state: 'failed', detail, hint: 'free at least 1 GiB: a full disk makes the hub read-only' }
  if (free < COMFORTABLE_FREE_BYTES) return { state: 'warning', detail, hint: 'a county grows by about 1 GiB a year' }
  return { state: 'ok', detail }
}

async function clock(config: Config): Promise<Found> {
  const now = wallClock.now()
  const detail = new Date(now).toISOString()
  if (now < EARLIEST_MS) return { state: 'failed', detail, hint: 'set the clock' }
  const log = await peekLog(config)
  if (log && !log.isSimulated && epochMsOf(log.lastRecordedAt) - now > SKEW_MS) {
    return {
      state: 'failed',
      detail: `${detail}, behind the last event (${log.lastRecordedAt})`,
      hint: 'set the clock',
    }
  }
  return { state: 'ok', detail }
}

function passphrase({ passphraseFile }: Config): Found {
  if (passphraseFile === undefined) {
    return { state: 'failed', detail: 'none', hint: 'set LIANHU_PASSPHRASE_FILE to a file that only the hub can read' }
  }
  if (readPassphrase(passphraseFile).length < 12) {
    return {
      state: 'warning',
      detail: 'shorter than 12 characters',
      hint: 'whoever has file and passphrase can open the vault',
    }
  }
  return { state: 'ok', detail: passphraseFile }
}

function masterKey({ dataDir, passphraseFile }: Config): Found {
  const file = join(dataDir, MASTER_KEY_FILE)
  if (!existsSync(file)) return { state: 'warning', detail: 'no store yet', hint: 'lianhu serve --init makes one' }
  if (passphraseFile === undefined) return { state: 'warning', detail: 'not tried without a passphrase' }
  openMasterKeyFile(file, readPassphrase(passphraseFile))
  return { state: 'ok', detail: 'opens' }
}

function freePort({ host, port }: Config): Promise<Found> {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      answer({
        state: 'warning',
        detail: `${host}:${port} ${error.code}`,
        hint: 'a hub may be running already; else choose another with --port',
      }),
    )
    server.listen(port, host, () => server.close(() => answer({ state: 'ok', detail: `${host}:${port} is free` })))
  })
}

/** The directory itself or, before it is made, the nearest one above it. */
function existing(path: string): string {
  const full = resolve(path)
  return existsSync(full) || dirname(full) === full ? full : existing(dirname(full))
}
