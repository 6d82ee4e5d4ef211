/**
 * Reads TAP and says what a person wants of a test run: one line for each file, every failure in full, every skipped test with
 * its reason, and `N passed, N failed` at the end. As a command it says the end alone of the TAP on standard input. Judges
 * nothing: the exit code is the runner's.
 */
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const POINT = /^( *)(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO|time=[\d.]+m?s)\b ?(.*?))?( \{)?$/
const SUBTEST = /^( *)# Subtest(?:: (.*))?$/
const INDENT = 4

interface Scope {
  readonly name: string
  passed: number
  failed: number
}

export interface TapReader {
  /** Takes one line of TAP. */
  line(text: string): void
  /** Prints what the last file still has to say. */
  end(): void
  /** Results so far: assertions, and tests that hold none. */
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts results in TAP and hands what is worth reading to `print`, as soon as its file has ended. */
export function readTap(print: (line: string) => void): TapReader {
  const root: Scope = { name: '', passed: 0, failed: 0 }
  /** The tests that are open, outermost first; below the root stand the files. */
  const open: Scope[] = [root]
  let skipped = 0
  let notes: string[] = []
  /** Where the diagnosis of the last failure stands; undefined after what did not fail. */
  let failedAt: number | undefined

  const flush = (): void => {
    for (const note of notes) print(note)
    notes = []
  }

  const point = (match: RegExpExecArray): void => {
    const [, indent = '', not, name = '', directive = '', detail = ''] = match
    const depth = indent.length / INDENT
    const closed = open.length > depth + 1 ? open[depth + 1] : undefined
    open.length = depth + 1
    const path = [...open.slice(2).map((scope) => scope.name), name].join(' > ')
    if (directive === 'SKIP' || directive === 'TODO') {
      skipped += 1
      notes.push(`  skipped: ${path}${detail && ` (${detail})`}`)
      return
    }
    const counted = countOf(closed, not !== undefined)
    const parent = open[depth] ?? root
    parent.passed += counted.passed
    parent.failed += counted.failed
    // A test that fails because of what is inside it says nothing new.
    failedAt = not !== undefined && !closed?.failed ? indent.length : undefined
    if (depth === 0) {
      const verdict = not === undefined ? 'ok    ' : 'FAILED'
      print(`${verdict} ${name} (${counted.passed} passed, ${counted.failed} failed)`)
      flush()
    } else if (failedAt !== undefined) {
      notes.push(`  FAILED: ${path}`)
    }
  }

  return {
    line(text) {
      const subtest = SUBTEST.exec(text)
      const match = subtest ? null : POINT.exec(text)
      if (subtest || match) failedAt = undefined
      if (subtest) {
        const depth = (subtest[1] ?? '').length / INDENT
        if (depth === 0) flush()
        open.length = depth + 1
        open.push({ name: subtest[2] ?? '', passed: 0, failed: 0 })
      } else if (match) {
        point(match)
      } else if (text.startsWith('Bail out!')) {
        print(text)
      } else if (failedAt !== undefined && text.startsWith(' '.repeat(failedAt + 2))) {
        // The diagnosis of a failure stands below it, indented.
        notes.push(`    ${text.slice(failedAt)}`)
      }
    },
    end: flush,
    get passed() {
      return root.passed
    },
    get failed() {
      return root.failed
    },
    get skipped() {
      return skipped
    },
  }
}

/** An assertion is one result; a test is what is inside it, and one of its own where that does not account for its end. */
function countOf(closed: Scope | undefined, hasFailed: boolean): { readonly passed: number; readonly failed: number } {
  const { passed, failed } = closed ?? { passed: 0, failed: 0 }
  if (hasFailed) return { passed, failed: Math.max(failed, 1) }
  return { passed: Math.max(passed, 1), failed }
}

/** The last lines: what was skipped, and `N passed, N failed`. */
export function summaryOf({ passed, failed, skipped }: TapReader, detail = ''): string {
  return `${skipped > 0 ? `${skipped} skipped${detail}\n` : ''}${passed} passed, ${failed} failed`
}

async function summary(): Promise<void> {
  const reader = readTap(() => undefined)
  for await (const line of createInterface({ input: process.stdin })) reader.line(line)
  console.log(summaryOf(reader))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await summary()
