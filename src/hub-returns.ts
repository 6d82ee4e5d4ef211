/** Returns in a hub, wired to recording and read models. It starts nothing. */
import type { HubCore } from './hub-core.js'
import { WEIHAI_2019 } from './policy/pack.js'
import type { ReadModels } from './readmodel/port.js'
import { MAX_GROUP } from './recording/port.js'
import { createReturns } from './returns/create-returns.js'
import type { Returns } from './returns/port.js'

export function returnsOf(core: HubCore, readModels: ReadModels): Returns {
  return createReturns({
    recorder: core.recorder,
    check: core.recorder.check,
    maxGroup: MAX_GROUP,
    hubRecorder: core.hubRecorder,
    readModels,
    vault: core.store.vault,
    calendar: core.calendar,
    directory: () => core.directory.current,
    resolvePseudonym: core.resolvePseudonym,
    returnDays: WEIHAI_2019.returnDays,
  })
}
