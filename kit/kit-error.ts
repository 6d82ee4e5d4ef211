/**
 * Everything that the kit refuses, as codes that stay the same. Each is answered to the hub with the status given here, and
 * the status decides what the hub does: 2xx taken, 422 and its like set aside until a person looks, all others tried again.
 */
export const STATUS_OF = {
  /** `apply` took it. */
  APPLIED: 200,
  /** It was applied before, or the application knows its id. */
  DUPLICATE: 200,
  /** The hub says that it is there and how far the outbox has come: no message. */
  HEARTBEAT: 200,

  /** A `webhook-…` header is missing or unreadable. */
  BAD_HEADERS: 401,
  /** Signed too long ago, or in the future: a replay, or a clock that is wrong. */
  OLD_TIMESTAMP: 401,
  /** No signature fits any of the secrets. */
  BAD_SIGNATURE: 401,

  NOT_POST: 405,
  TOO_SLOW: 408,
  TOO_LARGE: 413,

  /** Signed, and not an envelope that this kit can read. */
  MALFORMED_ENVELOPE: 422,
  /** The bytes of a document are not those that were announced. */
  DOCUMENT_MISMATCH: 422,
  /** The application threw `new KitError('REFUSED', …)`: it will never take this message. */
  REFUSED: 422,
  /** The message comes from another hub than all before it. */
  OTHER_LOG: 409,

  /** `apply` threw. */
  APPLY_FAILED: 500,
  /** An earlier message of the same person was not taken yet. */
  BEHIND: 500,
  /** An announced document could not be fetched. */
  DOCUMENT_AWAY: 502,
  /** Earlier messages are missing, and the mailbox did not give them. */
  GAP: 503,
  /** The state file could not be written. */
  STATE_NOT_WRITTEN: 503,
  /** Too much waits already, or the receiver is stopping. */
  BUSY: 503,

  /** Thrown when a receiver is made, never answered. */
  BAD_SECRET: 500,
  STATE_UNREADABLE: 500,
  OTHER_SUBSCRIPTION: 500,
  /** Thrown by catching up: the hub's outbox is shorter than what was applied. */
  AHEAD_OF_HUB: 500,
  /** Thrown by the hub client: the hub refused, or did not answer. */
  REFUSED_BY_HUB: 500,
} as const

export type KitCode = keyof typeof STATUS_OF

/** Tell them apart by `code`, never by the message. */
export class KitError extends Error {
  readonly code: KitCode

  constructor(code: KitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KitError'
    this.code = code
  }
}

/** The code of a refusal of ours; undefined for anything else that was thrown. */
export function codeOf(error: unknown): KitCode | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return Object.hasOwn(STATUS_OF, code) ? (code as KitCode) : undefined
}
