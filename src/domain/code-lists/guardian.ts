/** Guardians and signatures (policy §4.9, §4.13; Civil Code 28, 32; W34). */
import { codeList, idList } from './code-list.js'

export const GUARDIAN_KINDS = idList(
  { name: 'guardianKind', zh: '监护人类别', source: 'Civil Code 28, 32; W34', evidence: 'V' },
  [
    ['SPOUSE', '配偶', 'Spouse'],
    ['PARENT', '父母', 'Parent'],
    ['CHILD', '子女', 'Child'],
    ['OTHER_NEAR_RELATIVE', '其他近亲属', 'Other near relative'],
    ['OTHER_WILLING_PERSON_OR_ORG', '其他愿意担任监护人的个人或组织', 'Other willing person or organisation'],
    ['CIVIL_AFFAIRS', '民政部门', 'Civil affairs'],
    ['RESIDENTS_COMMITTEE', '居民委员会', 'Residents\u2019 committee'],
    ['VILLAGE_COMMITTEE', '村民委员会', 'Village committee'],
    ['EMPLOYER_UNIT', '所在单位', 'Employer'],
  ],
)
/** Kinds that W34 allows only where the family cannot: their reason is mandatory. */
export const APPOINTED_GUARDIAN_KINDS: readonly string[] = [
  'CIVIL_AFFAIRS',
  'RESIDENTS_COMMITTEE',
  'VILLAGE_COMMITTEE',
  'EMPLOYER_UNIT',
]

export const RELATIONS = codeList({ name: 'relation', zh: '与患者关系', source: 'GB/T 4761', evidence: 'M' }, [
  ['0', 'SELF', '本人或户主', 'Self or head of household'],
  ['1', 'SPOUSE', '配偶', 'Spouse'],
  ['2', 'SON', '子', 'Son'],
  ['3', 'DAUGHTER', '女', 'Daughter'],
  ['4', 'GRANDCHILD', '孙子、孙女或外孙子、外孙女', 'Grandchild'],
  ['5', 'PARENT', '父母', 'Parent'],
  ['6', 'GRANDPARENT', '祖父母或外祖父母', 'Grandparent'],
  ['7', 'SIBLING', '兄弟姐妹', 'Sibling'],
  ['8', 'OTHER', '其他', 'Other'],
])

export const SIGNED_BY = idList({ name: 'signedBy', zh: '签署人', source: 'policy §3.3', evidence: 'D' }, [
  ['PATIENT', '患者', 'Patient'],
  ['GUARDIAN', '监护人', 'Guardian'],
  ['BOTH', '患者及监护人', 'Patient and guardian'],
])

export const RETRACTION_SCOPES = idList(
  { name: 'retractionScope', zh: '撤销范围', source: 'design §3', evidence: 'D' },
  [
    ['VERSION', '撤销此版本，恢复前一版本', 'This version: what it replaced stands again'],
    ['FACT', '撤销整个事实', 'The whole fact'],
  ],
)
