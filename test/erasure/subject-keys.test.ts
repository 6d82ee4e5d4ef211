import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { keyIdsIn, keyOwnersOf, ownKeyIdIn } from '../../src/erasure/subject-keys.js'
import { keyOwner } from '../../src/recording/prepare-write.js'

const STREAM = 'patient-5166b806-c92f-8766-879b-077f506cf391'

function event(id: string, subjects: readonly string[], more: Partial<StoredEvent> = {}): StoredEvent {
  const entry = { alg: 'A256GCM', nonce: '', ct: '', digests: {} } as const
  return {
    ...{ id, stream: STREAM, revision: 0, type: 'GuardianDesignated', version: 1, data: {}, seed: '' },
    recordedAt: '2026-04-20T09:30:00.000+08:00',
    recordedBy: { agency: 'centre', role: 'CHC' },
    source: { kind: 'api' },
    sealed: subjects.map((subject) => ({ ...entry, subject, kid: `${subject} of ${id}` })),
    ...more,
  }
}

t.test('the keys of a person are those under which recording seals what is said in their stream', async (t) => {
  const events = [
    event('a', ['patient']),
    event('b', ['guardian', 'patient']),
    event('c', ['guardian', 'patient'], { corrects: 'b' }),
    event('d', ['guardian'], { corrects: 'c' }),
    event('e', ['reporter'], { causation: { stream: 'held-0199', id: 'x' } }),
    event('f', ['staff'], { causation: { stream: 'approval-0199', id: 'y' } }),
  ]

  t.same(
    [...keyOwnersOf(events)].sort(),
    [
      keyOwner(STREAM, 'patient', 'a'),
      keyOwner(STREAM, 'guardian', 'b'),
      keyOwner(STREAM, 'reporter', 'e'),
      keyOwner(STREAM, 'staff', 'f'),
      'held:0199',
    ].sort(),
  )
  t.equal(keyIdsIn(events).length, 8)
  t.equal(ownKeyIdIn(events), 'patient of a')
  t.equal(ownKeyIdIn([event('e', ['reporter'])]), undefined)
})
