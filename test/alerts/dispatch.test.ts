import t from 'tap'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { principalOf } from '../fixtures/recording.js'
import { openTownship, said, saidTo } from './township.js'

t.test('pushes every assessment to police and political-legal office, by class and tier', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()

  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['VERBAL_THREAT'] })
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'RiskAssessed', { level: 0, targets: 'NONE', evidence: ['NONE'] })

  t.same(await saidTo(hub, boxes), {
    police: [
      'risk-assessed NOTICE alert.police.token@1',
      'risk-assessed ALARM alert.police.high@1',
      'risk-assessed NOTICE alert.police.high@1',
      'risk-assessed RETRACTION alert.police.token@1',
    ],
    pl: [
      'risk-assessed NOTICE alert.political-legal.token@1',
      'risk-assessed ALARM alert.political-legal.high@1',
      'risk-assessed NOTICE alert.political-legal.high@1',
      'risk-assessed RETRACTION alert.political-legal.token@1',
    ],
    mhpc: [
      'risk-assessed ALARM alert.health.assessment@1',
      'risk-assessed NOTICE alert.health.assessment@1',
      'risk-assessed RETRACTION alert.health.assessment@1',
    ],
    centre: [
      'risk-assessed ALARM alert.health.assessment@1',
      'risk-assessed NOTICE alert.health.assessment@1',
      'risk-assessed RETRACTION alert.health.assessment@1',
    ],
  })
})

t.test('asks for welfare, clinicians first, where the target is the person themself', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()

  const cause = await hub.record(patient, 'RiskAssessed', { level: 4, targets: 'SELF', evidence: ['SELF_HARM'] })

  t.same(await saidTo(hub, boxes), {
    police: ['risk-assessed ALARM alert.police.welfare@1'],
    pl: ['risk-assessed ALARM alert.political-legal.level-only@1'],
    mhpc: ['risk-assessed ALARM alert.health.assessment@1'],
    centre: ['risk-assessed ALARM alert.health.assessment@1'],
  })
  const order: string[] = []
  for await (const { event } of hub.log.readAll('')) {
    if (event.type === 'MessageQueued') order.push(event.stream)
    if (event.type !== 'AlertRaised') continue
    t.equal(event.data.tasks?.toString(), event.data.agency === agencies.centre ? 'GUARDIAN' : undefined)
    t.same(event.causation, { stream: `patient-${patient}`, id: cause })
  }
  t.same(order.slice(0, 2), [`outbox-${boxes.mhpc}`, `outbox-${boxes.centre}`], 'clinicians first')
})

t.test('tells whom a loss of contact concerns, and that it is over to those whom it told', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()

  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'ContactRegained', {
    outcome: 'STILL_MISSING_POLICE_SEARCH',
    at: '2026-03-02T09:31:00+08:00',
  })
  await hub.record(patient, 'FollowUpCompleted', { date: '2026-03-02T09:32:00+08:00' })
  await hub.record(patient, 'FollowUpCompleted', { date: '2026-03-02T09:33:00+08:00' })

  const regained = 'contact-regained RETRACTION alert.contact-regained@1'
  t.same(await saidTo(hub, boxes), {
    police: ['loss-of-contact ALARM alert.loss-of-contact.police@1', regained],
    community: ['loss-of-contact ALARM alert.loss-of-contact.community@1', regained],
    subdistrict: ['loss-of-contact ALARM alert.loss-of-contact.subdistrict@1', regained],
    mhpc: ['loss-of-contact ALARM alert.loss-of-contact.health@1', regained],
  })
})

t.test('withdraws a declaration of loss that was a mistake', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const declared = await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })

  await hub.correct(patient, declared, 'LossOfContactDeclared', { reason: 2, declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.retract(patient, declared).catch(() => undefined)
  const [, corrected] = (await hub.events(`patient-${patient}`)).slice(1)
  await hub.retract(patient, corrected?.id ?? '')

  t.same((await saidTo(hub, boxes)).police, [
    'loss-of-contact ALARM alert.loss-of-contact.police@1',
    'loss-of-contact RETRACTION alert.loss-of-contact.police@1',
    'contact-regained RETRACTION alert.withdrawn@1',
  ])
})

