/**
 * From a shaped event to one that is stored: a seed, and one seal per data subject under that subject's own key. Recording
 * leaves the seals to the log's adapter (`SealingLog`); what the hub itself records is sealed here.
 */
import type {
  Causation,
  NewEvent,
  OpenEvent,
  OpenFields,
  RecordedBy,
  SealedEntry,
  Source,
  StoredEvent,
} from '../domain/event.js'
import { toBase64url } from '../kernel/hash.js'
import type { EventLog, SealingLog } from '../log/port.js'
import type { KeyOwner, Vault } from '../vault/port.js'
import { randomSeed, seal } from '../vault/sealing.js'
import type { ShapedEvent } from './shape-event.js'

export interface SealingPlace {
  readonly stream: string
  readonly recordedAt: string
  readonly recordedBy: RecordedBy
  readonly source: Source
  readonly causation?: Causation
  /** Whose key a subject's values are sealed under. */
  readonly ownerOf: (subject: string) => KeyOwner
}

/** The event with its place and seed, its seals still to be made. */
export function openEvent({ envelope, clearData, sealedFields }: ShapedEvent, place: SealingPlace): OpenEvent {
  const { recordedAt, recordedBy, source, causation } = place
  // What is new stands before the spread: a member after one costs more than all the rest of this.
  const placed = { recordedAt, recordedBy, source, seed: toBase64url(randomSeed()), data: clearData, ...envelope }
  const event = causation ? { causation, ...placed } : placed
  const open: OpenFields[] = []
  for (const subject in sealedFields) {
    const fields = sealedFields[subject]
    if (fields) open.push({ subject, owner: place.ownerOf(subject), fields })
  }
  if (open.length > 1) open.sort((a, b) => (a.subject < b.subject ? -1 : 1))
  return { event, open }
}

const NO_SEALS: readonly SealedEntry[] = []

/** The event at its place as a fold sees it: of its seals no more than whose they are, and of which members. */
export function outlined({ event, open }: OpenEvent, stream: string, revision: number): StoredEvent {
  return { stream, revision, sealed: open.length === 0 ? NO_SEALS : outlineOf(open), ...event }
}

function outlineOf(open: readonly OpenFields[]): readonly SealedEntry[] {
  return open.map(({ subject, fields }) => {
    const digests: Record<string, string> = {}
    for (const pointer in fields) digests[pointer] = ''
    return { subject, kid: '', alg: 'A256GCM', nonce: '', ct: '', digests }
  })
}

/** Makes the seals. Throws `HUB_VAULT_AWAY`, `HUB_ERASED`. */
export async function sealEvent(
  { event, open }: OpenEvent,
  stream: string,
  vault: Pick<Vault, 'keyFor'>,
): Promise<NewEvent> {
  const { id, type, version } = event
  const sealed = await Promise.all(
    open.map(async ({ subject, owner, fields }) =>
      seal({ stream, id, type, version, subject }, await vault.keyFor(owner), fields),
    ),
  )
  return { ...event, sealed }
}

/** Seals in this thread, before any log. An event that is sent again goes with the bytes that it had. */
export function createSealingLog(log: Pick<EventLog, 'append'>, vault: Pick<Vault, 'keyFor'>): SealingLog {
  const made = new WeakMap<OpenEvent, NewEvent>()
  const sealOnce = async (open: OpenEvent, stream: string): Promise<NewEvent> => {
    const known = made.get(open)
    if (known) return known
    const event = await sealEvent(open, stream, vault)
    made.set(open, event)
    return event
  }
  return {
    async appendSealed(stream, events, expected) {
      const sealed = await Promise.all(events.map((event) => sealOnce(event, stream)))
      return log.append(stream, sealed, expected)
    },
  }
}
