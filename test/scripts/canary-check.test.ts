import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CANARY_MARKER, scanForCanary } from '../../scripts/canary-check.js'
import type { Cleanup } from '../fixtures/store.js'

/** Not the canary itself, whose words must stand in no file of a run; and in no directory that such a search goes through. */
const WORD = '试探雀'
const NUMBER = '13800009876'

const HIDDEN: readonly (readonly [spelling: string, content: Buffer])[] = [
  ['utf-8', Buffer.from(`x${WORD}y`)],
  ['utf-16', Buffer.from(`x${WORD}y`, 'utf16le')],
  ['hex', Buffer.from(Buffer.from(`x${WORD}y`).toString('hex'))],
  ['HEX', Buffer.from(Buffer.from(`x${WORD}y`).toString('hex').toUpperCase())],
  ['percent', Buffer.from(`/patients?name=${encodeURIComponent(WORD)}`)],
  ['\\u', Buffer.from('{"name":"\\u8bd5\\u63a2\\u96c0"}')],
  ['base64+0', Buffer.from(Buffer.from(`abc${WORD}tail`).toString('base64'))],
  ['base64+1', Buffer.from(Buffer.from(`abcd${WORD}tail`).toString('base64'))],
  ['base64+2', Buffer.from(Buffer.from(`abcde${WORD}tail`).toString('base64'))],
]

for (const [spelling, content] of HIDDEN) {
  t.test(`finds a word written as ${spelling}`, async (t) => {
    const directory = shortLived(t)
    writeFileSync(join(directory, 'some.db'), content)

    const { hits } = scanForCanary([directory], [NUMBER, WORD])

    t.match(hits, [{ word: 1, spelling, path: join(directory, 'some.db') }])
  })
}

t.test('finds a number inside base64url, and a word across the border of two chunks', async (t) => {
  const directory = shortLived(t)
  const border = 16 * 1024 * 1024
  const large = Buffer.alloc(border + 100, 0x61)
  large.write(WORD, border - 4)
  writeFileSync(join(directory, 'large'), large)
  writeFileSync(join(directory, 'token'), Buffer.from(`??>>${NUMBER}`).toString('base64url'))

  const { hits } = scanForCanary([directory], [NUMBER, WORD])

  t.match(
    hits.find(({ path }) => path.endsWith('large')),
    { word: 1, spelling: 'utf-8', offset: border - 4 },
  )
  t.match(
    hits.find(({ path }) => path.endsWith('token')),
    { word: 0 },
  )
  t.equal(hits.length, 2)
})

t.test('finds nothing where nothing is, and counts what it searched', async (t) => {
  const directory = shortLived(t)
  writeFileSync(join(directory, 'some.db'), `${WORD.slice(0, 2)} ${NUMBER.slice(1)}`)
  writeFileSync(join(directory, CANARY_MARKER), '')

  t.match(scanForCanary([directory, join(directory, 'absent')], [NUMBER, WORD]), {
    files: 2,
    markers: 1,
    hits: [],
  })
})

/** Removed whatever a run keeps: who searches what it left behind must not find this. */
function shortLived(t: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'lianhu-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  return directory
}
