import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { openSmallHub, type SmallHubOptions } from '../delivery/small-hub.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { principalOf } from '../fixtures/recording.js'
import { deskOf } from './desk.js'
import { openTownship, said } from './township.js'

const OTHER_PERSON = {
  identity: { ...Object(exampleBody('PatientRegistered').data.identity), idNumber: '110105194912310038' },
}

/** A township whose station has a duty desk and stands under a bureau. */
async function openStation(t: Parameters<typeof openTownship>[0], options: SmallHubOptions = {}) {
  const { hub, agencies, boxes, temp } = await openTownship(t, options)
  const bureau = await hub.enrol('POLICE', ['371002'])
  await hub.placeUnder(agencies.police, bureau)
  const places = { duty: await hub.dutyDesk(agencies.police), bureau: await hub.mailbox(bureau) }
  const desk = deskOf(hub)
  const patient = await hub.register()
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  return { hub, temp, boxes, places, desk, patient, police, bureau, chief: principalOf(bureau, 'POLICE', 'staff-7') }
}

function typesOf(events: readonly StoredEvent[]): readonly string[] {
  return events.map(({ type, data }) => [type, data.step ?? data.end].filter((part) => part !== undefined).join(' '))
}

async function raise(station: Awaited<ReturnType<typeof openStation>>) {
  const { hub, desk, patient, police } = station
  const cause = await hub.record(patient, 'RiskAssessed', { level: 4 })
  await desk.refresh()
  const row = desk.of(police.agency).at(-1)
  if (!row) throw new Error('expected an alarm')
  return { cause, alert: row.alert, stream: `alert-${row.alert}` }
}

t.test(
  'an alarm that nobody acknowledges climbs to the duty desk, then to the superior, and ends unanswered',
  async (t) => {
    const station = await openStation(t)
    const { hub, desk, places, police } = station
    const { alert, stream } = await raise(station)

    await desk.pass(14)
    t.same(typesOf(await hub.events(stream)), ['AlertRaised'])
    t.same(said(await hub.outbox(places.duty)), [], 'a duty desk that takes no alerts hears of nothing else')

    await desk.pass(1)
    t.same(typesOf(await hub.events(stream)), ['AlertRaised', 'AlertEscalated DUTY'])
    t.same(said(await hub.outbox(places.duty)), ['risk-assessed ALARM alert.police.high@1'])
    t.same(said(await hub.outbox(places.bureau)), [])

    await desk.pass(45)
    t.same(said(await hub.outbox(places.bureau)), ['risk-assessed ALARM alert.police.high@1'], 'what its role may get')

    await desk.pass(24 * 60 - 1)
    t.match(desk.of(police.agency), [{ state: 'OPEN', climbed: [{ step: 'DUTY' }, { step: 'SUPERIOR' }] }])
    await desk.pass(1)
    t.same(typesOf(await hub.events(stream)).at(-1), 'AlertExpired UNANSWERED')
    t.match(desk.of(police.agency), [{ alert, state: 'UNANSWERED', ended: { end: 'UNANSWERED' } }])
    t.equal(desk.of(police.agency).length, 1, 'one alert, however far it climbed')
    await desk.pass(100 * 24 * 60)
    t.equal((await hub.events(stream)).length, 4, 'and that is the end')
  },
)

t.test('says when each step was due, and hangs its messages on it', async (t) => {
  const station = await openStation(t)
  const { hub, desk, places, bureau } = station
  const { cause, stream } = await raise(station)
  await desk.pass(17)
  await desk.pass(60)

  const [raised, duty, superior] = await hub.events(stream)
  const after = (event: StoredEvent | undefined, minutes: number): number =>
    Date.parse(event?.recordedAt ?? '') + minutes * 60_000
  t.equal(Date.parse(duty?.occurredAt ?? ''), after(raised, 15))
  t.equal(Date.parse(superior?.occurredAt ?? ''), after(duty, 45))
  t.match(superior, { data: { to: bureau }, source: { kind: 'derived' }, causation: { id: cause } })
  t.match(
    (await hub.outbox(places.bureau)).map(({ data }) => data.cause),
    [{ stream, id: superior?.id }],
  )
  const { body } = await hub.delivery.renderer.render(places.bureau, 0)
  t.match(JSON.parse(body).data, { text: /^【警示·下级单位逾时未签收】/, facts: { level: 4, name: '张示例' } })
})

