import t from 'tap'
import { createCounters } from '../src/hub-counters.js'
import { drivenClock } from '../src/kernel/clock.js'
import { MINUTE, SECOND } from '../src/kernel/dates.js'
import { HubError } from '../src/kernel/errors.js'

t.test('counts attempts by outcome, parkings by reason, and keeps the last number of unmapped people', async (t) => {
  const calendar = drivenClock(0)
  const logger = { warn() {}, error() {}, info() {} }
  const { delivery, dispatch, keeper, counts, compiled, feeds } = createCounters(logger, calendar)

  for (const outcome of ['failed', 'failed', 'accepted'] as const) delivery.attempted?.({ outcome, ms: 5 })
  delivery.parked?.({ reason: 'HTTP_410' })
  delivery.handedOver?.({ channel: 'webhook' })
  dispatch.queued?.({ class: 'ALARM', kind: 'risk-assessed' })
  compiled('police-quarterly', 3)
  compiled('police-quarterly', 0)
  feeds.failed(new HubError('HUB_DISK_FULL', 'no room'))
  calendar.advanceTo(7000)
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
    feedFailing: { code: 'HUB_DISK_FULL', seconds: 7 },
    unmapped: { 'police-quarterly': 0 },
    unreached: [{ reason: 'NO_RUNG', role: 'POLICE', kind: 'danger', count: 1 }],
    climbed: { DUTY: 1 },
    ended: { UNANSWERED: 1 },
    signals: { 'heartbeat failed': 1 },
  })

  feeds.settled()
  t.notOk('feedFailing' in counts(), 'an attempt that succeeds ends it')
})

t.test(
  'says that feeds fail at once, then ever less often, again where the cause is another, and when it is over',
  async (t) => {
    const calendar = drivenClock(0)
    const lines: string[] = []
    const at = (seconds: number): string => `${seconds / 60} min`
    const logger = {
      warn() {},
      error: (told: { err: HubError; failingSeconds: number }) =>
        lines.push(`${told.err.code} ${at(told.failingSeconds)}`),
      info: (told: { failingSeconds: number }) => lines.push(`over ${at(told.failingSeconds)}`),
    }
    const { feeds } = createCounters(logger as unknown as Parameters<typeof createCounters>[0], calendar)
    const failFor = (minutes: number, code: 'HUB_DISK_FULL' | 'HUB_VAULT_AWAY'): void => {
      const until = calendar.now() + minutes * MINUTE
      for (let now = calendar.now(); now < until; now += 5 * SECOND) {
        calendar.advanceTo(now)
        feeds.failed(new HubError(code, 'it fails'))
      }
      calendar.advanceTo(until)
    }

    feeds.settled()
    failFor(150, 'HUB_DISK_FULL')
    failFor(2, 'HUB_VAULT_AWAY')
    failFor(1, 'HUB_DISK_FULL')
    feeds.settled()
    feeds.settled()
    failFor(1, 'HUB_VAULT_AWAY')

    t.same(lines, [
      ...[0, 1, 6, 21, 81, 141].map((minutes) => `HUB_DISK_FULL ${minutes} min`),
      ...[150, 151].map((minutes) => `HUB_VAULT_AWAY ${minutes} min`),
      'over 153 min',
      'HUB_VAULT_AWAY 0 min',
    ])
  },
)
