/** Admission, discharge, death, and who brings a person to diagnosis (policy §3.5, §4.4, §4.10, §4.12). */
import { codeList, idList } from './code-list.js'

export const ADMISSION_ROUTES = idList(
  { name: 'admissionRoute', zh: '入院方式', source: 'MHL 30-32, 36', evidence: 'V' },
  [
    ['VOLUNTARY', '自愿住院', 'Voluntary'],
    [
      'ART30_1_GUARDIAN_CONSENT',
      '监护人同意住院（第三十条第二款第一项）',
      'With the guardian\u2019s consent, art. 30(2)(i)',
    ],
    ['ART30_2', '有危害他人安全行为或危险（第三十条第二款第二项）', 'Danger to others, art. 30(2)(ii)'],
    ['RELIEF', '救助入院', 'Relief'],
    ['COMPULSORY', '强制医疗', 'Compulsory treatment'],
  ],
)

export const CONSENT_BY = idList({ name: 'consentBy', zh: '同意人', source: 'MHL 30, 31', evidence: 'D' }, [
  ['PATIENT', '患者', 'Patient'],
  ['GUARDIAN', '监护人', 'Guardian'],
  ['BOTH', '患者及监护人', 'Patient and guardian'],
  ['NOT_REQUIRED', '依法无需同意', 'Not required by law'],
])

export const DISCHARGE_OUTCOMES = idList(
  { name: 'dischargeOutcome', zh: '出院去向', source: 'policy §4.10', evidence: 'D' },
  [
    ['HOME_WITH_GUARDIAN', '回家，有监护人', 'Home with guardian'],
    ['TRANSFER_HOSPITAL', '转院', 'Transferred to another hospital'],
    ['RELIEF_STATION', '救助站', 'Relief station'],
    ['WELFARE_INSTITUTION', '福利机构', 'Welfare institution'],
    ['AGAINST_ADVICE', '自行要求出院', 'Against advice'],
    ['ABSCONDED', '擅自离院', 'Absconded'],
    ['DIED', '死亡', 'Died'],
  ],
)
export const DISCHARGED_DEAD = 'DIED'

export const DISCHARGE_EFFECTS = codeList(
  { name: 'dischargeEffect', zh: '治疗效果', source: 'policy §4.4', evidence: 'V2' },
  [
    [1, 'RECOVERED', '痊愈', 'Recovered'],
    [2, 'IMPROVED', '好转', 'Improved'],
    [3, 'UNCHANGED', '无变化', 'Unchanged'],
    [4, 'WORSE', '加重', 'Worse'],
  ],
)

/** Not used by an event yet: kept so that the first that needs it finds the list. */
export const ESCORT_PARTIES = idList(
  { name: 'escortParty', zh: '送诊主体', source: 'policy §4.12; MHL 28', evidence: 'D' },
  [
    ['SELF', '本人', 'Self'],
    ['FAMILY', '家属', 'Family'],
    ['POLICE', '公安', 'Police'],
    ['CIVIL_AFFAIRS', '民政', 'Civil affairs'],
    ['COMMUNITY', '社区', 'Community'],
    ['EMPLOYER', '单位', 'Employer'],
    ['OTHER', '其他', 'Other'],
  ],
)

export const DEATH_CAUSES = codeList({ name: 'deathCause', zh: '死亡原因', source: 'policy §4.4', evidence: 'V2' }, [
  [1, 'SOMATIC_DISEASE', '躯体疾病', 'Somatic disease'],
  [2, 'SUICIDE', '自杀', 'Suicide'],
  [3, 'HOMICIDE', '他杀', 'Homicide'],
  [4, 'ACCIDENT', '意外', 'Accident'],
  [5, 'PSYCHIATRIC_COMPLICATION', '精神疾病相关并发症', 'Complication of the mental disorder'],
  [6, 'OTHER', '其他', 'Other'],
])
export const DEATH_BY_SOMATIC_DISEASE = 1

export const SOMATIC_DEATH_CAUSES = codeList(
  { name: 'somaticDeathCause', zh: '躯体疾病死因', source: 'policy §4.4', evidence: 'V2' },
  [
    [1, 'INFECTIOUS', '传染病和寄生虫病', 'Infectious and parasitic diseases'],
    [2, 'TUMOUR', '肿瘤', 'Tumour'],
    [3, 'HEART', '心脏病', 'Heart disease'],
    [4, 'CEREBROVASCULAR', '脑血管病', 'Cerebrovascular disease'],
    [5, 'RESPIRATORY', '呼吸系统疾病', 'Respiratory disease'],
    [6, 'DIGESTIVE', '消化系统疾病', 'Digestive disease'],
    [7, 'OTHER', '其他疾病', 'Other disease'],
    [8, 'UNKNOWN', '不详', 'Unknown'],
  ],
)