for (const act of ['acknowledge', 'relay', 'outcome'] as const) {
  t.test(`stops climbing when somebody has attended to it: ${act}`, async (t) => {
    const station = await openStation(t)
    const { hub, desk, police } = station
    const { alert, stream } = await raise(station)
    await desk.pass(15)

    if (act === 'acknowledge') await desk.alerts.acknowledge(police, alert)
    else if (act === 'outcome') await desk.alerts.outcome(police, alert, 'HANDLED')
    else await desk.alerts.relay(police, alert, { to: 'DUTY_OFFICER', means: 'TELEPHONE' })
    await desk.pass(3 * 24 * 60)

    t.equal((await hub.events(stream)).length, 3, 'raised, climbed once, attended to')
  })
}

t.test(
  'an acknowledgement at the same instant wins or loses by the log’s revision, and nothing stands twice',
  async (t) => {
    const station = await openStation(t)
    const { hub, desk, police } = station
    const { alert, stream } = await raise(station)
    hub.calendar.advanceTo(hub.calendar.now() + 15 * 60_000)
    const late = desk.keeper({
      recorder: {
        async appendAt(slot, event) {
          if (event.stream === stream) await desk.alerts.acknowledge(police, alert)
          return hub.recorder.appendAt(slot, event)
        },
      },
    })

    await late.keep()

    t.same(typesOf(await hub.events(stream)), ['AlertRaised', 'AlertAcknowledged'])
    await desk.pass(3 * 24 * 60)
    t.equal((await hub.events(stream)).length, 2)
  },
)

t.test('two hubs on one log take each step once', async (t) => {
  const station = await openStation(t)
  const { hub, desk } = station
  const { stream } = await raise(station)
  const hubs = [desk.keeper(), desk.keeper()]
  let landed = 0

  for (const minutes of [15, 45, 24 * 60]) {
    hub.calendar.advanceTo(hub.calendar.now() + minutes * 60_000)
    await desk.refresh()
    for (const appended of await Promise.all(hubs.map((one) => one.keep()))) landed += appended
  }

  t.same(typesOf(await hub.events(stream)), [
    'AlertRaised',
    'AlertEscalated DUTY',
    'AlertEscalated SUPERIOR',
    'AlertExpired UNANSWERED',
  ])
  t.equal(landed, 4 * 3, 'station, office, prevention centre and health centre')
})

t.test('goes on where it was after a restart, and renders what climbed to the same bytes', async (t) => {
  const station = await openStation(t)
  const { hub, desk, places, temp } = station
  const { stream } = await raise(station)
  await desk.pass(15)
  const { body } = await hub.delivery.renderer.render(places.duty, 0)
  await hub.stop()

  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())
  const later = deskOf(again)
  await later.pass(45)

  t.same(typesOf(await again.events(stream)), ['AlertRaised', 'AlertEscalated DUTY', 'AlertEscalated SUPERIOR'])
  t.equal((await again.outbox(places.duty)).length, 1)
  t.equal((await again.outbox(places.bureau)).length, 1)
  t.equal((await again.delivery.renderer.render(places.duty, 0)).body, body)
})

