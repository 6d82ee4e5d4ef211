/** One-off disclosures in a hub: who asks and decides, and what the account is told. It starts nothing by itself. */
import { oneOffs as oneOffRows } from '../projections/one-offs.js'
import { livesInAreaOf } from './domain/jurisdiction.js'
import type { HubCore } from './hub-core.js'
import { dayOf } from './kernel/dates.js'
import { createOneOffs } from './oneoff/one-offs.js'
import type { PeopleDeps } from './oneoff/person.js'
import type { OneOffs, OneOffsTold } from './oneoff/port.js'
import { createOneOffsTold } from './oneoff/told.js'
import type { ReadModels } from './readmodel/port.js'

export interface HubOneOff {
  readonly oneOffs: OneOffs
  readonly told: OneOffsTold
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
  return { oneOffs: createOneOffs(deps), told: createOneOffsTold(deps) }
}
