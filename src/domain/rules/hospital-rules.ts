/** Rules of diagnosis, admission, discharge and guardians (policy §3.2, §3.5, §3.6, §4.2, §4.9). */
import { dayOfTime } from '../../kernel/dates.js'
import { EPILEPSY_CATEGORY, ICD10_OF_CATEGORY, OTHER_WITH_HARM } from '../code-lists/disease.js'
import { APPOINTED_GUARDIAN_KINDS } from '../code-lists/guardian.js'
import { DISCHARGED_DEAD } from '../code-lists/hospital.js'
import { isIdNumber, normaliseIdNumber } from '../id-number.js'
import { findText, readNumber, readObject, readText } from '../read-data.js'
import { isFutureDay, type Rule } from './rule.js'

const DIAGNOSIS = ['DiagnosisConfirmed']
const ADMISSION = ['HospitalAdmitted']
const DISCHARGE = ['HospitalDischarged']
const GUARDIAN = ['GuardianDesignated', 'GuardianChanged']
const ID_NUMBER_LENGTH = 18

/** Guardian kind → the relations of GB/T 4761 that go with it; kinds that are not here go with any. */
const RELATIONS_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  SPOUSE: ['1'],
  PARENT: ['5'],
  CHILD: ['2', '3'],
}

export const HOSPITAL_RULES: readonly Rule[] = [
  {
    id: 'diagnosis.epilepsyCode',
    types: DIAGNOSIS,
    severity: 'error',
    clause: 'policy §3.2',
    pointer: '/data/icd10',
    zh: 'G40 编码仅用于癫痫所致精神障碍',
    en: 'G40 goes with epilepsy-related disorder only',
    isBroken: ({ data }) => readText(data, 'icd10').startsWith('G40') && data.diseaseCategory !== EPILEPSY_CATEGORY,
  },
  {
    id: 'diagnosis.categoryAgrees',
    types: DIAGNOSIS,
    severity: 'warning',
    clause: 'policy §4.2',
    pointer: '/data/icd10',
    zh: '疾病类别与 ICD-10 编码不一致，请核对',
    en: 'disease category and ICD-10 disagree, please check',
    isBroken: ({ data }) => {
      const expected = ICD10_OF_CATEGORY[readNumber(data, 'diseaseCategory')]
      return expected !== undefined && !readText(data, 'icd10').startsWith(expected)
    },
  },
  {
    id: 'diagnosis.amongTheSix',
    types: DIAGNOSIS,
    severity: 'warning',
    clause: 'W1',
    pointer: '/data/diseaseCategory',
    zh: '登记依据为六种疾病，但诊断不在其中，请核对',
    en: 'registered for one of the six diseases, diagnosed with another, please check',
    isBroken: ({ data, state }) =>
      data.diseaseCategory === OTHER_WITH_HARM && state.registered?.basis === 'SIX_DISEASES',
  },
  {
    id: 'admission.guardianConsent',
    types: ADMISSION,
    severity: 'error',
    clause: 'MHL 31',
    pointer: '/data/guardianConsent',
    zh: '第三十条第二款第一项入院须有监护人同意书',
    en: 'admission under art. 30(2)(i) needs the guardian\u2019s consent',
    isBroken: ({ data }) => data.route === 'ART30_1_GUARDIAN_CONSENT' && data.guardianConsent === undefined,
  },
  {
    id: 'admission.consentNotInFuture',
    types: ADMISSION,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/guardianConsent/signedOn',
    zh: '监护人同意书签署日期不能晚于今天',
    en: 'the consent cannot be signed on a day to come',
    isBroken: ({ data, context }) =>
      isFutureDay(findText(readObject(data, 'guardianConsent'), 'signedOn') ?? '', context.now),
  },
  {
    id: 'admission.consentAgrees',
    types: ADMISSION,
    severity: 'warning',
    clause: 'MHL 30, 31',
    pointer: '/data/consentBy',
    zh: '入院方式与同意人不一致，请核对',
    en: 'route and consent disagree, please check',
    isBroken: ({ data }) => {
      if (data.route === 'VOLUNTARY') return data.consentBy !== 'PATIENT' && data.consentBy !== 'BOTH'
      if (data.route === 'ART30_1_GUARDIAN_CONSENT') return data.consentBy !== 'GUARDIAN' && data.consentBy !== 'BOTH'
      return false
    },
  },
  {
    id: 'admission.notInHospitalAlready',
    types: ADMISSION,
    severity: 'warning',
    clause: 'fact',
    pointer: '',
    zh: '前次住院尚无出院记录，请核对',
    en: 'the last stay has no discharge yet, please check',
    isBroken: ({ state }) => state.stay !== undefined && state.stay.dischargedOn === undefined,
  },
  {
    id: 'discharge.afterAdmission',
    types: DISCHARGE,
    severity: 'error',
    clause: 'policy §3.5',
    pointer: 'MOMENT',
    zh: '出院日期不能早于入院日期',
    en: 'the discharge cannot be before the admission',
    isBroken: ({ data, day }) => readText(data, 'admitDate') > day,
  },
  {
    id: 'discharge.admissionAgrees',
    types: DISCHARGE,
    severity: 'warning',
    clause: 'policy §3.5',
    pointer: '/data/admitDate',
    zh: '入院日期与入院记录不一致，请核对',
    en: 'no open stay begins on this admission date, please check',
    isBroken: ({ data, state: { stay } }) =>
      stay === undefined || stay.dischargedOn !== undefined || dayOfTime(stay.admittedOn) !== data.admitDate,
  },
  {
    id: 'discharge.deathRecorded',
    types: DISCHARGE,
    severity: 'warning',
    clause: 'policy §4.10',
    pointer: '/data/outcome',
    zh: '出院去向为死亡，但尚无死亡记录，请补录',
    en: 'the person died in hospital, but no death is recorded, please record it',
    isBroken: ({ data, state }) => data.outcome === DISCHARGED_DEAD && state.died === undefined,
  },
  {
    id: 'guardian.reasonWhenAppointed',
    types: GUARDIAN,
    severity: 'error',
    clause: 'W34',
    pointer: '/data/reason',
    zh: '由组织担任监护人的须说明原因',
    en: 'an organisation is appointed with a reason',
    isBroken: ({ data }) => APPOINTED_GUARDIAN_KINDS.includes(readText(data, 'kind')) && data.reason === undefined,
  },
  {
    id: 'guardian.relationAgrees',
    types: GUARDIAN,
    severity: 'warning',
    clause: 'policy §4.9',
    pointer: '/data/relation',
    zh: '监护人类别与关系不一致，请核对',
    en: 'kind of guardian and relation disagree, please check',
    isBroken: ({ data }) => RELATIONS_OF_KIND[readText(data, 'kind')]?.includes(readText(data, 'relation')) === false,
  },
  {
    id: 'guardian.idNumberValid',
    types: GUARDIAN,
    severity: 'warning',
    clause: 'GB 11643',
    pointer: '/data/guardian/idNumber',
    zh: '监护人身份证号码校验不通过，请核对',
    en: 'the guardian\u2019s identity number fails its check, please check',
    isBroken: ({ data }) => {
      const idNumber = normaliseIdNumber(findText(readObject(data, 'guardian'), 'idNumber') ?? '')
      return idNumber.length === ID_NUMBER_LENGTH && !isIdNumber(idNumber)
    },
  },
  {
    id: 'guardian.noneYet',
    types: ['GuardianDesignated'],
    severity: 'warning',
    clause: 'W34',
    pointer: '',
    zh: '已有监护人；变更请用“变更监护人”',
    en: 'a guardian stands already: a change is GuardianChanged',
    isBroken: ({ state }) => state.guardian !== undefined,
  },
  {
    id: 'guardian.wasNamed',
    types: ['GuardianChanged', 'GuardianEnded'],
    severity: 'warning',
    clause: 'W34',
    pointer: '',
    zh: '此前没有监护人记录，请核对',
    en: 'no guardian is recorded so far, please check',
    isBroken: ({ state }) => state.guardian === undefined,
  },
]
