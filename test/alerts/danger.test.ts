import { rmSync } from 'node:fs'
import t from 'tap'
import { openSmallHub } from '../delivery/small-hub.js'
import { openTownship, saidTo } from './township.js'

const AT = { at: '2026-03-02T09:30:00+08:00' }

t.test('says of a report whose correction was taken back what stands again, to the byte also later', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const report = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, ...AT })
  const correction = await hub.correct(patient, report, 'DangerousBehaviorReported', { kind: 3, ...AT })
  await hub.retract(patient, correction, 'VERSION')

  const danger = 'alert.danger.police@1'
  t.same((await saidTo(hub, boxes)).police, [
    `danger ALARM ${danger}`,
    `danger RETRACTION ${danger}`,
    `danger RETRACTION ${danger}`,
  ])
  const { body } = await hub.delivery.renderer.render(boxes.police, 2)
  const { facts, text } = JSON.parse(body).data
  t.equal(facts.danger.kind, 4, 'the version that stands')
  t.match(text, /已更正/)
})

t.test('marks what is disputed from the second version on, and tells nothing of the dispute', async (t) => {
  const { hub, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  const first = await hub.record(patient, 'RiskAssessed', { level: 3, targets: 'PERSON' })
  await hub.record(patient, 'RecordDisputed', { targetEventId: first, by: 'GUARDIAN', occurredAt: AT.at })
  await hub.record(patient, 'RiskAssessed', { level: 4, targets: 'PERSON' })
  await hub.putAlertsInForce(2)
  await hub.record(patient, 'RiskAssessed', { level: 5, targets: 'PERSON' })
  const report = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, ...AT })
  await hub.record(patient, 'RecordDisputed', { targetEventId: report, by: 'GUARDIAN', occurredAt: AT.at })
  await hub.correct(patient, first, 'RiskAssessed', { level: 2, assessedAt: '2026-03-01' })
  await hub.putAlertsInForce(1)
  await hub.record(patient, 'RiskAssessed', { level: 5, targets: 'PERSON' })

  const before = await saidTo(hub, boxes)
  t.same(before.police, [
    'risk-assessed ALARM alert.police.high@1',
    'risk-assessed ALARM alert.police.high@1',
    'risk-assessed ALARM alert.police.high@2',
    'danger ALARM alert.danger.police@2',
    'risk-assessed RETRACTION alert.police.high@2',
    'risk-assessed NOTICE alert.police.high@1',
  ])
  await hub.stop()
  for (const suffix of ['', '-wal', '-shm']) rmSync(hub.stateFile + suffix, { force: true })
  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())
  const head = await again.log.head()
  t.same(await saidTo(again, boxes), before, 'by the place of each event in the log, whenever it is read')
  t.equal(await again.log.head(), head)

  const told = async (box: string, sequence: number) => {
    const { body } = await again.delivery.renderer.render(box, sequence)
    t.notMatch(body, 'GUARDIAN')
    return JSON.parse(body).data
  }
  t.notOk('disputed' in (await told(boxes.police, 1)).facts, 'the first version marks nothing')
  t.notOk('disputed' in (await told(boxes.police, 2)).facts, 'what is disputed is not told')
  t.notOk('disputed' in (await told(boxes.pl, 2)).facts)
})

t.test('names the disputed fact, where the message says it', async (t) => {
  const { hub, boxes } = await openTownship(t)
  await hub.putAlertsInForce(2)
  const patient = await hub.register()
  const first = await hub.record(patient, 'RiskAssessed', { level: 4, targets: 'PERSON' })
  await hub.record(patient, 'RecordDisputed', { targetEventId: first, by: 'GUARDIAN', occurredAt: AT.at })
  await hub.record(patient, 'RiskAssessed', { level: 5, targets: 'PERSON' })
  await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, ...AT })
  await hub.idle()

  const told = async (box: string, sequence: number) =>
    JSON.parse((await hub.delivery.renderer.render(box, sequence)).body).data
  const raised = await told(boxes.police, 1)
  t.match(raised, { fieldSet: 'alert.police.high@2', facts: { level: 5, disputed: ['previousLevel'] } })
  t.match(raised.text, '其中有内容存在异议')
  t.notOk('disputed' in (await told(boxes.pl, 1)).facts, 'the office is told no previous level')
  t.notOk('disputed' in (await told(boxes.police, 0)).facts, 'nothing was disputed yet')
  t.notOk('disputed' in (await told(boxes.police, 2)).facts, 'of a danger no level is told')
})

