import t from 'tap'
import { HEALTH_ROLES, isHealthRole, mayCorrect, mayRecord, recordableTypes } from '../../src/domain/authority.js'
import { definitionOf, PERSON_EVENTS } from '../../src/domain/catalogue.js'
import { ROLES } from '../../src/domain/event.js'
import { HUB_EVENTS } from '../../src/domain/hub-events.js'

/** What each role may record, as policy §3 says; roles that are not here may only retract what they recorded. */
const MAY_RECORD: Readonly<Record<string, readonly string[]>> = {
  VILLAGE: ['FollowUpAttempted', 'FollowUpCompleted'],
  HOSPITAL: [
    ...['DiagnosisConfirmed', 'DiagnosisExcluded', 'HospitalAdmitted', 'HospitalDischarged', 'RiskAssessed'],
    ...['FunctionAssessed', 'DischargeConditionsMet'],
  ],
  MHPC: ['DiagnosisExcluded'],
  POLICE: ['ContactRegained', 'DangerousBehaviorReported', 'PublicSafetyIncidentRecorded', 'ReturnReceived'],
  PL: ['ReturnReceived'],
  COMMUNITY: ['DangerousBehaviorReported', 'GuardianChanged', 'GuardianDesignated', 'GuardianEnded'],
  LEADING_OFFICE: ['ProgrammeClosed', 'ProgrammeOpened'],
  CA: [
    ...['ServiceApplied', 'ApplicationDecided', 'FlagsUpdated', 'InsuranceEnrollmentRecorded'],
    ...['HomelessSuspectedPatientEscorted', 'TemporaryLivingAidGranted', 'ReturnHomeAssisted'],
  ],
  RELIEF: ['HomelessSuspectedPatientEscorted', 'TemporaryLivingAidGranted', 'ReturnHomeAssisted'],
  DPF: [
    ...['ServiceApplied', 'ApplicationDecided', 'FlagsUpdated'],
    ...['RehabilitationServiceDelivered', 'RehabilitationProgrammeLinked', 'ReturnReceived'],
  ],
  LABOUR: ['ServiceApplied', 'ApplicationDecided', 'InsuranceEnrollmentRecorded'],
  HIB: ['InsuranceEnrollmentRecorded'],
}
/** Not the health centre's to say. */
const NOT_CHC = [
  'DiagnosisConfirmed',
  'DiagnosisExcluded',
  'HospitalAdmitted',
  'HospitalDischarged',
  'PublicSafetyIncidentRecorded',
  'FunctionAssessed',
  'DischargeConditionsMet',
  'HomelessSuspectedPatientEscorted',
  'TemporaryLivingAidGranted',
  'ReturnHomeAssisted',
  'InsuranceEnrollmentRecorded',
  'ReturnReceived',
]

t.test('each role records what the policy names it for, and nothing else', async (t) => {
  for (const role of ROLES) {
    const types = recordableTypes(role).filter((type) => type !== 'RecordRetracted')
    const expected =
      role === 'CHC'
        ? PERSON_EVENTS.map(({ type }) => type).filter((type) => type !== 'RecordRetracted' && !NOT_CHC.includes(type))
        : (MAY_RECORD[role] ?? [])
    t.same([...types].sort(), [...expected].sort(), role)
  }
})

t.test('nobody sends the hub\u2019s own events, and hub and auditor record nothing', async (t) => {
  for (const definition of HUB_EVENTS)
    t.notOk(
      ROLES.some((role) => mayRecord(role, definition)),
      definition.type,
    )
  t.same(recordableTypes('HUB'), [])
  t.same(recordableTypes('AUDITOR'), [])
  t.notOk(mayRecord('PL', definitionOf('RiskAssessed', 1)))
})

t.test('health roles are those that care', async (t) => {
  t.same(ROLES.filter(isHealthRole), [...HEALTH_ROLES])
  for (const role of ['POLICE', 'PL', 'CA', 'HUB', 'AUDITOR'] as const) t.notOk(isHealthRole(role))
})

t.test('a fact is corrected by its agency or by one above it', async (t) => {
  const isSuperior = (superior: string, of: string): boolean => superior === 'bureau' && of === 'centre'

  t.ok(mayCorrect('centre', 'centre', isSuperior))
  t.ok(mayCorrect('bureau', 'centre', isSuperior))
  t.notOk(mayCorrect('centre', 'bureau', isSuperior))
  t.notOk(mayCorrect('other', 'centre', isSuperior))
})
