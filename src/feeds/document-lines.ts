/**
 * Splits the bytes of a document into its lines, holding one chunk and one line at most. It repairs nothing: an empty line, or
 * a carriage return before the line feed, is told as it stands. Pure.
 */

export interface DocumentLine {
  /** From 1. */
  readonly number: number
  /** Without the line feed; undefined where the line is longer than the limit. */
  readonly bytes: Buffer | undefined
  /** False for what follows the last line feed. */
  readonly isEnded: boolean
}

export interface LineSplitter {
  add(chunk: Uint8Array): void
  /** Tells what follows the last line feed, if anything. */
  end(): void
}

const LINE_FEED = 10

/** @param limit bytes of a line */
export function lineSplitter(limit: number, onLine: (line: DocumentLine) => void): LineSplitter {
  let number = 0
  let rest: Buffer[] = []
  let restLength = 0

  const tell = (tail: Buffer, isEnded: boolean): void => {
    const length = restLength + tail.length
    const whole = rest.length === 0 ? tail : Buffer.concat([...rest, tail])
    rest = []
    restLength = 0
    onLine({ number: ++number, bytes: length > limit ? undefined : whole, isEnded })
  }

  return {
    add(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      let from = 0
      for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
        tell(bytes.subarray(from, at), true)
        from = at + 1
      }
      if (from === bytes.length) return
      restLength += bytes.length - from
      // Past the limit nothing more is kept: the length alone says that the line is refused.
      if (restLength <= limit) rest.push(bytes.subarray(from))
      else rest = []
    },
    end() {
      if (restLength > 0) tell(Buffer.alloc(0), false)
    },
  }
}
