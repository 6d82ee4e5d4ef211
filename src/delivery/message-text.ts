/**
 * The Chinese text of a message: what a duty officer reads first. Made of the disclosed facts alone, so that it can say
 * nothing that the field set kept back. Pure; frozen with the envelope's version.
 */
import type { AlertClass, AlertRung } from '../domain/alert-events.js'
import { labelOf } from '../domain/code-lists/code-list.js'
import { LOSS_REASONS, REGAINED_OUTCOMES } from '../domain/code-lists/contact.js'
import { DANGER_BEHAVIOURS } from '../domain/code-lists/danger.js'
import type { DocumentNotice } from './envelope.js'
import type { MessageKind } from './port.js'

export interface Said {
  readonly kind: MessageKind
  readonly class: AlertClass
  /** After disclosure. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly instruction?: string
  readonly staleAfter?: string
  readonly document?: DocumentNotice
  /** Of an alarm that nobody acknowledged: the rung on which the reader stands. */
  readonly rung?: AlertRung
  /** Nothing was withdrawn: nobody has assessed the person for too long. */
  readonly isStale?: boolean
  /** Of a recall: the day by which every copy is deleted. */
  readonly deleteBy?: string
}

export const TOMBSTONE_TEXT = '该消息的内容已依法撤回或删除，不再提供；请同时删除贵单位留存的副本。'

const HEAD: Readonly<Record<AlertClass, string>> = {
  ALARM: '【警示】',
  NOTICE: '【通知】',
  RETRACTION: '【更正】',
  ROUTINE: '【消息】',
}

const RUNG_HEAD: Readonly<Record<AlertRung, string>> = {
  DUTY: '【警示·逾时未签收】',
  SUPERIOR: '【警示·下级单位逾时未签收】',
}

export function messageText(said: Said): string {
  const parts = [sentenceOf(said), levelOf(said), disputeOf(said.facts), contactOf(said.facts), said.instruction]
  const head = said.rung ? RUNG_HEAD[said.rung] : HEAD[said.class]
  return head + parts.filter((part) => part !== undefined && part !== '').join('')
}

function sentenceOf(said: Said): string {
  const who = whoOf(said.facts)
  switch (said.kind) {
    case 'risk-assessed':
      return riskSentence(said, who)
    case 'loss-of-contact':
      return said.class === 'RETRACTION'
        ? `${who}的失访信息已更正${lossOf(said.facts)}。`
        : `${who}失访${lossOf(said.facts)}。`
    case 'contact-regained':
      return `${who}的失访警示解除${regainedOf(said.facts)}。`
    case 'danger':
      return dangerSentence(said, who)
    case 'discharge-ready':
      return dischargeSentence(said, who)
    case 'moved':
      return said.class === 'RETRACTION' ? `${who}已离开贵单位辖区，此前消息不再适用。` : `${who}的居住情况有变动。`
    case 'died':
      return said.facts.died ? `${who}已死亡，此前消息不再适用。` : `${who}的死亡记录已撤销。`
    case 'withdrawn':
      return `${who}不再属于管理对象，此前消息不再适用。`
    case 'reinstated':
      return `${who}重新纳入管理，此前“不再属于管理对象”的消息不再适用。`
    case 'recalled':
      return `贵单位此前收到的${who}的信息已依法撤回，请于${said.deleteBy ?? ''}前删除全部副本，并签收本消息。`
    case 'returned':
      return `接收单位答复“非本单位管辖”，${who}的警示退回责任单位处理${reasonOf(said.facts)}。`
    case 'document':
      return `${said.document?.period ?? ''}周期数据已发布，共${said.document?.rows ?? 0}行。`
    case 'test':
      return '这是一条测试消息，无需处置。'
  }
}

function riskSentence(said: Said, who: string): string {
  if (said.isStale) return `${who}此前的危险性评估已超过有效期，目前视为未评估。`
  if (said.facts.level === undefined) return `${who}此前的危险性评估已撤销，目前无现行评估。`
  switch (said.class) {
    case 'ALARM':
      return `${who}危险性评估达到警示等级。`
    case 'RETRACTION':
      return `${who}此前的危险性评估不再适用，以本消息为准。`
    default:
      return `${who}已作危险性评估。`
  }
}

