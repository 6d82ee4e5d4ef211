import t from 'tap'
import { jobsOf, subtestOf } from '../../scripts/run-tests.js'
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

t.test('a file’s run is a test of the whole, which fails where the file did not end well', async (t) => {
  const lines = ['TAP version 14', 'ok 1 - adds # time=1ms', '', '1..1', '# time=2ms']
  const told = (run: { readonly lines?: readonly string[]; readonly ended?: string }) =>
    subtestOf({ file: 'dist/test/a.test.js', lines, ended: 'exit 0', ms: 2.4, ...run }, 3)

  t.same(told({}), [
    '# Subtest: dist/test/a.test.js',
    '    ok 1 - adds # time=1ms',
    '',
    '    1..1',
    '    # time=2ms',
    'ok 3 - dist/test/a.test.js # time=2ms',
  ])
  for (const [run, fault] of [
    [{ ended: 'exit 1' }, 'exit 1'],
    [{ ended: 'SIGKILL' }, 'SIGKILL'],
    [{ lines: lines.slice(0, 2) }, 'expected a plan of its tests, got none'],
    [{ lines: [...lines.slice(0, 3), '1..2'] }, 'expected 2 tests, got 1'],
    [
      { lines: [...lines.slice(0, 2), 'not ok 2 - ends well', '1..2'] },
      '1 failed, whatever its process said at its end',
    ],
  ] as const) {
    t.same(told(run).slice(-4), ['not ok 3 - dist/test/a.test.js # time=2ms', '  ---', `  ended: ${fault}`, '  ...'])
    t.match(read(told(run).join('\n')).reader, { passed: 1, failed: 1 }, fault)
  }
  t.match(told({ lines: ['1..0 # left out'] }), [/Subtest/, /1\.\.0/, /^not ok 3/, '  ---', /got none/, '  ...'])
  t.match(told({ lines: ['not ok 1 - later # TODO', '1..1'] }).at(-1), /^ok 3/)
})

t.test('a number of jobs with which nothing would run is none', async (t) => {
  t.same([jobsOf(), jobsOf('3')], [1, 3])
  for (const text of ['', '0', '-1', '1.5', 'x']) t.throws(() => jobsOf(text), /--jobs/, text)
})

function read(text: string) {
  const printed: string[] = []
  const reader = readTap((line) => printed.push(line))
  for (const line of text.split('\n')) reader.line(line)
  reader.end()
  return { reader: { passed: reader.passed, failed: reader.failed, skipped: reader.skipped }, printed }
}
