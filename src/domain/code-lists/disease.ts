/** The six diseases and the seventh case, with their ICD-10 categories where these are sure (policy §4.2). */
import { codeList, idList } from './code-list.js'

export const DISEASE_CATEGORIES = codeList(
  { name: 'diseaseCategory', zh: '疾病类别', source: 'policy §4.2', evidence: 'V' },
  [
    [1, 'SCHIZOPHRENIA', '精神分裂症', 'Schizophrenia'],
    [2, 'SCHIZOAFFECTIVE', '分裂情感性障碍', 'Schizoaffective disorder'],
    [3, 'PERSISTENT_DELUSIONAL', '持久的妄想性障碍（偏执性精神病）', 'Persistent delusional disorder'],
    [4, 'BIPOLAR', '双相（情感）障碍', 'Bipolar disorder'],
    [5, 'EPILEPSY_RELATED', '癫痫所致精神障碍', 'Mental disorder due to epilepsy'],
    [
      6,
      'INTELLECTUAL_DISABILITY_WITH_MD',
      '精神发育迟滞伴发精神障碍',
      'Intellectual disability with a mental disorder',
    ],
    [9, 'OTHER_WITH_HARM', '其他（已发生危害行为）', 'Other, with harm already done'],
  ],
)

/** Category → three-character ICD-10 code. 5 and 6 are uncertain in the sources and 9 is any: they are not checked. */
export const ICD10_OF_CATEGORY: Readonly<Record<number, string>> = { 1: 'F20', 2: 'F25', 3: 'F22', 4: 'F31' }

/** The only category beside which an epilepsy code (G40) may stand. */
export const EPILEPSY_CATEGORY = 5
export const OTHER_WITH_HARM = 9

export const EXCLUDED_BY = idList({ name: 'excludedBy', zh: '排除方式', source: 'MHL 32, 35', evidence: 'V' }, [
  ['FIRST', '初次诊断', 'First diagnosis'],
  ['RE_DIAGNOSIS', '再次诊断', 'Second diagnosis'],
  ['APPRAISAL', '医学鉴定', 'Appraisal'],
])
