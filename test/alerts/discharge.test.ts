import { rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { causeIdOf } from '../../src/domain/derived-ids.js'
import { alertStream, patientStream } from '../../src/domain/streams.js'
import { momentOf } from '../../src/kernel/dates.js'
import { openSmallHub } from '../delivery/small-hub.js'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { principalOf } from '../fixtures/recording.js'
import { deskOf } from './desk.js'
import { openTownship, said, saidTo } from './township.js'

const READY = 'discharge-ready ALARM alert.discharge-ready@1'
const CORRECTED = 'discharge-ready RETRACTION alert.discharge-ready@1'
const LEFT = 'discharge-ready RETRACTION alert.discharged@1'
const WITHDRAWN = 'discharge-ready RETRACTION alert.withdrawn@1'
const LEVEL = 'risk-assessed ALARM alert.health.assessment@2'
const CLOSED = 'withdrawn RETRACTION alert.withdrawn@1'
const FIT = { assessedOn: '2026-02-25' }
const hospital = principalOf('0198f0aa-0000-7000-8000-0000000000ff', 'HOSPITAL', 'staff-7')

type Township = Awaited<ReturnType<typeof openTownship>>

/** A township on whose log the alerts tell of discharges, with a hospital that has a telephone. */
async function openWard(t: Test, { alerts = 2 } = {}) {
  const township = await openTownship(t)
  const { hub } = township
  await hub.enrol('HOSPITAL', ['371002'], hospital.agency)
  if (alerts > 1) await hub.putAlertsInForce(alerts)
  return township
}

let people = 0

/** Somebody in that hospital, whom nobody stated a level of. */
async function inWard({ hub }: Township): Promise<string> {
  const identity = { idType: '1', status: 'UNKNOWN', sex: '1', name: `示例${++people}` }
  const patient = await hub.register({ identity })
  await admit(hub, patient, '2026-02-10')
  return patient
}

const admit = (hub: Township['hub'], patient: string, date: string) => {
  const consent = { guardianConsent: { signedOn: date, formRef: '入院-0007' } }
  return hub.record(patient, 'HospitalAdmitted', { date, ...consent }, hospital)
}

const leave = ({ hub }: Township, patient: string, dischargeDate = '2026-02-28') =>
  hub.record(patient, 'HospitalDischarged', { admitDate: '2026-02-10', dischargeDate }, hospital)

/** An alarm of the centre climbs at this moment, whatever the keeper makes of it. */
function climb({ hub }: Township, patient: string, cause: string) {
  const stream = alertStream(causeIdOf(patientStream(patient), cause), EXAMPLE_UNIT)
  const data = { step: 'DUTY', to: EXAMPLE_UNIT, at: momentOf(hub.calendar.now()) }
  return hub.recorder.appendNext({ stream, type: 'AlertEscalated', data })
}

async function dataOf({ hub, boxes }: Township, sequence: number) {
  return JSON.parse((await hub.delivery.renderer.render(boxes.centre, sequence)).body).data
}

t.test('rings at the health centre alone, which is to tell the guardian, and ends with the discharge', async (t) => {
  const ward = await openWard(t)
  const { hub, boxes } = ward
  const desk = deskOf(hub)
  const patient = await inWard(ward)
  await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  t.same(await saidTo(hub, boxes), { centre: [READY] })

  const { facts, text, instruction } = await dataOf(ward, 0)
  const hospitalCard = { hospital: '示例HOSPITAL', phone: '0631-5190000' }
  t.match(facts, { pseudonym: String, discharge: { assessedOn: '2026-02-25', ...hospitalCard } })
  t.same(Object.keys(facts).sort(), ['discharge', 'pseudonym'], 'no name, no level, no diagnosis')
  t.equal(instruction, '请立即告知监护人，并协助及时办理出院手续。')
  t.match(
    text,
    /^【警示】管理对象（代号\w{8}）经评估已具备出院条件（2026-02-25评估，评估机构：示例HOSPITAL，电话0631-5190000）。/,
  )
  await desk.refresh()
  t.match(desk.of(EXAMPLE_UNIT), [{ kind: 'discharge-ready', class: 'ALARM', openTasks: ['GUARDIAN'] }])

  await leave(ward, patient)
  t.same((await saidTo(hub, boxes)).centre, [READY, LEFT])
  const after = await dataOf(ward, 1)
  t.match(after, { facts: { stay: { dischargedOn: '2026-02-28' } }, text: /【更正】.*已于2026-02-28出院/ })
  t.equal(after.supersedes.length, 1)
  await desk.pass(1)
  t.match(desk.of(EXAMPLE_UNIT)[0], { state: 'SUPERSEDED' })
})

t.test(
  'climbs where nobody attends to it, to whoever of the health side stands above, and is taken back there',
  async (t) => {
    const ward = await openWard(t)
    const { hub, boxes, agencies } = ward
    await hub.placeUnder(EXAMPLE_UNIT, agencies.mhpc)
    const duty = await hub.dutyDesk(EXAMPLE_UNIT)
    const desk = deskOf(hub)
    const patient = await inWard(ward)
    await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
    await desk.refresh()
    await desk.pass(15)
    await desk.pass(45)
    const above = { duty, mhpc: boxes.mhpc, police: boxes.police }
    t.same(await saidTo(hub, above), { duty: [READY], mhpc: [READY] })
    const { body } = await hub.delivery.renderer.render(boxes.mhpc, 0)
    t.match(JSON.parse(body).data.text, /^【警示·下级单位逾时未签收】.*示例HOSPITAL/)

    await leave(ward, patient)
    t.same((await saidTo(hub, above)).mhpc, [READY, LEFT])
  },
)

t.test('tells no rung of what was over when it climbed', async (t) => {
  const ward = await openWard(t)
  const { hub } = ward
  const duty = await hub.dutyDesk(EXAMPLE_UNIT)
  const desk = deskOf(hub)
  const patient = await inWard(ward)
  const cause = await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  await leave(ward, patient)
  await desk.refresh()

  await climb(ward, patient, cause)
  t.same(await saidTo(hub, { duty }), {})
})

t.test('follows the statement: corrected, withdrawn, put back; and a discharge that was none', async (t) => {
  const ward = await openWard(t)
  const { hub, boxes } = ward
  const patient = await inWard(ward)
  const told = async () => (await saidTo(hub, boxes)).centre
  const said = await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  const fixed = await hub.correct(patient, said, 'DischargeConditionsMet', { assessedOn: '2026-02-26' }, hospital)
  t.same(await told(), [READY, CORRECTED], 'who knows is told anew, and not rung up')
  t.match(await dataOf(ward, 1), { text: /已更正（2026-02-26评估/, facts: { discharge: { assessedOn: '2026-02-26' } } })

  const withdrawn = await hub.retract(patient, fixed, 'FACT', hospital)
  t.equal((await told())?.at(-1), WITHDRAWN)
  t.match(await dataOf(ward, 2), { text: /此前具备出院条件的警示不再适用/ })
  await hub.restore(patient, withdrawn, hospital)
  t.equal((await told())?.at(-1), READY, 'a withdrawal by mistake rings again')

  await hub.record(patient, 'RecordDisputed', { targetEventId: fixed, by: 'PATIENT', occurredAt: '2026-03-02' })
  const left = await leave(ward, patient)
  await hub.retract(patient, left, 'FACT', hospital)
  t.same((await told())?.slice(4), [LEFT, READY], 'and so does a discharge by mistake')
  t.match(await dataOf(ward, 5), {
    facts: { discharge: { assessedOn: '2026-02-26', hospital: '示例HOSPITAL' }, disputed: ['discharge'] },
  })
  await hub.record(patient, 'DischargeConditionsMet', { assessedOn: '2026-03-01' }, hospital)
  t.same((await told())?.slice(6), [READY], 'what the hospital says again, it says again')
})

t.test('needs neither a recorded stay nor a programme, and no more than a recorded end', async (t) => {
  const ward = await openWard(t)
  const { hub, boxes } = ward
  const told = async () => (await saidTo(hub, boxes)).centre ?? []
  const aid = { programme: 'MEDICAL_AID', registrationBasis: 'NEEDY_AID' }
  const patient = await hub.register(aid)
  await hub.record(patient, 'DiagnosisConfirmed', { confirmedOn: '2026-02-10' }, hospital)
  await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  t.same(await told(), [READY])
  await hub.record(patient, 'PatientDied', { date: '2026-03-01' })
  t.same(await told(), [READY, WITHDRAWN])

  const left = await inWard(ward)
  await leave(ward, left, '2026-02-26')
  await hub.record(left, 'DischargeConditionsMet', FIT, hospital)
  t.same((await told()).slice(2), [], 'who has left by then waits no more')
  await admit(hub, left, '2026-02-27')
  await hub.record(left, 'DischargeConditionsMet', { assessedOn: '2026-03-01' }, hospital)
  t.same((await told()).slice(2), [READY], 'until the next stay')
  await admit(hub, left, '2026-03-02')
  t.same((await told()).slice(3), [WITHDRAWN], 'whose beginning ends what was said in the one before')

  const kept = await hub.register({ identity: { idType: '9', status: 'UNKNOWN', sex: '0' } })
  await hub.record(kept, 'DiagnosisConfirmed', { confirmedOn: '2026-02-10' }, hospital)
  await hub.record(kept, 'ProcessingRestricted', { occurredAt: '2026-03-02', scope: 'DISCLOSURE' })
  await hub.record(kept, 'DischargeConditionsMet', { assessedOn: '2026-03-02' }, hospital)
  t.same((await told()).slice(4), [])
  await hub.record(kept, 'ProcessingRestrictionLifted', { occurredAt: '2026-03-02', scope: 'DISCLOSURE' })
  t.same((await told()).slice(4), [READY], 'what was said meanwhile rings once the restriction is lifted')
})

t.test(
  'outlasts the programme alone of all that the centre was told, and rests while processing is restricted',
  async (t) => {
    const ward = await openWard(t)
    const { hub, boxes } = ward
    const told = async () => (await saidTo(hub, boxes)).centre ?? []
    const patient = await inWard(ward)
    await hub.record(patient, 'RiskAssessed', { level: 4 })
    await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
    await hub.record(patient, 'ProgrammeClosed', { occurredAt: '2026-03-02' })
    t.same(await told(), [LEVEL, READY, CLOSED])
    const level = JSON.parse((await hub.delivery.renderer.render(boxes.centre, 0)).body).id
    t.same((await dataOf(ward, 2)).supersedes, [level], 'what a receiver holds of the discharge stands')

    await hub.record(patient, 'ProgrammeOpened', { programme: 'COMMUNITY_MANAGEMENT', occurredAt: '2026-03-02' })
    await hub.record(patient, 'ProgrammeClosed', { occurredAt: '2026-03-02' })
    t.same((await told()).slice(3), ['reinstated ALARM alert.health.assessment@2', CLOSED])
    const reinstated = JSON.parse((await hub.delivery.renderer.render(boxes.centre, 3)).body)
    const withdrawn = JSON.parse((await hub.delivery.renderer.render(boxes.centre, 2)).body)
    t.same(reinstated.data.supersedes, [level, withdrawn.id])

    await hub.record(patient, 'ProcessingRestricted', { occurredAt: '2026-03-02', scope: 'DISCLOSURE' })
    t.same((await told()).slice(5), [WITHDRAWN])
    await hub.record(patient, 'ProcessingRestrictionLifted', { occurredAt: '2026-03-02', scope: 'DISCLOSURE' })
    t.same((await told()).slice(6), [READY])

    const kept = await inWard(ward)
    await hub.record(kept, 'RiskAssessed', { level: 4 })
    await hub.record(kept, 'DischargeConditionsMet', FIT, hospital)
    const restricted = { occurredAt: '2026-03-02', scope: 'DISCLOSURE' }
    const mistake = await hub.record(kept, 'ProcessingRestricted', restricted)
    await hub.record(kept, 'ProgrammeClosed', { occurredAt: '2026-03-02' })
    await hub.retract(kept, mistake)
    t.same((await told()).slice(7), [LEVEL, READY, CLOSED, READY], 'an end that took the waiting too is believed')
  },
)

t.test('climbs when the programme is closed, where an alarm of the level ends; at death nothing is left', async (t) => {
  const ward = await openWard(t)
  const { hub, boxes, agencies } = ward
  await hub.placeUnder(EXAMPLE_UNIT, agencies.mhpc)
  const duty = await hub.dutyDesk(EXAMPLE_UNIT)
  const desk = deskOf(hub)
  const above = { duty, mhpc: boxes.mhpc }
  const states = () => desk.of(EXAMPLE_UNIT).map(({ kind, state }) => `${kind} ${state}`)
  const patient = await inWard(ward)
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  await hub.record(patient, 'ProgrammeClosed', { occurredAt: '2026-03-02' })
  await desk.refresh()
  const closed = desk.of(EXAMPLE_UNIT).find(({ kind }) => kind === 'withdrawn')?.alert ?? ''
  await desk.alerts.acknowledge(principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1'), closed)
  await desk.pass(15)
  await desk.pass(45)
  t.same(await saidTo(hub, above), { duty: [READY], mhpc: [LEVEL, CLOSED, READY] })
  t.same(states(), ['risk-assessed SUPERSEDED', 'discharge-ready OPEN', 'withdrawn ACKNOWLEDGED'])

  await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  t.same((await saidTo(hub, above)).mhpc?.slice(3), [WITHDRAWN], 'who stands above still knew of it')
  await desk.pass(1)
  t.same(states().slice(0, 2), ['risk-assessed SUPERSEDED', 'discharge-ready SUPERSEDED'])

  const dead = await inWard(ward)
  await hub.record(dead, 'RiskAssessed', { level: 4 })
  await hub.record(dead, 'DischargeConditionsMet', FIT, hospital)
  await hub.record(dead, 'PatientDied', { date: '2026-03-02' })
  await desk.pass(60)
  t.same((await saidTo(hub, above)).duty, [READY], 'of the dead nothing climbs')
  t.same(states().slice(4, 6), ['risk-assessed SUPERSEDED', 'discharge-ready SUPERSEDED'])
})

t.test('climbs though the end of the programme crossed the rung, and neither level nor danger does', async (t) => {
  const ward = await openWard(t)
  const { hub } = ward
  const duty = await hub.dutyDesk(EXAMPLE_UNIT)
  const patient = await inWard(ward)
  const level = await hub.record(patient, 'RiskAssessed', { level: 4 })
  const danger = await hub.record(patient, 'DangerousBehaviorReported', { kind: 5, at: '2026-03-02T08:00:00+08:00' })
  const ready = await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  await hub.record(patient, 'ProgrammeClosed', { occurredAt: '2026-03-02' })
  await hub.idle()
  for (const cause of [level, danger, ready]) await climb(ward, patient, cause)
  t.same(await saidTo(hub, { duty }), { duty: [READY] })
})

t.test('goes with the responsibility, and where the unit is no health centre by whoever has the place', async (t) => {
  const ward = await openWard(t)
  const { hub, boxes } = ward
  const other = await hub.enrol('CHC', ['371002009'])
  const there = await hub.mailbox(other)
  const patient = await inWard(ward)
  await hub.record(patient, 'DischargeConditionsMet', FIT, hospital)
  await hub.record(patient, 'BasicInfoUpdated', { responsibleUnit: other })
  t.same(await saidTo(hub, { centre: boxes.centre, there }), { centre: [READY, WITHDRAWN], there: [READY] })

  const homeless = await inWard(ward)
  const responsibleUnit = '0198f0aa-0000-7000-8000-00000000dead'
  const data = { responsibleUnit }
  await hub.recorder.appendNext({ stream: patientStream(homeless), type: 'BasicInfoUpdated', data })
  await hub.record(homeless, 'DischargeConditionsMet', FIT, hospital)
  t.equal((await saidTo(hub, boxes)).centre?.at(-1), READY)

  const enrolled = await hub.mailbox(await hub.enrol('CHC', ['371002008'], responsibleUnit))
  const desk = deskOf(hub)
  await desk.refresh()
  const alert = desk.of(EXAMPLE_UNIT).at(-1)?.alert ?? ''
  await desk.alerts.outcome(principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1'), alert, 'NOT_OURS')
  t.same(await saidTo(hub, { enrolled }), { enrolled: ['returned ALARM alert.discharge-ready@1'] })
  const { body } = await hub.delivery.renderer.render(enrolled, 0)
  t.match(JSON.parse(body).data.text, /退回责任单位处理：具备出院条件（2026-02-25评估，评估机构：示例HOSPITAL/)
})

t.test(
  'tells nobody under the first version, nor afterwards of what was said under it, also from the log alone',
  async (t) => {
    const ward = await openWard(t, { alerts: 1 })
    const { hub, boxes, temp } = ward
    const [early, late] = [await inWard(ward), await inWard(ward)]
    await hub.record(early, 'DischargeConditionsMet', FIT, hospital)
    await hub.record(early, 'RiskAssessed', { level: 4 })
    await hub.putAlertsInForce(2)
    await hub.record(late, 'DischargeConditionsMet', FIT, hospital)
    const before = await saidTo(hub, boxes)
    t.same(before.centre, ['risk-assessed ALARM alert.health.assessment@1', READY])
    const head = await hub.log.head()
    await hub.stop()
    for (const suffix of ['', '-wal', '-shm']) rmSync(hub.stateFile + suffix, { force: true })

    const again = await openSmallHub(await temp.reopen(), temp.dataDir)
    t.teardown(() => again.stop())
    await again.idle()
    t.equal(await again.log.head(), head, 'nothing rings that nobody was told of in time')
    t.same(await saidTo(again, boxes), before)
    await leave({ ...ward, hub: again }, late)
    await leave({ ...ward, hub: again }, early)
    t.same((await saidTo(again, boxes)).centre?.slice(2), [LEFT], 'who was told is remembered, and nobody else is told')

    await again.putAlertsInForce(3)
    await again.record(early, 'RiskAssessed', { level: 5 })
    await t.rejects(
      again.dispatcher.idle(),
      { code: 'HUB_UNKNOWN_VERSION' },
      'a version that it does not know, it does not guess',
    )
    t.same(said(await again.outbox(boxes.centre)).length, 3)
  },
)
