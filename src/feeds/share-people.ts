/**
 * The people of a compile's share: whoever the head of their record tells of is finished by it, all others are read whole and finished a
 * batch at a time, while keys of the next are fetched. It keeps nobody.
 */
import type { Recipient } from './areas.js'
import { batchesOf, type KeysById } from './compile.js'
import type { CutPerson, PeopleCompiler } from './compile-people.js'
import type { CompileSink } from './compile-sink.js'
import type { PatientSnapshot } from './feeds-deps.js'
import { resting } from './pace.js'
import { parseGlimpse, parsePerson } from './parse-record.js'

/** What a share reads. */
export interface ShareSources {
  readonly snapshot: PatientSnapshot
  readonly cutId: string
  readonly keysById: KeysById
  /** Called between two pieces of work. */
  readonly rest: () => void
}

export interface SharePeople extends ShareSources {
  readonly compiler: PeopleCompiler
}

/** Batches or documents whose keys are being fetched while others are worked off. */
export const IN_FLIGHT = 4
/** A few milliseconds of work. */
const PEOPLE_BETWEEN_RESTS = 64
const NO_KEYS: ReadonlyMap<string, Uint8Array> = new Map()

/**
 * Finishes into `told.sink` those of a shelf whom their head tells of, and yields the others.
 * @param told.recipients of the shelf, where it alone tells them
 */
export function* peopleOn(
  people: SharePeople,
  shelf: string,
  { sink, recipients }: { readonly sink: CompileSink; readonly recipients?: readonly Recipient[] },
): Generator<CutPerson> {
  const { snapshot, cutId, compiler, rest } = people
  const heads = snapshot.headsOn(shelf, { cutId, touchedSince: compiler.touchedSince })
  for (const { key, head } of resting(heads, rest, PEOPLE_BETWEEN_RESTS)) {
    if (!compiler.finishByHead(parseGlimpse(key, head), sink, recipients)) yield* personAt(people, key)
  }
}

/** Whoever has changed since the cut or may be owed something, of those whose id begins with one of these characters. */
export function* unsettledPeople(people: SharePeople, prefixes: readonly string[]): Generator<CutPerson> {
  const { snapshot, cutId, compiler, rest } = people
  const own = new Set(prefixes)
  const keys = snapshot.unsettled({ cutId, touchedSince: compiler.touchedSince })
  for (const key of resting(keys, rest, PEOPLE_BETWEEN_RESTS)) {
    if (own.has(key.charAt(0))) yield* personAt(people, key)
  }
}

function* personAt({ snapshot, cutId }: ShareSources, key: string): Generator<CutPerson> {
  const text = snapshot.textAt(cutId, key)
  if (text) yield parsePerson(text)
}

export async function finishPeople(
  { compiler, keysById }: Pick<SharePeople, 'compiler' | 'keysById'>,
  people: Iterable<CutPerson>,
  sink: CompileSink,
): Promise<void> {
  const under = new Set<Promise<void>>()
  for (const batch of batchesOf(people)) {
    const planned = compiler.plan(batch)
    if (planned.kids.length === 0) {
      compiler.finish(planned, NO_KEYS, sink)
      continue
    }
    const work: Promise<void> = keysById(planned.kids).then((keys) => {
      compiler.finish(planned, keys, sink)
      under.delete(work)
    })
    under.add(work)
    if (under.size >= IN_FLIGHT) await Promise.race(under)
  }
  await Promise.all(under)
}