function dangerSentence(said: Said, who: string): string {
  const danger = recordOf(said.facts.danger)
  const kind = labelOf(DANGER_BEHAVIOURS, danger.kind)?.zh
  const what = kind === undefined ? '需要关怀' : `被报告危险行为：${kind}`
  const injured = typeof danger.injured === 'number' && danger.injured > 0 ? `，受伤${danger.injured}人` : ''
  if (said.class !== 'RETRACTION') return `${who}${what}${injured}。`
  return kind === undefined ? `${who}的危险行为报告已撤销。` : `${who}的危险行为报告已更正：${kind}${injured}。`
}

function dischargeSentence({ class: alertClass, facts }: Said, who: string): string {
  const left = recordOf(facts.stay).dischargedOn
  if (typeof left === 'string') return `${who}已于${left.slice(0, 10)}出院，此前具备出院条件的警示解除。`
  const said = readinessOf(facts)
  if (said === '') return `${who}此前具备出院条件的警示不再适用。`
  return alertClass === 'RETRACTION' ? `${who}具备出院条件的信息已更正${said}。` : `${who}经评估已具备出院条件${said}。`
}

function whoOf({ name, pseudonym }: Said['facts']): string {
  if (typeof name === 'string') return `管理对象${name}`
  return typeof pseudonym === 'string' ? `管理对象（代号${pseudonym.slice(0, 8)}）` : '管理对象'
}

const SAYS_LEVEL: ReadonlySet<MessageKind> = new Set(['risk-assessed', 'moved', 'returned', 'reinstated'])

function levelOf({ kind, facts, staleAfter }: Said): string | undefined {
  if (!SAYS_LEVEL.has(kind)) return undefined
  if (typeof facts.level !== 'number') return undefined
  const on = typeof facts.assessedOn === 'string' ? `（${facts.assessedOn.slice(0, 10)}评估）` : ''
  const before = typeof facts.previousLevel === 'number' ? `，上次${facts.previousLevel}级` : ''
  const until = staleAfter === undefined ? '' : `，${staleAfter}后视为未评估`
  return `现行${facts.level}级${on}${before}${until}。`
}

/** That something of it is disputed; what, the facts name. */
function disputeOf({ disputed }: Said['facts']): string | undefined {
  return Array.isArray(disputed) && disputed.length > 0 ? '其中有内容存在异议，正在核实。' : undefined
}

/** What an alert that came back was about; nothing where it was an assessment, whose level follows. */
function reasonOf(facts: Said['facts']): string {
  const kind = labelOf(DANGER_BEHAVIOURS, recordOf(facts.danger).kind)?.zh
  if (kind !== undefined) return `（危险行为：${kind}）`
  if (facts.discharge !== undefined) return `：具备出院条件${readinessOf(facts)}`
  const loss = lossOf(facts)
  return loss === '' ? '' : `：失访${loss}`
}

function lossOf(facts: Said['facts']): string {
  const loss = recordOf(facts.lossOfContact)
  const reason = labelOf(LOSS_REASONS, loss.reason)?.zh
  const seen = typeof loss.lastSeenOn === 'string' ? `最后见到${loss.lastSeenOn}` : undefined
  const said = [reason, seen].filter((part) => part !== undefined).join('，')
  return said === '' ? '' : `（${said}）`
}

/** `（2026-03-17评估，评估机构：示例医院，电话0631-…）` */
function readinessOf(facts: Said['facts']): string {
  const { assessedOn, hospital, phone } = recordOf(facts.discharge)
  if (typeof assessedOn !== 'string') return ''
  const by = typeof hospital === 'string' ? `，评估机构：${hospital}` : ''
  return `（${assessedOn.slice(0, 10)}评估${by}${typeof phone === 'string' ? `，电话${phone}` : ''}）`
}

function regainedOf(facts: Said['facts']): string {
  const regained = recordOf(facts.contactRegained)
  const outcome = labelOf(REGAINED_OUTCOMES, regained.outcome)?.zh
  const on = typeof regained.on === 'string' ? regained.on.slice(0, 10) : undefined
  const said = [on, outcome].filter((part) => part !== undefined).join('，')
  return said === '' ? '' : `（${said}）`
}

function contactOf(facts: Said['facts']): string | undefined {
  const { name, phone } = recordOf(facts.healthCentre)
  return typeof name === 'string' ? `联系：${name}${typeof phone === 'string' ? `，电话${phone}` : ''}。` : undefined
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
