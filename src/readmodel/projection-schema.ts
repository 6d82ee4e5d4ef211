/**
 * The file of one projection: its tables and how it is opened. It is disposable: a file that is damaged or of another
 * format is thrown away and built again from the log, never repaired.
 */
import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'

export type Sqlite = Database.Database

/** Raised whenever the tables change: older files are then built again. */
const FORMAT = 3

// A row is about 3 KiB and one event changes one row: small pages in a table with row ids write a quarter of what large
// pages clustered by key wrote (measured), and a scan in key order costs the same.
const PAGE_SIZE = 4096
/** 8 MiB of write-ahead log between two checkpoints: one of 32 MiB kept the disk from the log's own fsyncs for 100 ms (measured). */
const CHECKPOINT_PAGES = 2048

const SCHEMA = `
  CREATE TABLE rows (key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL);
  CREATE TABLE heads (
    shelf TEXT NOT NULL, key TEXT NOT NULL, touched TEXT NOT NULL, head TEXT NOT NULL, PRIMARY KEY (shelf, key)) WITHOUT ROWID;
  CREATE UNIQUE INDEX heads_by_key ON heads (key);
  CREATE INDEX heads_by_touched ON heads (touched);
  CREATE TABLE aside (cut TEXT NOT NULL, key TEXT NOT NULL, row TEXT, PRIMARY KEY (cut, key));
  CREATE TABLE cuts (
    id TEXT PRIMARY KEY, feed TEXT NOT NULL, period TEXT NOT NULL, position TEXT NOT NULL, leaf_index INTEGER NOT NULL,
    closed_at TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1), position TEXT NOT NULL, leaf_index INTEGER NOT NULL,
    event_id TEXT NOT NULL, before TEXT NOT NULL);
  INSERT INTO checkpoint VALUES (1, '', -1, '', '');
  PRAGMA user_version = ${FORMAT};
`

/** `live`: follows the log, survives a kill. `building`: fast, worth nothing until it is finished and renamed. */
export type OpenFor = 'live' | 'building'

export function openForWriting(file: string, use: OpenFor): Sqlite {
  try {
    return opened(file, use)
  } catch (error) {
    if (!isDamage(error)) throw error
    removeDatabase(file)
    return opened(file, use)
  }
}

/** Not mapped into memory: a page's first touch cost four times what reading it did (measured). */
export function openForReading(file: string): Sqlite {
  const database = new Database(file, { readonly: true, fileMustExist: true })
  database.pragma('cache_size = -4096')
  return database
}

/** Removes a database with its companions. */
export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true })
}

function opened(file: string, use: OpenFor): Sqlite {
  const database = new Database(file)
  try {
    const format = database.pragma('user_version', { simple: true })
    if (format !== FORMAT && !isEmpty(database)) throw new FormatChanged()
    database.pragma(`page_size = ${PAGE_SIZE}`)
    database.pragma(use === 'live' ? 'journal_mode = WAL' : 'journal_mode = OFF')
    database.pragma(use === 'live' ? 'synchronous = NORMAL' : 'synchronous = OFF')
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.pragma('cache_size = -8192')
    if (format !== FORMAT) database.transaction(() => database.exec(SCHEMA))()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

class FormatChanged extends Error {}

function isEmpty(database: Sqlite): boolean {
  return database.prepare('SELECT 1 FROM sqlite_master').get() === undefined
}

function isDamage(error: unknown): boolean {
  if (error instanceof FormatChanged) return true
  return error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)
}
