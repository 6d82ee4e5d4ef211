/** A hub that takes a subscription over from another: it goes on from what stands in the log, not from an old replica of it. */
import t from 'tap'
import type { JobsDeps } from '../../src/delivery/jobs.js'
import { createJobsElsewhere } from '../../src/delivery/jobs-elsewhere.js'
import { subscriptionStream } from '../../src/domain/streams.js'
import type { EventLog } from '../../src/log/port.js'
import { openTempStore } from '../fixtures/store.js'
import { openReceiver } from './receiver.js'
import { openSmallHub } from './small-hub.js'

for (const isLasting of [false, true]) {
  t.test(
    `asks the log itself before it reads what was handed over, where a lease is lent: ${!isLasting}`,
    async (t) => {
      const temp = await openTempStore(t)
      const asked: string[] = []
      let handle: JobsDeps['handle'] | undefined
      const through = (log: EventLog): EventLog => ({
        ...log,
        readStream(stream, from) {
          asked.push(`replica ${stream}`)
          return log.readStream(stream, from)
        },
      })
      const hub = await openSmallHub(temp.store, temp.dataDir, {
        through,
        authority: {
          async readTail(stream) {
            asked.push(`log ${stream}`)
            return undefined
          },
        },
        jobs: (deps) => {
          handle = deps.handle
          return createJobsElsewhere()
        },
      })
      t.teardown(() => hub.stop())
      const police = await hub.enrol('POLICE', ['371002001'])
      const id = await hub.webhook(police, (await openReceiver(t)).url)
      await hub.dispatcher.idle()
      asked.length = 0

      await handle?.(id, { isLasting, isHeld: () => true, signal: AbortSignal.timeout(1), left: undefined })

      const stream = subscriptionStream(id)
      t.same(
        asked.filter((one) => one.endsWith(stream)),
        isLasting ? [`replica ${stream}`] : [`log ${stream}`, `replica ${stream}`, `replica ${stream}`],
      )
    },
  )
}
