/** One-off disclosures in a hub: who asks and decides, what the account is told, what is asked back. It starts nothing by itself. */
import { oneOffs as oneOffRows } from '../projections/one-offs.js'
import { livesInAreaOf } from './domain/jurisdiction.js'
import { ERASURE_DELETE_DAYS } from './erasure/keeper.js'
import type { HubCore } from './hub-core.js'
import { dayOf } from './kernel/dates.js'
import { createCopyRecalls } from './oneoff/copy-recalls.js'
import { createOneOffs } from './oneoff/one-offs.js'
import type { PeopleDeps } from './oneoff/person.js'
import type { OneOffs, OneOffsTold, RecallCopies } from './oneoff/port.js'
import { createOneOffsTold } from './oneoff/told.js'
import { WEIHAI_2019 } from './policy/pack.js'
import type { ReadModels } from './readmodel/port.js'

export interface HubOneOff {
  readonly oneOffs: OneOffs
  readonly told: OneOffsTold
  readonly recallCopies: RecallCopies
}

export function oneOffsOf(core: HubCore, readModels: ReadModels): HubOneOff {
  const { store, calendar, wall, hubRecorder, directory } = core
  const { log, vault } = store
  const deps: PeopleDeps = {
    ...{ log, authority: log.authority, vault, hubRecorder, calendar, wall },
    directory: () => directory.current,
    centreNow: (unit) => directory.current.agency(unit),
    isInAreaOf: (auditor, state) =>
      // An auditor without areas audits the whole hub.
      (directory.current.agency(auditor.agency)?.areas ?? []).length === 0 ||
      livesInAreaOf(auditor, state, { directory: directory.current, day: dayOf(calendar.now()) }),
    through() {
      readModels.notify()
      return readModels.through()
    },
    rows: () => readModels.reader(oneOffRows),
  }
  const days = { recall: WEIHAI_2019.recallDays, erasure: ERASURE_DELETE_DAYS }
  return {
    oneOffs: createOneOffs(deps),
    told: createOneOffsTold(deps),
    recallCopies: createCopyRecalls({ ...deps, days }),
  }
}
