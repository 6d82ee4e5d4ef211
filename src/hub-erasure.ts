/** Erasures in a hub: who asks and approves, and what follows from it. It starts nothing by itself. */
import { approvals as approvalRows } from '../projections/approvals.js'
import type { Dispatcher } from './alerts/port.js'
import { createErasures } from './erasure/erasures.js'
import { createErasureKeeper } from './erasure/keeper.js'
import type { ErasureKeeper, Erasures } from './erasure/port.js'
import type { Feeds } from './feeds/port.js'
import type { HubCore } from './hub-core.js'
import { isClockInDoubt } from './hub-readiness.js'
import type { ReadModels } from './readmodel/port.js'
import { createApprovals } from './recording/approvals.js'

export interface HubErasure {
  readonly erasures: Erasures
  /** Ends the requests that nobody approved in time. A clock in doubt ends nothing. */
  expire(): Promise<void>
  readonly keeper: ErasureKeeper
}

export function erasureOf(
  core: HubCore,
  readModels: ReadModels,
  { feeds, dispatcher }: { readonly feeds: Feeds; readonly dispatcher: Dispatcher },
): HubErasure {
  const { store, calendar, wall, hubRecorder, directory } = core
  const { log, vault } = store
  const approvals = createApprovals({ log, authority: log.authority, vault, hubRecorder, calendar, wall })
  const rows = () => readModels.reader(approvalRows)
  const through = (): Promise<void> => {
    readModels.notify()
    return readModels.through()
  }
  return {
    erasures: createErasures({
      ...{ log, authority: log.authority, approvals, through, rows, calendar },
      directory: () => directory.current,
    }),
    async expire() {
      if (isClockInDoubt(core)) return
      const open = Array.from(rows().all(), ({ row }) => row).filter(({ state }) => state === 'REQUESTED')
      await approvals.expireDue(open)
    },
    keeper: createErasureKeeper({
      ...{ log, vault, approvals, readModels, rows, feeds, calendar, wall },
      placed: log.reader,
      behindMs: async () => (await store.behindMs?.()) ?? 0,
      recorder: hubRecorder,
      // Positions of this node's file count its events from 1.
      dispatchedThrough: () => Number(dispatcher.settled()) - 1,
    }),
  }
}
