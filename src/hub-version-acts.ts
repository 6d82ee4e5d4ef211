/** Versions in a hub: who proposes and approves them, and what this node knows. It starts nothing by itself. */
import { approvals as approvalRows } from '../projections/approvals.js'
import { FEEDS } from '../projections/feeds.js'
import type { Feeds } from './feeds/port.js'
import type { HubCore } from './hub-core.js'
import { isClockInDoubt } from './hub-readiness.js'
import { ALERT_RULES } from './policy/alert-rules.js'
import { PACKS } from './policy/pack.js'
import type { ReadModels } from './readmodel/port.js'
import { operatorAgencyId } from './recording/administration.js'
import { createApprovals } from './recording/approvals.js'
import type { VersionKeeper, Versions } from './versions/port.js'
import { createVersions } from './versions/versions.js'

export function versionsOf(
  core: HubCore,
  readModels: ReadModels,
  feeds: Feeds,
): Versions & { readonly keeper: VersionKeeper } {
  const { store, calendar, wall, hubRecorder, directory } = core
  const { log, vault } = store
  return createVersions({
    log,
    placed: log.reader,
    definitions: FEEDS,
    packs: PACKS,
    alerts: ALERT_RULES,
    approvals: createApprovals({ log, authority: log.authority, vault, hubRecorder, calendar, wall }),
    recorder: {
      async appendNext(event, check) {
        const receipt = await hubRecorder.appendNext(event, check)
        await directory.through(receipt)
        return receipt
      },
    },
    directory: () => directory.current,
    operatorAgency: operatorAgencyId(core.logId),
    feeds,
    rows: () => readModels.reader(approvalRows),
    calendar,
    isClockInDoubt: () => isClockInDoubt(core),
    async through() {
      readModels.notify()
      await readModels.through()
    },
  })
}
