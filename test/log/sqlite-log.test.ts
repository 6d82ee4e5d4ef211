import t from 'tap'
import { eventLogContract } from '../contract/event-log.js'
import { openTempStore } from '../fixtures/store.js'

eventLogContract(t, 'sqlite', async (t) => (await openTempStore(t)).store.log)
