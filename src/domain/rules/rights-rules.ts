/** Rules of consents to recipients, applications, notices, restriction and disputes (policy §3.3, §6.3). */
import { dayOfTime } from '../../kernel/dates.js'
import { type BasisRecipient, type ConsentPurpose, PROGRAMMES_OF, type ServiceProgramme } from '../code-lists/rights.js'
import type { EventData } from '../event.js'
import type { PatientState } from '../patient-state.js'
import { readText } from '../read-data.js'
import type { Rule } from './rule.js'

const CONSENTS = ['DataConsentGiven', 'DataConsentWithdrawn']
const APPLICATIONS = ['ServiceApplied', 'ApplicationDecided']

/** The purpose for which each recipient asks; another is another's (W44). */
const PURPOSE_OF: Readonly<Record<BasisRecipient, ConsentPurpose>> = {
  CA: 'SOCIAL_ASSISTANCE',
  DPF: 'REHABILITATION',
  LABOUR: 'EMPLOYMENT',
}

export const RIGHTS_RULES: readonly Rule[] = [
  {
    id: 'dataConsent.purposeOfRecipient',
    types: CONSENTS,
    severity: 'error',
    clause: 'PIPL 23, W44',
    pointer: '/data/purposeCode',
    zh: '该提供目的不属于所选接收单位的职责',
    en: 'the purpose is not one of this recipient',
    isBroken: ({ data }) => PURPOSE_OF[readText(data, 'recipientRole') as BasisRecipient] !== data.purposeCode,
  },
  {
    id: 'dataConsent.fieldSetExists',
    types: ['DataConsentGiven'],
    severity: 'error',
    clause: 'PIPL 14, 23',
    pointer: '/data/fieldSetId',
    zh: '没有向该单位为该目的提供的此字段集',
    en: 'expected a field set that this recipient is given for this purpose',
    isBroken: ({ data, context }) =>
      context.isFieldSetFor?.(
        readText(data, 'recipientRole'),
        readText(data, 'purposeCode'),
        readText(data, 'fieldSetId'),
      ) === false,
  },
  {
    id: 'dataConsent.wasGiven',
    types: ['DataConsentWithdrawn'],
    severity: 'warning',
    clause: 'PIPL 15',
    pointer: '',
    zh: '无相应的同意可撤回，请核对',
    en: 'no such consent stands that could be withdrawn, please check',
    isBroken: ({ data, state }) =>
      !state.dataConsents?.some(
        ({ recipient, purpose }) => recipient === data.recipientRole && purpose === data.purposeCode,
      ),
  },
  {
    id: 'dataConsent.withdrawnAfterGiven',
    types: ['DataConsentWithdrawn'],
    severity: 'error',
    clause: 'PIPL 15',
    pointer: 'MOMENT',
    zh: '撤回日期早于同意日期，同意将继续有效；请核对日期，或更正、撤销该同意',
    en: 'before the day of the consent, which would stand: check the day, or correct or retract the consent',
    isBroken: ({ data, state, day }) =>
      state.dataConsents?.some(
        ({ recipient, purpose, on }) =>
          recipient === data.recipientRole && purpose === data.purposeCode && dayOfTime(on) > day,
      ) === true,
  },
  {
    id: 'notice.givenOrExempt',
    types: ['StatutoryNoticeGiven'],
    severity: 'error',
    clause: 'PIPL 17, 18, 35',
    pointer: '/data/givenTo',
    zh: '请填写告知对象，或不予告知的依据，二者择一',
    en: 'expected to whom it was given or why nobody is told, one of the two',
    isBroken: ({ data }) => (data.givenTo === undefined) === (data.exemption === undefined),
  },
  {
    id: 'application.programmeOfRecipient',
    types: APPLICATIONS,
    severity: 'error',
    clause: 'W44',
    pointer: '/data/programme',
    zh: '该项目不由所选单位受理',
    en: 'this programme is not one of this agency',
    isBroken: ({ data }) =>
      !PROGRAMMES_OF[readText(data, 'recipientRole') as BasisRecipient].includes(
        readText(data, 'programme') as ServiceProgramme,
      ),
  },
  {
    id: 'application.ownOffice',
    types: APPLICATIONS,
    severity: 'error',
    clause: 'W44, PIPL 6',
    pointer: '/data/recipientRole',
    zh: '只能登记本单位受理的申请',
    en: 'an office records applications to itself alone',
    isBroken: ({ data, context }) => context.role !== 'CHC' && context.role !== data.recipientRole,
  },
  {
    id: 'application.wasMade',
    types: ['ApplicationDecided'],
    severity: 'error',
    clause: 'W44',
    pointer: '',
    zh: '没有相应的申请可办结',
    en: 'no such application stands that could be decided',
    isBroken: ({ data, state }) =>
      !state.applications?.some(
        ({ recipient, programme }) => recipient === data.recipientRole && programme === data.programme,
      ),
  },
  {
    id: 'restriction.noneYet',
    types: ['ProcessingRestricted'],
    severity: 'error',
    clause: 'PIPL 47',
    pointer: '',
    zh: '已处于停止处理状态；如需改变范围请更正原记录',
    en: 'the processing is restricted already: correct that record to change its scope',
    isBroken: ({ state }) => state.restricted !== undefined,
  },
  {
    id: 'restriction.stands',
    types: ['ProcessingRestrictionLifted'],
    severity: 'error',
    clause: 'PIPL 47',
    pointer: '',
    zh: '没有该原因和范围的停止处理可恢复',
    en: 'no restriction of this reason and scope stands',
    isBroken: ({ data, state: { restricted } }) =>
      restricted?.reason !== data.reason || restricted?.scope !== data.scope,
  },
  {
    id: 'dispute.ofThisPerson',
    types: ['RecordDisputed'],
    severity: 'error',
    clause: 'PIPL 46',
    pointer: '/data/targetEventId',
    zh: '该患者没有此条记录',
    en: 'expected a record of this person',
    isBroken: ({ data, context }) => context.isOfPerson?.(readText(data, 'targetEventId')) === false,
  },
  {
    id: 'dispute.isOpen',
    types: ['DisputeSettled'],
    severity: 'error',
    clause: 'PIPL 46',
    pointer: '/data/targetEventId',
    zh: '该记录没有未办结的异议',
    en: 'no dispute about this record is open',
    isBroken: ({ data, state }) => !isDisputed(state, data),
  },
]

function isDisputed({ disputes }: PatientState, data: EventData): boolean {
  return disputes?.some(({ event }) => event === data.targetEventId) === true
}
