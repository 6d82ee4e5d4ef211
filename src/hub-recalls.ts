/** Recalls in a hub: who sends them, and who sees and answers them. It starts nothing by itself. */
import { FEEDS } from '../projections/feeds.js'
import { patientRecord } from '../projections/patient-record.js'
import { recalls as recallRows } from '../projections/recalls.js'
import type { Dispatcher } from './alerts/port.js'
import type { Feeds, Recalls } from './feeds/port.js'
import { createRecallKeeper, type RecallKeeper } from './feeds/recall-keeper.js'
import { createRecalls } from './feeds/recalls.js'
import type { HubCore } from './hub-core.js'
import type { Logger } from './kernel/logger.js'
import type { RecallCopies } from './oneoff/port.js'
import { WEIHAI_2019 } from './policy/pack.js'
import type { ReadModels } from './readmodel/port.js'

interface RecallKeeperParts {
  readonly readModels: ReadModels
  readonly feeds: Feeds
  readonly dispatcher: Dispatcher
  readonly recallCopies: RecallCopies
  readonly logger: Logger
}

export function recallKeeperOf(
  core: HubCore,
  { readModels, feeds, dispatcher, recallCopies, logger }: RecallKeeperParts,
): RecallKeeper {
  const { store, directory } = core
  return createRecallKeeper({
    placed: store.log.reader,
    recorder: core.hubRecorder,
    readModels,
    definitions: FEEDS,
    pack: WEIHAI_2019,
    calendar: core.calendar,
    releasedRows: feeds.releasedRows,
    async told(patientId) {
      const told = await dispatcher.told(patientId)
      return told.flatMap(({ agency, revision }) => {
        const role = directory.current.agency(agency)?.role
        return role === undefined ? [] : [{ agency, role, revision }]
      })
    },
    recallCopies,
    onError: (error) =>
      logger.error(
        { err: error },
        'what a withdrawal or exclusion asks back could not be looked at; it is tried again',
      ),
  })
}

export function recallsOf(core: HubCore, readModels: ReadModels): Recalls {
  return createRecalls({
    log: core.store.log,
    recorder: core.hubRecorder,
    vault: core.store.vault,
    calendar: core.calendar,
    directory: () => core.directory.current,
    rows: () => readModels.reader(recallRows),
    people: () => readModels.reader(patientRecord),
  })
}
