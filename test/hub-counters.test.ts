import t from 'tap'
import { createCounters } from '../src/hub-counters.js'
import { wallClock } from '../src/kernel/clock.js'

t.test('counts attempts by outcome, parkings by reason, and keeps the last number of unmapped people', async (t) => {
  const { delivery, dispatch, keeper, counts, compiled, feedFailed, feedSettled } = createCounters(
    { warn() {} },
    wallClock,
  )

  for (const outcome of ['failed', 'failed', 'accepted'] as const) delivery.attempted?.({ outcome, ms: 5 })
  delivery.parked?.({ reason: 'HTTP_410' })
  delivery.handedOver?.({ channel: 'webhook' })
  dispatch.queued?.({ class: 'ALARM', kind: 'risk-assessed' })
  compiled('police-quarterly', 3)
  compiled('police-quarterly', 0)
  feedFailed('HUB_DISK_FULL')
  delivery.signalled?.({ signal: 'heartbeat', outcome: 'failed' })
  keeper.climbed?.('DUTY')
  keeper.ended?.('UNANSWERED')
  dispatch.unclimbed?.({ role: 'POLICE', kind: 'danger', reason: 'NO_RUNG' })

  t.same(counts(), {
    queued: { ALARM: 1 },
    handedOver: 1,
    attempts: { failed: 2, accepted: 1 },
    parkings: { HTTP_410: 1 },
    feedFailures: 1,
    feedFailing: 'HUB_DISK_FULL',
    unmapped: { 'police-quarterly': 0 },
    unreached: [{ reason: 'NO_RUNG', role: 'POLICE', kind: 'danger', count: 1 }],
    climbed: { DUTY: 1 },
    ended: { UNANSWERED: 1 },
    signals: { 'heartbeat failed': 1 },
  })

  feedSettled()
  t.notOk('feedFailing' in counts(), 'an attempt that succeeds ends it')
})
