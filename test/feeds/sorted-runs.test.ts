import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { readBlocks, writeBlocks } from '../../src/feeds/sealed-blocks.js'
import { buffersOf, mergeRuns, sortedRuns } from '../../src/feeds/sorted-runs.js'
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
  const handed = [0, 1, 2].map((thread) => {
    const runs = sortedRuns({ directory, name: `t${thread}`, key, maxBytes: 300 })
    for (const [i, [entryKey, value]] of all.entries())
      if (i % 3 === thread) runs.add(entryKey.slice(0, 1), entryKey.slice(1), value)
    return runs.handOver()
  })
  const files = handed.flatMap((runs) => runs.files)
  const memory = handed.flatMap((runs) => runs.memory)

  t.ok(files.length > 6)
  t.ok(memory.length > 0)
  t.same(textsOf(mergeRuns({ files, memory }, key)), [...all].sort(byKey))
})

t.test('writes no file where everything fits, and another thread takes the buffers over', async (t) => {
  const runs = sortedRuns({ directory: tempDirectory(t), name: 'fits', key })
  runs.add('b', '1', '值')
  runs.add('a', '2', 'two!')
  runs.add('a', '1', '')

  const handed = runs.handOver()
  const taken = structuredClone(handed, { transfer: [...buffersOf(handed)] })

  t.same(handed.files, [])
  t.equal(handed.memory[0]?.arena.byteLength, 0)
  t.same(textsOf(mergeRuns(taken, key)), [
    ['a1', ''],
    ['a2', 'two!'],
    ['b1', '值'],
  ])
  t.same(runs.handOver().memory, [])
})

t.test('writes nothing that can be read, and leaves nothing behind', async (t) => {
  const runs = sortedRuns({ directory: tempDirectory(t), name: 'secret', key, maxBytes: 10 })
  runs.add('agency', 'row', '王示例 440524188001010014')
  runs.add('agency', 'row 2', '王示例 440524188001010014, once more')
  const { files } = runs.handOver()
  const [file = ''] = files

  t.notMatch(readFileSync(file).toString('latin1'), /440524188001010014/)
  t.throws(() => textsOf(mergeRuns({ files, memory: [] }, Buffer.alloc(32, 4))), /does not open/)
  runs.discard()
  t.notOk(existsSync(file))
})

t.test('a file of blocks that was cut short, put together anew or renamed does not open', async (t) => {
  const path = join(tempDirectory(t), 'blocks.bin')
  const file = { path, key, name: 'one' }
  const pieces = Array.from({ length: 9 }, (_, i) => Buffer.alloc(100_000, i))
  writeBlocks(file, pieces)
  const whole = readFileSync(path)
  const lengthOf = (at: number): number => 4 + whole.readUInt32BE(at)
  const second = lengthOf(0)
  const third = second + lengthOf(second)
  const read = (bytes: Uint8Array, name = 'one'): Buffer => {
    writeFileSync(path, bytes)
    return Buffer.concat([...readBlocks({ ...file, name })])
  }

  t.ok(Buffer.concat(pieces).equals(read(whole)))
  t.throws(() => read(whole.subarray(0, third)), /ends before its last block/)
  t.throws(() => read(Buffer.concat([whole.subarray(second, third), whole.subarray(0, second)])), /does not open/)
  t.throws(() => read(whole, 'another'), /does not open/)
  writeBlocks(file, [])
  t.same([...readBlocks(file)], [Buffer.alloc(0)])
})
