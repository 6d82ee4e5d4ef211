/**
 * The replica's file: the tables of the SQLite log, and how far the log has been copied. Its commits are not flushed one by one:
 * after a power cut it goes on from its last commit that reached the disk.
 */
import { openLogForWriting, type Sqlite } from './sqlite-schema.js'

export const REPLICA_FILE = 'replica.sqlite'

export function openReplicaForWriting(file: string): Sqlite {
  const database = openLogForWriting(file)
  database.pragma('synchronous = NORMAL')
  database.exec('CREATE TABLE IF NOT EXISTS copied (one INTEGER PRIMARY KEY CHECK (one = 1), position TEXT NOT NULL)')
  return database
}
