import t from 'tap'
import { type Due, type LadderOptions, nextDue, unattended } from '../../src/alerts/ladder.js'
import type { AlertRung } from '../../src/domain/alert-events.js'
import { momentOf } from '../../src/kernel/dates.js'
import { storedExample } from '../fixtures/stored-examples.js'

const OPTIONS: LadderOptions = { dutyAfterMinutes: 15, superiorAfterMinutes: 60, alertHours: 24 }
const RAISED = '2026-03-02T09:00:00.000+08:00'

function due(climbed: readonly (readonly [AlertRung, string])[], options: Partial<LadderOptions> = {}) {
  const rungs = climbed.map(([step, time]) => ({ step, at: `2026-03-02T${time}:00.000+08:00` }))
  return shown(nextDue({ class: 'ALARM', raisedAt: RAISED, climbed: rungs }, { ...OPTIONS, ...options }))
}

function shown(next: Due): string {
  return `${next.kind === 'climb' ? next.step : next.end} ${momentOf(next.atMs).slice(0, 16)}`
}

t.test(
  'climbs to the own duty desk, then to the superior, and ends when the last who was told had their time',
  async (t) => {
    t.equal(due([]), 'DUTY 2026-03-02T09:15')
    t.equal(due([['DUTY', '09:15']]), 'SUPERIOR 2026-03-02T10:00')
    t.equal(
      due([
        ['DUTY', '09:15'],
        ['SUPERIOR', '10:00'],
      ]),
      'UNANSWERED 2026-03-03T10:00',
    )
  },
)

t.test('counts each rung from when the one before was told, so that an outage passes nobody over', async (t) => {
  t.equal(due([['DUTY', '15:00']]), 'SUPERIOR 2026-03-02T15:45')
})

t.test('leaves out a rung of 0 minutes, and with none an alarm just ends', async (t) => {
  t.equal(due([], { dutyAfterMinutes: 0 }), 'SUPERIOR 2026-03-02T10:00')
  t.equal(due([['DUTY', '09:15']], { superiorAfterMinutes: 0 }), 'UNANSWERED 2026-03-03T09:15')
  t.equal(due([], { dutyAfterMinutes: 0, superiorAfterMinutes: 0 }), 'UNANSWERED 2026-03-03T09:00')
  t.equal(
    due([['DUTY', '09:15']], { dutyAfterMinutes: 90, superiorAfterMinutes: 60 }),
    'SUPERIOR 2026-03-02T09:15',
    'an option that was changed meanwhile leads back to no earlier time',
  )
})

t.test('a retraction climbs nowhere and ends after a quarter', async (t) => {
  const told = { class: 'RETRACTION', raisedAt: RAISED, climbed: [] } as const

  t.equal(shown(nextDue(told, OPTIONS)), 'EXPIRED 2026-06-02T09:00')
})

t.test('is attended to by whatever a person does with it, and by nothing that time does', async (t) => {
  const event = (type: string, data: Record<string, unknown>, revision: number) =>
    storedExample({ type, data }, { revision, recordedAt: RAISED, stream: 'alert-a' })
  const raised = event('AlertRaised', { class: 'ALARM' }, 0)
  const climbed = event('AlertEscalated', { step: 'DUTY' }, 1)

  t.same(unattended([raised, climbed]), {
    class: 'ALARM',
    raisedAt: RAISED,
    climbed: [{ step: 'DUTY', at: RAISED }],
  })
  for (const type of ['AlertAcknowledged', 'AlertRelayed', 'AlertOutcomeReported', 'AlertExpired']) {
    t.equal(unattended([raised, event(type, {}, 1)]), undefined, type)
  }
  t.equal(unattended([]), undefined)
})
