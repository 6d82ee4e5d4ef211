/**
 * Writes the examples of `/openapi.json` and `/asyncapi.json` from what a hub of the tests is asked and answers on its walk, and
 * from the kit's vectors. Ids, keys, secrets and digests are renamed: nothing in an example opens anything.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Met } from '../test/http/described.js'
import { walk } from '../test/http/walk.js'
import type { EnvelopeVector } from './kit-vectors/envelope-vectors.js'

const MOST_CHARACTERS = 4000
const NDJSON = 'application/x-ndjson'
/** No text, so no example. */
export const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const PROBLEM = '"type":"urn:lianhu:problem:'
const MOST_ITEMS = 2
const MOST_LINES = 4
/** They would be examples of themselves. */
export const DESCRIPTIONS: readonly string[] = ['openApi', 'asyncApi']
const EMPTY_DIGEST = 'sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
/** A rotation ends at a moment, by the clock of the machine; a day is the test’s own. */
const UNTIL = '2026-04-22T09:30:00.000+08:00'
const FIXED = '0198f0aa-0000-7000-8000-'

/** `recordEvents 201 application/json` and `recordEvents request` → JSON; of several the longest that is not too long. */
export function answerExamples(met: readonly Met[]): Readonly<Record<string, string>> {
  const chosen = new Map<string, string>()
  for (const { operation, status, type, body } of met) {
    if (body === '' || type.includes('problem') || type === WORKBOOK || DESCRIPTIONS.includes(operation)) continue
    const name = `${operation} ${status} ${type}`
    for (const text of textsOf(type, body)) if (text.length > (chosen.get(name)?.length ?? 0)) chosen.set(name, text)
  }
  for (const { operation, status, request } of met) {
    const name = `${operation} request`
    if (status >= 300 || request === undefined || chosen.has(name)) continue
    chosen.set(name, typeof request === 'string' ? firstLines(request, 1) : JSON.stringify(request))
  }
  return Object.fromEntries(
    [...chosen].map(([name, text]) => [name, renamed(text)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** What may stand for a body, as JSON: each line of a stream, the first lines of what is none, fewer items of long lists. */
function textsOf(type: string, body: string): readonly string[] {
  if (type === NDJSON) {
    return body.split('\n').filter((line) => line.length <= MOST_CHARACTERS && !line.includes(PROBLEM))
  }
  if (!type.endsWith('json')) return [JSON.stringify(firstLines(body, MOST_LINES))]
  return [body.length <= MOST_CHARACTERS ? body : JSON.stringify(shortened(JSON.parse(body)))]
}

function firstLines(text: string, count: number): string {
  return text.split('\n').slice(0, count).join('\n')
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(shortened)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]))
}

/** Kind → the envelope of the first vector that a receiver takes. */
export function messageExamples(root: string): Readonly<Record<string, string>> {
  const { cases } = JSON.parse(readFileSync(join(root, 'kit/vectors/envelopes.json'), 'utf8')) as {
    readonly cases: readonly EnvelopeVector[]
  }
  const examples: Record<string, string> = {}
  for (const { body, expected } of cases) if (expected?.isKnownKind) examples[expected.kind] ??= body
  return examples
}

/** Every member of a value with the kind of what it holds, `entries[].event.data.level: number`: equal shapes, equal members. */
export function shapeOf(value: unknown, at = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => shapeOf(item, `${at}[]`)))].sort()
  if (!isObject(value)) return [`${at}: ${typeof value}`]
  return Object.entries(value)
    .flatMap(([name, member]) => shapeOf(member, `${at}.${name}`))
    .sort()
}

function renamed(text: string): string {
  const ids = new Map<string, string>()
  const nameOf = (id: string): string => {
    const known = id.startsWith(FIXED)
      ? id
      : (ids.get(id) ?? `${FIXED}${(ids.size + 0x100).toString(16).padStart(12, '0')}`)
    ids.set(id, known)
    return known
  }
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, nameOf)
    .replace(/lh_[\w-]+/g, 'lh_…')
    .replace(/whsec_[\w+/=]+/g, 'whsec_…')
    .replace(/sha256:[\w-]{43}/g, EMPTY_DIGEST)
    .replace(/ed25519:[\w-]+/g, 'ed25519:AAAA')
    .replace(/("salt\\*":\\*")[\w-]{22}/g, `$1${'A'.repeat(22)}`)
    .replace(/("code":")[^"]{20,40}"/g, '$1AAAAA-BBBBB-CCCCC-DDDDD"')
    .replace(/("until":")[^"]{11,}/g, `$1${UNTIL}`)
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function fileText(head: string, name: string, examples: Readonly<Record<string, string>>): string {
  const lines = Object.entries(examples).map(
    ([key, text]) =>
      `  ${/^\w+$/.test(key) ? key : `'${key}'`}:\n    '${text.replaceAll('\\', '\\\\').replaceAll('\ufeff', '\\ufeff').replaceAll("'", "\\'")}',`,
  )
  return `/** ${head} Written by \`node dist/scripts/api-examples.js\`. */\nexport const ${name}: Readonly<Record<string, string>> = {\n${lines.join('\n')}\n}\n`
}

async function main(): Promise<void> {
  const ending: (() => unknown)[] = []
  const met: Met[] = []
  await walk({ teardown: (handler) => void ending.unshift(handler) }, (one) => met.push(one))
  for (const end of ending) await end()
  const answers = 'What a hub of the tests was asked and answered, as JSON, ids and secrets renamed.'
  writeFileSync('src/http/answer-examples.ts', fileText(answers, 'ANSWER_EXAMPLES', answerExamples(met)))
  const messages = 'An envelope of each kind, as JSON, from the vectors of the kit.'
  writeFileSync('src/http/message-examples.ts', fileText(messages, 'MESSAGE_EXAMPLES', messageExamples(process.cwd())))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
