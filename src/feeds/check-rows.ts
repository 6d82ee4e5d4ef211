/**
 * Holds the rows of a document, one by one as they come, against the commitments of its manifest. It keeps where each row
 * stood, and no row. Pure.
 */
import { type ParsedLine, parseLine } from './canonical-line.js'
import { type Commitment, UUID } from './check-manifest.js'
import { type CommittedRow, commitmentOf } from './commitments.js'
import type { DocumentFindings } from './document-findings.js'
import type { DocumentLine } from './document-lines.js'

export interface RowsCheck {
  add(line: DocumentLine): void
  /** Names what is missing or stands in another's place. */
  end(): RowsChecked
}

export interface RowsChecked {
  /** Lines after the header, whatever they are. */
  readonly rows: number
  /** Lines in which nothing but the commitment is left, the right one. */
  readonly recalled: number
  /** How many of the manifest's last rows are missing, where no other row stands in their place. */
  readonly missingAtEnd: number
}

/** 16 bytes in base64url; the last character holds two bits, so that no other text stands for the same bytes. */
const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/

export function rowsCheck(commitments: readonly Commitment[], findings: DocumentFindings): RowsCheck {
  const indexOf = new Map<string, number>()
  for (const [index, { id }] of commitments.entries()) if (!indexOf.has(id)) indexOf.set(id, index)
  /** Line of each row, by its index in the manifest; 0 where it has not come. */
  const lineOf = new Uint32Array(commitments.length)
  /** Indexes in the order of coming, each once. */
  const come = new Uint32Array(indexOf.size)
  let [rows, known, foreign, recalled] = [0, 0, 0, 0]

  function addRow(line: number, { value, isCanonical }: ParsedLine): void {
    const row = rowIdIn(value)
    const at = row === undefined ? { line } : { line, row }
    if (!isCanonical) findings.add({ kind: 'NOT_CANONICAL', ...at, message: 'the line is not in canonical form' })
    const index = row === undefined ? undefined : indexOf.get(row)
    if (index === undefined) {
      foreign++
      findings.add({ kind: 'ROW_FOREIGN', ...at, message: 'the manifest names no such row' })
      return
    }
    const before = lineOf[index] ?? 0
    const isRecalled = isRecalledLine(value)
    const found = isRecalled ? value.commitment : commitmentIn(value)
    if (found !== commitments[index]?.commitment) {
      findings.add({ kind: 'ROW_ALTERED', ...at, message: 'its commitment is another than the manifest’s' })
    } else if (isRecalled && before === 0) recalled++
    if (before > 0) {
      findings.add({ kind: 'ROW_DOUBLED', ...at, message: `the row stands in line ${before} already` })
      return
    }
    lineOf[index] = line
    come[known++] = index
  }

  function tellMisplaced(): void {
    let expected = -1
    for (const index of come.subarray(0, known)) {
      do expected++
      while (lineOf[expected] === 0)
      if (index === expected) continue
      const [row, other] = [commitments[index]?.id ?? '', commitments[expected]?.id ?? '']
      findings.add({
        ...{ kind: 'ROW_MISPLACED', line: lineOf[index] ?? 0, row },
        message: `row ${other} belongs here`,
      })
    }
  }

  function tellDropped(): number {
    let atEnd = 0
    for (const [id, index] of indexOf) {
      atEnd = lineOf[index] === 0 ? atEnd + 1 : 0
      if (lineOf[index] === 0) findings.add({ kind: 'ROW_DROPPED', row: id, message: 'no line holds the row' })
    }
    return atEnd
  }

  return {
    add({ number, bytes, isEnded }) {
      rows++
      const parsed = bytes && parseLine(bytes)
      if (parsed) addRow(number, parsed)
      // What was cut off is told as cut off.
      else if (isEnded) findings.add({ kind: 'ROW_UNREADABLE', line: number, message: 'the line holds no JSON object' })
    },
    end() {
      tellMisplaced()
      const atEnd = tellDropped()
      return { rows, recalled, missingAtEnd: foreign === 0 ? atEnd : 0 }
    },
  }
}

function rowIdIn({ id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'string' && UUID.test(id) ? id : undefined
}

/** Nothing else stands in it. */
function isRecalledLine(value: Readonly<Record<string, unknown>>): boolean {
  return value.recalled === true && Object.keys(value).sort().join() === 'commitment,id,recalled'
}

/** Undefined where the row has no salt, or no canonical form. */
function commitmentIn(value: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof value.salt !== 'string' || !SALT.test(value.salt)) return undefined
  try {
    return commitmentOf(value as CommittedRow)
  } catch {
    return undefined
  }
}
