/**
 * Watches what becomes of appends: a log that refused the last one (disk full, file gone) stores nothing until there is space,
 * and whoever looks at the hub must see that. It changes no outcome.
 */
import { statfs } from 'node:fs/promises'
import { isHubError } from './kernel/errors.js'
import type { LocalLog } from './log/local-log.js'

export interface WatchedAppends {
  /** The log, its appends watched. */
  readonly log: LocalLog
  /** True from an append that was refused for good until the next one that is stored, or until there is space again. */
  isReadOnly(): boolean
  /** Looks whether there is space again: where nobody records any more because of it, nothing else would tell. */
  look(): Promise<void>
}

/** Free space from which on the log is tried again; the next refusal says otherwise. */
const ENOUGH_BYTES = 32 * 1024 * 1024

export function watchAppends(log: LocalLog, dataDir: string): WatchedAppends {
  let isReadOnly = false
  const watched = <T>(appended: Promise<T>): Promise<T> =>
    appended.then(
      (receipts) => {
        isReadOnly = false
        return receipts
      },
      (error: unknown) => {
        if (isHubError(error, 'HUB_READ_ONLY')) isReadOnly = true
        throw error
      },
    )
  return {
    log: {
      ...log,
      append: (...asked) => watched(log.append(...asked)),
      appendSealed: (...asked) => watched(log.appendSealed(...asked)),
    },
    isReadOnly: () => isReadOnly,
    async look() {
      if (!isReadOnly) return
      const { bavail, bsize } = await statfs(dataDir)
      if (bavail * bsize >= ENOUGH_BYTES) isReadOnly = false
    },
  }
}
