import t from 'tap'
import { principalOf } from '../fixtures/recording.js'
import { openTownship, saidTo } from './township.js'

const LOW = { level: 1, targets: 'NONE', evidence: ['NONE'] }
const OPENED = { programme: 'COMMUNITY_MANAGEMENT', occurredAt: '2026-03-02' }
const hospital = principalOf('0198f0aa-0000-7000-8000-0000000000ff', 'HOSPITAL', 'staff-7')

t.test('takes an end back from everyone who was told of it, when it was a mistake', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  const closed = await hub.record(patient, 'ProgrammeClosed')
  await hub.retract(patient, closed)
  await hub.record(patient, 'RiskAssessed', { level: 4 })

  const all = await saidTo(hub, boxes)
  t.same(all.police?.slice(1), [
    'withdrawn RETRACTION alert.withdrawn@1',
    'reinstated RETRACTION alert.police.high@1',
    'risk-assessed NOTICE alert.police.high@1',
  ])
  t.equal(all.pl?.[2], 'reinstated RETRACTION alert.political-legal.high@1')
  t.equal(all.mhpc?.[2], 'reinstated RETRACTION alert.health.assessment@1')
  t.equal(all.centre?.[2], 'reinstated RETRACTION alert.health.assessment@1')
  const { body } = await hub.delivery.renderer.render(boxes.police, 2)
  const { data } = JSON.parse(body)
  t.match(data.text, /重新纳入管理.*现行4级/)
  t.equal(data.facts.level, 4)
  t.equal(data.supersedes.length, 2, 'the alarm that stands again is said anew, in the place of the end')
})

t.test('rings where a person at level 3 or more comes back under management, or comes under it', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await hub.record(patient, 'ProgrammeClosed')
  await hub.record(patient, 'ProgrammeOpened', OPENED)
  t.same((await saidTo(hub, boxes)).police?.slice(1), [
    'withdrawn RETRACTION alert.withdrawn@1',
    'reinstated ALARM alert.police.high@1',
  ])

  const needy = await hub.register({
    ...{ programme: 'MEDICAL_AID', registrationBasis: 'NEEDY_AID' },
    identity: { idType: '1', status: 'UNKNOWN', sex: '1' },
  })
  await hub.record(needy, 'RiskAssessed', { level: 5 })
  await hub.record(needy, 'ProgrammeOpened', OPENED)
  t.equal((await saidTo(hub, boxes)).police?.[3], 'reinstated ALARM alert.police.high@1', 'who never knew of the level')
})

t.test('takes back an excluded diagnosis that is confirmed after all, below level 3 without ringing', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.record(patient, 'DiagnosisExcluded', {}, hospital)
  await hub.record(patient, 'DiagnosisConfirmed', { confirmedOn: '2026-03-01' }, hospital)

  t.same((await saidTo(hub, boxes)).police, [
    'risk-assessed NOTICE alert.police.token@1',
    'withdrawn RETRACTION alert.withdrawn@1',
    'reinstated RETRACTION alert.police.token@1',
  ])
})

t.test('says no more of somebody whose processing is restricted, and what stands once that is lifted', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'ProcessingRestricted', { occurredAt: '2026-03-02' })
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await hub.record(patient, 'DangerousBehaviorReported', { at: '2026-03-02' })
  t.same((await saidTo(hub, boxes)).police, [
    'risk-assessed ALARM alert.police.high@1',
    'withdrawn RETRACTION alert.withdrawn@1',
  ])

  await hub.record(patient, 'ProcessingRestrictionLifted', { occurredAt: '2026-03-02' })
  t.equal((await saidTo(hub, boxes)).police?.[2], 'reinstated ALARM alert.police.high@1')
})

t.test(
  'asks for the search again where the loss is still open, and tells a station that was left nothing',
  async (t) => {
    const { hub, boxes } = await openTownship(t)
    const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
    const patient = await hub.register()
    await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
    await hub.record(patient, 'ProgrammeClosed')
    await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-02' })
    await hub.record(patient, 'ProgrammeOpened', OPENED)

    const all = await saidTo(hub, { ...boxes, newBox })
    t.same(all.newBox, ['loss-of-contact ALARM alert.loss-of-contact.police@1'])
    t.same(all.police?.slice(1), ['withdrawn RETRACTION alert.withdrawn@1'])
    t.equal(all.mhpc?.at(-1), 'loss-of-contact ALARM alert.loss-of-contact.health@1')
  },
)

t.test('tells of a death that was none also where the programme was closed meanwhile', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  const died = await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  await hub.record(patient, 'ProgrammeClosed')
  await hub.retract(patient, died)

  t.same((await saidTo(hub, boxes)).police?.slice(1), [
    'died RETRACTION alert.died@1',
    'withdrawn RETRACTION alert.withdrawn@1',
  ])
})

t.test('hides no level of 3 or more behind a search that goes on where the person now lives', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-02' })

  t.same((await saidTo(hub, { ...boxes, newBox })).newBox, ['moved ALARM alert.police.high@1'])
})

t.test('tells a station that a person left before a death was taken back nothing of them afterwards', async (t) => {
  const { hub, boxes } = await openTownship(t)
  await hub.enrol('POLICE', ['371002002'])
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  const died = await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-01' })
  await hub.retract(patient, died)
  await hub.record(patient, 'RiskAssessed', { level: 3 })

  t.same((await saidTo(hub, boxes)).police?.slice(1), [
    'died RETRACTION alert.died@1',
    'moved RETRACTION alert.moved@1',
  ])
})
