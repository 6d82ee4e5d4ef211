import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OpenCut } from '../../src/readmodel/port.js'
import { openProjectionFile, type ProjectionFile } from '../../src/readmodel/projection-file.js'
import { openProjectionReader } from '../../src/readmodel/projection-reader.js'
import { tempDirectory } from '../fixtures/store.js'

const at = (leafIndex: number) => ({ position: `p${leafIndex}`, leafIndex, eventId: `e${leafIndex}`, before: '' })
const cut = (id: string, leafIndex: number): OpenCut => ({
  id,
  feed: 'police-quarterly',
  period: '2026Q1',
  position: `p${leafIndex}`,
  leafIndex,
  closedAt: '2026-04-08T00:00:00.000+08:00',
})
const rows = (...entries: readonly (readonly [string, number | undefined])[]): Map<string, string | undefined> =>
  new Map(entries.map(([key, n]) => [key, n === undefined ? undefined : JSON.stringify({ n })]))

function setup(t: Test): { file: ProjectionFile; path: string; values: (cutId?: string) => Record<string, number> } {
  const path = join(tempDirectory(t), 'p@1.sqlite')
  const file = openProjectionFile(path)
  t.teardown(() => file.close())
  const values = (cutId?: string): Record<string, number> => {
    const reader = openProjectionReader<{ n: number }>(path)
    const read = [...(cutId === undefined ? reader.all() : reader.allAt(cutId))]
    reader.close()
    return Object.fromEntries(read.map(({ key, row }) => [key, row.n]))
  }
  return { file, path, values }
}

t.test('keeps each cut as it was through updates, inserts and deletes', async (t) => {
  const { file, values } = setup(t)
  file.commit(rows(['a', 1], ['b', 1], ['c', 1]), at(0), cut('q1', 0))
  file.commit(rows(['a', 2], ['b', undefined], ['d', 2]), at(1), cut('q2', 1))
  file.commit(rows(['a', 3], ['b', 3], ['c', undefined], ['d', undefined]), at(2))

  t.same(values('q1'), { a: 1, b: 1, c: 1 })
  t.same(values('q2'), { a: 2, c: 1, d: 2 })
  t.same(values(), { a: 3, b: 3 })
  t.same(
    file.cuts().map(({ id }) => id),
    ['q1', 'q2'],
  )
})

t.test('reads a cut of more rows than a page holds, with rows gone and come since', async (t) => {
  const { file, values } = setup(t)
  const many = Array.from({ length: 1700 }, (_, i) => [`k${String(i).padStart(4, '0')}`, i] as const)
  file.commit(rows(...many), at(0), cut('q1', 0))
  file.commit(rows(...many.map(([key, i]) => [key, i % 3 === 0 ? undefined : -i] as const)), at(1))
  file.commit(rows(...many.map(([key, i]) => [`${key}x`, i] as const)), at(2))

  t.same(values('q1'), Object.fromEntries(many))
  t.equal(Object.keys(values()).length, 1700 + 1700 - 567)
})

t.test(
  'tells the head of each row that stands as it stood at the cut, and of which the head is no longer known',
  async (t) => {
    const { file, path } = setup(t)
    const heads = (...keys: readonly string[]) =>
      new Map(keys.map((key) => [key, { shelf: key.slice(0, 1), touched: '', head: `"head of ${key}"` }]))
    file.commit(rows(['a', 1], ['b', 1], ['c', 1], ['ca', 1]), at(0), cut('q1', 0), heads('a', 'b', 'c', 'ca'))
    file.commit(rows(['b', 2], ['c', undefined], ['d', 2]), at(1), undefined, heads('b', 'd'))
    const reader = openProjectionReader(path)
    const headsAt = (cutId?: string) =>
      Object.fromEntries(Array.from(reader.heads(cutId), ({ key, head }) => [key, head]))

    t.same(headsAt('q1'), { a: '"head of a"', b: undefined, c: undefined, ca: '"head of ca"', d: undefined })
    t.same(Object.keys(headsAt()).sort(), ['a', 'b', 'ca', 'd'])
    t.same(reader.textAt('q1', 'b'), { key: 'b', row: '{"n":1}', live: '{"n":2}' })
    t.same(reader.textAt('q1', 'c'), { key: 'c', row: '{"n":1}', live: undefined })
    t.equal(reader.textAt('q1', 'd'), undefined, 'it did not exist yet')
    t.throws(() => headsAt('q0'), { code: 'HUB_NOT_FOUND' })
    reader.close()
  },
)

