import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allCommands } from '../scripts/docs/commands-page.js'
import { allRoutes } from '../scripts/docs/hub-pages.js'
import { docsDrift, referencePages } from '../scripts/docs.js'
import { optionReference } from '../src/config.js'
import { CATALOGUE } from '../src/domain/catalogue.js'
import { ONE_OFF_RULES } from '../src/domain/rules/one-off-rules.js'
import { ruleCatalogue } from '../src/domain/rules.js'
import { openApiPath } from '../src/http/openapi.js'
import { ERRORS } from '../src/kernel/errors.js'
import { FIELD_SETS } from '../src/policy/field-sets.js'
import { ONE_OFF_SETS } from '../src/policy/one-off-field-sets.js'
import { MAY_IMPORT } from './architecture/import-table.js'
import { REPOSITORY, readRepositoryFile, typeScriptFiles } from './fixtures/repository.js'
import { tempDirectory } from './fixtures/store.js'

const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'projections/README.md',
  'kit/README.md',
  'kit/README.zh-CN.md',
  'docs/operate.md',
  'docs/operate.zh-CN.md',
  'deploy/secrets/README.md',
  ...readdirSync(join(REPOSITORY, 'docs/reference')).map((name) => `docs/reference/${name}`),
]
const texts = new Map(PAGES.map((path) => [path, readRepositoryFile(path)]))
const everything = [...texts.values()].join('\n')
const architecture = readRepositoryFile('ARCHITECTURE.md')
const scripts: Readonly<Record<string, string>> = JSON.parse(readRepositoryFile('package.json')).scripts

t.test('the reference pages are what the code says', async (t) => {
  t.same(docsDrift(REPOSITORY), [])
})

