/**
 * Why somebody stands in a period as they do, in words, with the clauses that ask for it and the kinds of event that decide it. Pure.
 * Every rule of every feed has its line here; what has none is told by its own name.
 */
import type { Label } from '../domain/define-event.js'

export interface Reason {
  readonly words: Label
  readonly clauses: readonly string[]
  /** Types of which the last one that stands decides; none where no event of the person's does. */
  readonly types: readonly string[]
}

const RISK = ['RiskAssessed', 'LevelWentStale'] as const
const BASIS = [
  'ServiceApplied',
  'ApplicationDecided',
  'DataConsentGiven',
  'DataConsentWithdrawn',
  'HomelessSuspectedPatientEscorted',
] as const
const RESIDENCE = ['PatientRegistered', 'BasicInfoUpdated', 'PatientRelocated'] as const

const reason = (zh: string, en: string, clauses: readonly string[], types: readonly string[] = []): Reason => ({
  words: { zh, en },
  clauses,
  types,
})

/** By outcome where no rule says more, else by rule. */
export const REASONS: Readonly<Record<string, Reason>> = {
  ROW: reason('列入', 'Listed', ['W43', 'W44', 'W46'], [...RISK, 'PatientRegistered']),
  ROW_ON_BASIS: reason('凭申请、同意或法定职责列入', 'Listed on an application, a consent or a duty', ['W44'], BASIS),
  UNKNOWN_PERSON: reason('截点时没有此人的档案', 'Nobody of this id was on record at the cut', []),
  NOT_IN_FORCE: reason(
    '这项数据交换没有启用，不生成任何内容',
    'No version of this feed is in force: it tells nobody anything',
    ['design §8'],
  ),
  ERASED: reason('身份信息已销毁', 'The identity is erased', ['PIPL 47'], ['IdentityErased']),
  NOT_REGISTERED: reason('没有建档登记', 'Never registered', ['W43']),
  RESTRICTED: reason(
    '已停止处理：除保存外不作任何使用',
    'Processing is restricted: nothing is done but to keep it',
    ['PIPL 47', 'design §6'],
    ['ProcessingRestricted'],
  ),
  PROGRAMME_NOT_OPEN: reason(
    '不在这项数据所涉及的服务管理中',
    'Not in a programme that this feed is about',
    ['W43', 'W44'],
    ['ProgrammeClosed', 'PatientRegistered'],
  ),
  DIED: reason('已死亡', 'Died', ['W47'], ['PatientDied']),
  DIAGNOSIS_EXCLUDED: reason('诊断已排除', 'The diagnosis was excluded', ['W47', 'PIPL 47'], ['DiagnosisExcluded']),
  BELOW_LEVEL_3: reason(
    '当前评估不到三级或没有有效评估：只计人数',
    'Below level 3, or with no assessment that is current: a number alone',
    ['policy §6.2'],
    RISK,
  ),
  NO_BASIS: reason(
    '没有申请、同意或法定职责作为依据：只计人数',
    'No application, consent or duty to rest on: a number alone',
    ['W44', 'PIPL 13', 'PIPL 29'],
    BASIS,
  ),
  UNMAPPED: reason(
    '现住地没有接收单位负责：计入人数并提示，不提供给任何单位',
    'No agency answers for where they live: counted and alarmed, told to nobody',
    ['design §8'],
    RESIDENCE,
  ),
  CLOSED_LEFT_AREA: reason(
    '已不归该单位负责：只告知不再列入',
    'The agency is in charge no longer: it is told that, and nothing else',
    ['W47', 'PIPL 6', 'PIPL 47'],
    RESIDENCE,
  ),
  CLOSED_DIED: reason(
    '已死亡：只告知不再列入',
    'Died: it is told that, and nothing else',
    ['W47', 'PIPL 6'],
    ['PatientDied'],
  ),
  CLOSED_NOT_LISTED: reason('不再符合列入条件：只告知不再列入', 'Listed no longer: it is told that, and nothing else', [
    'PIPL 6',
    'PIPL 47',
  ]),
}

const STOPPED = 'STOPPED_'

/** Of a rule of the accounting, e.g. `STOPPED_RESTRICTED`: between cut and release. */
export function reasonOf(rule: string): Reason {
  if (!rule.startsWith(STOPPED)) return REASONS[rule] ?? reason(rule, rule, [])
  const { words, ...rest } = reasonOf(rule.slice(STOPPED.length))
  return { words: { zh: `截点之后、提供之前：${words.zh}`, en: `Between cut and release: ${words.en}` }, ...rest }
}

/** How an agency that is asked about stands to the feed and to the person. */
export const STANDINGS = {
  IN_CHARGE: { zh: '负责此人现住地', en: 'Answers for where the person lives' },
  WAS_IN_CHARGE: {
    zh: '曾列入此人，本期告知不再列入',
    en: 'Listed the person before, and is told that it does so no longer',
  },
  ELSEWHERE: { zh: '此人现住地由其他单位负责', en: 'Others answer for where the person lives' },
  NO_AREA: { zh: '截点时没有负责的辖区，没有自己的文档', en: 'Held no area at the cut, and is owed no document' },
  OTHER_AUDIENCE: { zh: '这项数据不提供给此类单位', en: 'This feed is not for agencies of its kind' },
  NOT_ENROLLED: { zh: '截点时没有注册', en: 'Was not enrolled at the cut' },
} as const satisfies Record<string, Label>
export type AskedStanding = keyof typeof STANDINGS
