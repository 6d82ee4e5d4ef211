/** The contract of the log on a real server, one node or three, where `EVENTSTOREDB_URL` names one. */
import t from 'tap'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog } from '../../src/log/eventstoredb-log.js'
import { eventLogContract } from '../contract/event-log.js'
import { eventStoreServerContract } from '../contract/eventstoredb-server.js'

t.setTimeout(10 * 60_000)

const url = process.env.EVENTSTOREDB_URL

if (url === undefined) {
  t.pass('the contract on a real EventStoreDB server', {
    skip: 'EVENTSTOREDB_URL names none: the contract runs on the double alone',
  })
} else {
  eventStoreServerContract(t, 'a real EventStoreDB server', async () => ({ url }))
  eventLogContract(t, 'eventstoredb, a real server', async (t) => {
    const log = createEventStoreLog(await openEventStoreClient({ url }))
    t.teardown(() => log.close())
    return log
  })
}
