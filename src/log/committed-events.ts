/**
 * The events that this process committed last, kept so that followers get them without touching the disk. What is kept has
 * its seals as JSON; it becomes an event when a follower asks for it. Refuses nothing: whoever is further behind reads pages.
 */
import type { OpenEvent, SealedEntry, StoredEvent } from '../domain/event.js'
import type { LogRecord, Position } from './port.js'

/** Few enough that most of them are gone before the collector takes them for old. */
const KEPT = 512

export interface CommittedEvents {
  /** Every position up to this one has been seen committed by this process; 0 until the first. */
  head(): number
  /** Takes an event at its place. Positions come in order; where one is skipped, what was kept before it is let go. */
  add(pos: number, stream: string, revision: number, event: OpenEvent['event'], sealedJson: string): void
  /** Lets go of everything up to a position: every follower of this process has passed it. */
  letGo(through: number): void
  /** The records from a position on, at most so many; undefined where the first of them is no longer (or not yet) kept. */
  from(pos: number, limit: number): readonly LogRecord[] | undefined
}

export function createCommittedEvents(): CommittedEvents {
  const kept: (CommittedRecord | undefined)[] = new Array(KEPT)
  let head = 0
  let firstKept = Number.POSITIVE_INFINITY
  return {
    head: () => head,
    add(pos, stream, revision, event, sealedJson) {
      if (pos !== head + 1) firstKept = pos
      kept[pos % KEPT] = new CommittedRecord(pos, stream, revision, event, sealedJson)
      head = pos
      firstKept = Math.max(Math.min(firstKept, pos), pos - KEPT + 1)
    },
    letGo(through) {
      for (let pos = firstKept; pos <= Math.min(through, head); pos++) kept[pos % KEPT] = undefined
      firstKept = Math.max(firstKept, through + 1)
    },
    from(pos, limit) {
      if (pos < firstKept || pos > head) return undefined
      const records: LogRecord[] = []
      for (let at = pos; at <= head && records.length < limit; at++) {
        const record = kept[at % KEPT]
        if (record) records.push(record)
      }
      return records
    },
  }
}

/** A class, since its getters have to be a prototype's: an accessor of its own makes an object five times as large. */
class CommittedRecord implements LogRecord {
  readonly #pos: number
  readonly stream: string
  readonly #revision: number
  readonly #head: OpenEvent['event']
  readonly #sealedJson: string
  #event: StoredEvent | undefined

  constructor(pos: number, stream: string, revision: number, head: OpenEvent['event'], sealedJson: string) {
    this.#pos = pos
    this.stream = stream
    this.#revision = revision
    this.#head = head
    this.#sealedJson = sealedJson
  }

  get position(): Position {
    return String(this.#pos)
  }

  get event(): StoredEvent {
    this.#event ??= {
      stream: this.stream,
      revision: this.#revision,
      sealed: this.#sealedJson === NO_SEALS ? [] : (JSON.parse(this.#sealedJson) as readonly SealedEntry[]),
      ...this.#head,
    }
    return this.#event
  }
}

/** The JSON of no seals at all. */
export const NO_SEALS = '[]'
