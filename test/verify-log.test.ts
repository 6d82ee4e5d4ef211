import t from 'tap'
import type { StoredEvent } from '../src/domain/event.js'
import { fieldDigest } from '../src/domain/leaf.js'
import { seal } from '../src/vault/sealing.js'
import { type Finding, verifyLog } from '../src/verify-log.js'
import { exampleBody } from './fixtures/example-events.js'
import { EXAMPLE_STREAM, exampleId, storedExample } from './fixtures/stored-examples.js'

const KEY = { kid: '0198f0aa-0000-4000-8000-00000000000a', key: Buffer.alloc(32, 3) }

/** An event whose seals are real. */
const sealedExample = (revision: number, type = 'GuardianDesignated'): StoredEvent => {
  const body = exampleBody(type)
  const event = storedExample(body, { revision, recordedAt: `2026-03-0${revision + 1}T09:00:00.000+08:00` })
  return {
    ...event,
    sealed: event.sealed.map(({ subject, digests }) => {
      const context = { stream: event.stream, id: event.id, type: event.type, version: 1, subject }
      const fields = Object.fromEntries(Object.keys(digests).map((pointer) => [pointer, body.data[pointer.slice(6)]]))
      return seal(context, KEY, fields)
    }),
  }
}

const verify = async (events: readonly StoredEvent[], keys: readonly (typeof KEY)[] = [KEY]) =>
  verifyLog({
    log: {
      pageAfter: (after, limit) =>
        events.slice(Number(after || 0), Number(after || 0) + limit).map((event, i) => ({
          position: String(Number(after || 0) + i + 1),
          stream: event.stream,
          event,
        })),
    },
    keysById: async () => new Map(keys.map(({ kid, key }) => [kid, key])),
  })

const GOOD = [sealedExample(0), sealedExample(1), sealedExample(2)]
const [first, second, third] = GOOD as [StoredEvent, StoredEvent, StoredEvent]

t.test('finds nothing in a sound log, and the same root each time', async (t) => {
  const report = await verify(GOOD)

  t.same(report.findings, [])
  t.match(report, { events: 3, streams: 1, erasedSeals: 0, root: (await verify(GOOD)).root })
  t.ok(report.seals >= 3)
  t.equal(report.openedSeals, report.seals)
  t.not((await verify([first, second])).root, report.root)
})

t.test('counts a destroyed key, which is no finding', async (t) => {
  const report = await verify(GOOD, [])

  t.same(report.findings, [])
  t.equal(report.erasedSeals, report.seals)
})

const [entry] = first.sealed
if (!entry) throw new Error('the example has a seal')
const otherDigest = fieldDigest(Buffer.alloc(16), '/data/guardian', 'x')
const BROKEN: readonly (readonly [string, readonly StoredEvent[], Partial<Finding>])[] = [
  ['a gap in a stream', [first, third], { check: 'streams', where: `${EXAMPLE_STREAM} 2` }],
  ['a stream that does not begin', [second], { check: 'streams', message: 'expected revision 0, got 1' }],
  ['time that goes back', [first, { ...second, recordedAt: '2026-01-01T00:00:00.000+08:00' }], { check: 'streams' }],
  ['an unknown type', [{ ...first, type: 'MoodGuessed' }], { check: 'leaves' }],
  [
    'a personal value in the clear',
    [{ ...first, data: { ...first.data, guardian: { name: '赵示例' } } }],
    { check: 'leaves' },
  ],
  ['a member of no schema', [{ ...first, data: { ...first.data, mood: 1 } }], { check: 'leaves' }],
  ['an event in another kind of stream', [{ ...first, stream: 'hub' }], { check: 'leaves' }],
  [
    'another digest than that of the sealed value',
    [{ ...first, sealed: [{ ...entry, digests: { ...entry.digests, '/data/guardian': otherDigest } }] }],
    { check: 'leaves' },
  ],
  ['a seal moved to another event', [{ ...first, id: exampleId(77) }], { check: 'leaves' }],
]

for (const [name, events, finding] of BROKEN) {
  t.test(`finds ${name}`, async (t) => {
    const { findings } = await verify(events)

    t.ok(findings.length > 0)
    t.match(findings[0], finding)
    t.notMatch(JSON.stringify(findings), '赵示例')
  })
}
