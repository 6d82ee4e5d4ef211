/** What feeds need of the rest of the hub; the composition root hands it in. Types only. */
import type { PatientFeed } from '../../projections/feeds.js'
import type { Clock } from '../kernel/clock.js'
import type { LogReader, PlacedReads } from '../log/port.js'
import type { PolicyPack } from '../policy/pack.js'
import type { ReadModels } from '../readmodel/port.js'
import type { HubRecorder } from '../recording/port.js'
import type { Vault } from '../vault/port.js'
import type { CompileThreads } from './compile-threads.js'
import type { ReplayLog } from './replay.js'

/** The patient records as text in one read transaction, until it is closed: rows, live rows and checkpoint agree. */
export interface PatientSnapshot {
  checkpoint(): { readonly leafIndex: number }
  /** At an open cut, by key. */
  texts(cutId: string): Iterable<RowText>
  /** The shelves on which heads lie, in order. */
  shelves(): Iterable<string>
  /** By key: the heads on a shelf whose rows stand as they did at the cut, and that were not touched since. */
  headsOn(shelf: string, since?: SettledSince): Iterable<{ readonly key: string; readonly head: string }>
  /** Those whom `headsOn` passes over: rows that have changed since the cut, and heads that were touched since. Each once. */
  unsettled(since: SettledSince): Iterable<string>
  /** At an open cut; undefined where there was no such row then. */
  textAt(cutId: string, key: string): RowText | undefined
  /** As it stands. */
  textNow(key: string): string | undefined
  close(): void
}

/** An open cut, and a time from which on whoever was touched is not settled; what is absent unsettles nobody. */
export interface SettledSince {
  readonly cutId?: string
  readonly touchedSince?: string | undefined
}

export interface RowText {
  readonly key: string
  readonly row: string
  readonly live: string | undefined
}

export interface FeedsDeps {
  readonly logId: string
  readonly isSimulated: boolean
  readonly log: LogReader
  /** Tells which events of a person lie before a cut, on whatever node. */
  readonly placed: PlacedReads
  /** A reading of the log of its own, for replays: closed when the replay is done. */
  readonly openLog: () => ReplayLog
  readonly vault: Vault
  readonly recorder: HubRecorder
  readonly readModels: ReadModels
  readonly openPatients: () => PatientSnapshot
  readonly definitions: readonly PatientFeed[]
  readonly pack: PolicyPack
  /** `feed:police-quarterly` → 1: the versions in force; a feed without one neither closes nor previews. */
  readonly versions: () => ReadonlyMap<string, number>
  readonly isClockDoubted: () => boolean
  readonly calendar: Clock
  /** Where compiled documents wait, e.g. `<data directory>/spool`. */
  readonly spoolDirectory: string
  /** Compiles many people in threads; without it everything is compiled here. */
  readonly threads?: CompileThreads
  /** From so many people on. Defaults to `THREADS_FROM_PEOPLE`. */
  readonly threadsFrom?: number
  /** Told of what stopped an attempt; it is tried again. */
  readonly onError?: (error: unknown) => void
  /** Told that an attempt came to its end: nothing stands in the way any more. */
  readonly onSettled?: () => void
  /** Told how many people in scope nobody answers for, after each compile. */
  readonly onUnmapped?: (feed: string, period: string, people: number) => void
}