t.test('whatever the code has is documented, and whatever is documented is in the code', async (t) => {
  const reference = (name: string): string => readRepositoryFile(`docs/reference/${name}.md`)
  const headings = (page: string): readonly string[] => all(page, /^## `([^`]+)`/gm)
  const firstCells = (page: string): readonly string[] => all(page, /^\| `([^`]+)` \|/gm)

  same(t, 'errors', firstCells(reference('errors')), Object.keys(ERRORS))
  same(t, 'events', headings(reference('events')), [...CATALOGUE.keys()])
  same(
    t,
    'rules',
    firstCells(reference('rules')),
    [...ruleCatalogue(), ...ONE_OFF_RULES].map(({ id }) => id),
  )
  same(
    t,
    'options',
    firstCells(reference('options')),
    optionReference().map(({ name }) => name),
  )
  same(
    t,
    'routes',
    firstCells(reference('routes')),
    allRoutes().map(({ method, path }) => `${method} ${openApiPath(path)}`),
  )
  same(
    t,
    'commands',
    headings(reference('commands')),
    allCommands().map(({ usage }) => usage),
  )
  same(
    t,
    'field sets',
    headings(reference('disclosure')),
    [...FIELD_SETS, ...Object.values(ONE_OFF_SETS)].map(({ id }) => id),
  )
})

t.test('a page that is changed, missing or left over is drift', async (t) => {
  const root = tempDirectory(t)
  const reference = join(root, 'docs/reference')
  mkdirSync(reference, { recursive: true })
  writeFileSync(join(reference, 'errors.md'), 'something else')
  writeFileSync(join(reference, 'gone.md'), 'describes what is gone')

  const drift = docsDrift(root)

  t.equal(drift.length, referencePages().length + 1)
  t.match(drift, [/events\.md differs/], 'a missing page')
  t.ok(drift.some((line) => line.startsWith('docs/reference/errors.md differs')))
  t.ok(drift.some((line) => line.startsWith('docs/reference/gone.md describes nothing')))
})

t.test('every command that a page tells to run exists', async (t) => {
  const commands = new Set(allCommands().map(({ name }) => name))
  const told = all(everything, /npm run -s lianhu -- ([a-z]+(?: [a-z]+)?)/g)
  t.ok(told.length > 0, 'there are some')
  for (const words of told) t.ok(commands.has(words) || commands.has(words.split(' ')[0] ?? ''), `lianhu ${words}`)
  for (const script of all(everything, /npm (?:run )(?:-s )?([a-z]+)/g)) t.ok(script in scripts, `npm run ${script}`)
  for (const script of ['build', 'start', 'demo', 'test', 'lint', 'bench', 'lianhu']) t.ok(script in scripts, script)
})

t.test('every error code, route, file and link that a page names exists', async (t) => {
  const routes = new Set(allRoutes().map(({ path }) => openApiPath(path).replaceAll(/\{\w+\}/g, '*')))
  for (const code of all(everything, /\b(HUB_[A-Z_]+)\b/g)) t.ok(code in ERRORS, code)
  for (const path of all(everything, /`(?:GET |POST )?(\/v1\/[^`\s?]*)/g)) {
    t.ok(routes.has(path.replaceAll(/\{\w+\}|…/g, '*')), path)
  }
  for (const path of all(everything, /`((?:src|test|projections|kit|scripts|docs|\.ci)\/[\w./-]+)`/g)) {
    t.ok(existsSync(join(REPOSITORY, path)), path)
  }
  for (const [page, text] of texts) {
    for (const link of all(text, /\]\((?!https?:)([^)#]+)\)/g)) {
      t.ok(existsSync(join(REPOSITORY, page, '..', link)), `${page} → ${link}`)
    }
  }
})

t.test('both READMEs tell the same commands, in the same order, under as many headings', async (t) => {
  const [english = '', chinese = ''] = [texts.get('README.md'), texts.get('README.zh-CN.md')]
  const inBlocks = (text: string): readonly string[] =>
    all(text, /^```sh\n([\s\S]*?)^```/gm).flatMap((block) => block.split('\n').filter((line) => /^[a-z]/.test(line)))
  const links = (text: string): readonly string[] =>
    all(text, /\]\(([^)]+)\)/g).filter((link) => !link.startsWith('README'))
  const levels = (text: string): readonly string[] => all(text, /^(#+) /gm)

  t.ok(inBlocks(english).length > 1, 'there are some')
  t.same(inBlocks(chinese), inBlocks(english))
  t.same(levels(chinese), levels(english))
  t.same(links(chinese), links(english))
})

t.test('every invariant names a test that is there', async (t) => {
  const section = sectionOf(architecture, 'Invariants')
  const held = [...section.matchAll(/^\| .+ \| `(test\/[^`]+)` — (.+) \|$/gm)]
  t.equal(held.length, all(section, /^(\|)/gm).length - 2, 'each row names one')
  for (const [, file = '', name = ''] of held) {
    const source = existsSync(join(REPOSITORY, file)) ? readRepositoryFile(file).replaceAll('\\u2019', '’') : ''
    t.ok(source.includes(name), `${file}: ${name}`)
  }
})

t.test('the tables of layers and streams are those of the code', async (t) => {
  const layers = all(sectionOf(architecture, 'Layers'), /^\| (\w+) \| `/gm)
  const streams = all(sectionOf(architecture, 'Streams'), /^\| `(\w+)/gm)

  same(t, 'layers', layers, Object.keys(MAY_IMPORT))
  same(t, 'streams', [...new Set(streams)], [...new Set([...CATALOGUE.values()].map(({ stream }) => stream as string))])
})

t.test('no page names a machine, a private registry or a person’s path', async (t) => {
  const sources = typeScriptFiles(['src', 'projections', 'kit', 'scripts']).map(
    (path) => [path, readRepositoryFile(path)] as const,
  )
  for (const [path, text] of [...texts, ...sources]) {
    t.notMatch(text, /\/(?:home|root|Users|work)\/|registry\.[a-z]+\.[a-z]+|[a-z]\.internal\b/, path)
  }
})

function all(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, first = '']) => first)
}

function sectionOf(text: string, heading: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? ''
}

/** Both lists hold the same, in whatever order, each once. */
function same(
  t: Pick<typeof import('tap').t, 'same'>,
  what: string,
  documented: readonly string[],
  known: readonly string[],
): void {
  t.same([...documented].sort(), [...known].sort(), what)
}
