import fc from 'fast-check'
import t from 'tap'
import { parkedBeside } from '../../kit/receiver.js'
import { createState, emptyState, type ParkedList, parseState } from '../../kit/state.js'

const NONE: ParkedList = { sequences: new Set(), isComplete: true }

t.test('whatever comes in whatever order, it knows exactly what was applied', async (t) => {
  const step = fc.record({ sequence: fc.nat(12), isParked: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = createState(emptyState('s'))
      const applied = new Set<number>()
      const parked = new Set<number>()
      for (const { sequence, isParked } of steps) {
        if (isParked) {
          state.noteParked({ sequences: new Set([sequence]), isComplete: false })
          if (!applied.has(sequence)) parked.add(sequence)
        } else {
          state.applied(sequence)
          applied.add(sequence)
          parked.delete(sequence)
        }
        // As after a restart.
        state = createState(parseState(JSON.stringify(state.snapshot())))
      }
      let mark = -1
      while (applied.has(mark + 1) || parked.has(mark + 1)) mark++
      const listed = { sequences: parked, isComplete: true }
      const missing = Array.from({ length: 13 }, (_, i) => i).filter((one) => !applied.has(one) && !parked.has(one))
      return (
        state.mark() === mark &&
        missing.every((one) => !state.isApplied(one)) &&
        [...applied].every((one) => state.isApplied(one)) &&
        [...parked].every((one) => !state.isApplied(one)) &&
        JSON.stringify([...state.missingBelow(13, listed)]) === JSON.stringify(missing)
      )
    }),
  )
  t.pass('for all')
})

t.test('what is parked no more is missing, unless the header may have left it out', async (t) => {
  const state = createState({ ...emptyState('s'), mark: 9, parked: [2, 8] })
  const first = { sequences: new Set([2]), isComplete: true }
  const hundred = { sequences: new Set([2]), isComplete: false }

  t.same([...state.missingBelow(10, NONE)], [2, 8])
  t.same([...state.missingBelow(10, first)], [8])
  t.same([...state.missingBelow(10, hundred)], [])
  t.same([...state.missingBelow(5, NONE)], [2], 'only what is earlier')
})

t.test('reads the header of parked sequences, and believes no other text', async (t) => {
  const of = (value: string | undefined) => parkedBeside({ 'lianhu-parked': value })

  t.same(of('0,1,17'), { sequences: new Set([0, 1, 17]), isComplete: true })
  t.same(of(Array.from({ length: 100 }, (_, i) => i).join(',')).isComplete, false)
  for (const text of [undefined, '', '-1', '1,', '1, 2', '0x1', '1e3', '9'.repeat(10)])
    t.same(of(text), NONE, String(text))
})
