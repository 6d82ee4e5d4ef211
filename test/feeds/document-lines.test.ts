import * as fc from 'fast-check'
import t from 'tap'
import { lineSplitter } from '../../src/feeds/document-lines.js'

const linesOf = (chunks: readonly Buffer[], limit = 1000) => {
  const lines: (readonly [number, string | undefined, boolean])[] = []
  const splitter = lineSplitter(limit, ({ number, bytes, isEnded }) => lines.push([number, bytes?.toString(), isEnded]))
  for (const chunk of chunks) splitter.add(chunk)
  splitter.end()
  return lines
}

t.test('finds the same lines wherever the bytes are cut, as they stand', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', '中', ' ', '\r') }), { maxLength: 8 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
      (texts, cuts) => {
        const bytes = Buffer.from(texts.join('\n'))
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        const told = texts.at(-1) === '' ? texts.slice(0, -1) : texts
        const expected = told.map((text, i) => [i + 1, text, i < texts.length - 1])

        const found = linesOf(chunks)

        if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ found, expected }))
      },
    ),
  )
  t.pass('100 texts')
})

t.test('tells a line beyond the limit as such, and the next one as it is', async (t) => {
  const chunks = ['ok\n', 'x'.repeat(8), 'x'.repeat(8), '\n', 'y'.repeat(10), '\nz'].map((text) => Buffer.from(text))

  t.same(linesOf(chunks, 10), [
    [1, 'ok', true],
    [2, undefined, true],
    [3, 'y'.repeat(10), true],
    [4, 'z', false],
  ])
  t.same(linesOf([Buffer.from('x'.repeat(11))], 10), [[1, undefined, false]])
})
