import t from 'tap'
import { type AlertRow, alerts as projection } from '../../projections/alerts.js'
import { createAlerts } from '../../src/alerts/acts.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { doctor, principalOf } from '../fixtures/recording.js'
import { openTownship } from './township.js'

async function openDesk(t: Parameters<typeof openTownship>[0]) {
  const { hub, agencies, boxes } = await openTownship(t)
  const rowsOf = (events: readonly StoredEvent[]): Map<string, AlertRow> => {
    const rows = new Map<string, AlertRow>()
    for (const event of events) {
      if (!projection.handles.has(event.type)) continue
      for (const key of projection.keys(event)) {
        const row = projection.evolve(rows.get(key) ?? projection.initial, event, key)
        if (row) rows.set(key, row)
      }
    }
    return rows
  }
  let rows = new Map<string, AlertRow>()
  const refresh = async (): Promise<void> => {
    await hub.idle()
    const events: StoredEvent[] = []
    for await (const { event } of hub.log.readAll('')) events.push(event)
    rows = rowsOf(events)
  }
  const desk = createAlerts({
    log: hub.log,
    recorder: hub.recorder,
    calendar: hub.calendar,
    rows: () => ({
      *withPrefix(prefix: string) {
        for (const [key, row] of rows) if (key.startsWith(prefix)) yield { key, row }
      },
    }),
  })
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await refresh()
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  return { hub, agencies, boxes, desk, refresh, police, alert: desk.list(police)[0]?.alert ?? '' }
}

t.test('lists an agency’s own alerts, newest first, and leaves out the answered ones when asked', async (t) => {
  const { hub, desk, refresh, police, alert, agencies } = await openDesk(t)
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await hub.record(other, 'RiskAssessed', { level: 5 })
  await refresh()

  const listed = desk.list(police)
  t.equal(listed.length, 2)
  t.equal(listed[1]?.alert, alert)
  t.ok(listed.every(({ agency }) => agency === agencies.police))
  await desk.outcome(police, alert, 'HANDLED')
  await refresh()
  t.same(
    desk.list(police, { open: true }).map((row) => row.alert),
    [listed[0]?.alert],
  )
  t.equal(desk.list(police, { limit: 1 }).length, 1)
})

t.test('asks for a named person, of the agency that was told', async (t) => {
  const { desk, police, alert, agencies } = await openDesk(t)
  const { person: _, ...machine } = police
  const other = principalOf(agencies.pl, 'PL', 'staff-8')

  await t.rejects(desk.acknowledge(machine, alert), { code: 'HUB_PERSON_REQUIRED' })
  await t.rejects(desk.acknowledge(other, alert), { code: 'HUB_NOT_FOUND' })
  await t.rejects(desk.outcome(other, alert, 'HANDLED'), { code: 'HUB_NOT_FOUND' })
  await t.rejects(desk.relay(other, alert, { to: 'OTHER', means: 'PAPER' }), { code: 'HUB_NOT_FOUND' })
  for (const wrong of [
    '',
    'x',
    `${alert}x`,
    alert.replace(/^./, 'z'),
    `00000000-0000-8000-8000-000000000000${alert.slice(36)}`,
  ]) {
    await t.rejects(desk.acknowledge(police, wrong), { code: 'HUB_NOT_FOUND' }, wrong)
  }
})

t.test('takes an acknowledgement and an outcome once, and relays as often as somebody calls', async (t) => {
  const { hub, desk, refresh, police, alert } = await openDesk(t)

  await desk.acknowledge(police, alert)
  await t.rejects(desk.acknowledge(police, alert), { code: 'HUB_ALREADY_DECIDED', data: { by: 'staff-9' } })
  await desk.relay(police, alert, { to: 'GRID_WORKER', means: 'TELEPHONE' })
  await desk.relay(doctor, alert, { to: 'DUTY_OFFICER', means: 'TELEPHONE' })
  await desk.outcome(police, alert, 'NO_ACTION_NEEDED')
  await t.rejects(desk.outcome(police, alert, 'HANDLED'), { code: 'HUB_ALREADY_DECIDED' })
  await refresh()

  t.match(desk.list(police)[0], {
    state: 'ANSWERED',
    acknowledged: { by: 'staff-9' },
    relayed: [{ to: 'GRID_WORKER' }, { to: 'DUTY_OFFICER', by: 'staff-1' }],
    outcome: { outcome: 'NO_ACTION_NEEDED' },
  })
  t.match((await hub.events(`alert-${alert}`)).at(-1), { recordedBy: { agency: police.agency, person: 'staff-9' } })
})

t.test('returns to the health centre what is not theirs', async (t) => {
  const { desk, refresh, police, alert } = await openDesk(t)

  await desk.outcome(police, alert, 'NOT_OURS')
  await refresh()

  const mine = desk.list(principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1')).filter(({ kind }) => kind === 'returned')
  t.equal(mine.length, 1)
  t.match(mine[0], { class: 'ALARM', cause: { stream: `alert-${alert}` } })
})