t.test('rings again for a report that was withdrawn by mistake', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const report = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, ...AT })
  const withdrawn = await hub.retract(patient, report)
  await hub.restore(patient, withdrawn)
  await hub.idle()

  t.same((await saidTo(hub, boxes)).police, [
    'danger ALARM alert.danger.police@1',
    'danger RETRACTION alert.withdrawn@1',
    'danger ALARM alert.danger.police@1',
  ])
  const { body } = await hub.delivery.renderer.render(boxes.police, 2)
  t.equal(JSON.parse(body).data.facts.danger.kind, 4)
  await hub.retract(patient, report)
  t.equal(
    (await saidTo(hub, boxes)).police?.[3],
    'danger RETRACTION alert.withdrawn@1',
    'and it can be withdrawn again',
  )
})

t.test('takes a report back from who is no longer concerned by what it now says', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const report = await hub.record(patient, 'DangerousBehaviorReported', { kind: 5, ...AT })
  await hub.correct(patient, report, 'DangerousBehaviorReported', { kind: 1, ...AT })

  const all = await saidTo(hub, boxes)
  t.same(all.mhpc, ['danger ALARM alert.danger.health@1', 'danger RETRACTION alert.withdrawn@1'])
  t.same(all.police, ['danger ALARM alert.danger.welfare@1', 'danger RETRACTION alert.danger.police@1'])
})

t.test('keeps one report apart from another when it takes one back', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const first = await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, ...AT })
  const second = await hub.record(patient, 'DangerousBehaviorReported', { kind: 3, at: '2026-03-02T09:31:00+08:00' })
  await hub.retract(patient, first)
  await hub.retract(patient, second)

  t.same((await saidTo(hub, boxes)).police?.slice(2), [
    'danger RETRACTION alert.withdrawn@1',
    'danger RETRACTION alert.withdrawn@1',
  ])
})

t.test('takes a corrected loss back from a station that is no longer in charge', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const declared = await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.idle()
  const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002001003']))
  await hub.correct(patient, declared, 'LossOfContactDeclared', { reason: 2, declaredAt: '2026-03-02T09:30:00+08:00' })

  const all = await saidTo(hub, { ...boxes, newBox })
  t.same(all.newBox, ['loss-of-contact ALARM alert.loss-of-contact.police@1'])
  t.same(all.police?.slice(1), ['contact-regained RETRACTION alert.withdrawn@1'])
  t.same(all.mhpc?.slice(1), ['loss-of-contact RETRACTION alert.loss-of-contact.health@1'])
})

t.test('rings for what comes back with a return, unless it tells of more than a week ago', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  const [fresh, weekOld, old] = ['2026-03-02T09:30:00+08:00', '2026-02-23T00:10:00+08:00', '2026-02-22T23:50:00+08:00']
  for (const at of [fresh, weekOld, old])
    await hub.recordReturned(patient, 'DangerousBehaviorReported', { kind: 4, at })

  const told = ['danger ALARM', 'danger ALARM', 'danger NOTICE'].map((one) => `${one} alert.danger.police@1`)
  t.same((await saidTo(hub, boxes)).police, told)
  const { body } = await hub.delivery.renderer.render(boxes.police, 2)
  t.match(JSON.parse(body), { class: 'NOTICE', data: { facts: { danger: { kind: 4 } } } })
})
