/**
 * The directory as of now: follows the log in memory. It starts from a snapshot file where one fits, so that a start does not
 * read the whole log; the file is disposable.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { createDirectory, type Directory, restoreDirectory } from '../domain/directory.js'
import type { Receipt, StoredEvent } from '../domain/event.js'
import { type EventLog, type Position, START } from '../log/port.js'

export interface LiveDirectory {
  readonly current: Directory
  /** Resolves when the directory has seen this event: read your own writes. */
  through(receipt: Pick<Receipt, 'stream' | 'revision'>): Promise<void>
  /** Rejects once if following fails; never resolves otherwise. */
  readonly failed: Promise<never>
  stop(): Promise<void>
}

const zSnapshot = z.strictObject({ logId: z.string(), position: z.string(), directory: z.unknown() })

interface Waiting {
  readonly receipt: Pick<Receipt, 'stream' | 'revision'>
  readonly resolve: () => void
}

/**
 * Catches up before it resolves.
 * @param onCommitted called whenever an event is committed from then on
 */
export async function startLiveDirectory(
  log: EventLog,
  logId: string,
  snapshotFile: string,
  onCommitted: () => void = () => {},
): Promise<LiveDirectory> {
  const start = readSnapshot(snapshotFile, logId)
  const directory = start?.directory ?? createDirectory()
  let position: Position = start?.position ?? START
  const waiting = new Set<Waiting>()
  const revisions = new Map<string, number>()
  const stopping = new AbortController()

  const see = (event: StoredEvent): void => {
    directory.apply(event)
    revisions.set(event.stream, event.revision)
    for (const one of waiting) {
      if (one.receipt.stream === event.stream && one.receipt.revision <= event.revision) {
        waiting.delete(one)
        one.resolve()
      }
    }
  }
  for await (const record of log.readAll(position)) {
    if (isOfDirectory(record.stream)) see(record.event)
    position = record.position
  }
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  const following = (async () => {
    for await (const record of log.subscribe(position, stopping.signal)) {
      if (isOfDirectory(record.stream)) see(record.event)
      position = record.position
      onCommitted()
    }
  })().catch(fail)

  return {
    current: directory,
    failed,
    through(receipt) {
      if ((revisions.get(receipt.stream) ?? -1) >= receipt.revision) return Promise.resolve()
      return new Promise((resolve) => waiting.add({ receipt, resolve }))
    },
    async stop() {
      stopping.abort()
      await following
      for (const { resolve } of waiting) resolve()
      writeFileSync(`${snapshotFile}.new`, JSON.stringify({ logId, position, directory: directory.snapshot() }))
      renameSync(`${snapshotFile}.new`, snapshotFile)
    },
  }
}

/** The streams that the directory folds: of agencies, subscriptions and the hub. */
function isOfDirectory(stream: string): boolean {
  return !stream.startsWith('patient') && /^(agency|subscription|hub)/.test(stream)
}

/** A snapshot of another log, another release or half a file counts as none. */
function readSnapshot(file: string, logId: string): { directory: Directory; position: Position } | undefined {
  if (!existsSync(file)) return undefined
  try {
    const snapshot = zSnapshot.parse(JSON.parse(readFileSync(file, 'utf8')))
    return snapshot.logId === logId
      ? { directory: restoreDirectory(snapshot.directory), position: snapshot.position }
      : undefined
  } catch {
    return undefined
  }
}