t.test('alarms at dangerous behaviour, and asks for welfare where it is against oneself', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()

  const harm = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'DangerousBehaviorReported', { kind: 5, at: '2026-03-02T09:31:00+08:00' })
  await hub.retract(patient, harm)

  t.same(await saidTo(hub, boxes), {
    police: [
      'danger ALARM alert.danger.police@1',
      'danger ALARM alert.danger.welfare@1',
      'danger RETRACTION alert.withdrawn@1',
    ],
    mhpc: ['danger ALARM alert.danger.health@1'],
    centre: [
      'danger ALARM alert.danger.health@1',
      'danger ALARM alert.danger.health@1',
      'danger RETRACTION alert.withdrawn@1',
    ],
  })
  for await (const { event } of hub.log.readAll('')) {
    if (event.type !== 'AlertRaised' || event.data.class !== 'ALARM') continue
    const expected = event.data.agency === agencies.centre ? 'GUARDIAN,CARE_GROUP' : undefined
    t.equal(event.data.tasks?.toString(), expected)
  }
})

t.test('follows a person at high risk to the new area, and takes back what the old one knows', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const newPolice = await hub.enrol('POLICE', ['371002002'])
  const newBox = await hub.mailbox(newPolice)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  const moved = await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-02' })
  await hub.idle()
  await hub.record(patient, 'RiskAssessed', { level: 2, targets: 'NONE', evidence: ['SMASHING_AT_HOME'] })

  const all = await saidTo(hub, { ...boxes, newBox })
  t.same(all.police, ['risk-assessed ALARM alert.police.high@1', 'moved RETRACTION alert.moved@1'])
  t.same(all.pl, ['risk-assessed ALARM alert.political-legal.high@1', 'moved RETRACTION alert.moved@1'])
  t.same(all.newBox, ['moved ALARM alert.police.high@1', 'risk-assessed RETRACTION alert.police.token@1'])
  t.same(all.centre, [
    'risk-assessed ALARM alert.health.assessment@1',
    'moved ALARM alert.health.assessment@1',
    'risk-assessed RETRACTION alert.health.assessment@1',
  ])

  await hub.retract(patient, moved)
  const after = await saidTo(hub, { ...boxes, newBox })
  t.equal(after.newBox?.at(-1), 'moved RETRACTION alert.moved@1', 'a move that never was is taken back')
})

t.test('tells both stations where a person at high risk works away, and neither below level 3', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const away = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
  const patient = await hub.register()
  const move = { kind: 'WORK_AWAY', leftAt: '2026-03-02', toAddress: undefined, toArea: undefined }

  await hub.record(patient, 'PatientRelocated', move)
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await hub.record(patient, 'PatientRelocated', move)

  const all = await saidTo(hub, { police: boxes.police, away })
  t.same(all, {
    police: ['risk-assessed ALARM alert.police.high@1', 'moved ALARM alert.police.high@1'],
    away: ['moved ALARM alert.police.high@1'],
  })
})

t.test('ends every belief at a death or the end of management, and says nothing afterwards', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const dead = await hub.register()
  await hub.record(dead, 'RiskAssessed', { level: 3 })
  const died = await hub.record(dead, 'PatientDied', { date: '2026-03-02' })
  await hub.idle()

  t.same(await saidTo(hub, boxes), {
    police: ['risk-assessed ALARM alert.police.high@1', 'died RETRACTION alert.died@1'],
    pl: ['risk-assessed ALARM alert.political-legal.high@1', 'died RETRACTION alert.died@1'],
    mhpc: ['risk-assessed ALARM alert.health.assessment@1', 'died RETRACTION alert.died@1'],
    centre: ['risk-assessed ALARM alert.health.assessment@1', 'withdrawn RETRACTION alert.withdrawn@1'],
  })

  await hub.retract(dead, died)
  await hub.record(dead, 'ProgrammeClosed')
  const { police } = await saidTo(hub, boxes)
  t.same(police?.slice(2), ['died RETRACTION alert.police.high@1', 'withdrawn RETRACTION alert.withdrawn@1'])
})

t.test('says nothing of who is not under community management, nor of imported history', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const needy = await hub.register({ programme: 'MEDICAL_AID', registrationBasis: 'NEEDY_AID' })

  await hub.record(needy, 'RiskAssessed', { level: 5 })
  await hub.record(needy, 'DangerousBehaviorReported', { at: '2026-03-02T09:30:00+08:00' })

  t.same(await saidTo(hub, boxes), {})
})

t.test('pushes only level 3 and above, and what takes it back, where the operator says so', async (t) => {
  const { hub, boxes } = await openTownship(t, { pushScope: 'LEVEL_3_PLUS' })
  const patient = await hub.register()

  for (const level of [1, 3, 3, 2, 1]) await hub.record(patient, 'RiskAssessed', { level })

  t.same((await saidTo(hub, boxes)).police, [
    'risk-assessed ALARM alert.police.high@1',
    'risk-assessed NOTICE alert.police.high@1',
    'risk-assessed RETRACTION alert.police.token@1',
    'risk-assessed RETRACTION alert.police.token@1',
  ])
})

