/** Rules of loss of contact, contact regained and moving (policy §3.4, §5.2). */
import { dayOfTime } from '../../kernel/dates.js'
import { LOSS_OTHER, LOSS_THREE_MISSED, REGAINED_DECEASED } from '../code-lists/contact.js'
import { findText, readText } from '../read-data.js'
import { differsFromLastLevel } from './follow-up-rules.js'
import { missesInForce, namedAttempts, namesOtherMisses } from './missed-attempts.js'
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
    isBroken: ({ data, state, context }) => {
      const named = namedAttempts(data)
      if (data.reason !== LOSS_THREE_MISSED || named.length < MISSED_ATTEMPTS_FOR_LOSS) return false
      const misses = missesInForce(state, context)
      const times = named.map((id) => misses.get(id)).filter((at) => at !== undefined)
      return times.length === named.length && new Set(times.map(dayOfTime)).size < MISSED_ATTEMPTS_FOR_LOSS
    },
  },
  {
    id: 'loss.attemptsInForce',
    types: LOSS,
    severity: 'error',
    clause: 'policy §5.2',
    pointer: '/data/attemptIds',
    zh: '所列记录中有的不是该患者现行有效的未访到记录',
    en: 'expected attempts of this person that reached nobody and are in force',
    isBroken: ({ data, state, context }) => {
      const misses = missesInForce(state, context)
      return namedAttempts(data).some((id) => !misses.has(id))
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
    // A late declaration may name attempts from before a later contact.
    isBroken: ({ data, state }) => namesOtherMisses(data, state),
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
    id: 'regained.deathRecorded',
    types: ['ContactRegained'],
    severity: 'warning',
    clause: 'policy §4.8',
    pointer: '/data/outcome',
    zh: '结果为已死亡，但尚无死亡记录，请补录',
    en: 'the person has died, but no death is recorded, please record it',
    isBroken: ({ data, state }) => data.outcome === REGAINED_DECEASED && state.died === undefined,
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
