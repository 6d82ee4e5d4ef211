/**
 * A released document as it goes out after some of its rows were taken back: in the place of each its commitment, so that the
 * root can still be computed. Pure. Such a line: `{"commitment":"sha256:…","id":"2d7f27ce-…","recalled":true}`.
 */
import { lineInPlaceOf } from './erased-rows.js'

export interface PartialDocument {
  readonly bytes: Buffer
  /** How many rows were taken out. */
  readonly recalled: number
}

/** @param commitments row id → commitment */
export function withoutRecalled(ndjson: Buffer, commitments: ReadonlyMap<string, string>): PartialDocument {
  if (commitments.size === 0) return { bytes: ndjson, recalled: 0 }
  let recalled = 0
  const [header = '', ...rows] = ndjson.toString('utf8').split('\n')
  const lines = rows.map((line) => {
    const id = line === '' ? undefined : rowIdOf(line)
    const commitment = id === undefined ? undefined : commitments.get(id)
    if (id === undefined || commitment === undefined) return line
    recalled++
    return lineInPlaceOf(id, commitment)
  })
  return { bytes: recalled === 0 ? ndjson : Buffer.from([header, ...lines].join('\n'), 'utf8'), recalled }
}

function rowIdOf(line: string): string | undefined {
  const { id } = JSON.parse(line) as { readonly id?: unknown }
  return typeof id === 'string' ? id : undefined
}
