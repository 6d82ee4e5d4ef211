import t from 'tap'
import { patientIdOf } from '../../src/domain/derived-ids.js'
import { effectiveHistory } from '../../src/domain/effective-history.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import { type HubError, isHubError } from '../../src/kernel/errors.js'
import { openedData } from '../../src/recording/same-content.js'
import { EXAMPLE_TOWNSHIP, exampleBody } from '../fixtures/example-events.js'
import { faultyLog } from '../fixtures/faulty-log.js'
import {
  doctor,
  eventsOf,
  LOG_ID,
  officer,
  openRecording,
  principalOf,
  registerExample,
} from '../fixtures/recording.js'

const REGISTRATION = '0199a25b-c33c-7f04-81a9-1bd0472a63a2'
const ID = '0199b000-0000-7000-8000-00000000000'

t.test('a registration gets the patient id that its own id derives, and seals what names the person', async (t) => {
  const { recorder, log, store } = await openRecording(t)

  const patientId = await registerExample(recorder, {}, REGISTRATION)

  t.equal(patientId, patientIdOf(LOG_ID, REGISTRATION))
  const [event] = await eventsOf(log, `patient-${patientId}`)
  if (!event) throw new Error('nothing stored')
  t.notMatch(JSON.stringify(event), /张示例|11010519491231002X|示例路/)
  t.match(await openedData(event, store.store.vault), {
    identity: { name: '张示例' },
    presentAddress: { text: '示例路1号' },
  })
})

t.test(
  'the same event again gets the first receipt, for ever, also after a restart and after later facts',
  async (t) => {
    const recording = await openRecording(t)
    const patientId = await registerExample(recording.recorder)
    const write = {
      patientId,
      events: [{ ...exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-05-20' }), id: `${ID}1` }],
    }
    const first = await recording.recorder.record(doctor, write)
    await recording.recorder.record(doctor, { patientId, events: [exampleBody('PatientDied', { date: '2026-03-02' })] })

    const again = await recording.recorder.record(doctor, write)

    t.equal(first.kind, 'recorded')
    t.same(again, { kind: 'known', receipts: first.kind === 'recorded' ? first.receipts : [] })
  },
)

t.test('the same id with other content is refused and tells where it stands', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const body = (note: string) => ({
    ...exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-05-20', note }),
    id: `${ID}1`,
  })
  await recorder.record(doctor, { patientId, events: [body('安好')] })

  const refused = recorder.record(doctor, { patientId, events: [body('不同')] })

  await t.rejects(refused, { code: 'HUB_DIFFERENT_CONTENT', data: { id: `${ID}1`, revision: 1 } })
})

t.test('a visit is one atomic append: one broken rule and nothing of it is stored', async (t) => {
  const { recorder, log } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const followUp = exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-05-20' })
  const badFollowUp = exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-02-20' })
  const assessment = exampleBody('RiskAssessed', { assessedAt: '2026-03-01' })

  const refused = recorder.record(doctor, { patientId, events: [assessment, badFollowUp] })

  await t.rejects(refused, { code: 'HUB_RULE_VIOLATED' })
  t.equal((await eventsOf(log, `patient-${patientId}`)).length, 1)
  const visit = await recorder.record(doctor, { patientId, events: [followUp, assessment] })
  t.match(visit, { kind: 'recorded', receipts: [{ revision: 1 }, { revision: 2 }] })
})

t.test('a group is known whole, adjacent and in order, or not at all', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const one = { ...exampleBody('FollowUpAttempted', { at: '2026-03-01' }), id: `${ID}1` }
  const two = { ...exampleBody('RiskAssessed', { assessedAt: '2026-03-01' }), id: `${ID}2` }
  const three = { ...exampleBody('ConditionClassified'), occurredAt: '2026-03-01', id: `${ID}3` }
  const first = await recorder.record(doctor, { patientId, events: [one, two] })

  t.same(await recorder.record(doctor, { patientId, events: [one, two] }), {
    kind: 'known',
    receipts: first.kind === 'recorded' ? first.receipts : [],
  })
  await t.rejects(recorder.record(doctor, { patientId, events: [two, one] }), { code: 'HUB_MIXED_GROUP' })
  await t.rejects(recorder.record(doctor, { patientId, events: [two, three] }), {
    code: 'HUB_MIXED_GROUP',
    data: { known: [{ id: `${ID}2`, revision: 2 }] },
  })
})

