/** A reader that goes on in the new file when a rebuild has switched. What is being iterated ends in the file it began in. */
import type { ReadModel } from './port.js'

export interface SwitchingReader<Row> extends ReadModel<Row> {
  /** The next read opens the current file. */
  reopen(): void
}

export function switchingReader<Row>(open: () => ReadModel<Row>): SwitchingReader<Row> {
  let current: ReadModel<Row> | undefined
  /** Somebody may still be iterating one of these; rebuilds are rare, so they are kept until the end. */
  const retired: ReadModel<Row>[] = []
  const reader = (): ReadModel<Row> => {
    current ??= open()
    return current
  }

  return {
    get: (key) => reader().get(key),
    all: () => reader().all(),
    withPrefix: (prefix) => reader().withPrefix(prefix),
    count: () => reader().count(),
    checkpoint: () => reader().checkpoint(),
    getAt: (cutId, key) => reader().getAt(cutId, key),
    allAt: (cutId) => reader().allAt(cutId),
    openCuts: () => reader().openCuts(),
    cut: (cutId) => reader().cut(cutId),
    reopen() {
      if (current) retired.push(current)
      current = undefined
    },
    close() {
      for (const one of [...retired, ...(current ? [current] : [])]) one.close()
      retired.length = 0
      current = undefined
    },
  }
}
