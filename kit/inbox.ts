/**
 * The order in which messages are applied. They come from webhooks and mailbox pages in any order and more than once; they
 * are applied one at a time, each once, and never before an earlier one of the same subject. Whoever is missing is waited for
 * a moment, then asked for. It owns the state: nobody is told "taken" before the state says so on the disk.
 */
import { checkDocument } from './document.js'
import { type DocumentNotice, parseEnvelope, type ReceivedMessage } from './envelope.js'
import { codeOf, KitError } from './kit-error.js'
import {
  type Arrival,
  accepted,
  type Given,
  type MailboxPage,
  type Outcome,
  outcomeOf,
  type ReceiverOptions,
} from './port.js'
import type { ParkedList, ReceiverState, StateSnapshot } from './state.js'

export interface InboxDeps extends Pick<ReceiverOptions, 'apply' | 'isKnown' | 'fetchRange' | 'fetchDocument'> {
  readonly state: ReceiverState
  readonly save: (state: StateSnapshot) => Promise<void>
  readonly graceMs: number
  readonly onOutcome: (outcome: Outcome) => void
  readonly onProblem: (error: unknown) => void
}

export interface Inbox {
  /** Never rejects. */
  take(arrival: Arrival): Promise<Outcome>
  /** The messages of a page, each its outcome; documents that must be fetched first are not waited for. */
  takePage(page: MailboxPage): Promise<readonly Outcome[]>
  /** Known of and not applied, lowest first; neither parked nor under way. */
  failing(): readonly number[]
  /** The mark as it stands on the disk. */
  savedMark(): number
  close(): Promise<void>
}

interface Entry extends Arrival {
  parked: ParkedList
  document?: Uint8Array
  isReady: boolean
  readonly since: number
  readonly settle: (outcome: Outcome) => void
  readonly outcome: Promise<Outcome>
}

/** Webhooks that may wait at the same time; the hub sends eight. */
const MAX_WAITING = 1000
/** Applied under one write of the state, at most. */
const BATCH = 32

