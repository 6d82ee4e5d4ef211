/**
 * Writes a replica of a log: every event once, in log order, each batch in one transaction with the position it was read at. A
 * replica of another log, or one that has gone past what the log still holds, is refused and never mended.
 */
import type { StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { uuidBytes, uuidOfBytes } from '../kernel/ids.js'
import { type LogRecord, type Position, START } from './port.js'
import { openReplicaForWriting } from './replica-schema.js'
import { rowHead, wholeRow } from './sqlite-schema.js'

export interface ReplicaWriter {
  /** The log's position of the last event that was copied; `START` where nothing was. */
  position(): Position
  /** How many events were copied: the number of the last one. */
  length(): number
  /** The last event that was copied. */
  last(): { readonly stream: string; readonly revision: number; readonly id: string } | undefined
  add(records: readonly LogRecord[]): void
  close(): void
}

interface LastRow {
  readonly name: string
  readonly revision: number
  readonly id: Buffer
}

export function openReplicaWriter(file: string): ReplicaWriter {
  const database = openReplicaForWriting(file)
  const findStream = database.prepare<[string], { s: number }>('SELECT s FROM stream WHERE name = ?')
  const addStream = database.prepare('INSERT INTO stream (name) VALUES (?)')
  const addEvent = database.prepare('INSERT INTO event (s, revision, id, json) VALUES (?, ?, ?, ?)')
  const putPosition = database.prepare(
    'INSERT INTO copied (one, position) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET position = excluded.position',
  )
  const findPosition = database.prepare<[], { position: string }>('SELECT position FROM copied')
  const countEvents = database.prepare<[], number | null>('SELECT max(pos) FROM event').pluck()
  const findLast = database.prepare<[], LastRow>(
    'SELECT name, revision, id FROM event JOIN stream USING (s) ORDER BY pos DESC LIMIT 1',
  )
  let length = countEvents.get() ?? 0
  let position = findPosition.get()?.position ?? START

  const numberOf = (stream: string): number =>
    findStream.get(stream)?.s ?? Number(addStream.run(stream).lastInsertRowid)
  const addAll = database.transaction((records: readonly LogRecord[]) => {
    for (const { stream, event } of records) {
      const s = numberOf(stream)
      length = Number(addEvent.run(s, event.revision, uuidBytes(event.id), rowOf(event)).lastInsertRowid)
    }
    putPosition.run(records.at(-1)?.position)
  })

  return {
    position: () => position,
    length: () => length,
    last() {
      const row = findLast.get()
      return row && { stream: row.name, revision: row.revision, id: uuidOfBytes(row.id) }
    },
    add(records) {
      const last = records.at(-1)
      if (!last) return
      addAll.immediate(records)
      position = last.position
    },
    close: () => database.close(),
  }
}

/**
 * Throws where the last event that was copied is not the log's at that position.
 * @param recordAt the log's event at a position
 */
export async function refuseForeignReplica(
  replica: ReplicaWriter,
  recordAt: (position: Position) => Promise<LogRecord | undefined>,
): Promise<void> {
  const last = replica.last()
  if (!last) return
  const found = (await recordAt(replica.position()))?.event
  if (found?.id === last.id && found.stream === last.stream && found.revision === last.revision) return
  throw new HubError(
    'HUB_LOG_CORRUPT',
    'the replica holds what the log does not: it is of another log, or the log was set back',
    {
      hint: 'If the log is the right one and whole, delete replica.sqlite and readmodels: both come back from it.',
    },
  )
}

function rowOf({ stream: _, revision: __, ...event }: StoredEvent): string {
  const { sealed } = event
  return wholeRow(rowHead(event), sealed.length === 0 ? '[]' : JSON.stringify(sealed))
}
