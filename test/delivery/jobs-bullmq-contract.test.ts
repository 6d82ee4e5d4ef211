import t from 'tap'
import { createBullmqJobs } from '../../src/delivery/jobs-bullmq.js'
import { testJobs } from '../contract/jobs.js'
import { NO_REDIS, openRedisServer, redisServerVersion } from '../fixtures/redis-server.js'

const version = redisServerVersion()

if (version === undefined) t.pass('jobs that several hubs share', { skip: NO_REDIS })
else {
  testJobs(t, `redis-server ${version}`, async (t) => {
    const redis = await openRedisServer(t)
    return {
      hub: createBullmqJobs({ url: redis.url, prefix: 'lianhu', lockMs: 1500 }),
      isShared: true,
      breakQueue: redis.kill,
    }
  })
}
