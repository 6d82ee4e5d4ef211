import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openPartitionFiles, type PartitionFiles } from '../../src/readmodel/partition-files.js'
import { tempDirectory } from '../fixtures/store.js'
import { idOf } from './county.js'

const all = (files: PartitionFiles, throughLeaf = Number.POSITIVE_INFINITY) =>
  Array.from({ length: files.count }, (_, i) => [...files.livesIn(i, throughLeaf)]).flat()

t.test('gives every person’s events back in order, people in the order of their ids, up to a leaf', async (t) => {
  const files = openPartitionFiles(join(tempDirectory(t), 'scratch'), 100_000)
  t.teardown(() => files.close())
  const keys = ['ffff0000', '0000ffff', '7fff0000', '00010000', 'not-hexadecimal', '患者']
  const text = '患者情绪平稳 😀 \\n "quoted"'
  for (let leaf = 0; leaf < 60; leaf++) {
    const key = keys[leaf % keys.length] ?? ''
    files.add(leaf, key, Math.floor(leaf / keys.length), idOf('e', leaf), JSON.stringify({ text, leaf }))
  }
  files.finish()

  const lives = all(files)

  t.equal(files.count, 5)
  t.same(lives.map(({ key }) => key).sort(), [...keys].sort())
  t.same(
    lives.map(({ key }) => key).filter((key) => /^[0-9a-f]{8}$/.test(key)),
    ['0000ffff', '00010000', '7fff0000', 'ffff0000'],
  )
  for (const { key, events } of lives) {
    t.same(
      events.map(({ revision }) => revision),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    t.match(events[3], { stream: `patient-${key}`, id: idOf('e', 18 + keys.indexOf(key)), text })
  }
  t.equal(
    all(files, 29).reduce((sum, { events }) => sum + events.length, 0),
    30,
  )
  t.same(all(files, -1), [])
})

t.test('takes events of any size, and many times what its buffers hold', async (t) => {
  const files = openPartitionFiles(join(tempDirectory(t), 'scratch'), 10)
  t.teardown(() => files.close())
  const sizes = [10, 200_000, 60_000, 60_000, 60_000, 131_000, 1]
  for (const [leaf, size] of sizes.entries())
    files.add(leaf, 'a', leaf, idOf('e', leaf), JSON.stringify({ text: '患'.repeat(size) }))
  files.finish()

  const [life] = all(files)

  t.match(
    life?.events.map((event) => ('text' in event && typeof event.text === 'string' ? event.text.length : 0)),
    sizes,
  )
})

t.test('takes nothing once it is finished, and leaves nothing once it is closed', async (t) => {
  const directory = join(tempDirectory(t), 'scratch')
  const files = openPartitionFiles(directory, 10)
  files.finish()

  t.throws(() => files.add(0, 'a', 0, 'e', '{}'))
  t.same(all(files), [])
  files.close()
  files.close()
  t.equal(existsSync(directory), false)
})
