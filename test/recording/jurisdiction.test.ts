import t from 'tap'
import type { Role } from '../../src/domain/event.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { doctor, enrolled, openRecording, principalOf, registerExample } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'

const OTHER_UNIT = '0198f0aa-0000-7000-8000-00000000dd00'
const CLINIC = '0198f0aa-0000-7000-8000-00000000cc00'
const WARD = '0198f0aa-0000-7000-8000-00000000aa00'
const OTHER_WARD = '0198f0aa-0000-7000-8000-00000000ab00'
const CENTRE = '0198f0aa-0000-7000-8000-00000000ac00'
const FAR_CENTRE = '0198f0aa-0000-7000-8000-00000000ad00'
const ID = '0199b000-0000-7000-8000-00000000000'
const FORBIDDEN = { code: 'HUB_FORBIDDEN' }

const ward = principalOf(WARD, 'HOSPITAL', 'staff-3')
const newDoctor = principalOf(OTHER_UNIT, 'CHC', 'staff-4')
const assessed = exampleBody('RiskAssessed', { assessedAt: '2026-03-01' })
const admitted = exampleBody('HospitalAdmitted', {
  date: '2026-03-01',
  route: 'VOLUNTARY',
  consentBy: 'PATIENT',
  guardianConsent: undefined,
})
const discharged = exampleBody('HospitalDischarged', { admitDate: '2026-03-01', dischargeDate: '2026-03-02' })
const handOver = { type: 'BasicInfoUpdated', data: { responsibleUnit: OTHER_UNIT } }
const missed = { ...exampleBody('FollowUpAttempted', { at: '2026-03-01' }), id: `${ID}1` }

const setup = async (t: Cleanup) => {
  const recording = await openRecording(t)
  const agencies: readonly (readonly [string, Role, readonly string[], string?])[] = [
    [OTHER_UNIT, 'CHC', ['371002002']],
    [CLINIC, 'VILLAGE', [], EXAMPLE_UNIT],
    [WARD, 'HOSPITAL', []],
    [OTHER_WARD, 'HOSPITAL', []],
    [CENTRE, 'MHPC', [EXAMPLE_TOWNSHIP.slice(0, 6)]],
    [FAR_CENTRE, 'MHPC', ['341522']],
  ]
  for (const agency of agencies) for (const event of enrolled(...agency)) recording.directory.apply(event)
  const patientId = await registerExample(recording.recorder)
  const record = (principal: typeof doctor, ...events: readonly object[]) =>
    recording.recorder.record(principal, { patientId, events })
  return { ...recording, patientId, record }
}

t.test(
  'a hospital states levels and discharges of those whom it admitted or diagnosed, and of nobody else',
  async (t) => {
    const { record } = await setup(t)

    await t.rejects(record(ward, assessed), FORBIDDEN)
    await t.rejects(record(ward, discharged), FORBIDDEN)
    t.match(await record(ward, admitted), { kind: 'recorded' })
    t.match(await record(ward, assessed), { kind: 'recorded' })
    await t.rejects(record(principalOf(OTHER_WARD, 'HOSPITAL'), assessed), FORBIDDEN, 'another hospital')
    t.match(await record(ward, discharged), { kind: 'recorded' })
  },
)

t.test('an admission or a diagnosis in the same write is enough', async (t) => {
  const { record } = await setup(t)

  t.match(await record(ward, admitted, assessed), { kind: 'recorded' })
  const diagnosed = exampleBody('DiagnosisConfirmed')
  t.match(await record(principalOf(OTHER_WARD, 'HOSPITAL'), diagnosed, assessed), { kind: 'recorded' })
})

t.test('a withdrawn admission leaves no say', async (t) => {
  const { record } = await setup(t)
  await record(ward, { ...admitted, id: `${ID}2` })
  await record(ward, { type: 'RecordRetracted', corrects: `${ID}2`, data: { scope: 'FACT', reason: '录入他人' } })

  await t.rejects(record(ward, assessed), FORBIDDEN)
})

t.test('another hospital may give the second opinion that excludes a diagnosis', async (t) => {
  const { record } = await setup(t)

  t.match(await record(ward, exampleBody('DiagnosisExcluded')), { kind: 'recorded' })
})

t.test('a prevention centre records of those who live in its area', async (t) => {
  const { record } = await setup(t)
  const excluded = exampleBody('DiagnosisExcluded')

  await t.rejects(record(principalOf(FAR_CENTRE, 'MHPC'), excluded), FORBIDDEN)
  t.match(await record(principalOf(CENTRE, 'MHPC'), excluded), { kind: 'recorded' })
})

t.test('a person is handed over to, and registered with, nothing but a health centre that takes part', async (t) => {
  const { record, recorder } = await setup(t)
  const violated = { code: 'HUB_RULE_VIOLATED', faults: [{ rule: 'unit.isHealthCentre' }] }
  const nobody = '0198f0aa-0000-7000-8000-00000000ee00'

  for (const responsibleUnit of [nobody, WARD, CLINIC]) {
    await t.rejects(record(doctor, { ...handOver, data: { responsibleUnit } }), violated, responsibleUnit)
  }
  t.match(await record(doctor, handOver), { kind: 'recorded' })
  await t.rejects(
    registerExample(recorder, { identity: { idType: '0', status: 'UNKNOWN', sex: '0' }, responsibleUnit: nobody }),
    FORBIDDEN,
  )
})

