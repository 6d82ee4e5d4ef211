/** A write of the spool's: where the disk has no room for it the attempt fails under a code that tells the operator what to do. */
import { HubError } from '../kernel/errors.js'

/** No space, no quota, a file system that was set read-only, or a file as large as it may be. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'])

/** Throws `HUB_DISK_FULL` where there is no room. What was written in part is never read: it has no name yet, or is made anew. */
export function writeToDisk<T>(write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && FULL.has(error.code))) throw error
    throw new HubError('HUB_DISK_FULL', 'compiled documents could not be written to disk', { cause: error })
  }
}
