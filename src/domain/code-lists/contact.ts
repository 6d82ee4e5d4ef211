/** Loss of contact, contact regained, refusal, moving away (policy §3.4, §4.4, §4.8). */
import { codeList, idList } from './code-list.js'

export const LOSS_REASONS = codeList({ name: 'lossReason', zh: '失访原因', source: 'policy §4.4', evidence: 'V2' }, [
  [1, 'WORKING_AWAY', '外出务工', 'Working away'],
  [2, 'MOVED', '迁居他处', 'Moved elsewhere'],
  [3, 'STRAYED', '走失', 'Strayed'],
  [4, 'THREE_MISSED', '连续3次未访到', 'Three consecutive missed visits'],
  [5, 'OTHER', '其他', 'Other'],
])
export const LOSS_THREE_MISSED = 4
export const LOSS_OTHER = 5

export const REGAINED_OUTCOMES = idList(
  { name: 'regainedOutcome', zh: '失访结果', source: 'policy §4.8', evidence: 'D' },
  [
    ['FOUND_AT_HOME', '在家中找到', 'Found at home'],
    ['FOUND_ELSEWHERE_LOCAL', '在本地找到', 'Found elsewhere in the area'],
    ['FOUND_OTHER_REGION_TRANSFERRED', '在外地找到，已移交', 'Found in another region, handed over'],
    ['HOSPITALISED', '已住院', 'In hospital'],
    ['DETAINED_OR_COMPULSORY', '羁押或强制医疗', 'Detained or in compulsory treatment'],
    ['DECEASED', '已死亡', 'Deceased'],
    ['STILL_MISSING_POLICE_SEARCH', '仍失踪，公安查找中', 'Still missing, police searching'],
    ['MISTAKEN_DECLARATION', '误报', 'Declared by mistake'],
  ],
)
/** Found dead: a death is to be recorded beside it. */
export const REGAINED_DECEASED = 'DECEASED'
/** The one outcome that ends nothing: the person is still missing. */
export const STILL_MISSING = 'STILL_MISSING_POLICE_SEARCH'

export const REFUSED_BY = idList({ name: 'refusedBy', zh: '拒访人', source: 'policy §3.4', evidence: 'D' }, [
  ['PATIENT', '患者', 'Patient'],
  ['GUARDIAN', '监护人', 'Guardian'],
])

export const RELOCATION_KINDS = idList(
  { name: 'relocationKind', zh: '迁移类型', source: 'policy §3.4', evidence: 'D' },
  [
    ['TEMPORARY', '临时迁居', 'Temporary move'],
    ['PERMANENT', '永久迁居', 'Permanent move'],
    ['WORK_AWAY', '外出务工', 'Working away'],
  ],
)
