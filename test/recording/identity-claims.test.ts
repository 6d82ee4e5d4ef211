import t from 'tap'
import { MINUTE } from '../../src/kernel/dates.js'
import { CLAIM_TAKEOVER_MS } from '../../src/vault/remembering-vault.js'
import { exampleBody } from '../fixtures/example-events.js'
import { doctor, openRecording, registerExample } from '../fixtures/recording.js'

const OWN = '11010519491231002X'
const OTHER = '440524188001010014'
const ID = '0199b000-0000-7000-8000-00000000000'
const CLAIMED = { code: 'HUB_IDENTITY_CLAIMED' }

const identity = (idNumber: string, idType = '1') => ({
  identity: { name: '张示例', idType, idNumber, status: 'CLAIMED', sex: '2' },
})
const retraction = (corrects: string, scope?: 'FACT' | 'VERSION') => ({
  type: 'RecordRetracted',
  corrects,
  data: { reason: '录入错误', ...(scope === undefined ? {} : { scope }) },
})

t.test('takes one ID number for one person, however it is spelt and under whatever kind of document', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, identity(OWN))

  for (const spelling of [`${OWN} `, ` ${OWN.toLowerCase()}`, '１１０１０５１９４９１２３１００２Ｘ']) {
    await t.rejects(registerExample(recorder, identity(spelling)), CLAIMED, JSON.stringify(spelling))
  }
  await t.rejects(registerExample(recorder, identity(OWN, '9')), CLAIMED, 'another kind of document')
  const visit = exampleBody('FollowUpAttempted', { at: '2026-03-01' })
  const found = await recorder.record(doctor, { person: { idNumber: `110105 19491231 002x ` }, events: [visit] })
  t.match(found, { kind: 'recorded', receipts: [{ stream: `patient-${patientId}` }] })
})

t.test('registers again whose registration was withdrawn', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, {}, `${ID}1`)
  await recorder.record(doctor, { patientId, events: [retraction(`${ID}1`, 'FACT')] })

  const again = await registerExample(recorder)

  t.not(again, patientId)
  await t.rejects(registerExample(recorder), CLAIMED, 'and then it is the new record\u2019s')
})

t.test('gives a mistyped number to its true owner once it is corrected, and not before', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, identity(OTHER), `${ID}1`)
  const corrected = { ...exampleBody('PatientRegistered', identity(OWN)), corrects: `${ID}1` }
  await t.rejects(registerExample(recorder, identity(OTHER)), CLAIMED)
  await recorder.record(doctor, { patientId, events: [corrected] })

  const owner = await registerExample(recorder, identity(OTHER))

  t.not(owner, patientId)
  await t.rejects(registerExample(recorder, identity(OWN)), CLAIMED, 'the corrected record keeps what it states now')
})

t.test('keeps a number that an earlier fact of the record still states', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, identity(OWN))
  await recorder.record(doctor, { patientId, events: [exampleBody('BasicInfoUpdated', identity(OTHER))] })

  await t.rejects(registerExample(recorder, identity(OWN)), CLAIMED)
  await t.rejects(registerExample(recorder, identity(OTHER)), CLAIMED)
})

t.test('puts no number back in force that another record states by now', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, {}, `${ID}1`)
  const taken = { ...retraction(`${ID}1`, 'FACT'), id: `${ID}2` }
  await recorder.record(doctor, { patientId, events: [taken] })
  await registerExample(recorder)

  const undone = recorder.record(doctor, { patientId, events: [retraction(`${ID}2`)] })

  await t.rejects(undone, CLAIMED)
})

t.test('puts a registration back in force where nobody took its number', async (t) => {
  const { recorder } = await openRecording(t)
  const patientId = await registerExample(recorder, {}, `${ID}1`)
  await recorder.record(doctor, { patientId, events: [{ ...retraction(`${ID}1`, 'FACT'), id: `${ID}2` }] })

  const undone = await recorder.record(doctor, { patientId, events: [retraction(`${ID}2`)] })

  t.match(undone, { kind: 'recorded' })
  await t.rejects(registerExample(recorder), CLAIMED)
})

t.test('waits ten minutes for a claim whose event may still come', async (t) => {
  const { recorder, deps } = await openRecording(t)
  await deps.vault.claim(['1', OWN], 'patient-of-a-crash', `${ID}1`, async () => 'UNUSED')

  await t.rejects(registerExample(recorder), CLAIMED)
  t.equal(CLAIM_TAKEOVER_MS, 10 * MINUTE)
})
