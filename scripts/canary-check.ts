/**
 * Searches what a run left behind (files, output) for the synthetic canary person, in every spelling that software writes
 * text in. Fails on a hit, and as well where the run shows no sign that the canary was in it: a search of nothing proves
 * nothing.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CANARY_WORDS } from '../src/rehearsal/people.js'

const MIB = 1024 * 1024
const CHUNK = 16 * MIB

/** A file of this name beside a store says: the canary was recorded here, and was found when its seals were opened. */
export const CANARY_MARKER = 'canary-was-recorded'

export interface CanaryHit {
  readonly path: string
  /** Which word, by number, and how it was spelt: the report itself must not repeat it. */
  readonly word: number
  readonly spelling: string
  readonly offset: number
}

interface Needle {
  readonly word: number
  readonly spelling: string
  readonly bytes: Buffer
}

export interface CanaryScan {
  readonly files: number
  readonly bytes: number
  readonly hits: readonly CanaryHit[]
  /** How many stores are known to have held the canary. */
  readonly markers: number
}

/** Every file below `roots`; one hit at most for each file, word and spelling. */
export function scanForCanary(roots: readonly string[], words: readonly string[] = CANARY_WORDS): CanaryScan {
  const needles = words.flatMap(spellingsOf)
  const scan = { files: 0, bytes: 0, markers: 0, hits: [] as CanaryHit[] }
  for (const path of roots.flatMap(filesBelow)) {
    if (path.endsWith(CANARY_MARKER)) scan.markers += 1
    scan.files += 1
    scan.bytes += statSync(path).size
    scan.hits.push(...hitsInFile(path, needles))
  }
  return scan
}

/** A word as UTF-8, UTF-16, hexadecimal, base64 at each of three alignments, percent-encoded, and with `\u` escapes. */
function spellingsOf(text: string, word: number): readonly Needle[] {
  const utf8 = Buffer.from(text, 'utf8')
  const escaped = [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  const spelt: readonly (readonly [string, Buffer])[] = [
    ['utf-8', utf8],
    ['utf-16', Buffer.from(text, 'utf16le')],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['HEX', Buffer.from(utf8.toString('hex').toUpperCase())],
    ['percent', Buffer.from(encodeURIComponent(text))],
    ['\\u', Buffer.from(escaped)],
    ...[0, 1, 2].flatMap((shift): (readonly [string, Buffer])[] => [
      [`base64+${shift}`, Buffer.from(base64Core(utf8, shift))],
      [`base64url+${shift}`, Buffer.from(base64Core(utf8, shift).replaceAll('+', '-').replaceAll('/', '_'))],
    ]),
  ]
  const distinct = new Map<string, Needle>()
  for (const [spelling, bytes] of spelt) {
    const key = bytes.toString('latin1')
    if (!distinct.has(key)) distinct.set(key, { word, spelling, bytes })
  }
  return [...distinct.values()]
}

/** The characters of base64 that these bytes determine alone, where `shift` other bytes stand before them. */
function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replaceAll('=', '')
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + bytes.length) * 8) / 6)
  return text.slice(first, last)
}

/** In chunks that overlap, so that no word falls between two. */
function hitsInFile(path: string, needles: readonly Needle[]): readonly CanaryHit[] {
  const overlap = Math.max(0, ...needles.map(({ bytes }) => bytes.length)) - 1
  const open = new Set(needles)
  const hits: CanaryHit[] = []
  const buffer = Buffer.alloc(Math.min(CHUNK, statSync(path).size) + overlap + 1)
  const file = openSync(path, 'r')
  try {
    for (let start = 0; ; start += CHUNK) {
      const length = readSync(file, buffer, 0, buffer.length, start)
      if (length === 0) return hits
      const chunk = buffer.subarray(0, length)
      for (const needle of open) {
        const at = chunk.indexOf(needle.bytes)
        if (at < 0) continue
        hits.push({ path, word: needle.word, spelling: needle.spelling, offset: start + at })
        open.delete(needle)
      }
    }
  } finally {
    closeSync(file)
  }
}

function filesBelow(root: string): readonly string[] {
  if (!existsSync(root)) return []
  if (statSync(root).isFile()) return [root]
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function main(roots: readonly string[]): void {
  const { files, bytes, hits, markers } = scanForCanary(roots.map((root) => resolve(root)))
  for (const { path, word, spelling, offset } of hits) {
    console.log(`${path}: word ${word} of the canary as ${spelling}, at byte ${offset}`)
  }
  if (markers === 0) console.log('no store of this run says that the canary was recorded in it')
  const searched = `${files} files, ${Math.ceil(bytes / MIB)} MiB, ${markers} stores that held the canary`
  console.log(`${searched}: ${hits.length === 0 ? 'found nowhere in the clear' : `${hits.length} hits`}`)
  if (hits.length > 0 || markers === 0) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
