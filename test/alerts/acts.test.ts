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
      get: (key: string) => rows.get(key),
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

t.test('shows a health centre what became elsewhere of its own facts, and lets it relay that', async (t) => {
  const { hub, desk, refresh, police, alert, agencies } = await openDesk(t)
  const centre = principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1')
  const patient = (await hub.events(`alert-${alert}`))[0]?.causation?.stream.slice('patient-'.length) ?? ''
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await desk.acknowledge(police, alert)
  await refresh()

  const caused = await desk.caused(centre, patient)
  t.same(
    new Set(caused.map(({ agency }) => agency)),
    new Set(Object.values(agencies).filter((id) => id !== EXAMPLE_UNIT)),
  )
  const lost = caused.filter(({ kind, agency }) => kind === 'loss-of-contact' && agency === agencies.police)
  t.match(lost, [{ state: 'OPEN' }], 'the station has not seen the loss')
  t.match(
    caused.find((row) => row.alert === alert),
    { state: 'ACKNOWLEDGED' },
  )
  await desk.relay(centre, lost[0]?.alert ?? '', { to: 'DUTY_OFFICER', means: 'TELEPHONE' })
  await refresh()
  const relayed = (await desk.caused(centre, patient)).find((row) => row.alert === lost[0]?.alert)
  t.match(relayed?.relayed, [{ to: 'DUTY_OFFICER', by: 'staff-1' }])

  t.same(await desk.caused(police, patient), [], 'nobody but a health centre')
  t.same(
    await desk.caused(principalOf(agencies.mhpc, 'CHC', 'staff-2'), patient),
    [],
    'nor one whose facts they are not',
  )
  t.same(await desk.caused(centre, '0198f0aa-0000-7000-8000-000000000000'), [], 'nor of a person unknown')
})

t.test('keeps an alert open until guardian and care group have been told', async (t) => {
  const { hub, desk, refresh } = await openDesk(t)
  const centre = principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1')
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await hub.record(other, 'DangerousBehaviorReported', { kind: 5, at: '2026-03-02T09:30:00+08:00' })
  await refresh()
  const found = () => desk.list(centre).find(({ kind }) => kind === 'danger')
  const alert = found()?.alert ?? ''
  t.same(found()?.openTasks, ['GUARDIAN', 'CARE_GROUP'])

  await desk.outcome(centre, alert, 'HANDLED')
  await desk.relay(centre, alert, { to: 'GUARDIAN', means: 'TELEPHONE' })
  await refresh()
  t.match(found(), { state: 'ACKNOWLEDGED', openTasks: ['CARE_GROUP'] })
  t.ok(desk.list(centre, { open: true }).some((row) => row.alert === alert))

  await desk.relay(centre, alert, { to: 'CARE_GROUP', means: 'IN_PERSON' })
  await refresh()
  t.match(found(), { state: 'ANSWERED', openTasks: [], tasks: ['GUARDIAN', 'CARE_GROUP'] })
})

t.test('returns what it was about: the behaviour or the loss, not the assessment', async (t) => {
  const { hub, desk, refresh, police, boxes } = await openDesk(t)
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await hub.record(other, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:30:00+08:00' })
  await hub.record(other, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:31:00+08:00' })
  await refresh()
  for (const kind of ['danger', 'loss-of-contact']) {
    await desk.outcome(police, desk.list(police).find((row) => row.kind === kind)?.alert ?? '', 'NOT_OURS')
    await refresh()
  }

  const last = (await hub.outbox(boxes.centre)).slice(-2)
  t.same(
    last.map(({ data }) => `${data.kind} ${data.fieldSet}`),
    ['returned alert.danger.health@1', 'returned alert.loss-of-contact.returned@1'],
  )
  const read = async ({ revision }: StoredEvent) =>
    JSON.parse((await hub.delivery.renderer.render(boxes.centre, revision)).body).data
  const [danger, loss] = await Promise.all(last.map(read))
  t.equal(danger.facts.danger.kind, 4)
  t.match(danger.text, /非本单位管辖.*危险行为/)
  t.ok(loss.facts.lossOfContact.lastSeenOn)
  t.match(loss.text, /非本单位管辖.*失访/)
})
