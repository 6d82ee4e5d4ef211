import t from 'tap'
import { CHOSEN_PACKAGES, IMPURE_FILES } from './architecture/import-table.js'
import {
  type ArchitectureRule,
  describeViolation,
  FILE_RULES,
  filesKeepTheHouseStyle,
  importCycles,
  importsGoOneWay,
  noBarrels,
  packagesStayInTheirAdapters,
  pureLayersTouchNothing,
  unusedExceptions,
} from './architecture/rules.js'
import { parseSource } from './architecture/source-file.js'
import { readRepositoryFile, typeScriptFiles } from './fixtures/repository.js'

const files = typeScriptFiles(['src', 'projections', 'kit', 'scripts', 'test']).map((path) =>
  parseSource(path, readRepositoryFile(path)),
)
const product = files.filter(({ path }) => path.startsWith('src/') || path.startsWith('projections/'))

t.test('every file keeps the import table and the house style', async (t) => {
  t.ok(files.length > 100, 'the files are found')
  for (const rule of FILE_RULES) {
    const broken = files.flatMap(rule).map(describeViolation)
    for (const violation of broken) t.fail(violation)
    t.equal(broken.length, 0, 'nothing breaks it')
  }
})

t.test('no imports go in a circle', async (t) => {
  const cycles = importCycles(files).map((cycle) => cycle.join(' → '))
  for (const cycle of cycles) t.fail(cycle)
  t.equal(cycles.length, 0, 'there is none')
})

t.test('half of all product files have at most 100 lines', async (t) => {
  const lengths = product.map(({ lines }) => lines.length - 1).sort((a, b) => a - b)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  t.ok(median <= 100, `median ${median}`)
})

t.test('the table promises no more than what is there', async (t) => {
  const imported = new Set(product.flatMap(({ imports }) => imports.map(({ packageName }) => packageName)))
  const paths = new Set(files.map(({ path }) => path))

  t.same(unusedExceptions(files), [], 'every exception is needed')
  t.same(
    Object.keys(CHOSEN_PACKAGES).filter((name) => !imported.has(name)),
    [],
    'every package of the table is imported',
  )
  t.same(
    Object.keys(IMPURE_FILES).filter((path) => !paths.has(path)),
    [],
    'every impure file exists',
  )
})

