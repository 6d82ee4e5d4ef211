/**
 * Makes and reads workbooks in threads of their own: a large one takes seconds and hundreds of megabytes, and whoever records or is
 * alerted meanwhile shall notice nothing. One is made and one is read at a time, so that nobody who sends sheets in holds up those
 * who take documents out. Of a sheet that is read only what it says comes back, or what is wrong with it.
 */
import { SECOND } from '../kernel/dates.js'
import { type ErrorCode, type Fault, HubError } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'
import type { ReturnDraft } from '../returns/port.js'
import { draftOf, type SaidInSheet, unreadable } from './read-return-sheet.js'
import type { XlsxOrder } from './render-xlsx.js'
import type { ReturnSheetOrder } from './return-sheet.js'
import { type LaneLimits, workbookLane } from './workbook-lane.js'
import type { ReadBounds } from './xlsx.js'
import { isWithin, type ZipBounds } from './zip-bounds.js'

export interface XlsxRenderer {
  /** Throws `HUB_TOO_MANY_ROWS`, and `HUB_OVERLOADED` where too many wait. */
  render(order: XlsxOrder): Promise<Buffer>
  /** A return sheet; throws as `render`. */
  returnSheet(order: ReturnSheetOrder): Promise<Buffer>
  /**
   * What a filled return sheet says. Throws `HUB_BAD_RETURN` with every fault, also for what is no workbook, or a larger one than
   * anybody fills in, and `HUB_OVERLOADED` where too many wait, of this agency or at all, or reading takes too long.
   */
  read(bytes: Buffer, by: Pick<Principal, 'agency' | 'role'>): Promise<ReturnDraft>
  close(): Promise<void>
}

/** What the thread is asked. */
export type WorkbookOrder =
  | { readonly kind: 'document'; readonly order: XlsxOrder }
  | { readonly kind: 'return'; readonly order: ReturnSheetOrder }
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly role: Principal['role'] }

export type FromWorker =
  | { readonly kind: 'rendered'; readonly bytes: Uint8Array }
  | { readonly kind: 'said'; readonly said: SaidInSheet }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly faults: readonly Fault[] }

/** What making workbooks may take. */
export const MAKING_LIMITS: LaneLimits = { heapMb: 1024, mostWaiting: 64 }
/** What reading a sheet that people fill in may take: 5,000 full lines take a small part of it. */
export const READING_LIMITS: LaneLimits = { heapMb: 256, mostWaiting: 8, mostOfOne: 3, mostMs: 15 * SECOND }
/** What it may unpack to. */
export const SHEET_BOUNDS: ZipBounds = { mostEntries: 200, mostBytes: 16 * 1024 * 1024 }
/** And what may stand in it: more than its lines, since whoever fills in too many is told so. */
export const READ_BOUNDS: ReadBounds = { mostRows: 10_000, mostColumns: 100, mostCharacters: 8 * 1024 * 1024 }

export function createXlsxRenderer(
  makingLimits: LaneLimits = MAKING_LIMITS,
  readingLimits: LaneLimits = READING_LIMITS,
): XlsxRenderer {
  const making = workbookLane('rendered', makingLimits, {
    tooLarge: () => new HubError('HUB_TOO_MANY_ROWS', `it takes more than ${makingLimits.heapMb} MiB to make it`),
    ended: () => new HubError('HUB_INTERNAL', 'a rendering thread ended unexpectedly'),
    tooLong: () => new HubError('HUB_OVERLOADED', 'it takes too long to make it'),
  })
  const reading = workbookLane('said', readingLimits, {
    ...{ tooLarge: unreadable, ended: unreadable },
    // A sheet that people fill in takes a second: this machine is busy. One that always takes so long is never taken.
    tooLong: () => new HubError('HUB_OVERLOADED', 'reading the sheet took too long'),
  })

  async function made(order: WorkbookOrder): Promise<Buffer> {
    const { bytes } = await making.work(order)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  return {
    render: (order) => made({ kind: 'document', order }),
    returnSheet: (order) => made({ kind: 'return', order }),
    async read(bytes, { agency, role }) {
      if (!isWithin(bytes, SHEET_BOUNDS)) throw unreadable()
      const { said } = await reading.work({ kind: 'read', bytes, role }, agency)
      return draftOf(said, role)
    },
    async close() {
      await Promise.all([making.close(), reading.close()])
    },
  }
}
