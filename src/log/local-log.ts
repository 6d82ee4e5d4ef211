/**
 * The log as a hub uses it: whatever it is kept in, its events lie in a SQLite file of this node, in log order and numbered from
 * 1. The embedded log is that file; of a cluster's log it is a replica, which may lag and can be deleted at any time.
 */
import type { EventLog, LogReader, SealingLog } from './port.js'
import type { SqliteLogReader } from './sqlite-reader.js'

export interface LocalLog extends EventLog, SealingLog {
  /** Reads this node's file, for verify, rebuilds and whatever follows the log. */
  readonly reader: SqliteLogReader
  /**
   * The log itself, never a replica of it: for the few questions that an answer of a moment ago would answer wrongly. The tail of a
   * stream that was asked of it is known from then on: this log's own reads of that stream go at least so far.
   */
  readonly authority: LogReader
}
