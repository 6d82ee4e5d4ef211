import t from 'tap'
import { DAY } from '../../src/kernel/dates.js'
import { heldUntil, type OpenHeldWrite } from '../../src/recording/held-expiry.js'
import { createHeldWrites, type HeldWrites } from '../../src/recording/held-writes.js'
import { EXAMPLE_TOWNSHIP, exampleBody } from '../fixtures/example-events.js'
import { doctor, eventsOf, officer, openRecording, START_MS } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'

const setup = async (t: Cleanup) => {
  const { recorder, deps, hubRecorder, calendar, log } = await openRecording(t)
  const held = (): HeldWrites =>
    createHeldWrites({
      log,
      vault: deps.vault,
      hubRecorder,
      calendar,
      directory: deps.directory,
      recordHeld: recorder.recordMatched,
      isResponsible: async () => true,
    })
  const outcome = await recorder.record(officer, {
    person: { name: '张示例', township: EXAMPLE_TOWNSHIP },
    events: [exampleBody('DangerousBehaviorReported')],
  })
  if (outcome.kind !== 'held') throw new Error('a write that names a person is held')
  const stream = `held-${outcome.heldId}`
  const [stored] = await eventsOf(log, stream)
  const open: readonly OpenHeldWrite[] = [{ held: outcome.heldId, heldAt: stored?.recordedAt ?? '' }]
  return { held, calendar, heldId: outcome.heldId, open, ends: () => eventsOf(log, stream) }
}

t.test('a held write that nobody matched is ended by the hub after 30 days, and not a moment sooner', async (t) => {
  const { held, calendar, open, ends } = await setup(t)

  calendar.advanceTo(START_MS + 30 * DAY - 1)
  const early = await held().expireDue(open)
  const waiting = await ends()
  calendar.advanceTo(START_MS + 30 * DAY)
  const ended = await held().expireDue(open)

  t.equal(early, 0)
  t.equal(waiting.length, 1)
  t.equal(ended, 1)
  t.match((await ends())[1], {
    type: 'HeldRejected',
    revision: 1,
    occurredAt: heldUntil(open[0]?.heldAt ?? ''),
    recordedBy: { agency: 'hub', role: 'HUB' },
    source: { kind: 'derived' },
    data: { by: 'hub', reason: 'EXPIRED' },
  })
})

t.test('it ends once, however often and by whomever it is tried, also late and after a restart', async (t) => {
  const { held, calendar, open, ends } = await setup(t)
  const [one, another] = [held(), held()]
  calendar.advanceTo(START_MS + 45 * DAY)

  const together = await Promise.all([one.expireDue(open), one.expireDue(open), another.expireDue(open)])
  calendar.advanceTo(START_MS + 90 * DAY)
  const later = await held().expireDue(open)

  t.equal(
    together.reduce((sum, ended) => sum + ended, 0),
    1,
  )
  t.equal(later, 0)
  t.equal((await ends()).length, 2)
})

t.test('what a person decided stays as it was decided, and what ran out is not matched any more', async (t) => {
  const { held, calendar, open, heldId, ends } = await setup(t)
  const rejected = await setup(t)
  await rejected.held().reject(doctor, rejected.heldId, 'NOT_IDENTIFIED')
  calendar.advanceTo(START_MS + 31 * DAY)
  rejected.calendar.advanceTo(START_MS + 31 * DAY)

  await held().expireDue(open)
  const afterwards = await rejected.held().expireDue(rejected.open)

  t.equal(afterwards, 0)
  t.match((await rejected.ends()).slice(1), [{ data: { reason: 'NOT_IDENTIFIED' } }])
  await t.rejects(held().match(doctor, heldId, '0198f0aa-0000-7000-8000-00000000dead'), { code: 'HUB_ALREADY_DECIDED' })
  t.equal((await ends()).length, 2)
})

t.test('one write is matched or it runs out, never both', async (t) => {
  const { held, calendar, open, heldId, ends } = await setup(t)
  const all = held()
  calendar.advanceTo(START_MS + 30 * DAY)

  const [rejecting, expiring] = await Promise.allSettled([
    all.reject(doctor, heldId, 'SENT_IN_ERROR'),
    all.expireDue(open),
  ])

  t.equal(rejecting.status, 'fulfilled', 'who came first')
  t.match(expiring, { status: 'fulfilled', value: 0 })
  t.match((await ends()).slice(1), [{ data: { reason: 'SENT_IN_ERROR' } }])
})
