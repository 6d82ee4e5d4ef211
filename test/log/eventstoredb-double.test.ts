/** The contract of the log on the double of an EventStoreDB server. */
import t, { type Test } from 'tap'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog } from '../../src/log/eventstoredb-log.js'
import { eventLogContract, type LogFactory } from '../contract/event-log.js'
import { eventStoreServerContract } from '../contract/eventstoredb-server.js'
import { startEventStoreDouble } from '../fixtures/eventstoredb/double.js'
import { forkEventStoreDouble } from '../fixtures/eventstoredb/double-process.js'

t.setTimeout(5 * 60_000)

eventStoreServerContract(t, 'a double of an EventStoreDB server', async (t) => {
  const double = await startEventStoreDouble()
  t.teardown(() => double.close())
  const restart = async (): Promise<void> => {
    await double.stop()
    await double.restart()
  }
  return { url: double.url, restart }
})

/** In a process of its own: what the double keeps is none of the adapter's memory. */
async function logOfProcess(t: Test, nodes: number): Promise<LogFactory> {
  const double = await forkEventStoreDouble({ nodes })
  t.teardown(() => double.close())
  return async (t) => {
    const log = createEventStoreLog(await openEventStoreClient({ url: double.url }))
    t.teardown(() => log.close())
    return log
  }
}

t.test('one node', async (t) => {
  await eventLogContract(t, 'eventstoredb, a double of one node', await logOfProcess(t, 1))
})

t.test('three nodes', async (t) => {
  await eventLogContract(t, 'eventstoredb, a double of three nodes', await logOfProcess(t, 3))
})
