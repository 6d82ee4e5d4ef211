/**
 * The SQLite log's file: its tables, its pragmas, and the bytes of a row. Refuses UPDATE and DELETE by trigger.
 *
 * `event.json` is the stored event without `id`, `stream`, `revision`, which are columns, e.g.
 * `{"type":"RiskAssessed","version":1,"occurredAt":"2026-03-02","recordedAt":"…","recordedBy":{…},"source":{…},"seed":"…","data":{…},"sealed":[]}`.
 */
import Database from 'better-sqlite3'
import type { NewEvent, StoredEvent } from '../domain/event.js'
import { uuidOfBytes } from '../kernel/ids.js'

export type Sqlite = Database.Database

export const LOG_FILE = 'log.sqlite'

/** Write-ahead log after which a commit checkpoints by itself. */
const CHECKPOINT_BYTES = 32 * 1024 * 1024

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stream (s INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS event (
    pos INTEGER PRIMARY KEY, s INTEGER NOT NULL, revision INTEGER NOT NULL, id BLOB NOT NULL, json TEXT NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS event_place ON event (s, revision);
  CREATE UNIQUE INDEX IF NOT EXISTS event_identity ON event (id, s);
  CREATE TRIGGER IF NOT EXISTS event_is_final BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the log is immutable'); END;
  CREATE TRIGGER IF NOT EXISTS event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the log is immutable'); END;
  CREATE TRIGGER IF NOT EXISTS stream_is_final BEFORE UPDATE ON stream BEGIN SELECT RAISE(ABORT, 'the log is immutable'); END;
  CREATE TRIGGER IF NOT EXISTS stream_stays BEFORE DELETE ON stream BEGIN SELECT RAISE(ABORT, 'the log is immutable'); END;
`

/**
 * Opens the log for its one writer. `synchronous=FULL` holds per connection: a commit that returned is on disk. Every commit writes
 * whole pages, and two indexes touch one at random for each event: pages of 4 KiB wrote a third of what 16 KiB wrote (15 against
 * 47 KiB an event in commits of 64), for a fifth less CPU, and were no slower in commits of 512.
 */
export function openLogForWriting(file: string): Sqlite {
  const database = new Database(file)
  database.pragma('page_size = 4096')
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('cache_size = -16384')
  // `INSERT OR REPLACE` deletes too, and passes the triggers by without this.
  database.pragma('recursive_triggers = ON')
  database.exec(SCHEMA)
  // An older file keeps the pages that it began with.
  const pageSize = Number(database.pragma('page_size', { simple: true }))
  database.pragma(`wal_autocheckpoint = ${Math.ceil(CHECKPOINT_BYTES / pageSize)}`)
  return database
}

/** Opens the log beside its writer, for reading only. Not mapped into memory: each thread's map counts once more as resident. */
export function openLogForReading(file: string): Sqlite {
  const database = new Database(file, { readonly: true, fileMustExist: true })
  database.pragma('cache_size = -8192')
  return database
}

/** A row from its head and the JSON of its `sealed`. */
export function wholeRow(head: string, sealed: string): string {
  return `${head}${sealed}}`
}

/** A row up to its `sealed`. Written member by member: a copy without `id` would cost more than the serialising. */
export function rowHead(event: Omit<NewEvent, 'sealed'>): string {
  let json = `{"type":"${event.type}","version":${event.version}`
  if (event.occurredAt !== undefined) json += `,"occurredAt":"${event.occurredAt}"`
  json += `,"recordedAt":"${event.recordedAt}","recordedBy":${recordedByJson(event.recordedBy)}`
  if (event.legalBasis !== undefined) json += `,"legalBasis":${JSON.stringify(event.legalBasis)}`
  if (event.observedBy !== undefined) json += `,"observedBy":${JSON.stringify(event.observedBy)}`
  if (event.onBehalfOf !== undefined) json += `,"onBehalfOf":${JSON.stringify(event.onBehalfOf)}`
  json += `,"source":${JSON.stringify(event.source)}`
  if (event.corrects !== undefined) json += `,"corrects":"${event.corrects}"`
  if (event.causation !== undefined) json += `,"causation":${JSON.stringify(event.causation)}`
  return `${json},"seed":"${event.seed}","data":${JSON.stringify(event.data)},"sealed":`
}

const recordedByTexts = new WeakMap<object, string>()

/** One principal records thousands of events: its JSON is made once. */
function recordedByJson(recordedBy: NewEvent['recordedBy']): string {
  let text = recordedByTexts.get(recordedBy)
  if (text === undefined) {
    text = JSON.stringify(recordedBy)
    recordedByTexts.set(recordedBy, text)
  }
  return text
}

/** The stored event of a row. */
export function eventOfRow(stream: string, revision: number, id: Uint8Array, json: string): StoredEvent {
  const event = JSON.parse(json) as { id: string; stream: string; revision: number } & StoredEvent
  event.id = uuidOfBytes(id)
  event.stream = stream
  event.revision = revision
  return event
}
