/**
 * A reader that goes on in the new file when a rebuild has switched. What is being iterated ends in the file it began in;
 * the old file is let go as soon as nobody reads it, or its space would never come back.
 */
import type { ReadModel } from './port.js'

export interface SwitchingReader<Row> extends ReadModel<Row> {
  /** The next read opens the current file. */
  reopen(): void
}

interface Opened<Row> {
  readonly reader: ReadModel<Row>
  iterations: number
  isRetired: boolean
}

export function switchingReader<Row>(open: () => ReadModel<Row>): SwitchingReader<Row> {
  let current: Opened<Row> | undefined
  const retired = new Set<Opened<Row>>()
  const opened = (): Opened<Row> => {
    current ??= { reader: open(), iterations: 0, isRetired: false }
    return current
  }
  const release = (one: Opened<Row>): void => {
    if (!one.isRetired || one.iterations > 0 || !retired.delete(one)) return
    one.reader.close()
  }
  function* iterate<T>(begin: (reader: ReadModel<Row>) => Iterable<T>): Generator<T> {
    const one = opened()
    one.iterations++
    try {
      yield* begin(one.reader)
    } finally {
      one.iterations--
      release(one)
    }
  }

  return {
    get: (key) => opened().reader.get(key),
    all: () => iterate((reader) => reader.all()),
    withPrefix: (prefix) => iterate((reader) => reader.withPrefix(prefix)),
    count: () => opened().reader.count(),
    checkpoint: () => opened().reader.checkpoint(),
    getAt: (cutId, key) => opened().reader.getAt(cutId, key),
    allAt: (cutId) => iterate((reader) => reader.allAt(cutId)),
    openCuts: () => opened().reader.openCuts(),
    cut: (cutId) => opened().reader.cut(cutId),
    reopen() {
      if (!current) return
      current.isRetired = true
      retired.add(current)
      release(current)
      current = undefined
    },
    close() {
      for (const one of [...retired, ...(current ? [current] : [])]) one.reader.close()
      retired.clear()
      current = undefined
    },
  }
}
