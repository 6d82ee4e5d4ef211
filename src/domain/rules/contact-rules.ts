/** Rules of loss of contact, contact regained and moving (policy §3.4, §5.2). */
import { dayOfTime } from '../../kernel/dates.js'
import { LOSS_OTHER, LOSS_THREE_MISSED } from '../code-lists/contact.js'
import type { EventData } from '../event.js'
import type { PatientState } from '../patient-state.js'
import { findText, readText, readTexts } from '../read-data.js'
import { differsFromLastLevel } from './follow-up-rules.js'
import type { Rule } from './rule.js'

const LOSS = ['LossOfContactDeclared']
const MOVE = ['PatientRelocated']

/** Misses before somebody counts as lost (policy §5.2). */
export const MISSED_ATTEMPTS_FOR_LOSS = 3

export const CONTACT_RULES: readonly Rule[] = [
  {
    id: 'loss.threeAttempts',
    types: LOSS,
    severity: 'error',
    clause: 'policy §3.4, §5.2',
    pointer: '/data/attemptIds',
    zh: '“连续3次未访到”须列出至少3次未访到记录',
    en: 'three consecutive missed visits are named by at least three attempts',
    isBroken: ({ data }) => data.reason === LOSS_THREE_MISSED && namedAttempts(data).length < MISSED_ATTEMPTS_FOR_LOSS,
  },
  {
    id: 'loss.attemptsOnDistinctDays',
    types: LOSS,
    severity: 'error',
    clause: 'policy §5.2',
    pointer: '/data/attemptIds',
    zh: '3次未访到须在不同日期',
    en: 'the missed attempts are on at least three different days',
    isBroken: ({ data, state }) => {
      if (data.reason !== LOSS_THREE_MISSED || hasUnknownAttempt(data, state)) return false
      const named = new Set(namedAttempts(data))
      const days = state.missedAttempts.filter(({ id }) => named.has(id)).map(({ at }) => dayOfTime(at))
      return named.size >= MISSED_ATTEMPTS_FOR_LOSS && new Set(days).size < MISSED_ATTEMPTS_FOR_LOSS
    },
  },
  {
    id: 'loss.attemptsKnown',
    types: LOSS,
    severity: 'warning',
    clause: 'policy §5.2',
    pointer: '/data/attemptIds',
    zh: '所列记录中有的不是上次联系之后的未访到，请核对',
    en: 'an attempt named here is not a miss since the last contact, please check',
    isBroken: ({ data, state }) => hasUnknownAttempt(data, state),
  },
  {
    id: 'loss.reasonText',
    types: LOSS,
    severity: 'error',
    clause: 'policy §3.4',
    pointer: '/data/reasonText',
    zh: '失访原因为“其他”须填写说明',
    en: 'another reason is said in words',
    isBroken: ({ data }) => data.reason === LOSS_OTHER && data.reasonText === undefined,
  },
  {
    id: 'loss.lastSeenBefore',
    types: LOSS,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/lastSeenOn',
    zh: '最后见到日期不能晚于报告时间',
    en: 'the person cannot have been seen after the loss is declared',
    isBroken: ({ data, day }) => readText(data, 'lastSeenOn') > day,
  },
  {
    id: 'loss.levelAgrees',
    types: LOSS,
    severity: 'warning',
    clause: 'policy §3.4',
    pointer: '/data/lastRiskLevel',
    zh: '末次评估等级与评估记录不一致，请核对',
    en: 'the last level and the recorded assessments disagree, please check',
    isBroken: ({ data, state }) => differsFromLastLevel(data, 'lastRiskLevel', state.risk?.level),
  },
  {
    id: 'loss.notOpenAlready',
    types: LOSS,
    severity: 'warning',
    clause: 'W16',
    pointer: '',
    zh: '失访已报告，尚未恢复联系',
    en: 'the loss of contact is declared already and still open',
    isBroken: ({ state }) => state.lossOfContact !== undefined,
  },
  {
    id: 'regained.wasLost',
    types: ['ContactRegained'],
    severity: 'warning',
    clause: 'W16',
    pointer: '',
    zh: '无未结的失访报告，请核对',
    en: 'no loss of contact is open, please check',
    isBroken: ({ state }) => state.lossOfContact === undefined,
  },
  {
    id: 'relocation.elsewhere',
    types: MOVE,
    severity: 'warning',
    clause: 'W47',
    pointer: '/data/to',
    zh: '迁出地与迁入地相同，请核对',
    en: 'from and to are the same township, please check',
    isBroken: ({ data }) => data.from === data.to,
  },
  {
    id: 'relocation.fromResidence',
    types: MOVE,
    severity: 'warning',
    clause: 'W47',
    pointer: '/data/from',
    zh: '迁出地与现住地不一致，请核对',
    en: 'the person does not live where they move from, please check',
    isBroken: ({ data, state }) => state.residence !== undefined && data.from !== state.residence.township,
  },
  {
    id: 'relocation.areaWithinTownship',
    types: MOVE,
    severity: 'error',
    clause: 'GB/T 2260',
    pointer: '/data/toArea',
    zh: '社区（村）代码不属于迁入乡镇（街道）',
    en: 'the new community lies in another township',
    isBroken: ({ data }) => !(findText(data, 'toArea') ?? readText(data, 'to')).startsWith(readText(data, 'to')),
  },
  {
    id: 'relocation.levelAgrees',
    types: MOVE,
    severity: 'warning',
    clause: 'policy §3.4',
    pointer: '/data/riskLevelAtLeaving',
    zh: '离开时评估等级与评估记录不一致，请核对',
    en: 'the level at leaving and the recorded assessments disagree, please check',
    isBroken: ({ data, state }) => differsFromLastLevel(data, 'riskLevelAtLeaving', state.risk?.level),
  },
]

function namedAttempts(data: EventData): readonly string[] {
  return [...new Set(readTexts(data, 'attemptIds'))]
}

/** A late declaration may name attempts from before a later contact, so this alone refuses nothing. */
function hasUnknownAttempt(data: EventData, state: PatientState): boolean {
  const known = new Set(state.missedAttempts.map(({ id }) => id))
  return namedAttempts(data).some((id) => !known.has(id))
}
