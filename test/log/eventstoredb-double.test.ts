/** The contract of the log on the double of an EventStoreDB server. */
import t, { type Test } from 'tap'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog } from '../../src/log/eventstoredb-log.js'
import { eventLogContract, type LogFactory } from '../contract/event-log.js'
import { appendContract } from '../contract/event-log-append.js'
import { faultContract } from '../contract/event-log-faults.js'
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

/** Reading and following are the same calls on one node and on three: they are asked of three. */
t.test('one node', async (t) => {
  const openLog = await logOfProcess(t, 1)
  await t.test('append', (t) => appendContract(t, openLog))
  await t.test('faults', (t) => faultContract(t, openLog))
})

t.test('three nodes', async (t) => {
  await eventLogContract(t, 'eventstoredb, a double of three nodes', await logOfProcess(t, 3))
})
