/**
 * What an unknown outcome owes: sentence 4 of the port. The answer of an append gets lost, *failed, not persisted* and
 * *failed, but persisted*, and sending the same bytes with the same expectation settles it, once.
 */
import type { Test } from 'tap'
import type { NewEvent } from '../../src/domain/event.js'
import { isHubError } from '../../src/kernel/errors.js'
import type { EventLog, Expected } from '../../src/log/port.js'
import { type AppendFault, faultyLog } from '../fixtures/faulty-log.js'
import type { LogFactory } from './event-log.js'
import { asStored, newEvent, newEvents, newStream, readWhole, recordsIn, refused } from './log-events.js'

/** More than any test loses: an adapter that never answers must fail, not hang. */
const MOST_ATTEMPTS = 20
const FAULTS: readonly (readonly AppendFault[])[] = [
  ['not-persisted'],
  ['persisted'],
  ['not-persisted', 'not-persisted', 'persisted'],
  ['persisted', 'not-persisted', 'persisted'],
]

export async function faultContract(t: Test, openLog: LogFactory): Promise<void> {
  for (const faults of FAULTS) {
    await t.test(`stores a group once when its answers are lost: ${faults.join(', ')}`, async (t) => {
      const log = faultyLog(await openLog(t))
      const start = await log.head()
      const stream = newStream()
      const [first, group, last] = [newEvents(2), newEvents(3), newEvents(1)]
      await log.append(stream, first, 'new')
      log.failNext(...faults)

      const settled = await settle(log, stream, group, { revision: 1 })
      await log.append(stream, last, { revision: 4 })

      t.equal(settled, 'ours')
      t.equal(log.pendingFaults(), 0, 'every fault was met')
      t.strictSame(await readWhole(log, stream), asStored(stream, [...first, ...group, ...last]))
      t.equal((await recordsIn(log, [stream], start)).length, 6, 'once in the whole log')
    })
  }

  await t.test('says that the slot went to another when the lost append was never stored', async (t) => {
    const log = faultyLog(await openLog(t))
    const stream = newStream()
    const [lost, rival] = [newEvent(), newEvent()]
    log.failNext('not-persisted')
    await refused(t, log.append(stream, [lost], 'new'), 'HUB_OUTCOME_UNKNOWN', 'the answer is lost')
    await log.append(stream, [rival], 'new')

    t.equal(await settle(log, stream, [lost], 'new'), 'never stored')
    t.strictSame(await readWhole(log, stream), asStored(stream, [rival]))
  })

  await t.test('finds the lost append as ours although others have appended since', async (t) => {
    const log = faultyLog(await openLog(t))
    const stream = newStream()
    const [lost, later] = [newEvent(), newEvent()]
    log.failNext('persisted')
    await refused(t, log.append(stream, [lost], 'new'), 'HUB_OUTCOME_UNKNOWN', 'the answer is lost')
    await log.append(stream, [later], { revision: 0 })

    t.equal(await settle(log, stream, [lost], 'new'), 'ours')
    t.strictSame(await readWhole(log, stream), asStored(stream, [lost, later]))
  })

  await t.test('gives a follower an event whose answer was lost, once', async (t) => {
    const log = faultyLog(await openLog(t))
    const start = await log.head()
    const stream = newStream()
    const [lost, later] = [newEvent(), newEvent()]
    log.failNext('persisted')

    await settle(log, stream, [lost], 'new')
    await log.append(stream, [later], { revision: 0 })

    const seen: string[] = []
    for await (const { event } of log.subscribe(start)) {
      if (event.stream === stream) seen.push(event.id)
      if (event.id === later.id) break
    }
    t.strictSame(seen, [lost.id, later.id])
  })
}

/** Sends the same bytes with the same expectation until the log answers, and reads the answer as the port says. */
async function settle(
  log: EventLog,
  stream: string,
  events: readonly NewEvent[],
  expected: Expected,
): Promise<'ours' | 'never stored'> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    try {
      await log.append(stream, events, expected)
      return 'ours'
    } catch (error) {
      if (isHubError(error, 'HUB_OUTCOME_UNKNOWN')) continue
      if (isHubError(error, 'HUB_WRONG_EXPECTATION')) return 'never stored'
      if (isHubError(error, 'HUB_ID_KNOWN')) {
        const known = error.data.known
        if (Array.isArray(known) && known.length === events.length) return 'ours'
      }
      throw error
    }
  }
  throw new Error(`settle: no answer in ${MOST_ATTEMPTS} attempts`)
}