/** Each of these must be caught, on the line given, by that rule alone. */
const BAD: readonly (readonly [name: string, rule: ArchitectureRule, path: string, text: string, line: number])[] = [
  ['kernel imports domain', importsGoOneWay, 'src/kernel/x.ts', "/** . */\nimport { a } from '../domain/event.js'", 2],
  [
    'domain imports a capability’s port',
    importsGoOneWay,
    'src/domain/x.ts',
    "import type { A } from '../log/port.js'",
    1,
  ],
  [
    'a feed imports a capability',
    importsGoOneWay,
    'projections/x.feed.ts',
    "import { a } from '../src/log/port.js'",
    1,
  ],
  ['a port by value', importsGoOneWay, 'src/feeds/x.ts', "import { a } from '../log/port.js'", 1],
  ['a port by value among types', importsGoOneWay, 'src/feeds/x.ts', "import { type A, b } from '../log/port.js'", 1],
  ['more than an exception names', importsGoOneWay, 'src/feeds/x.ts', "import { START, b } from '../log/port.js'", 1],
  ['a side effect', importsGoOneWay, 'src/feeds/x.ts', "import '../log/port.js'", 1],
  [
    'another capability’s inside',
    importsGoOneWay,
    'src/feeds/x.ts',
    "import type { A } from '../log/sqlite-log.js'",
    1,
  ],
  ['a dynamic import', importsGoOneWay, 'src/feeds/x.ts', "const a = await import('../log/sqlite-log.js')", 1],
  ['a re-export', importsGoOneWay, 'src/feeds/x.ts', "export { a } from '../log/sqlite-log.js'", 1],
  ['an import type', importsGoOneWay, 'src/feeds/x.ts', "type A = import('../log/sqlite-log.js').A", 1],
  ['a capability imports the hub', importsGoOneWay, 'src/feeds/x.ts', "import type { Hub } from '../hub.js'", 1],
  ['http imports the CLI', importsGoOneWay, 'src/http/x.ts', "import { a } from '../cli/doctor.js'", 1],
  ['the product imports a chore', importsGoOneWay, 'src/cli/x.ts', "import { a } from '../../scripts/docs.js'", 1],
  ['the kit imports the product', importsGoOneWay, 'kit/x.ts', "import { a } from '../src/kernel/hash.js'", 1],
  ['the product imports the kit', importsGoOneWay, 'src/http/x.ts', "import { a } from '../../kit/verify.js'", 1],
  ['a folder of no layer', importsGoOneWay, 'src/shared/x.ts', 'export const a = 1', 1],
  ['sqlite in a feed', packagesStayInTheirAdapters, 'src/feeds/x.ts', "import Database from 'better-sqlite3'", 1],
  ['fastify’s types in the hub', packagesStayInTheirAdapters, 'src/hub.ts', "import type { A } from 'fastify'", 1],
  ['a package without a place', packagesStayInTheirAdapters, 'src/feeds/x.ts', "import { a } from 'left-pad/x'", 1],
  ['a package in the kit', packagesStayInTheirAdapters, 'kit/x.ts', "import { z } from 'zod'", 1],
  ['a clock', pureLayersTouchNothing, 'src/domain/x.ts', 'const a = Date.now()', 1],
  ['a date of now', pureLayersTouchNothing, 'src/policy/x.ts', 'const a = 1\nconst b = new Date()', 2],
  ['randomness', pureLayersTouchNothing, 'projections/x.ts', 'const a = Math.random()', 1],
  ['the environment', pureLayersTouchNothing, 'src/kernel/x.ts', 'const { A } = process.env', 1],
  ['a locale', pureLayersTouchNothing, 'src/domain/x.ts', "['b'].sort((a, b) => a.localeCompare(b))", 1],
  ['a file', pureLayersTouchNothing, 'src/kernel/x.ts', "import { readFileSync } from 'node:fs'", 1],
  ['a timer', pureLayersTouchNothing, 'src/domain/x.ts', 'setTimeout(() => undefined, 1)', 1],
  ['401 lines', filesKeepTheHouseStyle, 'src/log/x.ts', `/** . */\n${'//\n'.repeat(400)}`, 401],
  ['a camel-case name', filesKeepTheHouseStyle, 'src/log/myFile.ts', '/** . */', 1],
  ['a vague name', filesKeepTheHouseStyle, 'src/log/utils.ts', '/** . */', 1],
  ['no header', filesKeepTheHouseStyle, 'src/log/x.ts', 'export const a = 1', 1],
  ['a default export', filesKeepTheHouseStyle, 'src/log/x.ts', '/** . */\nexport default 1', 2],
  ['a default function', filesKeepTheHouseStyle, 'src/log/x.ts', '/** . */\nexport default function a() {}', 2],
  ['an enum', filesKeepTheHouseStyle, 'src/log/x.ts', '/** . */\nexport enum A {}', 2],
  ['a namespace', filesKeepTheHouseStyle, 'src/log/x.ts', '/** . */\nnamespace A {}', 2],
  ['a barrel', noBarrels, 'src/log/x.ts', "export { a } from './a.js'\nexport * from './b.js'", 1],
]

for (const [name, rule, path, text, line] of BAD) {
  t.test(`catches ${name}`, async (t) => {
    const caught = rule(parseSource(path, text))

    t.equal(caught.length, 1, 'once')
    t.match(caught[0], { path, line })
  })
}

t.test('catches a circle and passes one of types only', async (t) => {
  const a = parseSource('src/log/a.ts', "import { b } from './b.js'")
  const b = parseSource('src/log/b.ts', "import { a } from './a.js'")
  const typeOfA = parseSource('src/log/b.ts', "import type { A } from './a.js'")

  t.same(importCycles([a, b]), [['src/log/a.ts', 'src/log/b.ts', 'src/log/a.ts']])
  t.same(importCycles([a, typeOfA]), [])
})

t.test('prints the offending line and the rule', async (t) => {
  const [caught] = importsGoOneWay(parseSource('src/kernel/x.ts', "/** . */\n  import { a } from '../domain/event.js'"))

  t.equal(
    caught && describeViolation(caught),
    "src/kernel/x.ts:2: import { a } from '../domain/event.js' (imports go one way: kernel may not import domain)",
  )
})

t.test('passes what the table allows', async (t) => {
  const good = parseSource(
    'src/feeds/good-file.ts',
    "/** Good. */\nimport type { EventLog } from '../log/port.js'\nimport { jcs } from '../kernel/jcs.js'\n",
  )

  for (const rule of FILE_RULES) t.same(rule(good), [])
})
