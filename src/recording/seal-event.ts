/** Turns a shaped event into the one that is stored: a seed, and one seal per data subject under that subject's own key. */
import type { Causation, NewEvent, RecordedBy, SealedEntry, Source } from '../domain/event.js'
import { toBase64url } from '../kernel/hash.js'
import type { KeyOwner, Vault } from '../vault/port.js'
import { type DataKey, randomSeed, seal } from '../vault/sealing.js'
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

type Keys = Pick<Vault, 'cachedKeyFor' | 'keyFor'>

/** Waits for no one where every key is in memory, which is the hot path. */
export function sealEvent(shaped: ShapedEvent, place: SealingPlace, vault: Keys): NewEvent | Promise<NewEvent> {
  const subjects = Object.keys(shaped.sealedFields)
  if (subjects.length > 1) subjects.sort()
  const keys: DataKey[] = []
  for (const subject of subjects) {
    const key = vault.cachedKeyFor(place.ownerOf(subject))
    if (!key) return sealWithFetchedKeys(shaped, place, vault, subjects)
    keys.push(key)
  }
  return sealWith(shaped, place, subjects, keys)
}

async function sealWithFetchedKeys(
  shaped: ShapedEvent,
  place: SealingPlace,
  vault: Keys,
  subjects: readonly string[],
): Promise<NewEvent> {
  const keys = await Promise.all(subjects.map((subject) => vault.keyFor(place.ownerOf(subject))))
  return sealWith(shaped, place, subjects, keys)
}

function sealWith(
  shaped: ShapedEvent,
  place: SealingPlace,
  subjects: readonly string[],
  keys: readonly DataKey[],
): NewEvent {
  const { envelope, clearData, sealedFields } = shaped
  const { stream, recordedAt, recordedBy, source, causation } = place
  const sealed: SealedEntry[] = []
  for (let i = 0; i < subjects.length; i++) {
    const subject = subjects[i]
    const key = keys[i]
    const fields = subject === undefined ? undefined : sealedFields[subject]
    if (subject === undefined || !key || !fields) continue
    sealed.push(seal({ stream, id: envelope.id, type: envelope.type, version: envelope.version, subject }, key, fields))
  }
  return {
    ...envelope,
    recordedAt,
    recordedBy,
    source,
    ...(causation === undefined ? {} : { causation }),
    seed: toBase64url(randomSeed()),
    data: clearData,
    sealed,
  }
}
