/** Who a person is and how they live: standards and form items of the registration (policy §3.2, §4.6, §4.13). */
import { codeList, idList } from './code-list.js'

export const SEXES = codeList({ name: 'sex', zh: '性别', source: 'GB/T 2261.1', evidence: 'V2' }, [
  ['0', 'UNKNOWN', '未知的性别', 'Unknown'],
  ['1', 'MALE', '男性', 'Male'],
  ['2', 'FEMALE', '女性', 'Female'],
  ['9', 'NOT_STATED', '未说明的性别', 'Not stated'],
])

export const MARITAL_STATUSES = codeList({ name: 'marital', zh: '婚姻状况', source: 'GB/T 2261.2', evidence: 'M' }, [
  ['10', 'UNMARRIED', '未婚', 'Unmarried'],
  ['20', 'MARRIED', '已婚', 'Married'],
  ['21', 'FIRST_MARRIAGE', '初婚', 'First marriage'],
  ['22', 'REMARRIED', '再婚', 'Remarried'],
  ['23', 'REMARRIED_TO_FORMER', '复婚', 'Remarried to the former spouse'],
  ['30', 'WIDOWED', '丧偶', 'Widowed'],
  ['40', 'DIVORCED', '离婚', 'Divorced'],
  ['90', 'NOT_STATED', '未说明的婚姻状况', 'Not stated'],
])

/** `1` is the only kind whose number is checked (GB 11643). */
export const ID_TYPES = codeList({ name: 'idType', zh: '证件类型', source: 'WS 364.3, shortened', evidence: 'M' }, [
  ['0', 'NONE', '无证件', 'No document'],
  ['1', 'RESIDENT_ID', '居民身份证', 'Resident identity card'],
  ['2', 'HOUSEHOLD_BOOK', '居民户口簿', 'Household register'],
  ['3', 'PASSPORT', '护照', 'Passport'],
  ['4', 'MILITARY', '军官证', 'Military identity card'],
  ['6', 'HONG_KONG_MACAO_PERMIT', '港澳居民来往内地通行证', 'Hong Kong and Macao permit'],
  ['7', 'TAIWAN_PERMIT', '台湾居民来往大陆通行证', 'Taiwan permit'],
  ['9', 'OTHER', '其他', 'Other'],
])
export const RESIDENT_ID = '1'

export const IDENTITY_STATUSES = idList(
  { name: 'identityStatus', zh: '身份核实情况', source: 'policy §3.2', evidence: 'D' },
  [
    ['VERIFIED', '已核实', 'Verified'],
    ['CLAIMED', '自述未核实', 'Claimed'],
    ['UNKNOWN', '身份不明', 'Unknown'],
  ],
)

export const REGISTRATION_BASES = idList(
  { name: 'registrationBasis', zh: '登记依据', source: 'W1, H2', evidence: 'D' },
  [
    ['SIX_DISEASES', '六种严重精神障碍', 'Six diseases'],
    ['HARM_ALREADY_DONE', '已发生危害行为', 'Harm already done'],
    ['NEEDY_AID', '困难救助', 'Needy, aid'],
  ],
)

export const PROGRAMMES = idList({ name: 'programme', zh: '管理项目', source: 'H2, H36', evidence: 'D' }, [
  ['COMMUNITY_MANAGEMENT', '社区管理', 'Community management'],
  ['MEDICAL_AID', '医疗救助', 'Medical aid'],
])

export const HOUSEHOLD_TYPES = codeList({ name: 'householdType', zh: '户别', source: 'policy §4.6', evidence: 'V2' }, [
  [1, 'URBAN', '城镇', 'Urban'],
  [2, 'RURAL', '农村', 'Rural'],
  [9, 'UNKNOWN', '不详', 'Unknown'],
])

export const ECONOMIC_STATUSES = codeList(
  { name: 'economicStatus', zh: '经济状况', source: 'policy §4.6', evidence: 'V2' },
  [
    [1, 'POOR', '贫困（在当地贫困线标准以下）', 'Poor (below the local poverty line)'],
    [2, 'NOT_POOR', '非贫困', 'Not poor'],
    [3, 'UNKNOWN', '不详', 'Unknown'],
  ],
)

export const EMPLOYMENTS = codeList({ name: 'employment', zh: '就业情况', source: 'policy §4.6', evidence: 'M' }, [
  [1, 'WORKER', '在岗工人', 'Worker'],
  [2, 'MANAGER', '在岗管理者', 'Manager'],
  [3, 'FARMER', '农民', 'Farmer'],
  [4, 'UNEMPLOYED', '下岗或无业', 'Laid off or without work'],
  [5, 'STUDENT', '在校学生', 'Student'],
  [6, 'RETIRED', '退休', 'Retired'],
  [7, 'PROFESSIONAL', '专业技术人员', 'Professional'],
  [8, 'OTHER', '其他', 'Other'],
  [9, 'UNKNOWN', '不详', 'Unknown'],
])

export const EDUCATIONS = codeList({ name: 'education', zh: '文化程度', source: 'policy §3.2', evidence: 'M' }, [
  [1, 'POSTGRADUATE', '研究生', 'Postgraduate'],
  [2, 'UNIVERSITY', '大学本科', 'University'],
  [3, 'COLLEGE', '大学专科和专科学校', 'College'],
  [4, 'SECONDARY_VOCATIONAL', '中等专业学校', 'Secondary vocational school'],
  [5, 'TECHNICAL', '技工学校', 'Technical school'],
  [6, 'SENIOR_HIGH', '高中', 'Senior high school'],
  [7, 'JUNIOR_HIGH', '初中', 'Junior high school'],
  [8, 'PRIMARY', '小学', 'Primary school'],
  [9, 'ILLITERATE', '文盲或半文盲', 'Illiterate or semi-literate'],
  [10, 'UNKNOWN', '不详', 'Unknown'],
])