t.test('after a handover the old unit corrects its own facts, and records nothing new', async (t) => {
  const { record } = await setup(t)
  await record(doctor, missed)
  await record(doctor, handOver)
  const right = { ...exampleBody('FollowUpAttempted', { at: '2026-02-28' }), corrects: `${ID}1`, id: `${ID}2` }

  t.match(await record(doctor, right), { kind: 'recorded' })
  await t.rejects(record(doctor, exampleBody('FollowUpAttempted', { at: '2026-03-01' })), FORBIDDEN)
  await t.rejects(
    record(doctor, exampleBody('FollowUpAttempted', { at: '2026-03-01' }), {
      ...right,
      corrects: `${ID}2`,
      id: `${ID}3`,
    }),
    FORBIDDEN,
    'a correction opens no door for what is new',
  )
  await t.rejects(
    record(newDoctor, { ...right, corrects: `${ID}2`, id: `${ID}4` }),
    FORBIDDEN,
    'it is not the new unit\u2019s',
  )
})

t.test('a retraction is undone by the agency that made it or its superior, and by nobody else', async (t) => {
  const { record } = await setup(t)
  await record(doctor, missed)
  const retracted = {
    type: 'RecordRetracted',
    corrects: `${ID}1`,
    id: `${ID}2`,
    data: { scope: 'FACT', reason: '误录' },
  }
  await record(doctor, retracted)
  const undone = { type: 'RecordRetracted', corrects: `${ID}2`, data: { reason: '核对无误' } }

  await t.rejects(record(newDoctor, undone), FORBIDDEN)
  await t.rejects(record(ward, undone), FORBIDDEN)
  t.match(await record(doctor, undone), { kind: 'recorded' })
})

t.test(
  'a loss of contact names misses that are on record, from before a later contact too, and made-up ones never',
  async (t) => {
    const { record } = await setup(t)
    const misses = ['2026-01-15', '2026-01-20', '2026-01-25'].map((at, i) => ({
      ...exampleBody('FollowUpAttempted', { at }),
      id: `${ID}${i + 1}`,
    }))
    const reached = { ...exampleBody('FollowUpAttempted', { at: '2026-02-10', outcome: 'REACHED' }), id: `${ID}5` }
    await record(doctor, ...misses, reached)
    const lost = (...attemptIds: readonly string[]) => ({
      type: 'LossOfContactDeclared',
      data: { reason: 4, lastSeenOn: '2026-01-11', declaredAt: '2026-01-26', attemptIds },
    })
    const violated = { code: 'HUB_RULE_VIOLATED', faults: [{ rule: 'loss.attemptsInForce' }] }

    await t.rejects(record(doctor, lost(`${ID}1`, `${ID}2`, `${ID}9`)), violated, 'one is made up')
    await t.rejects(record(doctor, lost(`${ID}1`, `${ID}2`, `${ID}5`)), violated, 'one reached the person')
    const late = await record(doctor, lost(`${ID}1`, `${ID}2`, `${ID}3`))
    t.match(late, { kind: 'recorded', warnings: [{ rule: 'loss.attemptsKnown' }] }, 'typed after the contact')
    await record(doctor, { type: 'RecordRetracted', corrects: `${ID}3`, data: { scope: 'FACT', reason: '误录' } })
    await t.rejects(record(doctor, lost(`${ID}1`, `${ID}2`, `${ID}3`)), violated, 'one was withdrawn')
  },
)

t.test('names in the clear are refused, wherever a reference is expected', async (t) => {
  const { record, recorder, patientId } = await setup(t)
  const spoken = '邻居王小明 13800001111'

  for (const member of ['observedBy', 'onBehalfOf']) {
    await t.rejects(record(doctor, { ...assessed, [member]: spoken }), {
      code: 'HUB_INVALID_EVENT',
      faults: [{ pointer: `/${member}` }],
    })
  }
  await t.rejects(record(doctor, { ...assessed, legalBasis: ['W46', spoken] }), { code: 'HUB_INVALID_EVENT' })
  const whole = { ...assessed, observedBy: 'staff-7', onBehalfOf: 'agency-1', legalBasis: ['W46', 'MHL 30(2)'] }
  t.match(await recorder.record(doctor, { patientId, events: [whole] }), { kind: 'recorded' })
})

t.test('a health role that names somebody without an ID number is told what is missing', async (t) => {
  const { recorder } = await setup(t)

  const refused = recorder.record(doctor, { person: { name: '张示例' }, events: [assessed] })

  await t.rejects(refused, { code: 'HUB_INVALID_EVENT', faults: [{ pointer: '/person/idNumber' }] })
  await t.rejects(refused, { message: /^(?!.*张示例).*person\.idNumber/ })
})