t.test('finds heads by shelf, and by when they were touched, and passes over what changed since a cut', async (t) => {
  const { file, path } = setup(t)
  const many = Array.from({ length: 2500 }, (_, i) => `k${String(i).padStart(4, '0')}`)
  const heads = (of: readonly (readonly [key: string, shelf: string, touched: string])[]) =>
    new Map(of.map(([key, shelf, touched]) => [key, { shelf, touched, head: `"${key} on ${shelf}"` }]))
  file.commit(
    rows(...many.map((key) => [key, 1] as const), ['m', 1], ['x', 1], ['z', 1]),
    at(0),
    cut('q1', 0),
    heads([
      ...many.map((key) => [key, 's', '2026-01'] as const),
      ['m', 't', '2026-02'],
      ['x', 't', '2026-03'],
      ['z', 'u', ''],
    ]),
  )
  // One moved since, one is gone, one came, and one head was touched without a change of its row's place.
  file.commit(
    rows(['m', 2], ['z', undefined], ['n', 1]),
    at(1),
    undefined,
    heads([
      ['m', 'u', '2026-05'],
      ['n', 't', '2026-05'],
    ]),
  )
  const reader = openProjectionReader(path)
  const on = (shelf: string, options?: Parameters<typeof reader.headsOn>[1]) =>
    Array.from(reader.headsOn(shelf, options), ({ key }) => key)

  t.same([...reader.shelves()], ['s', 't', 'u'])
  t.same(on('s'), many)
  t.same(on('t'), ['n', 'x'])
  t.same(on('u'), ['m'], 'nobody lies on two shelves')
  t.same(on('t', { cutId: 'q1' }), ['x'])
  t.same(on('u', { cutId: 'q1' }), [])
  t.same(on('t', { touchedSince: '2026-03' }), [])
  t.same([...reader.headsOn('u')], [{ key: 'm', head: '"m on u"' }])
  t.same([...reader.unsettled({ cutId: 'q1' })].sort(), ['m', 'n', 'z'])
  t.same([...reader.unsettled({ touchedSince: '2026-03' })].sort(), ['m', 'n', 'x'])
  t.same([...reader.unsettled({ cutId: 'q1', touchedSince: '2026-03' })].sort(), ['m', 'n', 'x', 'z'], 'each once')
  t.same([...reader.unsettled({ cutId: 'q1', touchedSince: '2026-01' })].sort(), [...many, 'm', 'n', 'x', 'z'].sort())
  t.throws(() => on('s', { cutId: 'q0' }), { code: 'HUB_NOT_FOUND' })
  t.throws(() => [...reader.unsettled({ cutId: 'q0' })], { code: 'HUB_NOT_FOUND' })
  reader.close()
})

t.test('a dropped cut is over at once and its old rows are swept away bit by bit', async (t) => {
  const { file, values } = setup(t)
  file.commit(rows(['a', 1], ['b', 1], ['c', 1]), at(0), cut('q1', 0))
  file.openCut(cut('q2', 0))
  file.commit(rows(['a', 2], ['b', 2], ['c', 2]), at(1))

  file.dropCut('q1')

  t.throws(() => values('q1'), { code: 'HUB_NOT_FOUND' })
  t.equal(file.sweep(2), true)
  t.equal(file.sweep(2), true)
  t.equal(file.sweep(2), false)
  t.same(values('q2'), { a: 1, b: 1, c: 1 })
})

t.test('reads by prefix in key order, the prefix itself included', async (t) => {
  const { file, path } = setup(t)
  file.commit(rows(['f/2026Q1/b', 1], ['f/2026Q1', 2], ['f/2026Q1/a', 3], ['f/2026Q2', 4], ['e', 5]), at(0))
  const reader = openProjectionReader<{ n: number }>(path)
  t.teardown(() => reader.close())

  t.same(
    [...reader.withPrefix('f/2026Q1')].map(({ key }) => key),
    ['f/2026Q1', 'f/2026Q1/a', 'f/2026Q1/b'],
  )
  t.same(
    [...reader.withPrefix('f/2026Q1/')].map(({ row }) => row.n),
    [3, 1],
  )
  t.same([...reader.withPrefix('g')], [])
  t.equal(reader.count(), 5)
  t.equal(reader.get('g'), undefined)
})

t.test('a reader with a snapshot sees nothing of what is committed after it was opened', async (t) => {
  const { file, path } = setup(t)
  file.commit(rows(['a', 1]), at(0))
  const reader = openProjectionReader<{ n: number }>(path, { snapshot: true })
  t.teardown(() => reader.close())

  file.commit(rows(['a', 2]), at(1))

  t.same(reader.get('a'), { n: 1 })
  t.same(reader.checkpoint(), { position: 'p0', leafIndex: 0 })
})

t.test('a transaction that fails changes nothing, checkpoint included', async (t) => {
  const { file, values } = setup(t)
  file.commit(rows(['a', 1]), at(0))
  const broken = { ...at(1), position: null as unknown as string }

  t.throws(() => file.commit(rows(['a', 2]), broken, cut('q1', 1)))

  t.same(file.checkpoint(), at(0))
  t.same(file.cuts(), [])
  t.same(values(), { a: 1 })
})

t.test('a damaged file, or one of another format, is thrown away', async (t) => {
  const path = join(tempDirectory(t), 'p@1.sqlite')
  writeFileSync(path, Buffer.alloc(40_000, 'not a database'))
  const afterDamage = openProjectionFile(path)
  t.equal(afterDamage.checkpoint().leafIndex, -1)
  afterDamage.commit(rows(['a', 1]), at(0))
  afterDamage.close()

  const bytes = readFileSync(path)
  bytes.writeUInt32BE(999, 60)
  writeFileSync(path, bytes)
  const afterFormat = openProjectionFile(path)
  t.teardown(() => afterFormat.close())

  t.equal(afterFormat.checkpoint().leafIndex, -1)
  t.equal(afterFormat.get('a'), undefined)
})
