/**
 * The receiver of one subscription: believes no webhook that does not verify, applies every message once and in order, and
 * knows what is missing. See the README beside this file for how one is written in twenty lines.
 */
import { findHeartbeat, type Heartbeat, parseEnvelope, type ReceivedMessage } from './envelope.js'
import { createInbox, type Inbox } from './inbox.js'
import { codeOf, KitError, STATUS_OF } from './kit-error.js'
import type { Gap, MailboxPage, Outcome, ReceiverOptions } from './port.js'
import { createState, type ParkedList } from './state.js'
import { readStateFile, writeStateFile } from './state-file.js'
import { type Headers, secretBytes, verifyWebhook } from './verify.js'

export interface ReceiverStatus {
  /** Everything through here was applied, or is parked, and the file says so: what may be acknowledged. -1 at the beginning. */
  readonly mark: number
  /** Passed over: the hub sends them when somebody redrives. */
  readonly parked: readonly number[]
  /** Known of and not applied, and not parked any more: they come again, or are read again. */
  readonly failing: readonly number[]
  /** What was still missing by the last heartbeat, while it is; absent where nothing is, or none came since the start. */
  readonly gap?: Gap
}

export interface Receiver {
  /** One webhook: its headers and the bytes of its body. Never rejects; answer with `status`. */
  receive(headers: Headers, body: Uint8Array): Promise<Outcome>
  /** A page of the mailbox. Throws `AHEAD_OF_HUB`. */
  takePage(page: MailboxPage): Promise<readonly Outcome[]>
  /** Reads the mailbox from the mark to its end: what was missed while nobody listened. Needs `fetchRange`. */
  catchUp(): Promise<void>
  /** Reads again what is failing, or was parked once and is not any more. */
  retry(signal?: AbortSignal): Promise<void>
  status(): ReceiverStatus
  /** Resolves when nothing is under way and the state is written. */
  close(): Promise<void>
}

export const GRACE_MS = 50
/** The hub names so many parked sequences in its header, and no more. */
const PARKED_NAMED = 100
/** Read one by one, at one go. */
const RETRIED = 20

/** Throws `STATE_UNREADABLE`, `OTHER_SUBSCRIPTION` or `BAD_SECRET`. */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { subscription, stateFile, secrets, fetchRange, now = Date.now, toleranceSeconds } = options
  const secretsNow = typeof secrets === 'function' ? secrets : () => secrets
  for (const secret of secretsNow()) secretBytes(secret)
  const state = createState(await readStateFile(stateFile, subscription))
  const onOutcome = options.onOutcome ?? (() => undefined)
  const onProblem = options.onProblem ?? (() => undefined)
  const inbox: Inbox = createInbox({
    ...options,
    state,
    save: (snapshot) => writeStateFile(stateFile, snapshot),
    graceMs: options.graceMs ?? GRACE_MS,
    onOutcome,
    onProblem,
  })
  let parkedNow: ReadonlySet<number> = state.parked()
  let lastBeat: { readonly tail: number; readonly parked: ParkedList } | undefined

  const takePage: Receiver['takePage'] = (page) => {
    parkedNow = new Set(page.parked)
    return inbox.takePage(page)
  }
  const range = async (after: number, query: { readonly limit?: number; readonly signal?: AbortSignal } = {}) => {
    if (!fetchRange) throw new Error('receiver: expected fetchRange, to read the mailbox with')
    return fetchRange(after, query)
  }

  const failing = (): readonly number[] => {
    const owed = [...state.parked()].filter((sequence) => !parkedNow.has(sequence))
    return [...owed, ...inbox.failing()].sort((a, b) => a - b)
  }

  const retry: Receiver['retry'] = async (signal) => {
    for (const sequence of failing().slice(0, RETRIED)) {
      await takePage(await range(sequence - 1, { limit: 1, ...(signal ? { signal } : {}) }))
    }
  }

  const gap = (): { readonly gap?: Gap } => {
    if (!lastBeat) return {}
    for (const from of state.missingBelow(lastBeat.tail + 1, lastBeat.parked)) {
      return { gap: { from, through: lastBeat.tail } }
    }
    return {}
  }

  /** Nothing of it is kept in the state: the next one says it again. */
  const heard = ({ tail, source }: Heartbeat, parked: ParkedList): Outcome => {
    const known = state.source()
    if (known !== undefined && known !== source) {
      return { code: 'OTHER_LOG', status: STATUS_OF.OTHER_LOG, from: 'webhook' }
    }
    lastBeat = { tail, parked }
    return { code: 'HEARTBEAT', status: STATUS_OF.HEARTBEAT, from: 'webhook', ...gap() }
  }

  return {
    takePage,
    retry,
    async receive(headers, body) {
      let message: ReceivedMessage
      try {
        const nowMs = now()
        const { id } = verifyWebhook(headers, body, {
          secrets: secretsNow(),
          nowMs,
          ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
        })
        const beat = findHeartbeat(body)
        if (beat && beat.id === id) {
          const outcome = heard(beat, parkedBeside(headers))
          onOutcome(outcome)
          return outcome
        }
        message = parseEnvelope(body)
        if (message.id !== id) throw new KitError('MALFORMED_ENVELOPE', 'id: expected the id of the header')
      } catch (error) {
        const code = codeOf(error) ?? 'BUSY'
        onProblem(error)
        const outcome: Outcome = { code, status: STATUS_OF[code], from: 'webhook' }
        onOutcome(outcome)
        return outcome
      }
      return inbox.take({ message, parked: parkedBeside(headers), from: 'webhook' })
    },
    async catchUp() {
      for (let after = state.mark(); ; ) {
        const page = await range(after)
        await takePage(page)
        if (page.messages.length === 0 || page.next <= after) break
        after = page.next
      }
      await retry()
    },
    status: () => ({
      mark: inbox.savedMark(),
      parked: [...state.parked()].sort((a, b) => a - b),
      failing: failing(),
      ...gap(),
    }),
    close: () => inbox.close(),
  }
}

/** `lianhu-parked: 0,1`. It is not signed, so it only says what is no gap; it never says that something was applied. */
export function parkedBeside(headers: Headers): ParkedList {
  const value = headers['lianhu-parked']
  const numbers =
    typeof value === 'string' && /^\d{1,9}(,\d{1,9}){0,99}$/.test(value) ? value.split(',').map(Number) : []
  return { sequences: new Set(numbers), isComplete: numbers.length < PARKED_NAMED }
}
