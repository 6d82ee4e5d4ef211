import fc from 'fast-check'
import t from 'tap'
import { ndjsonLines } from '../../src/http/ndjson-lines.js'

const linesOf = async (chunks: readonly Buffer[], limit = 1000) => {
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunks
  }
  const lines: (readonly [number, string | undefined])[] = []
  for await (const page of ndjsonLines(stream(), limit)) {
    for (const { number, bytes } of page) lines.push([number, bytes?.toString()])
  }
  return lines
}

t.test('finds the same lines wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', '中', ' ', '{') }), { maxLength: 8 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      async (texts, cuts, newline) => {
        const bytes = Buffer.from(texts.join(newline))
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        const expected = texts.map((text, i) => [i + 1, text]).filter(([, text]) => text !== '')

        const found = await linesOf(chunks)

        if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ found, expected }))
      },
    ),
  )
})

t.test('tells a line beyond the limit as such, and the next one as it is', async (t) => {
  const chunks = ['ok\n', 'x'.repeat(8), 'x'.repeat(8), '\n', 'y'.repeat(10), '\nz'].map((text) => Buffer.from(text))

  t.same(await linesOf(chunks, 10), [
    [1, 'ok'],
    [2, undefined],
    [3, 'y'.repeat(10)],
    [4, 'z'],
  ])
})
