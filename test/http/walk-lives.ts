/**
 * Whole lives on a hub of the walk: every type of event that those who treat may record, the state read after each, so that
 * every member of a state is met, and an event that says all that an event can say beside its data.
 */
import { randomUUID } from 'node:crypto'
import { definitionOf } from '../../src/domain/catalogue.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { EXAMPLE_TYPES, exampleBody } from '../fixtures/example-events.js'
import type { RealHub } from './real-hub.js'

/** They begin and end a life, or are about another event. */
const OTHERS: readonly string[] = ['PatientRegistered', 'PatientDied', 'RecordRetracted']

export interface Treating {
  readonly doctor: IssuedKey
  readonly hospital: IssuedKey
}

/** Resolves with the person, who has died. */
export async function lived({ call, register }: RealHub, { doctor, hospital }: Treating): Promise<string> {
  const patientId = await register(doctor)
  const record = async (type: string, changes: object = {}): Promise<void> => {
    const by = definitionOf(type, 1).recorders.includes('CHC') ? doctor : hospital
    await call(by, 'POST', '/v1/events', { patientId, ...exampleBody(type), ...changes })
    await call(doctor, 'GET', `/v1/patients/${patientId}`)
  }

  const treating = EXAMPLE_TYPES.filter((type) => {
    const { recorders } = definitionOf(type, 1)
    return !OTHERS.includes(type) && (recorders.includes('CHC') || recorders.includes('HOSPITAL'))
  })
  for (const type of treating) await record(type)
  await record('StatutoryNoticeGiven', exampleBody('StatutoryNoticeGiven', { givenTo: undefined, exemption: 'ART18' }))
  await record('HospitalAdmitted', exampleBody('HospitalAdmitted', { date: '2026-04-02' }))
  await record('DischargeConditionsMet', exampleBody('DischargeConditionsMet', { assessedOn: '2026-04-03' }))
  const disputed = randomUUID()
  await record('FollowUpAttempted', { id: disputed })
  await record('RecordDisputed', exampleBody('RecordDisputed', { targetEventId: disputed }))
  await record('DataConsentGiven', exampleBody('DataConsentGiven', { signedOn: '2026-04-04' }))
  await record('ServiceApplied', exampleBody('ServiceApplied', { appliedOn: '2026-04-05' }))
  await record('RiskAssessed', exampleBody('RiskAssessed', { level: 2, assessedAt: '2026-04-01T10:00:00+08:00' }))
  await record('FollowUpAttempted')
  await corrected({ call, doctor, patientId })
  await record('PatientDied')
  await call(doctor, 'GET', `/v1/patients/${patientId}/history?asOf=2026-04-20&knownAt=2026-04-20`)
  return patientId
}

/** Somebody else's observation, sent again with a correction of it, that says on what ground and from where. */
async function corrected({
  call,
  doctor,
  patientId,
}: Pick<RealHub, 'call'> & { readonly doctor: IssuedKey; readonly patientId: string }): Promise<void> {
  const wrong = { patientId, id: randomUUID(), ...exampleBody('ConditionClassified') }
  for (let i = 0; i < 2; i++) await call(doctor, 'POST', '/v1/events', wrong)
  await call(doctor, 'POST', '/v1/events', {
    ...{ patientId, ...exampleBody('ConditionClassified', { class: 2 }), corrects: wrong.id },
    ...{ observedBy: 'staff-7', onBehalfOf: 'staff-8', legalBasis: ['W46'], source: { kind: 'import', ref: 'row-1' } },
  })
}