t.test('who was told by climbing is told when it no longer holds', async (t) => {
  const station = await openStation(t)
  const { hub, desk, places, patient, boxes } = station
  await raise(station)
  await desk.pass(15)
  await desk.pass(45)

  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await hub.idle()

  t.equal(said(await hub.outbox(places.bureau)).at(-1), 'risk-assessed RETRACTION alert.police.token@1')
  t.equal(said(await hub.outbox(boxes.police)).at(-1), 'risk-assessed RETRACTION alert.police.token@1')
  const { body } = await hub.delivery.renderer.render(places.bureau, 1)
  t.equal(JSON.parse(body).data.supersedes.length, 1, 'in the place of what climbed')
})

t.test('is superseded by what takes its place, and climbs no further', async (t) => {
  const station = await openStation(t)
  const { hub, desk, patient, police } = station
  const first = await raise(station)
  await desk.pass(1)

  const higher = await hub.record(patient, 'RiskAssessed', { level: 5 })
  await desk.pass(0)
  t.match((await hub.events(first.stream)).at(-1), {
    type: 'AlertExpired',
    data: { end: 'SUPERSEDED', by: { stream: `patient-${patient}`, id: higher } },
  })
  t.same(
    desk.of(police.agency).map(({ state }) => state),
    ['SUPERSEDED', 'OPEN'],
    'the newer one rings by itself',
  )

  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await desk.pass(0)
  t.same(
    desk.of(police.agency).map(({ class: alertClass, state }) => `${alertClass} ${state}`),
    ['ALARM SUPERSEDED', 'ALARM SUPERSEDED', 'RETRACTION OPEN'],
  )
  t.same(await desk.keeper().keep(), 0)
})

t.test('a correction that leaves the matter as it is silences no alarm: it climbs with the newer words', async (t) => {
  const station = await openStation(t)
  const { hub, desk, patient, police, places } = station
  const { cause, alert, stream } = await raise(station)
  const corrected = await hub.correct(patient, cause, 'RiskAssessed', {
    level: 4,
    assessedAt: '2026-03-01T09:31:00+08:00',
    targets: 'PROPERTY',
  })
  await desk.pass(15)

  t.match((await hub.events(stream)).at(-1), { type: 'AlertEscalated', data: { about: { id: corrected } } })
  const [climbed] = await hub.outbox(places.duty)
  t.same(said(climbed ? [climbed] : []), ['risk-assessed ALARM alert.police.high@1'])
  const { body } = await hub.delivery.renderer.render(places.duty, 0)
  t.match(JSON.parse(body).data.facts, { level: 4, assessedOn: '2026-03-01' })
  const retraction = desk.of(police.agency).at(-1)
  t.match(retraction, { class: 'RETRACTION', state: 'OPEN' })
  await desk.alerts.acknowledge(police, retraction?.alert ?? '')
  await desk.pass(0)
  t.match(
    desk.of(police.agency).find((row) => row.alert === alert),
    { state: 'SUPERSEDED' },
    'attended to in its newer words',
  )
})

t.test('a withdrawn report ends its own alarm and leaves another report’s alone', async (t) => {
  const station = await openStation(t)
  const { hub, desk, patient, police } = station
  const report = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:31:00+08:00' })
  await desk.pass(0)
  t.same(
    desk.of(police.agency).map(({ state }) => state),
    ['OPEN', 'OPEN'],
  )

  await hub.retract(patient, report)
  await desk.pass(0)

  t.same(
    desk.of(police.agency).map(({ class: alertClass, state }) => `${alertClass} ${state}`),
    ['ALARM SUPERSEDED', 'ALARM OPEN', 'RETRACTION OPEN'],
  )
})

t.test('tells nobody on the rung what was taken back while it climbed', async (t) => {
  const station = await openStation(t)
  const { hub, desk, patient, places, bureau } = station
  const { stream } = await raise(station)
  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })

  // Another hub, whose desks are behind, lets it climb all the same.
  const at = '2026-03-02T10:30:00.000+08:00'
  await hub.recorder.appendAt(
    { after: 0 },
    { stream, type: 'AlertEscalated', data: { step: 'SUPERIOR', to: bureau, at } },
  )
  await desk.refresh()

  t.same(said(await hub.outbox(places.bureau)), [])
})

