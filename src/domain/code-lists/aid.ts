/** Help that is given: insurance and rehabilitation (policy §3.6; W26, W36, W39, H33). */
import { idList } from './code-list.js'

export const INSURANCE_SCHEMES = idList(
  { name: 'insuranceScheme', zh: '参保险种', source: 'W26, MHL 58, 68', evidence: 'D' },
  [
    ['RESIDENT_MEDICAL', '城乡居民基本医疗保险', 'Medical insurance of residents'],
    ['EMPLOYEE_MEDICAL', '职工基本医疗保险', 'Medical insurance of employees'],
    ['SERIOUS_ILLNESS', '大病保险', 'Serious-illness insurance'],
    ['RESIDENT_PENSION', '城乡居民基本养老保险', 'Pension insurance of residents'],
    ['EMPLOYEE_PENSION', '职工基本养老保险', 'Pension insurance of employees'],
    ['UNEMPLOYMENT', '失业保险', 'Unemployment insurance'],
  ],
)

export const REHABILITATION_PROGRAMMES = idList(
  { name: 'rehabilitationProgramme', zh: '康复项目', source: 'H33', evidence: 'V' },
  [
    ['PRECISION_REHAB', '残疾人精准康复', 'Precision rehabilitation'],
    ['SUNSHINE_HOME', '阳光家园', 'Sunshine Home'],
  ],
)
