/**
 * The suite that every adapter of the event log owes: one test for each sentence of `src/log/port.ts`. Uses the port alone
 * and streams of its own, so that it also runs on a server that holds other events.
 */
import type { Test } from 'tap'
import type { EventLog } from '../../src/log/port.js'
import { appendContract } from './event-log-append.js'
import { faultContract } from './event-log-faults.js'
import { followContract } from './event-log-follow.js'
import { readContract } from './event-log-read.js'

/** Opens a log for one test; whoever opens it sees that it is closed when the test ends. */
export type LogFactory = (t: Test) => Promise<EventLog>

/** Runs the whole suite, e.g. `await eventLogContract(t, 'sqlite', openLog)`. */
export async function eventLogContract(t: Test, name: string, openLog: LogFactory): Promise<void> {
  await t.test(`${name}: append`, (t) => appendContract(t, openLog))
  await t.test(`${name}: read`, (t) => readContract(t, openLog))
  await t.test(`${name}: follow`, (t) => followContract(t, openLog))
  await t.test(`${name}: faults`, (t) => faultContract(t, openLog))
}
