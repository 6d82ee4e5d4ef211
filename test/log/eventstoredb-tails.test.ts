import t from 'tap'
import { createKnownTails } from '../../src/log/eventstoredb-tails.js'

t.test('knows every id up to the tail', async (t) => {
  const tails = createKnownTails()
  tails.extend('one', [
    { id: 'a', revision: 0 },
    { id: 'b', revision: 1 },
  ])
  tails.extend('one', [
    { id: 'b', revision: 1 },
    { id: 'c', revision: 2 },
  ])

  t.equal(tails.get('one')?.revision, 2)
  t.same(
    [...(tails.get('one')?.ids ?? [])],
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
  )
})

t.test('lets a stream go after a gap, at its beginning and within', async (t) => {
  const tails = createKnownTails()
  tails.extend('late', [{ id: 'z', revision: 10 }])
  tails.extend('holed', [{ id: 'a', revision: 0 }])
  tails.extend('holed', [
    { id: 'b', revision: 1 },
    { id: 'd', revision: 3 },
  ])

  t.equal(tails.get('late'), undefined)
  t.equal(tails.get('holed'), undefined)
})

t.test('forgets a stream when it is told', async (t) => {
  const tails = createKnownTails()
  tails.extend('one', [{ id: 'a', revision: 0 }])
  tails.forget('one')
  t.equal(tails.get('one'), undefined)
})
