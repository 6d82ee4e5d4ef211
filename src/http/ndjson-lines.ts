/**
 * Splits a byte stream into lines without ever holding more than one chunk and one line. A line that is too long is told as
 * such and skipped; it never grows the memory. Lines come by the chunk, so that there is an asynchronous step for each chunk
 * and not for each line.
 */
export interface Line {
  /** From 1, as an editor counts; empty lines are counted and not told. */
  readonly number: number
  /** Undefined where the line is longer than the limit. */
  readonly bytes: Buffer | undefined
}

const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** Yields the lines that each chunk ends, where it ends any. */
export async function* ndjsonLines(
  stream: AsyncIterable<Buffer | string>,
  limit: number,
): AsyncGenerator<readonly Line[]> {
  let number = 0
  let rest: Buffer[] = []
  let restLength = 0
  const take = (tail: Buffer): Line | undefined => {
    number++
    const length = restLength + tail.length
    const whole = length > limit ? undefined : rest.length === 0 ? tail : Buffer.concat([...rest, tail], length)
    rest = []
    restLength = 0
    if (whole === undefined) return { number, bytes: undefined }
    const bytes = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole
    return bytes.length === 0 ? undefined : { number, bytes }
  }

  for await (const piece of stream) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
    const lines: Line[] = []
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = take(chunk.subarray(from, at))
      from = at + 1
      if (line) lines.push(line)
    }
    if (from < chunk.length) {
      const tail = chunk.subarray(from)
      restLength += tail.length
      // Past the limit nothing more is kept: the length alone says that the line is refused.
      if (restLength <= limit) rest.push(tail)
      else rest = []
    }
    if (lines.length > 0) yield lines
  }
  if (restLength > 0) {
    const line = take(Buffer.alloc(0))
    if (line) yield [line]
  }
}
