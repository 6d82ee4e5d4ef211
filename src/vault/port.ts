/**
 * The vault: what must be erasable and therefore cannot lie in the log. It holds a closed list: data keys per data
 * subject, claims on identities, and named secrets (signing keys, agency keys, subscription secrets, the hub's own id and
 * blind-index keys). Everything is wrapped by the operator's master key. It holds no facts.
 *
 * 1. A key is durable before `keyFor` resolves; the same owner always gets the same key until it is destroyed.
 * 2. `claim` is a compare-and-set on a blind index: exactly one stream holds it. The same event id may claim again for the
 *    same stream (a retry after a crash). Another stream may take a claim over: at once where the holder's record gave the
 *    identity up (`RELEASED`), and where the claim's event never came (`UNUSED`) 10 minutes after it was last made.
 * 3. `destroy` leaves a tombstone, also where no key was made yet: `keyFor` then rejects with `HUB_ERASED`, `keyById` answers
 *    undefined, for ever, and the wrapped key is overwritten. SQLite has it in no file any more when `destroy` resolves.
 *    PostgreSQL has it in no table any more after its next checkpoint and once no snapshot older than the destruction is
 *    open, and in its write-ahead log until those segments are written over; standbys, archives and backups of it are the
 *    operator's. Another hub on the same vault may use the key from its memory for 10 seconds at most.
 * 4. Away (file gone or replaced, server not answering, master key wrong, disk full): a call rejects with `HUB_VAULT_AWAY`.
 *    What is in memory may be answered until one call or `check` found the vault away; after that every call that has to
 *    make, change or look for something in the vault rejects until it is back; a file that can still be read answers `keyById`.
 */
import type { DataKey } from './sealing.js'

/** Whose key it is: `patient:<patient id>`, `guardian:<stream>:<event id>`, `reporter:…`, `staff:…`, `held:<held id>`. */
export type KeyOwner = string

export interface Claim {
  /** The stream that holds the identity: this one if the claim succeeded. */
  readonly stream: string
  readonly granted: boolean
}

/** The stream that holds an identity, and the event that claimed it last. */
export interface ClaimHolder {
  readonly stream: string
  readonly eventId: string
}

/**
 * How a claim stands in the log. `HELD`: the holder's record states the identity. `RELEASED`: the claim's event is there, and
 * the record does not state the identity any more. `UNUSED`: neither; its append may still be under way.
 */
export type ClaimStanding = 'HELD' | 'RELEASED' | 'UNUSED'

export interface Vault {
  /** The owner's data key, made on first use. */
  keyFor(owner: KeyOwner): Promise<DataKey>
  /** The key where it is in memory already: the hot path's way to seal without waiting. */
  cachedKeyFor(owner: KeyOwner): DataKey | undefined
  /** A data key by its id; undefined where it was destroyed. */
  keyById(kid: string): Promise<Uint8Array | undefined>
  /** The same for many at once, for compilers; destroyed ones are absent. */
  keysById(kids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  /** Claims an identity (e.g. `['1', '11010519491231002X']`) for a stream. `standingOf` asks the log about another holder. */
  claim(
    identity: readonly string[],
    stream: string,
    eventId: string,
    standingOf: (holder: ClaimHolder) => Promise<ClaimStanding>,
  ): Promise<Claim>
  /** The stream that holds an identity, if any. */
  findClaim(identity: readonly string[]): Promise<string | undefined>
  /** Destroys every key of an owner. */
  destroy(owner: KeyOwner): Promise<void>
  /** A named secret of 32 random bytes, made on first use, e.g. `agency-id:<agency id>`, `hub-id`, `signing`. */
  secret(name: string): Promise<Uint8Array>
  /** The same where it is in memory already. */
  cachedSecret(name: string): Uint8Array | undefined
  /** Resolves while the vault can be written; rejects with `HUB_VAULT_AWAY` otherwise. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Names of secrets: an agency's id key (scoped ids, salts, digests), webhook secrets, the Ed25519 signing seed. */
export const agencyKeyName = (agencyId: string): string => `agency-id:${agencyId}`
/** The first secret of a subscription, or the one of a later number. */
export const webhookSecretName = (subscriptionId: string, number = 1): string =>
  number === 1 ? `webhook:${subscriptionId}` : `webhook:${subscriptionId}:${number}`
export const SIGNING_SECRET = 'signing'
/** Derives import ids and nothing else; blind indexes have a key of their own inside the vault. */
export const HUB_ID_SECRET = 'hub-id'