t.test('a correction names the version in force, of the same type, by the agency that recorded it', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const assessed = {
    ...exampleBody('RiskAssessed', {
      assessedAt: '2026-03-01',
      level: 4,
      evidence: ['NOT_STOPPABLE'],
      targets: 'PERSON',
    }),
    id: `${ID}1`,
  }
  await recorder.record(doctor, { patientId, events: [assessed] })
  const correction = {
    ...exampleBody('RiskAssessed', {
      assessedAt: '2026-03-01',
      level: 2,
      evidence: ['SMASHING_AT_HOME'],
      targets: 'PROPERTY',
    }),
    id: `${ID}2`,
    corrects: `${ID}1`,
  }

  t.match(await recorder.record(doctor, { patientId, events: [correction] }), {
    kind: 'recorded',
    receipts: [{ revision: 2 }],
  })
  await t.rejects(recorder.record(doctor, { patientId, events: [{ ...correction, id: `${ID}3` }] }), {
    code: 'HUB_BAD_CORRECTION',
  })
  await t.rejects(
    recorder.record(doctor, {
      patientId,
      events: [{ ...exampleBody('FollowUpAttempted', { at: '2026-03-01' }), corrects: `${ID}2` }],
    }),
    { code: 'HUB_BAD_CORRECTION' },
  )
  const hospital = principalOf('0198f0aa-0000-7000-8000-0000000000aa', 'HOSPITAL')
  await t.rejects(
    recorder.record(hospital, { patientId, events: [{ ...correction, id: `${ID}4`, corrects: `${ID}2` }] }),
    { code: 'HUB_FORBIDDEN' },
  )
})

t.test('a retraction says its scope, and the retraction of a retraction has none', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const attempted = { ...exampleBody('FollowUpAttempted', { at: '2026-03-01' }), id: `${ID}1` }
  await recorder.record(doctor, { patientId, events: [attempted] })
  const retract = (n: number, corrects: number, scope?: string) => ({
    type: 'RecordRetracted',
    data: { reason: '录入错误', ...(scope === undefined ? {} : { scope }) },
    id: `${ID}${n}`,
    corrects: `${ID}${corrects}`,
  })

  await t.rejects(recorder.record(doctor, { patientId, events: [retract(2, 1)] }), { code: 'HUB_RULE_VIOLATED' })
  t.match(await recorder.record(doctor, { patientId, events: [retract(3, 1, 'FACT')] }), { kind: 'recorded' })
  t.match(await recorder.record(doctor, { patientId, events: [retract(4, 3)] }), { kind: 'recorded' })
})

t.test('one ID number is one record, also when two register at the same instant', async (t) => {
  const { recorder } = await openRecording(t)

  const outcomes = await Promise.allSettled([registerExample(recorder), registerExample(recorder)])

  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  const refused = outcomes.find((outcome) => outcome.status === 'rejected')
  t.ok(refused?.status === 'rejected' && isHubError(refused.reason, 'HUB_IDENTITY_CLAIMED'))
})

t.test('roles, units and unknown persons are refused by name', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const followUp = exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-05-20' })

  await t.rejects(recorder.record(officer, { patientId, events: [followUp] }), { code: 'HUB_FORBIDDEN' })
  await t.rejects(recorder.record(principalOf(POLICE_UNIT, 'CHC'), { patientId, events: [followUp] }), {
    code: 'HUB_FORBIDDEN',
  })
  await t.rejects(recorder.record(doctor, { patientId: REGISTRATION, events: [followUp] }), { code: 'HUB_NOT_FOUND' })
  await t.rejects(recorder.record(doctor, { patientId, expectedRevision: 7, events: [followUp] }), {
    code: 'HUB_REVISION_CONFLICT',
    data: { actualRevision: 0 },
  })
})

const POLICE_UNIT = '0198f0aa-0000-7000-8000-00000000dddd'

t.test('a write that names a person is held with the same answer, whether the person is known or not', async (t) => {
  const { recorder, log } = await openRecording(t)
  await registerExample(recorder)
  const report = (n: number) => ({ ...exampleBody('DangerousBehaviorReported', { at: '2026-03-01' }), id: `${ID}${n}` })

  const known = await recorder.record(officer, {
    person: { idNumber: '11010519491231002X', name: '张示例', township: EXAMPLE_TOWNSHIP },
    events: [report(1)],
  })
  const unknown = await recorder.record(officer, {
    person: { idNumber: '440524188001010014', name: '李无名', township: EXAMPLE_TOWNSHIP },
    events: [report(2)],
  })
  const again = await recorder.record(officer, {
    person: { idNumber: '11010519491231002X', name: '张示例', township: EXAMPLE_TOWNSHIP },
    events: [report(1)],
  })

  t.same(Object.keys(known), Object.keys(unknown))
  t.same(again, known)
  const [held] = known.kind === 'held' ? await eventsOf(log, `held-${known.heldId}`) : []
  t.match(held, { type: 'WriteHeld', data: { heldType: 'DangerousBehaviorReported' } })
  t.notMatch(JSON.stringify(held), /张示例|11010519491231002X/)
  await t.rejects(
    recorder.record(officer, {
      person: { name: '张示例', township: EXAMPLE_TOWNSHIP },
      events: [{ ...report(1), data: { ...report(1).data, injured: 3 } }],
    }),
    { code: 'HUB_DIFFERENT_CONTENT' },
  )
})

