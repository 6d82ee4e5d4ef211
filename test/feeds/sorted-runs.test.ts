import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import t from 'tap'
import { mergeRuns, sortedRuns } from '../../src/feeds/sorted-runs.js'
import { tempDirectory } from '../fixtures/store.js'

const key = Buffer.alloc(32, 3)
const textsOf = (
  entries: Iterable<{ group: string; id: string; value: Buffer }>,
): readonly (readonly [string, string])[] =>
  Array.from(entries, (entry) => [entry.group + entry.id, entry.value.toString('utf8')] as const)
const byKey = (a: readonly [string, string], b: readonly [string, string]): number => (a[0] < b[0] ? -1 : 1)

t.test('yields every entry in the order of keys, however little memory it has', async (t) => {
  const directory = tempDirectory(t)
  let round = 0
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(
          fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 1, maxLength: 40 }),
          fc.string({ unit: 'grapheme' }),
        ),
        {
          selector: ([entryKey]) => entryKey,
        },
      ),
      fc.integer({ min: 1, max: 600 }),
      (entries, maxBytes) => {
        const runs = sortedRuns({ directory, name: `r${round++}`, key, maxBytes })
        for (const [entryKey, value] of entries) runs.add(entryKey.slice(0, 1), entryKey.slice(1), value)
        const found = textsOf(runs.entries())
        runs.discard()
        const expected = [...entries].sort(byKey)
        return JSON.stringify(found) === JSON.stringify(expected)
      },
    ),
    { numRuns: 200 },
  )
})

t.test('merges the runs of several sorters, as of several threads', async (t) => {
  const directory = tempDirectory(t)
  const all: [string, string][] = Array.from({ length: 500 }, (_, i) => [
    `${(i * 7919) % 500}`.padStart(4, '0'),
    `值${i}`,
  ])
  const files = [0, 1, 2].flatMap((thread) => {
    const runs = sortedRuns({ directory, name: `t${thread}`, key, maxBytes: 300 })
    for (const [i, [entryKey, value]] of all.entries())
      if (i % 3 === thread) runs.add(entryKey.slice(0, 1), entryKey.slice(1), value)
    return runs.flush()
  })

  t.ok(files.length > 6)
  t.same(textsOf(mergeRuns(files, key)), [...all].sort(byKey))
})

t.test('writes nothing that can be read, and leaves nothing behind', async (t) => {
  const runs = sortedRuns({ directory: tempDirectory(t), name: 'secret', key, maxBytes: 10 })
  runs.add('agency', 'row', '王示例 440524188001010014')
  const [file = ''] = runs.flush()

  t.notMatch(readFileSync(file).toString('latin1'), /440524188001010014/)
  t.throws(() => textsOf(mergeRuns([file], Buffer.alloc(32, 4))), /does not open/)
  runs.discard()
  t.notOk(existsSync(file))
})
