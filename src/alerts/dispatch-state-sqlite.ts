/**
 * What the dispatcher remembers between two runs: its checkpoint, the directory's events, how long each outbox is, who was
 * told what, and which documents were released. One SQLite file, one transaction per commit; it can be deleted at any time
 * and comes back from the log.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { MessageKind } from '../delivery/port.js'
import type { StoredEvent } from '../domain/event.js'
import { uuidBytes, uuidOfBytes } from '../kernel/ids.js'
import { type Position, START } from '../log/port.js'
import type { Told, ToldRisk } from './beliefs.js'

/** A closed period and what was released of it. */
export interface Cut {
  readonly id: string
  readonly feed: string
  readonly closedAt: string
}

export type StateWrite =
  | { readonly kind: 'directory'; readonly event: StoredEvent }
  | { readonly kind: 'told'; readonly patientId: string; readonly told: Told }
  | { readonly kind: 'outbox'; readonly subscription: string; readonly length: number }
  | { readonly kind: 'cut'; readonly cut: Cut }
  | { readonly kind: 'release'; readonly cutId: string; readonly agency: string }

export interface DispatchState {
  readonly position: Position
  directoryEvents(): readonly StoredEvent[]
  outboxLengths(): ReadonlyMap<string, number>
  /** In the order of their causes; an alarm that climbed stands beside its cause. */
  toldOf(patientId: string): readonly Told[]
  /** True where somebody was told something of this kind about the person. */
  wasTold(patientId: string, kind: MessageKind): boolean
  /** The latest cuts of each feed, newest first. */
  latestCuts(perFeed: number): readonly Cut[]
  isReleased(cutId: string, agency: string): boolean
  /** All of it, or nothing. */
  commit(writes: readonly StateWrite[], position: Position): void
  close(): void
}

/** Part of the file's name too: another shape is another file. */
export const DISPATCH_STATE_FILE = 'dispatch@3.sqlite'

