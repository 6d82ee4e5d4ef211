import t from 'tap'
import { createJobsElsewhere } from '../../src/delivery/jobs-elsewhere.js'

t.test('a hub that leaves sending to others runs nothing and has no turn', async (t) => {
  const jobs = createJobsElsewhere()
  await jobs.start()

  jobs.drain('a')

  t.equal(jobs.isIdle(), true)
  t.equal(await jobs.takeTurn('a', 'heartbeat', 1000), false)
  t.equal(await jobs.takeTurn('a', 'ping', 1000), false)
  t.equal(jobs.away(), undefined)
  await jobs.stop()
})