for (const fault of ['persisted', 'not-persisted'] as const) {
  t.test(`an append that failed, ${fault}, is settled by the log and stored at most once`, async (t) => {
    const faulty: { log?: ReturnType<typeof faultyLog> } = {}
    const { recorder, log } = await openRecording(t, (real) => {
      faulty.log = faultyLog(real)
      return faulty.log
    })
    const patientId = await registerExample(recorder)
    const write = { patientId, events: [{ ...exampleBody('FollowUpAttempted', { at: '2026-03-01' }), id: `${ID}1` }] }
    faulty.log?.failNext(fault)

    await t.rejects(recorder.record(doctor, write), { code: 'HUB_OUTCOME_UNKNOWN' })

    await t.rejects(
      recorder.record(doctor, { patientId, events: [exampleBody('FollowUpAttempted', { at: '2026-03-01' })] }),
      { code: 'HUB_OUTCOME_UNKNOWN' },
    )
    while (recorder.unsettledStreams() > 0) await new Promise((resolve) => setImmediate(resolve))
    t.match(await recorder.record(doctor, write), { kind: 'known', receipts: [{ id: `${ID}1`, revision: 1 }] })
    t.equal((await eventsOf(log, `patient-${patientId}`)).length, 2)
  })
}

t.test('recordedAt never runs behind the stream, and a clock far behind records nothing', async (t) => {
  const { deps, recorder, log } = await openRecording(t)
  const patientId = await registerExample(recorder)
  deps.clockGuard.saw('2026-03-02T09:35:00.000+08:00')
  t.equal(deps.clockGuard.behindMs(), 5 * 60_000)

  await recorder.record(doctor, { patientId, events: [exampleBody('FollowUpAttempted', { at: '2026-03-01' })] })

  const recorded = (await eventsOf(log, `patient-${patientId}`)).map(({ recordedAt }) => recordedAt)
  t.ok((recorded[1] ?? '') >= (recorded[0] ?? ''))
  deps.clockGuard.saw('2026-03-02T09:45:00.000+08:00')
  await t.rejects(
    recorder.record(doctor, { patientId, events: [exampleBody('FollowUpAttempted', { at: '2026-03-01' })] }),
    { code: 'HUB_CLOCK_BEHIND' },
  )
})

t.test('what does not fit its schema is told with every place and no value', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const refuse = async (event: unknown): Promise<HubError> => {
    try {
      await recorder.record(doctor, { patientId, events: [event] })
    } catch (error) {
      if (isHubError(error)) return error
    }
    throw new Error('it was accepted')
  }
  const good = exampleBody('FollowUpCompleted', { date: '2026-03-01', nextDate: '2026-05-20' })

  t.equal((await refuse({ type: 'MadeUp', data: {} })).code, 'HUB_UNKNOWN_TYPE')
  t.equal((await refuse({ ...good, data: { ...good.data, secret: '绝密' } })).faults[0]?.pointer, '/data/secret')
  t.equal((await refuse({ ...good, data: { ...good.data, date: '2026-02-30' } })).faults[0]?.pointer, '/data/date')
  t.equal((await refuse({ ...good, occurredAt: '2026-03-01' })).faults[0]?.pointer, '/occurredAt')
  t.equal((await refuse({ ...good, data: { ...good.data, note: null } })).faults[0]?.pointer, '/data/note')
  const surrogate = await refuse({ ...good, data: { ...good.data, note: '绝密\ud800' } })
  t.match(surrogate.faults[0], { pointer: '/data/note' })
  t.notMatch(JSON.stringify(surrogate.faults) + surrogate.message, /绝密/)
  t.equal(
    (await refuse({ ...good, data: { ...good.data, date: '2026-04-02', nextDate: '2026-05-20' } })).code,
    'HUB_RULE_VIOLATED',
    'the future',
  )
})

t.test('has the state after the last event in mind, and that is what history folds to', async (t) => {
  const { recorder, log } = await openRecording(t)
  const patientId = await registerExample(recorder)
  const stream = `patient-${patientId}`
  const assessed = { ...exampleBody('RiskAssessed', { assessedAt: '2026-03-01' }), id: `${ID}1` }
  const late = exampleBody('RiskAssessed', { assessedAt: '2026-02-01', level: 0, evidence: [], targets: 'NONE' })
  const acts = [
    exampleBody('FollowUpCompleted', { date: '2026-02-20', nextDate: '2026-04-20' }),
    assessed,
    late,
    exampleBody('BasicInfoUpdated', { presentTownship: '371002002', presentAddress: { text: '新址9号' } }),
    exampleBody('GuardianDesignated'),
    { ...exampleBody('RiskAssessed', { assessedAt: '2026-03-01', level: 1 }), corrects: assessed.id },
    exampleBody('FollowUpAttempted', { at: '2026-03-02' }),
  ]
  let known = 0
  for (const [i, act] of acts.entries()) {
    await recorder.record(doctor, { patientId, events: [act] })
    const state = recorder.stateAt(stream, i + 1)
    if (state) {
      known++
      t.strictSame(state, foldPatient(effectiveHistory(await eventsOf(log, stream))), act.type)
    }
    t.equal(recorder.stateAt(stream, i), undefined, 'of no earlier event')
  }

  t.ok(known >= 3, `${known}: what is late or corrects is folded from the log when it is needed`)
})
