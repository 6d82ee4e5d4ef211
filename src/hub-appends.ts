/**
 * Watches what becomes of appends: a log that refused the last one (disk full, file gone) stores nothing until there is space,
 * and whoever looks at the hub must see that. It changes no outcome.
 */
import { isHubError } from './kernel/errors.js'
import type { SqliteLog } from './log/sqlite-log.js'

export interface WatchedAppends {
  /** The log, its appends watched. */
  readonly log: SqliteLog
  /** True from an append that was refused for good until the next one that is stored. */
  isReadOnly(): boolean
}

export function watchAppends(log: SqliteLog): WatchedAppends {
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
  }
}