t.test(
  'a superior whose role sees nothing of it is told nothing, and that is said; so is a rung where nobody stands',
  async (t) => {
    const missed: string[] = []
    const { hub, agencies } = await openTownship(t, {
      metrics: { unclimbed: ({ role, kind, reason }) => missed.push(`${role} ${kind} ${reason}`) },
    })
    const commission = await hub.enrol('HEALTH_COMMISSION', ['371002'])
    await hub.placeUnder(EXAMPLE_UNIT, commission)
    const desk = deskOf(hub)
    await hub.record(await hub.register(), 'RiskAssessed', { level: 4 })
    await desk.refresh()

    await desk.pass(15)
    await desk.pass(45)

    const kinds = ['CHC', 'HEALTH_COMMISSION', 'MHPC', 'PL', 'POLICE']
    t.same(
      [...new Set(missed)].sort(),
      kinds.flatMap((role) =>
        role === 'HEALTH_COMMISSION' ? [`${role} risk-assessed NO_FIELD_SET`] : [`${role} risk-assessed NO_RUNG`],
      ),
    )
    t.ok(desk.of(agencies.police)[0]?.climbed.length === 2, 'it climbed all the same, and says so')
  },
)

t.test('whoever it climbed to may act on it, and nobody else', async (t) => {
  const station = await openStation(t)
  const { hub, desk, chief, police } = station
  const { alert, stream } = await raise(station)
  await t.rejects(desk.alerts.acknowledge(chief, alert), { code: 'HUB_NOT_FOUND' })
  await t.rejects(desk.alerts.relay(chief, alert, { to: 'OTHER', means: 'PAPER' }), { code: 'HUB_NOT_FOUND' })
  t.same(desk.alerts.climbed(chief), [])
  await desk.pass(15)
  await t.rejects(desk.alerts.acknowledge(chief, alert), { code: 'HUB_NOT_FOUND' }, 'not before it came there')
  await desk.pass(45)

  t.match(desk.alerts.climbed(chief, { open: true }), [{ alert, state: 'OPEN', agency: police.agency }])
  await desk.alerts.acknowledge(chief, alert)
  await desk.alerts.relay(chief, alert, { to: 'DUTY_OFFICER', means: 'TELEPHONE' })
  await desk.pass(3 * 24 * 60)

  t.match(desk.of(police.agency), [{ state: 'ACKNOWLEDGED', acknowledged: { by: 'staff-7' } }])
  t.notOk((await hub.events(stream)).some(({ type }) => type === 'AlertExpired'))
  await t.rejects(desk.alerts.acknowledge(police, alert), { code: 'HUB_ALREADY_DECIDED' })
})

t.test('without a ladder an alarm waits its hours and ends', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const desk = deskOf(hub, { dutyAfterMinutes: 0, superiorAfterMinutes: 0, alertHours: 2 })
  await hub.record(await hub.register(), 'RiskAssessed', { level: 4 })
  await desk.refresh()

  await desk.pass(120)

  t.match(desk.of(agencies.police), [{ state: 'UNANSWERED', climbed: [] }])
})

t.test('an alert that cannot be kept keeps no other from climbing', async (t) => {
  const station = await openStation(t)
  const { hub, desk } = station
  const [first, second] = [await raise(station), await raise({ ...station, patient: await hub.register(OTHER_PERSON) })]
  hub.calendar.advanceTo(hub.calendar.now() + 15 * 60_000)
  const broken = desk.keeper({
    recorder: {
      async appendAt(slot, event) {
        if (event.stream === first.stream) throw new Error('this one never works')
        return hub.recorder.appendAt(slot, event)
      },
    },
  })

  await t.rejects(broken.keep(), { message: 'this one never works' })

  t.same(typesOf(await hub.events(first.stream)), ['AlertRaised'])
  t.same(typesOf(await hub.events(second.stream)), ['AlertRaised', 'AlertEscalated DUTY'])
})
