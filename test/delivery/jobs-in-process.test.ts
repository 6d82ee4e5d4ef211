import t from 'tap'
import { createInProcessJobs } from '../../src/delivery/jobs-in-process.js'
import { testJobs } from '../contract/jobs.js'

testJobs(t, 'a hub that has its log to itself', async () => ({ hub: createInProcessJobs, isShared: false }))