export function createInbox(deps: InboxDeps): Inbox {
  const { state, fetchRange, onProblem } = deps
  const entries = new Map<string, Entry>()
  /** Sequence → subject of what is known of and not applied. */
  const seen = new Map<number, string>()
  const stopping = new AbortController()
  let isDirty = false
  let savedMark = state.mark()
  let running: Promise<void> | undefined
  let arrivals = 0
  let wake = (): void => undefined
  let documents: Promise<void> = Promise.resolve()

  const isDone = ({ sequence, isTombstone }: ReceivedMessage): boolean =>
    state.isApplied(sequence) && (!isTombstone || state.isErased(sequence))
  const isPending = (sequence: number): boolean => entries.has(`${sequence}`) || entries.has(`${sequence} erased`)
  const ready = (): readonly Entry[] =>
    [...entries.values()].filter(({ isReady }) => isReady).sort((a, b) => inOrder(a.message, b.message))

  const settle = (entry: Entry, outcome: Outcome): void => {
    entries.delete(keyOf(entry.message))
    entry.settle(outcome)
    deps.onOutcome(outcome)
  }

  const arrived = (): void => {
    arrivals++
    wake()
    running ??= loop().finally(() => {
      running = undefined
      if (entries.size > 0 && ready().length > 0) arrived()
    })
  }

  const add = (arrival: Arrival): Promise<Outcome> => {
    const { message, from, parked } = arrival
    if (stopping.signal.aborted || (from === 'webhook' && entries.size >= MAX_WAITING)) {
      return Promise.resolve(outcomeOf('BUSY', arrival))
    }
    if (state.noteParked(parked)) isDirty = true
    if (!state.isApplied(message.sequence)) seen.set(message.sequence, message.subject)
    const known = entries.get(keyOf(message))
    if (known) return known.outcome
    let settleIt: (outcome: Outcome) => void = () => undefined
    const outcome = new Promise<Outcome>((resolve) => {
      settleIt = resolve
    })
    const entry: Entry = { ...arrival, isReady: false, since: performance.now(), settle: settleIt, outcome }
    entries.set(keyOf(message), entry)
    if (message.document && !isDone(message)) withDocument(entry, message.document)
    else makeReady(entry)
    return outcome
  }

  const makeReady = (entry: Entry): void => {
    entry.isReady = true
    arrived()
  }

  /** Documents are fetched one after the other, beside the messages: none of them holds up an alarm. */
  const withDocument = (entry: Entry, notice: DocumentNotice): void => {
    const attach = async (): Promise<void> => {
      try {
        const bytes = await documentBytes(notice)
        if (bytes) {
          checkDocument(notice, bytes)
          entry.document = bytes
        }
        makeReady(entry)
      } catch (error) {
        onProblem(error)
        settle(entry, outcomeOf(codeOf(error) === 'DOCUMENT_MISMATCH' ? 'DOCUMENT_MISMATCH' : 'DOCUMENT_AWAY', entry))
      }
    }
    if (notice.content !== undefined) void attach()
    else documents = documents.then(attach)
  }

  const documentBytes = async (notice: DocumentNotice): Promise<Uint8Array | undefined> =>
    notice.content === undefined
      ? deps.fetchDocument?.(notice, stopping.signal)
      : new TextEncoder().encode(notice.content)

  /** What holds a message up: something earlier that is not known yet, or an earlier one of its subject. */
  const blockOf = ({ message, parked }: Entry): { readonly unknown: number } | 'waits' | 'behind' | undefined => {
    for (const sequence of state.missingBelow(message.sequence, parked)) {
      const subject = seen.get(sequence)
      if (subject === message.subject) return isPending(sequence) ? 'waits' : 'behind'
      // Without a mailbox to ask, the hub's own promise has to do: it sends no later message of a person first.
      if (subject === undefined && fetchRange) return { unknown: sequence }
    }
    return undefined
  }

  const attempt = async (entry: Entry): Promise<Outcome | undefined> => {
    const { message, from, document } = entry
    const source = state.source()
    if (source !== undefined && source !== message.source) return outcomeOf('OTHER_LOG', entry)
    if (isDone(message)) return outcomeOf('DUPLICATE', entry)
    const block = state.isApplied(message.sequence) ? undefined : blockOf(entry)
    if (block === 'behind') return outcomeOf('BEHIND', entry)
    if (block !== undefined) return undefined
    let code: 'APPLIED' | 'DUPLICATE' = 'APPLIED'
    try {
      const what = whatOf(message)
      if (what !== 'DELETE' && (await deps.isKnown?.(message.id))) code = 'DUPLICATE'
      else await deps.apply(message, { what, from, ...(document ? { document } : {}) })
    } catch (error) {
      onProblem(error)
      return outcomeOf(codeOf(error) === 'REFUSED' ? 'REFUSED' : 'APPLY_FAILED', entry)
    }
    // A crash here repeats this message, under the same id: the state is written after the batch.
    state.comesFrom(message.source)
    state.applied(message.sequence)
    if (message.isTombstone) state.erased(message.sequence)
    seen.delete(message.sequence)
    isDirty = true
    return outcomeOf(code, entry)
  }

  /** @returns how many messages were settled */
  const round = async (): Promise<number> => {
    const settled: [Entry, Outcome][] = []
    for (const entry of ready()) {
      const outcome = await attempt(entry)
      if (outcome) settled.push([entry, outcome])
      if (settled.length >= BATCH) break
    }
    const isSaved = await saved()
    for (const [entry, outcome] of settled) {
      settle(entry, isSaved || !accepted(outcome) ? outcome : outcomeOf('STATE_NOT_WRITTEN', entry))
    }
    return settled.length
  }

  /** Also what is known from before is "taken" only once the state is on the disk. */
  const saved = async (): Promise<boolean> => {
    if (!isDirty) return true
    const snapshot = state.snapshot()
    // What changes while the file is written is written the next time.
    isDirty = false
    try {
      await deps.save(snapshot)
      savedMark = snapshot.mark
      return true
    } catch (error) {
      isDirty = true
      onProblem(error)
      return false
    }
  }

  const loop = async (): Promise<void> => {
    for (;;) {
      const before = arrivals
      if ((await round()) > 0 || arrivals !== before) continue
      const waiting = ready()
      if (waiting.length === 0) return
      if (stopping.signal.aborted) {
        for (const entry of waiting) settle(entry, outcomeOf('BUSY', entry))
        return
      }
      const unknown = waiting.flatMap((entry) => {
        const block = blockOf(entry)
        return typeof block === 'object' ? [{ entry, sequence: block.unknown }] : []
      })
      const leftMs = Math.min(...unknown.map(({ entry }) => entry.since)) + deps.graceMs - performance.now()
      if (leftMs > 0) await nextArrival(leftMs)
      else await ask(unknown)
    }
  }

  /** Resolves at the next arrival, or after the time; never by time where that is infinite. */
  const nextArrival = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** Fetches from the lowest missing sequence on, as much as one page holds. */
  const ask = async (unknown: readonly { readonly entry: Entry; readonly sequence: number }[]): Promise<void> => {
    const lowest = Math.min(...unknown.map(({ sequence }) => sequence))
    try {
      const page = await fetchRange?.(lowest - 1, { signal: stopping.signal })
      if (page) addPage(page)
    } catch (error) {
      onProblem(error)
    }
    const stillUnknown = unknown.filter(({ entry }) => {
      const block = blockOf(entry)
      return typeof block === 'object' && block.unknown === lowest
    })
    for (const { entry } of stillUnknown) settle(entry, outcomeOf('GAP', entry))
  }

  const addPage = (page: MailboxPage): readonly { readonly entry: Promise<Outcome>; readonly isFetched: boolean }[] => {
    if (page.length <= state.mark()) {
      throw new KitError('AHEAD_OF_HUB', `applied through ${state.mark()}, and the hub has ${page.length} messages`)
    }
    const parked: ParkedList = { sequences: new Set(page.parked), isComplete: true }
    if (state.noteParked(parked)) isDirty = true
    for (const entry of entries.values()) entry.parked = parked
    return page.messages.flatMap(({ sequence, envelope }) => {
      if (parked.sequences.has(sequence)) return []
      try {
        const message = parseEnvelope(JSON.stringify(envelope))
        if (isDone(message)) return []
        const isFetched = message.document !== undefined && message.document.content === undefined
        return [{ entry: add({ message, parked, from: 'mailbox' }), isFetched }]
      } catch (error) {
        // It stays behind alone: whom it speaks of cannot be read.
        if (!state.isApplied(sequence)) seen.set(sequence, `unreadable ${sequence}`)
        onProblem(error)
        return []
      }
    })
  }

  return {
    take: add,
    takePage(page) {
      const added = addPage(page)
      // What was parked may have moved the mark, also where no message came.
      if (isDirty) arrived()
      return Promise.all(added.filter(({ isFetched }) => !isFetched).map(({ entry }) => entry))
    },
    failing: () => [...seen.keys()].filter((one) => !isPending(one) && !state.parked().has(one)).sort((a, b) => a - b),
    savedMark: () => savedMark,
    async close() {
      stopping.abort()
      wake()
      await documents
      await running
      await saved()
    },
  }
}

function whatOf({ isTombstone, isKnownKind, recall }: ReceivedMessage): Given['what'] {
  if (isTombstone) return 'DELETE'
  if (recall) return 'RECALL'
  return isKnownKind ? 'MESSAGE' : 'UNKNOWN_KIND'
}

function keyOf({ sequence, isTombstone }: ReceivedMessage): string {
  return isTombstone ? `${sequence} erased` : `${sequence}`
}

/** Where a message and its tombstone meet, the content is not applied any more. */
function inOrder(a: ReceivedMessage, b: ReceivedMessage): number {
  return a.sequence - b.sequence || Number(b.isTombstone) - Number(a.isTombstone)
}
