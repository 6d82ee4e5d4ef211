/** Rules of every person event: when it can have happened, and that there is somebody it can have happened to. */
import { dayOfTime } from '../../kernel/dates.js'
import { isInFuture, type Rule } from './rule.js'

const EARLIEST_DAY = '1900-01-01'

/** What only a living person does or is done to; the rest (basics, programmes, diagnoses, a discharge) may follow death. */
export const LIVING_TYPES: readonly string[] = [
  'PatientRegistered',
  'ServiceConsentGiven',
  'ServiceConsentRefused',
  'ServiceConsentWithdrawn',
  'FollowUpAttempted',
  'FollowUpCompleted',
  'RiskAssessed',
  'ConditionClassified',
  'LossOfContactDeclared',
  'ContactRegained',
  'VisitRefused',
  'PatientRelocated',
  'PatientDied',
  'HospitalAdmitted',
  'PublicSafetyIncidentRecorded',
  'DangerousBehaviorReported',
  'GuardianDesignated',
  'GuardianChanged',
  'DataConsentGiven',
  'ServiceApplied',
  'FunctionAssessed',
  'DischargeConditionsMet',
  'HomelessSuspectedPatientEscorted',
  'TemporaryLivingAidGranted',
  'ReturnHomeAssisted',
  'RehabilitationServiceDelivered',
  'RehabilitationProgrammeLinked',
]

export const EVENT_RULES: readonly Rule[] = [
  {
    id: 'event.notInFuture',
    types: 'ALL',
    severity: 'error',
    clause: 'policy §3.1',
    pointer: 'MOMENT',
    zh: '发生时间不能晚于记录时间',
    en: 'it cannot have happened after it is recorded (5 minutes of skew allowed)',
    isBroken: ({ event, context }) => event.occurredAt !== undefined && isInFuture(event.occurredAt, context.now),
  },
  {
    id: 'event.timePlausible',
    types: 'ALL',
    severity: 'error',
    clause: 'fact',
    pointer: 'MOMENT',
    zh: '发生时间过早，请核对年份',
    en: 'expected a date in or after 1900',
    isBroken: ({ day }) => day < EARLIEST_DAY,
  },
  {
    id: 'patient.registered',
    types: 'ALL',
    severity: 'error',
    clause: 'W45',
    pointer: '',
    zh: '该患者尚未建档或建档记录已撤销',
    en: 'the person is not registered, or the registration was retracted',
    isBroken: ({ event, state }) =>
      state.registered === undefined &&
      event.corrects === undefined &&
      event.type !== 'PatientRegistered' &&
      event.type !== 'RecordRetracted',
  },
  {
    id: 'patient.alive',
    types: LIVING_TYPES,
    severity: 'error',
    clause: 'fact',
    pointer: 'MOMENT',
    zh: '患者已登记死亡；如死亡记录有误，请先更正或撤销',
    en: 'the person has died; if that is wrong, correct or retract the death first',
    isBroken: ({ day, state }) => state.died !== undefined && day > dayOfTime(state.died.on),
  },
  {
    id: 'death.once',
    types: ['PatientDied'],
    severity: 'error',
    clause: 'fact',
    pointer: '',
    zh: '死亡已登记；如需修改请更正原记录',
    en: 'the death is already recorded: correct that record instead',
    isBroken: ({ event, state }) => state.died !== undefined && event.corrects === undefined,
  },
  {
    id: 'death.nothingAfter',
    types: ['PatientDied'],
    severity: 'warning',
    clause: 'fact',
    pointer: 'MOMENT',
    zh: '死亡日期之后已有随访或评估记录，请核对',
    en: 'a follow-up or assessment after this date is recorded, please check',
    isBroken: ({ day, state }) =>
      [state.lastFollowUp?.date, state.risk?.assessedAt].some((time) => time !== undefined && dayOfTime(time) > day),
  },
  {
    id: 'death.somaticCauseOnlyThen',
    types: ['PatientDied'],
    severity: 'error',
    clause: 'policy §4.4',
    pointer: '/data/somaticCause',
    zh: '死因为躯体疾病时才填写躯体疾病死因',
    en: 'a somatic cause belongs to death by somatic disease only',
    isBroken: ({ data }) => data.somaticCause !== undefined && data.cause !== 1,
  },
  {
    id: 'retraction.namesItsTarget',
    types: ['RecordRetracted'],
    severity: 'error',
    clause: 'design §3',
    pointer: '/corrects',
    zh: '请在 corrects 中指明要撤销的记录',
    en: 'expected corrects to name the version in force that is taken back',
    isBroken: ({ event }) => event.corrects === undefined,
  },
  {
    id: 'retraction.scope',
    types: ['RecordRetracted'],
    severity: 'error',
    clause: 'design §3',
    pointer: '/data/scope',
    zh: '撤销事实须注明范围；撤销“撤销”时不填范围',
    en: 'a fact is taken back with a scope, a retraction without one',
    isBroken: ({ data, context }) =>
      context.correctsRetraction !== undefined && context.correctsRetraction !== (data.scope === undefined),
  },
]
