import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { eventDigests, eventLeaf, fieldDigest, pointerTo } from '../../src/domain/leaf.js'
import { fromBase64url } from '../../src/kernel/hash.js'
import { vectors } from '../fixtures/vectors.js'

type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

const events = vectors.events.map(({ storedJcs }) => storedJcs)
const leafOf = (event: Json): string => eventLeaf(event as unknown as StoredEvent).toString('hex')

t.test('gives another leaf when any value anywhere in an event is another', async (t) => {
  let changes = 0

  for (const [index, text] of events.entries()) {
    const leaf = leafOf(JSON.parse(text))
    const leaves = new Set([leaf])
    for (const path of pathsOf(JSON.parse(text))) {
      const changed = JSON.parse(text)
      changeAt(changed, path)
      changes++
      const other = leafOf(changed)
      if (leaves.has(other)) t.fail(`event ${index}: ${path.join('/')} may be changed unseen`)
      leaves.add(other)
    }
  }

  t.ok(changes > 2000, `${changes} changes, each with a leaf of its own`)
})

t.test('gives another leaf when any member is missing', async (t) => {
  let removals = 0

  for (const [index, text] of events.entries()) {
    const leaf = leafOf(JSON.parse(text))
    for (const path of pathsOf(JSON.parse(text))) {
      // What a schema holds to be there: without it there is no event, and no leaf.
      if (path.at(-1) === 'subject' || path[0] === 'seed') continue
      const changed = JSON.parse(text)
      removeAt(changed, path)
      removals++
      if (leafOf(changed) === leaf) t.fail(`event ${index}: ${path.join('/')} may be removed unseen`)
    }
  }

  t.ok(removals > 1900, `${removals} removals`)
})

t.test('gives another leaf when a member comes on top', async (t) => {
  for (const text of events) {
    const leaf = leafOf(JSON.parse(text))
    for (const at of ['data', 'recordedBy', 'source']) {
      const changed = JSON.parse(text)
      changed[at].more = 1
      t.not(leafOf(changed), leaf)
    }
    t.not(leafOf({ ...JSON.parse(text), more: 1 }), leaf)
  }
})

t.test('does not depend on the order in which members are written', async (t) => {
  for (const text of events) {
    t.equal(leafOf(reversed(JSON.parse(text))), leafOf(JSON.parse(text)))
  }
})

t.test('tells a value from the same value at another place', async (t) => {
  const seed = fromBase64url('RvH7bbqUPNSF4nUrIR8Alg')

  const digests = [
    fieldDigest(seed, '/data/a', 'x'),
    fieldDigest(seed, '/data/b', 'x'),
    fieldDigest(seed, '/a', 'x'),
    fieldDigest(seed, '/data/a', ['x']),
    fieldDigest(seed, '/data/a', ''),
    fieldDigest(Buffer.alloc(16), '/data/a', 'x'),
  ]

  t.equal(new Set(digests).size, digests.length)
})

t.test('escapes the members of a pointer', async (t) => {
  t.equal(pointerTo('data', 'a/b', 'm~n', '~1', ''), '/data/a~1b/m~0n/~01/')
  t.equal(pointerTo(), '')
})

t.test('sorts digests by code unit and has one for every field', async (t) => {
  for (const text of events) {
    const event = JSON.parse(text) as StoredEvent
    const digests = eventDigests(event)
    const sealedFields = event.sealed.reduce((sum, entry) => sum + Object.keys(entry.digests).length + 1, 0)
    const envelope = Object.keys(event).length - 3

    t.strictSame(digests, [...digests].sort())
    t.equal(digests.length, envelope + Object.keys(event.data).length + sealedFields)
  }
})

type Path = readonly (string | number)[]

/** Every place in an event that can be changed: its values, and its empty arrays and objects, but an empty `sealed`. */
function* pathsOf(value: Json, path: Path = []): Iterable<Path> {
  if (path.length === 1 && (path[0] === 'sealed' || path[0] === 'data') && Object.keys(value ?? {}).length === 0) return
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) yield path
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* pathsOf(item, [...path, i])
  else for (const [member, item] of Object.entries(value)) yield* pathsOf(item, [...path, member])
}

/** The value at a path becomes another one of the same type, so that nothing else gives the change away. */
function changeAt(event: Record<string, Json>, path: Path): void {
  const last = path.at(-1)
  const parent = parentOf(event, path)
  if (last === undefined) return
  parent[last] = changed(parent[last] ?? null, last === 'seed')
}

function changed(value: Json, isBytes: boolean): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  // Another character in the middle: at the end of base64url some bits say nothing.
  if (typeof value === 'string') return isBytes ? `${value[0] === 'A' ? 'B' : 'A'}${value.slice(1)}` : `${value}~`
  if (Array.isArray(value)) return [0]
  return value === null ? 0 : { more: 0 }
}

function removeAt(event: Record<string, Json>, path: Path): void {
  const last = path.at(-1)
  const parent = parentOf(event, path)
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else if (last !== undefined) delete parent[last]
}

function parentOf(event: Record<string, Json>, path: Path): Record<string | number, Json> {
  let parent: unknown = event
  for (const step of path.slice(0, -1)) parent = (parent as Record<string | number, unknown>)[step]
  return parent as Record<string | number, Json>
}

function reversed(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([member, item]) => [member, reversed(item)]),
  )
}