/** Written when the file is closed in good order. */
const CLOSED = 'closed'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS directory_event (n INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (subscription TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recipient (r INTEGER PRIMARY KEY, agency TEXT NOT NULL, subscription TEXT NOT NULL,
  UNIQUE (agency, subscription));
CREATE TABLE IF NOT EXISTS told (patient BLOB NOT NULL, revision INTEGER NOT NULL, r INTEGER NOT NULL, cause BLOB NOT NULL,
  kind TEXT NOT NULL, field_set TEXT NOT NULL, sequence INTEGER NOT NULL, level INTEGER, risk BLOB,
  PRIMARY KEY (patient, revision, r, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cut (id TEXT PRIMARY KEY, feed TEXT NOT NULL, closed_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release (cut TEXT NOT NULL, agency TEXT NOT NULL, PRIMARY KEY (cut, agency)) WITHOUT ROWID;
`

interface ToldRow {
  readonly revision: number
  readonly agency: string
  readonly subscription: string
  readonly cause: Buffer
  readonly kind: string
  readonly field_set: string
  readonly sequence: number
  readonly level: number | null
  readonly risk: Buffer | null
}

/**
 * Opens the file; one of another log, one that cannot be read, or one that was open when the machine went down, is removed and
 * begun again. Nothing is synced: a commit must not hold up alerts, and what a lost machine loses comes back from the log.
 */
export function openDispatchState(file: string, logId: string): DispatchState {
  mkdirSync(dirname(file), { recursive: true })
  try {
    const state = openFile(file, logId)
    if (state) return state
  } catch (error) {
    if (!isDamaged(error)) throw error
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  const fresh = openFile(file, logId)
  if (!fresh) throw new Error('openDispatchState: a new file belongs to another log')
  return fresh
}

function openFile(file: string, logId: string): DispatchState | undefined {
  const database = new Database(file)
  try {
    const boot = bootOfMachine()
    database.pragma('journal_mode = WAL')
    // Without a way to see that the machine was restarted, every checkpoint of the file is synced instead.
    database.pragma(`synchronous = ${boot === undefined ? 'NORMAL' : 'OFF'}`)
    database.exec(SCHEMA)
    const meta = database.prepare<[string], { value: string }>('SELECT value FROM meta WHERE name = ?')
    const put = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
    const owner = meta.get('log')
    const openedOn = meta.get('boot')?.value
    if ((owner && owner.value !== logId) || (openedOn !== undefined && openedOn !== CLOSED && openedOn !== boot)) {
      database.close()
      return undefined
    }
    put.run('log', logId)
    put.run('boot', boot ?? CLOSED)
    return stateOver(database)
  } catch (error) {
    database.close()
    throw error
  }
}

/** Changes with every start of the machine; undefined where the system has no such thing. */
function bootOfMachine(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

function stateOver(database: Database.Database): DispatchState {
  const found = database.prepare<[], { value: string }>("SELECT value FROM meta WHERE name = 'position'").get()
  let position: Position = found?.value ?? START
  const putPosition = database.prepare("INSERT OR REPLACE INTO meta VALUES ('position', ?)")
  const putDirectory = database.prepare('INSERT INTO directory_event (json) VALUES (?)')
  const putOutbox = database.prepare('INSERT OR REPLACE INTO outbox VALUES (?, ?)')
  const putRecipient = database.prepare('INSERT OR IGNORE INTO recipient (agency, subscription) VALUES (?, ?)')
  const findRecipient = database.prepare<[string, string], { r: number }>(
    'SELECT r FROM recipient WHERE agency = ? AND subscription = ?',
  )
  const putTold = database.prepare('INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const anyTold = database.prepare('SELECT 1 FROM told WHERE patient = ? AND kind = ? LIMIT 1')
  const putCut = database.prepare('INSERT OR REPLACE INTO cut VALUES (?, ?, ?)')
  const putRelease = database.prepare('INSERT OR REPLACE INTO release VALUES (?, ?)')
  const told = database.prepare<[Buffer], ToldRow>(
    `SELECT told.revision, agency, subscription, cause, kind, field_set, sequence, level, risk FROM told JOIN recipient USING (r)
     WHERE patient = ? ORDER BY told.revision, r, sequence`,
  )
  const cuts = database.prepare<[number], Cut>(
    `SELECT id, feed, closed_at AS closedAt FROM
       (SELECT *, row_number() OVER (PARTITION BY feed ORDER BY closed_at DESC) AS age FROM cut)
     WHERE age <= ? ORDER BY closed_at DESC`,
  )
  const release = database.prepare('SELECT 1 FROM release WHERE cut = ? AND agency = ?')
  const recipients = new Map<string, number>()

  const recipientOf = (agency: string, subscription: string): number => {
    const known = recipients.get(agency + subscription)
    if (known !== undefined) return known
    putRecipient.run(agency, subscription)
    const r = findRecipient.get(agency, subscription)?.r ?? 0
    recipients.set(agency + subscription, r)
    return r
  }

  const write = (one: Exclude<StateWrite, { kind: 'outbox' }>): void => {
    switch (one.kind) {
      case 'directory':
        putDirectory.run(JSON.stringify(one.event))
        break
      case 'told': {
        const { agency, subscription = '', revision, causeId, kind, fieldSet, sequence = NO_SEQUENCE, risk } = one.told
        const place = [uuidBytes(one.patientId), revision, recipientOf(agency, subscription), uuidBytes(causeId)]
        putTold.run(...place, kind, fieldSet, sequence, ...columnsOfRisk(risk))
        break
      }
      case 'cut':
        putCut.run(one.cut.id, one.cut.feed, one.cut.closedAt)
        break
      case 'release':
        putRelease.run(one.cutId, one.agency)
        break
    }
  }
  const commit = database.transaction((writes: readonly StateWrite[], through: Position) => {
    const lengths = new Map<string, number>()
    for (const one of writes) {
      if (one.kind === 'outbox') lengths.set(one.subscription, one.length)
      else write(one)
    }
    for (const [subscription, length] of lengths) putOutbox.run(subscription, length)
    putPosition.run(through)
  })

  return {
    get position() {
      return position
    },
    directoryEvents: () =>
      database
        .prepare<[], { json: string }>('SELECT json FROM directory_event ORDER BY n')
        .all()
        .map(({ json }) => JSON.parse(json) as StoredEvent),
    outboxLengths: () =>
      new Map(
        database
          .prepare<[], { subscription: string; length: number }>('SELECT subscription, length FROM outbox')
          .all()
          .map(({ subscription, length }) => [subscription, length]),
      ),
    toldOf: (patientId) => told.all(uuidBytes(patientId)).map(toldOfRow),
    wasTold: (patientId, kind) => anyTold.get(uuidBytes(patientId), kind) !== undefined,
    latestCuts: (perFeed) => cuts.all(perFeed),
    isReleased: (cutId, agency) => release.get(cutId, agency) !== undefined,
    commit(writes, through) {
      commit(writes, through)
      position = through
    },
    close() {
      database.prepare("INSERT OR REPLACE INTO meta VALUES ('boot', ?)").run(CLOSED)
      database.pragma('synchronous = FULL')
      database.pragma('wal_checkpoint(TRUNCATE)')
      database.close()
    },
  }
}

/** Told without a message: the agency takes none. */
const NO_SEQUENCE = -1
/** No level is -1, which is none; a level that has to be looked up is null. */
const NO_LEVEL = -1

function columnsOfRisk(risk: ToldRisk | undefined): readonly [level: number | null, risk: Buffer | null] {
  if (risk === undefined) return [null, null]
  return risk === 'none' ? [NO_LEVEL, null] : [risk.level, uuidBytes(risk.eventId)]
}

function riskOfRow({ level, risk }: ToldRow): ToldRisk | undefined {
  if (level === null) return undefined
  return risk === null ? 'none' : { level, eventId: uuidOfBytes(risk) }
}

function toldOfRow(row: ToldRow): Told {
  const risk = riskOfRow(row)
  return {
    agency: row.agency,
    revision: row.revision,
    causeId: uuidOfBytes(row.cause),
    kind: row.kind as MessageKind,
    fieldSet: row.field_set,
    ...(row.subscription === '' ? {} : { subscription: row.subscription }),
    ...(row.sequence === NO_SEQUENCE ? {} : { sequence: row.sequence }),
    ...(risk === undefined ? {} : { risk }),
  }
}

function isDamaged(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB'
}
