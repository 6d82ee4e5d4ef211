/** Rules of identity, residence, programmes and consent (policy §3.2, §3.3). */
import { RESIDENT_ID } from '../code-lists/person.js'
import type { EventData } from '../event.js'
import { birthDateOf, isIdNumber, normaliseIdNumber, sexOf } from '../id-number.js'
import type { PatientState, Programme } from '../patient-state.js'
import { findText, readObject } from '../read-data.js'
import { type Given, isFutureDay, type Rule } from './rule.js'

const IDENTITY_TYPES = ['PatientRegistered', 'BasicInfoUpdated']
const CONSENT_TYPES = ['ServiceConsentGiven', 'ServiceConsentRefused', 'ServiceConsentWithdrawn']
/** A withdrawal is as easy as can be: it may come by any way. */
const IN_PERSON = [...CONSENT_TYPES, 'DataConsentGiven']

export const REGISTRATION_RULES: readonly Rule[] = [
  {
    id: 'registration.once',
    types: ['PatientRegistered'],
    severity: 'error',
    clause: 'design §3',
    pointer: '',
    zh: '该患者已建档；如需修改请更正或更新基础信息',
    en: 'the person is registered: correct that record or update the basics',
    isBroken: ({ event, state }) => state.registered !== undefined && event.corrects === undefined,
  },
  {
    id: 'registration.eligible',
    types: ['PatientRegistered'],
    severity: 'warning',
    clause: 'W1, H2',
    pointer: '/data/programme',
    zh: '仅因困难救助登记且无六种疾病诊断，请核对是否应纳入社区管理',
    en: 'registered for aid alone and without one of the six diagnoses, please check',
    isBroken: ({ data, state }) => isInManagementForAidAlone(data.registrationBasis, data, state),
  },
  {
    id: 'unit.isHealthCentre',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'design §5',
    pointer: '/data/responsibleUnit',
    zh: '责任单位须为已注册的社区卫生服务中心（乡镇卫生院）',
    en: 'expected the responsible unit to be a health centre that takes part',
    isBroken: ({ data, context }) => {
      const unit = findText(data, 'responsibleUnit')
      return unit !== undefined && context.isHealthCentre?.(unit) === false
    },
  },
  {
    id: 'registration.addressGiven',
    types: ['PatientRegistered'],
    severity: 'warning',
    clause: 'W45',
    pointer: '/data/presentAddress',
    zh: '户籍或现住址不完整',
    en: 'household or present address is missing',
    isBroken: ({ data }) =>
      readObject(data, 'identity').status !== 'UNKNOWN' &&
      [data.householdTownship, data.householdAddress, data.presentAddress].includes(undefined),
  },
  {
    id: 'registration.residentSinceNotInFuture',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/residentSince',
    zh: '居住起始日不能晚于今天',
    en: 'the person cannot live there from a day to come',
    isBroken: ({ data, context }) => isFutureDay(findText(data, 'residentSince') ?? '', context.now),
  },
  {
    id: 'identity.named',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'W12',
    pointer: '/data/identity/name',
    zh: '身份不明者之外须填写姓名',
    en: 'a name is expected unless the identity is unknown',
    isBroken: whereIdentity((identity) => identity.status !== 'UNKNOWN' && identity.name === undefined),
  },
  {
    id: 'identity.idNumberValid',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'GB 11643',
    pointer: '/data/identity/idNumber',
    zh: '居民身份证号码校验不通过',
    en: 'expected a valid resident identity number (GB 11643)',
    isBroken: whereIdentity((identity) => {
      const idNumber = residentNumber(identity)
      return idNumber !== undefined && !isIdNumber(idNumber)
    }),
  },
  {
    id: 'identity.verifiedByDocument',
    types: IDENTITY_TYPES,
    severity: 'warning',
    clause: 'W45',
    pointer: '/data/identity/idNumber',
    zh: '身份已核实但无证件号码',
    en: 'the identity is verified, but no document number is given',
    isBroken: whereIdentity((identity) => identity.status === 'VERIFIED' && identity.idNumber === undefined),
  },
  {
    id: 'identity.birthDateAgrees',
    types: IDENTITY_TYPES,
    severity: 'warning',
    clause: 'GB 11643',
    pointer: '/data/identity/birthDate',
    zh: '出生日期与身份证号码不一致，请核对',
    en: 'birth date and identity number disagree, please check',
    isBroken: whereIdentity((identity) => {
      const born = birthDateOf(residentNumber(identity) ?? '')
      return born !== undefined && identity.birthDate !== undefined && identity.birthDate !== born
    }),
  },
  {
    id: 'identity.sexAgrees',
    types: IDENTITY_TYPES,
    severity: 'warning',
    clause: 'GB 11643',
    pointer: '/data/identity/sex',
    zh: '性别与身份证号码不一致，请核对',
    en: 'sex and identity number disagree, please check',
    isBroken: whereIdentity((identity) => {
      const sex = sexOf(residentNumber(identity) ?? '')
      return sex !== undefined && (identity.sex === '1' || identity.sex === '2') && identity.sex !== sex
    }),
  },
  {
    id: 'identity.born',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/identity/birthDate',
    zh: '出生日期不能晚于今天',
    en: 'nobody is born on a day to come',
    isBroken: ({ data, context }) =>
      isFutureDay(findText(readObject(data, 'identity'), 'birthDate') ?? '', context.now),
  },
  {
    id: 'residence.areaWithinTownship',
    types: IDENTITY_TYPES,
    severity: 'error',
    clause: 'GB/T 2260',
    pointer: '/data/presentArea',
    zh: '社区（村）代码不属于所填乡镇（街道）',
    en: 'the community lies in another township',
    isBroken: ({ data, state }) => {
      const township = findText(data, 'presentTownship') ?? state.residence?.township
      const area = findText(data, 'presentArea')
      return area !== undefined && township !== undefined && !area.startsWith(township)
    },
  },
  {
    id: 'basicInfo.changesSomething',
    types: ['BasicInfoUpdated'],
    severity: 'error',
    clause: 'W45',
    pointer: '/data',
    zh: '未填写任何变更项',
    en: 'expected at least one changed field',
    isBroken: ({ data }) => Object.values(data).every((value) => value === undefined),
  },
  {
    id: 'basicInfo.unitHandsOver',
    types: ['BasicInfoUpdated'],
    severity: 'error',
    clause: 'design §5',
    pointer: '/data/responsibleUnit',
    zh: '责任单位只能由现责任单位变更',
    en: 'the responsible unit is changed by the responsible unit itself',
    isBroken: ({ data, state, context }) =>
      data.responsibleUnit !== undefined &&
      state.responsibleUnit !== undefined &&
      data.responsibleUnit !== state.responsibleUnit &&
      context.agency !== state.responsibleUnit,
  },
  {
    id: 'programme.eligible',
    types: ['ProgrammeOpened'],
    severity: 'warning',
    clause: 'W1, H2',
    pointer: '/data/programme',
    zh: '仅因困难救助登记且无六种疾病诊断，请核对是否应纳入社区管理',
    en: 'registered for aid alone and without one of the six diagnoses, please check',
    isBroken: ({ data, state }) => isInManagementForAidAlone(state.registered?.basis, data, state),
  },
  {
    id: 'programme.notOpenAlready',
    types: ['ProgrammeOpened'],
    severity: 'warning',
    clause: 'H2',
    pointer: '/data/programme',
    zh: '该项目已处于纳入状态',
    en: 'the programme is open already',
    isBroken: ({ data, state }) => isOpen(data, state.programmes),
  },
  {
    id: 'programme.wasOpen',
    types: ['ProgrammeClosed'],
    severity: 'warning',
    clause: 'H2',
    pointer: '/data/programme',
    zh: '该项目未处于纳入状态',
    en: 'the programme was not open',
    isBroken: ({ data, state }) => !isOpen(data, state.programmes),
  },
  {
    id: 'consent.inPerson',
    types: IN_PERSON,
    severity: 'error',
    clause: 'policy §3.3',
    pointer: '',
    zh: '知情同意不得批量导入，须逐人签署',
    en: 'consent is never imported and never set in a batch',
    isBroken: ({ context }) => context.isBackfill || context.isBatch === true,
  },
  {
    id: 'consent.validAfterSigned',
    types: CONSENT_TYPES,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/validTo',
    zh: '有效期不能早于签署日期',
    en: 'it cannot end before it is signed',
    isBroken: ({ data, day }) => (findText(data, 'validTo') ?? day) < day,
  },
  {
    id: 'consent.wasGiven',
    types: ['ServiceConsentWithdrawn'],
    severity: 'warning',
    clause: 'PIPL 15',
    pointer: '',
    zh: '无已签署的同意可撤回，请核对',
    en: 'no consent stands that could be withdrawn, please check',
    isBroken: ({ state }) => state.serviceConsent?.state !== 'GIVEN',
  },
]

function whereIdentity(isBroken: (identity: EventData) => boolean): (given: Given) => boolean {
  return ({ data }) => data.identity !== undefined && isBroken(readObject(data, 'identity'))
}

function residentNumber(identity: EventData): string | undefined {
  const idNumber = findText(identity, 'idNumber')
  return identity.idType === RESIDENT_ID && idNumber !== undefined ? normaliseIdNumber(idNumber) : undefined
}

/** The registration and the opening of the programme ask the same, in the same words. */
function isInManagementForAidAlone(basis: unknown, data: EventData, { diagnosis }: PatientState): boolean {
  const isOneOfTheSix = diagnosis !== undefined && diagnosis.category <= 6
  return basis === 'NEEDY_AID' && data.programme === 'COMMUNITY_MANAGEMENT' && !isOneOfTheSix
}

function isOpen(
  data: EventData,
  programmes: Readonly<Partial<Record<Programme, { readonly open: boolean }>>>,
): boolean {
  const programme = data.programme === 'MEDICAL_AID' ? 'MEDICAL_AID' : 'COMMUNITY_MANAGEMENT'
  return programmes[programme]?.open === true
}
