import t from 'tap'
import { readTap } from '../../scripts/test-report.js'

const RUN = `TAP version 14
# Subtest: dist/test/a.test.js
    # Subtest: adds
        ok 1 - one
        ok 2 - two
        1..2
    ok 1 - adds # time=51.236ms

    # Subtest: asserts nothing
        1..0
    ok 2 - asserts nothing # time=1ms
    ok 3 - a server # SKIP SERVER_URL is not set
    1..3
ok 1 - dist/test/a.test.js # time=309.909ms

# Subtest: dist/test/b.test.js
    # Subtest: breaks
        ok 1 - fine
        not ok 2 - deep
          ---
          diff: |
            -2
            +1
          ...
        1..2
    not ok 1 - breaks # time=1ms
      ---
      at: nowhere
      ...
    1..1
not ok 2 - dist/test/b.test.js # time=9ms
# Subtest: dist/test/c.test.js
    ok 1 - before the end
not ok 3 - dist/test/c.test.js # time=120000ms
  ---
  expired: dist/test/c.test.js
  ...
1..3
`

t.test('counts assertions, and tests without any as one', async (t) => {
  const { reader } = read(RUN)

  // Passed: one, two, the test that asserts nothing, fine, before the end. Failed: deep, and the file that never ended.
  t.match(reader, { passed: 5, failed: 2, skipped: 1 })
})

t.test('prints each file, each skipped test with its reason, each failure with its diagnosis', async (t) => {
  const { printed } = read(RUN)

  t.ok(printed.includes('ok     dist/test/a.test.js (3 passed, 0 failed)'))
  t.ok(printed.includes('  skipped: a server (SERVER_URL is not set)'))
  t.ok(printed.includes('FAILED dist/test/b.test.js (1 passed, 1 failed)'))
  t.ok(printed.includes('  FAILED: breaks > deep'))
  t.ok(printed.some((line) => line.trim() === '+1'))
  t.notOk(
    printed.some((line) => line.includes('nowhere')),
    'what only repeats a failure is left out',
  )
})

t.test('a file that fails on its own is a failure, with its diagnosis', async (t) => {
  const { printed } = read(RUN)

  t.ok(printed.includes('FAILED dist/test/c.test.js (1 passed, 1 failed)'))
  t.ok(printed.some((line) => line.includes('expired: dist/test/c.test.js')))
})

t.test('counts nothing where nothing ran', async (t) => {
  t.match(read('TAP version 14\n1..0\n').reader, { passed: 0, failed: 0, skipped: 0 })
})

function read(text: string) {
  const printed: string[] = []
  const reader = readTap((line) => printed.push(line))
  for (const line of text.split('\n')) reader.line(line)
  reader.end()
  return { reader: { passed: reader.passed, failed: reader.failed, skipped: reader.skipped }, printed }
}
