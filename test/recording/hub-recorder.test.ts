import t from 'tap'
import { agencyStream } from '../../src/domain/streams.js'
import { HubError } from '../../src/kernel/errors.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { type AppendFault, type FaultyLog, faultyLog } from '../fixtures/faulty-log.js'
import { eventsOf, openRecording } from '../fixtures/recording.js'

const FAULTS: readonly (readonly AppendFault[])[] = [['not-persisted'], ['persisted'], ['persisted', 'not-persisted']]
const LIVE = {
  stream: agencyStream(EXAMPLE_UNIT),
  type: 'UnitWentLive',
  data: { unit: EXAMPLE_UNIT, from: '2026-03-02' },
}

for (const faults of FAULTS) {
  t.test(`an act whose answer was lost is stored once, and answered: ${faults.join(', ')}`, async (t) => {
    const { log, hubRecorder } = await openRecording(t, (real) => faultyLog(real))
    const faulty = log as FaultyLog
    faulty.failNext(...faults)

    const receipt = await hubRecorder.appendNext(LIVE)

    t.equal(faulty.pendingFaults(), 0, 'every fault was met')
    const stored = await eventsOf(log, LIVE.stream)
    t.same(
      stored.map(({ id, revision }) => ({ id, revision })),
      [{ id: receipt.id, revision: receipt.revision }],
    )
  })

  t.test(`a derived event whose answer was lost stands in its slot once: ${faults.join(', ')}`, async (t) => {
    const { log, hubRecorder } = await openRecording(t, (real) => faultyLog(real))
    const faulty = log as FaultyLog
    faulty.failNext(...faults)

    const { receipt } = await hubRecorder.appendAt('new', LIVE)

    t.equal(faulty.pendingFaults(), 0, 'every fault was met')
    const stored = await eventsOf(log, LIVE.stream)
    t.same(
      stored.map(({ id }) => id),
      [receipt.id],
    )
  })
}

t.test('what gets no answer for long is left to whoever asked', async (t) => {
  const { log, hubRecorder } = await openRecording(t, (real) => faultyLog(real))
  ;(log as FaultyLog).failNext(...Array.from({ length: 9 }, () => 'not-persisted' as const))

  await t.rejects(hubRecorder.appendNext(LIVE), { code: 'HUB_OUTCOME_UNKNOWN' })

  t.same(await eventsOf(log, LIVE.stream), [])
})

t.test('a log that is away says nothing about an append that may have landed', async (t) => {
  let calls = 0
  const { log, hubRecorder } = await openRecording(t, (real) => ({
    ...real,
    async append(...asked) {
      calls++
      if (calls === 1) {
        await real.append(...asked)
        throw new HubError('HUB_OUTCOME_UNKNOWN', 'the answer is lost')
      }
      if (calls === 2) throw new HubError('HUB_LOG_AWAY', 'the next question finds nobody')
      return real.append(...asked)
    },
  }))

  const receipt = await hubRecorder.appendNext(LIVE)

  t.same(
    (await eventsOf(log, LIVE.stream)).map(({ id }) => id),
    [receipt.id],
    'stored once, and answered',
  )
})

t.test('a slot that the copy on this node shows taken is answered without an append', async (t) => {
  const { log, deps, hubRecorder } = await openRecording(t)
  const { receipt } = await hubRecorder.appendAt('new', LIVE)
  const [standing] = await eventsOf(log, LIVE.stream)
  let appends = 0
  const late = createHubRecorder({
    ...deps,
    log: {
      ...log,
      append(...asked) {
        appends++
        return log.append(...asked)
      },
    },
    copy: { eventAt: (stream, revision) => (stream === LIVE.stream && revision === 0 ? standing : undefined) },
  })

  t.same(await late.appendAt('new', LIVE), { outcome: 'taken', receipt })
  t.equal(appends, 0, 'nobody was asked')

  const other = { ...LIVE, data: { ...LIVE.data, from: '2026-03-03' } }
  await t.rejects(late.appendAt('new', other), { code: 'HUB_DIFFERENT_CONTENT' })
  t.equal(appends, 0)

  const next = await late.appendAt({ after: 0 }, other)
  t.equal(next.outcome, 'landed', 'what the copy lacks the log decides')
  t.equal(appends, 1)
})
