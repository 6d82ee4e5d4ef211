import { join } from 'node:path'
import t from 'tap'
import { openProjectionFile } from '../../src/readmodel/projection-file.js'
import { openProjectionReader } from '../../src/readmodel/projection-reader.js'
import { switchingReader } from '../../src/readmodel/switching-reader.js'
import { tempDirectory } from '../fixtures/store.js'

t.test('reads on in the new file, ends an iteration in the old one, and lets that go when it ends', async (t) => {
  const directory = tempDirectory(t)
  const closed: string[] = []
  let path = ''
  const switchTo = (name: string): void => {
    path = join(directory, name)
    const file = openProjectionFile(path)
    const rows = new Map([1, 2, 3].map((n) => [`${n}`, JSON.stringify({ name, n })]))
    file.commit(rows, { position: '1', leafIndex: 0, eventId: 'e', before: '' })
    file.close()
  }
  const reader = switchingReader(() => {
    const own = path
    const opened = openProjectionReader<{ name: string }>(own)
    return {
      ...opened,
      close() {
        closed.push(own.slice(directory.length + 1))
        opened.close()
      },
    }
  })
  const namesIn = (rows: Iterable<{ row: { name: string } }>): string[] => Array.from(rows, ({ row }) => row.name)

  switchTo('first')
  const iteration = reader.all()[Symbol.iterator]()
  t.match(iteration.next().value, { row: { name: 'first' } })
  switchTo('second')
  reader.reopen()
  t.same(namesIn(reader.all()), ['second', 'second', 'second'])
  t.same(closed, [], 'somebody still reads the first')
  t.same(namesIn({ [Symbol.iterator]: () => iteration }), ['first', 'first'])
  t.same(closed, ['first'])

  switchTo('third')
  reader.reopen()
  t.same(closed, ['first', 'second'], 'nobody reads the second')
  for (const { row } of reader.withPrefix('')) {
    t.equal(row.name, 'third')
    break
  }
  reader.reopen()
  t.same(closed, ['first', 'second', 'third'], 'an iteration that was broken off has ended')
  t.equal(reader.count(), 3)
  reader.close()
  reader.close()
  t.equal(closed.length, 4)
})