t.test('puts an alarm on the desk of an agency that subscribes to nothing', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const alone = await hub.enrol('POLICE', ['371002009'])
  const patient = await hub.register({
    presentTownship: '371002009',
    presentArea: undefined,
    presentAddress: { text: '示例路9号' },
    gridCell: undefined,
  })

  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await hub.idle()
  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await hub.idle()

  const raised: unknown[] = []
  for await (const { event } of hub.log.readAll('')) {
    if (event.type === 'AlertRaised' && event.data.agency === alone) raised.push(event.data)
  }
  t.match(raised, [{ class: 'ALARM' }, { class: 'RETRACTION' }])
  t.notOk(
    raised.some((data) => Object.hasOwn(data as object, 'message')),
    'no message to name',
  )
  t.ok(agencies)
})

t.test('returns an alert that is not theirs to the responsible health centre, once', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await hub.idle()
  const alerts: string[] = []
  for await (const { event } of hub.log.readAll('')) {
    if (event.type === 'AlertRaised' && event.data.agency === agencies.police) alerts.push(event.stream)
  }
  const report = (stream: string, agency: string, role: 'POLICE' | 'CHC') =>
    hub.recorder.appendNext({
      stream,
      type: 'AlertOutcomeReported',
      data: { by: 'staff-9', outcome: 'NOT_OURS', at: '2026-03-02T10:00:00+08:00' },
      by: principalOf(agency, role, 'staff-9'),
    })

  await report(alerts[0] ?? '', agencies.police, 'POLICE')
  await hub.idle()

  t.same((await saidTo(hub, boxes)).centre?.slice(1), ['returned ALARM alert.health.assessment@1'])
  const returned: string[] = []
  for await (const { event } of hub.log.readAll('')) {
    if (event.type === 'AlertRaised' && event.data.kind === 'returned') returned.push(event.stream)
  }
  t.equal(returned.length, 1)

  await report(returned[0] ?? '', EXAMPLE_UNIT, 'CHC')
  t.equal((await saidTo(hub, boxes)).centre?.length, 2, 'what the centre sends back goes nowhere')
})

t.test('announces a released document to who takes that feed, and a test to who asked', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const feedBox = await hub.mailbox(agencies.police, ['police-quarterly'])
  const hash = `sha256:${'A'.repeat(43)}`
  const cut = { stream: 'period-police-quarterly-2026Q1', id: '0198f0aa-0000-7000-8000-0000000000c1' }

  await hub.recorder.appendAt('new', {
    stream: 'document-0198f0aa-0000-7000-8000-0000000000d0',
    type: 'FeedReleased',
    data: {
      feed: 'police-quarterly',
      period: '2026Q1',
      agency: agencies.police,
      cut,
      rows: 3,
      counts: { high: 1 },
      root: hash,
      accountingDigest: hash,
      documentDigest: hash,
      fieldSet: 'police.high@1',
      versions: { feed: 1 },
      suppressionsThrough: -1,
    },
  })
  await hub.subscriptions.requestTest(principalOf(agencies.police, 'POLICE'), feedBox)
  await hub.idle()

  t.same(said(await hub.outbox(feedBox)), ['document ROUTINE police.high@1', 'test ROUTINE test@1'])
  const { messages } = await hub.delivery.messages(principalOf(agencies.police, 'POLICE'), feedBox, { after: -1 })
  const [document, test] = messages.map(({ body }) => JSON.parse(body))
  t.match(document.data.document, { feed: 'police-quarterly', period: '2026Q1', rows: 3, digest: hash })
  t.match(test, { kind: 'test', subject: 'test', sequence: 1 })
})

t.test('sends a correction of a past assessment to those who held the old value', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const first = await hub.record(patient, 'RiskAssessed', { level: 2, assessedAt: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await hub.idle()

  await hub.correct(patient, first, 'RiskAssessed', { level: 1, assessedAt: '2026-03-02T09:30:00+08:00' })

  t.same(await saidTo(hub, boxes), {
    police: [
      'risk-assessed NOTICE alert.police.token@1',
      'risk-assessed ALARM alert.police.high@1',
      'risk-assessed RETRACTION alert.police.high@1',
    ],
    pl: [
      'risk-assessed NOTICE alert.political-legal.token@1',
      'risk-assessed ALARM alert.political-legal.high@1',
      'risk-assessed RETRACTION alert.political-legal.high@1',
    ],
    mhpc: ['risk-assessed ALARM alert.health.assessment@1', 'risk-assessed NOTICE alert.health.assessment@1'],
    centre: ['risk-assessed ALARM alert.health.assessment@1', 'risk-assessed NOTICE alert.health.assessment@1'],
  })
})
