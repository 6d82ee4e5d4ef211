/**
 * A batch of appends on its way to the store's worker, packed into four values: cloning a few hundred small objects between
 * threads costs more than committing them.
 */
import type { OpenFields } from '../domain/event.js'
import type { AppendRequest } from './sqlite-writer.js'

/** An append with seals still to be made. */
export interface SealableRequest extends AppendRequest {
  /** For each row, JSON of `ToSeal` where the row is a head that ends before its `sealed`; empty where it is whole. */
  readonly toSeal: readonly string[]
}

/** What the seals of one event are bound to beside its place, and the values. */
export interface ToSeal {
  readonly type: string
  readonly version: number
  readonly open: readonly OpenFields[]
}

export interface PackedAppends {
  /** Stream names, one a line. */
  readonly streams: string
  /** Ids, 36 characters each. */
  readonly ids: string
  /** Row JSON, one a line: JSON text holds no raw line break. */
  readonly rows: string
  /** What is to be sealed, one line a row. */
  readonly toSeal: string
  /** For each request: number of events, expected revision (`NEW`: the stream must not exist). */
  readonly shape: Int32Array
}

const ID_LENGTH = 36
const NEW = -1
/** What no stream ever is at: an expectation that is no revision at all must not turn into one, or into `NEW`. */
const NEVER = -2
const MAX_REVISION = 2 ** 31 - 1

export function packAppends(requests: readonly SealableRequest[]): PackedAppends {
  const shape = new Int32Array(requests.length * 2)
  let streams = ''
  let ids = ''
  let rows = ''
  let toSeal = ''
  for (let i = 0; i < requests.length; i++) {
    const request = requests[i]
    if (!request) continue
    streams += i === 0 ? request.stream : `\n${request.stream}`
    for (const id of request.ids) ids += id
    for (const row of request.rows) rows += rows === '' ? row : `\n${row}`
    for (const line of request.toSeal) toSeal += `${line}\n`
    shape[i * 2] = request.ids.length
    shape[i * 2 + 1] = request.expected === 'new' ? NEW : packedRevision(request.expected.revision)
  }
  return { streams, ids, rows, toSeal, shape }
}

export function unpackAppends({ streams, ids, rows, toSeal, shape }: PackedAppends): readonly SealableRequest[] {
  const names = streams.split('\n')
  const lines = rows.split('\n')
  const seals = toSeal.split('\n')
  const requests: SealableRequest[] = []
  let at = 0
  for (let i = 0; i < names.length; i++) {
    const count = shape[i * 2] ?? 0
    const revision = shape[i * 2 + 1] ?? NEVER
    const own: string[] = []
    for (let j = at; j < at + count; j++) own.push(ids.slice(j * ID_LENGTH, (j + 1) * ID_LENGTH))
    requests.push({
      stream: names[i] ?? '',
      expected: revision === NEW ? 'new' : { revision },
      ids: own,
      rows: lines.slice(at, at + count),
      toSeal: seals.slice(at, at + count),
    })
    at += count
  }
  // One row or id too many would hand every later one to the wrong stream.
  if (at !== lines.length || at !== seals.length - 1 || ids.length !== at * ID_LENGTH)
    throw new Error('unpackAppends: the batch is out of step')
  return requests
}

function packedRevision(revision: number): number {
  return Number.isInteger(revision) && revision >= 0 && revision <= MAX_REVISION ? revision : NEVER
}
