/**
 * The lines of the printed account, year by year, in plain Chinese, in the person's and in the guardian's version. Pure.
 *
 * A guardian acts for the person and respects what they wish (Civil Code 35): what they need for that is who outside the care was
 * told what. When somebody sought care, what those who treat told one another, and that others were asked to look after the person
 * in despair, is between the person and those who care. So the guardian's version says of such a notice that there was one, and
 * neither what nor why, and leaves out readings by those who treat.
 */
import { isHealthRole } from '../domain/authority.js'
import { labelOf } from '../domain/code-lists/code-list.js'
import { NOT_LISTED_YET, ONE_OFF_REQUESTERS } from '../domain/code-lists/one-off.js'
import { CONTAINMENTS, MISDIRECTED_KINDS } from '../domain/code-lists/rights.js'
import { type CalendarDate, dayOfTime } from '../kernel/dates.js'
import type { Purpose } from '../policy/disclosure.js'
import {
  clausesInWords,
  dayInWords,
  MESSAGE_WORDS,
  NOTICE,
  PURPOSE_WORDS,
  periodInWords,
  RELAY_WORDS,
  ROLE_WORDS,
  VIEW_PURPOSE_WORDS,
} from '../policy/plain-words.js'
import type {
  AccountEntry,
  AmendedPeriod,
  DeliveryState,
  DocumentEntry,
  MessageEntry,
  MisdirectedEntry,
  OneOffEntry,
  Party,
  RecallEntry,
  Said,
  TakenBack,
  ViewEntry,
} from './port.js'

export type PageVersion = 'patient' | 'guardian'

/** One row of a table, each cell but the day in words. */
export interface PageLine {
  readonly day: CalendarDate
  readonly who: string
  readonly what: string
  readonly why: string
  readonly deletion: string
  readonly state: string
}

export interface PageYear {
  readonly year: string
  readonly lines: readonly PageLine[]
}

/** What is said of these is the person's own. */
const PRIVATE: ReadonlySet<Purpose> = new Set(['TREATMENT', 'WELFARE'])
/** A desk names the person to those who treat them, and to nobody else. */
const ON_DESK_OF_CARE = '提示所负责的服务对象有情况需要处理'
const ON_DESK = '仅提示有情况需要联系，不含个人信息'
const NO_LONGER_LISTED = '告知该单位，本人今后不再列入此项数据'
const UNTIL_DONE = '目的实现后及时删除'

/** @param entries newest first; so are the years and their lines */
export function pageYears(entries: readonly AccountEntry[], version: PageVersion): readonly PageYear[] {
  const years = new Map<string, PageLine[]>()
  const add = (at: string, line: PageLine): void => {
    const year = at.slice(0, 4)
    years.set(year, [...(years.get(year) ?? []), line])
  }
  const views = new Map<string, ViewEntry[]>()
  for (const entry of entries) {
    if (entry.kind === 'VIEW') {
      const key = [entry.at.slice(0, 4), entry.to.agency, entry.purpose].join(' ')
      if (version === 'patient' || !isOfCare(entry)) views.set(key, [...(views.get(key) ?? []), entry])
    } else add(entry.at, lineOf(entry, version))
  }
  for (const group of views.values()) {
    const [last] = group
    if (last) add(last.at, viewLine(last, group))
  }
  return [...years]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([year, lines]) => ({ year, lines: lines.sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0)) }))
}

function isOfCare({ to }: Pick<ViewEntry, 'to'>): boolean {
  return to.role !== undefined && isHealthRole(to.role)
}

function lineOf(entry: Exclude<AccountEntry, ViewEntry>, version: PageVersion): PageLine {
  if (entry.kind === 'ONE_OFF') return oneOffLine(entry)
  const head = { day: dayOfTime(entry.at), who: whoIs(entry.to) }
  switch (entry.kind) {
    case 'DOCUMENT':
      return { ...head, ...documentCells(entry) }
    case 'MESSAGE':
      return { ...head, ...(version === 'guardian' && isPrivate(entry) ? privateCells(entry) : messageCells(entry)) }
    case 'RECALL':
      return { ...head, ...recallCells(entry) }
    case 'MISDIRECTED':
      return { ...head, ...misdirectedCells(entry) }
  }
}

type Cells = Omit<PageLine, 'day' | 'who'>

function documentCells(entry: DocumentEntry): Cells {
  const { label, period, cutAt, isClosing, said, amendments = [], deleteBy, takenBack, deliveries } = entry
  const told = isClosing ? NO_LONGER_LISTED + (said ? `（${fieldsInWords(said)}）` : '') : fieldsInWords(said)
  return {
    what: [
      `${label.zh}（${periodInWords(period)}，截至${wordsOfDay(cutAt)}）：${told}`,
      ...amendments.map(amendedInWords),
    ].join('；'),
    why: whyOf(said, amendments),
    deletion: deletionOf(takenBack, dayInWords(deleteBy)),
    state: deliveries.length === 0 ? '已制作，待接收单位领取' : deliveries.map(stateInWords).join('；'),
  }
}

function messageCells({ to, about, class: alertClass, said, takenBack, delivery, relayed }: MessageEntry): Cells {
  const correction = alertClass === 'RETRACTION' ? '（更正）' : ''
  const told = said ? `至多包括${fieldsInWords(said)}` : isOfCare({ to }) ? ON_DESK_OF_CARE : ON_DESK
  return {
    what: `${MESSAGE_WORDS[about] ?? NOTICE}${correction}：${told}`,
    why: said ? whyOf(said) : PURPOSE_WORDS.COORDINATION,
    deletion: deletionOf(takenBack, UNTIL_DONE),
    state: [delivery ? stateInWords(delivery) : '列于该单位待办', ...relaysInWords(relayed)].join('；'),
  }
}

function isPrivate({ to, said, about }: MessageEntry): boolean {
  return said ? PRIVATE.has(said.purpose) : about === 'danger' || isOfCare({ to })
}

function privateCells({ takenBack }: MessageEntry): Cells {
  return {
    what: '一份通知：内容属本人私事，本版不列明',
    why: '依法提供；详情由本人查询',
    deletion: deletionOf(takenBack, UNTIL_DONE),
    state: '',
  }
}

function recallCells({ by, deleteBy, deliveries }: RecallEntry): Cells {
  return {
    what: by === 'ERASURE' ? '要求删除此前收到的全部信息' : '要求删除此前收到的信息',
    why: `保护个人信息；${clausesInWords(['PIPL 47'])}`,
    deletion: dayInWords(deleteBy),
    state: deliveries.length === 0 ? '已发出要求' : deliveries.map(stateInWords).join('；'),
  }
}

/** In both versions alike: an authority outside was told, and what can be done about it the guardian has to know too. */
function oneOffLine(entry: OneOffEntry): PageLine {
  const { at, requester, letter, purpose, said, deleteBy, handedOutAt, takenBack, suspendedUntil } = entry
  const kind = labelOf(ONE_OFF_REQUESTERS, requester.kind)?.zh ?? requester.kind
  const late = suspendedUntil === undefined ? '' : `；依法自${suspendedUntil}起告知，此前${NOT_LISTED_YET}`
  const [last] = handedOutAt.toReversed()
  return {
    day: dayOfTime(at),
    who: requester.name === undefined ? kind : `${requester.name}（${kind}）`,
    what: `一次性提供（来函文号：${letter ?? '已随身份信息销毁'}）：${fieldsInWords(said)}`,
    why: `${purpose === undefined ? '' : `${purpose}；`}${whyOf(said)}${late}`,
    deletion: deletionOf(takenBack, deleteBy),
    state: `${last === undefined ? '已决定提供，尚未取件' : `已取件（${dayOfTime(last)}）`}${recallInWords(takenBack)}`,
  }
}

function recallInWords(takenBack: OneOffEntry['takenBack']): string {
  if (takenBack?.destroyedAt !== undefined) return `；对方已确认销毁（${wordsOfDay(takenBack.destroyedAt)}）`
  return takenBack?.writtenAt === undefined ? '' : `；已去函要求销毁（${wordsOfDay(takenBack.writtenAt)}）`
}

function misdirectedCells({ what, fields, discoveredOn, containment, notifiedOn }: MisdirectedEntry): Cells {
  const told = notifiedOn === undefined ? '' : `；已于${notifiedOn}告知`
  return {
    what: `误发（${labelOf(MISDIRECTED_KINDS, what)?.zh ?? what}）：${fields.map(({ label }) => label.zh).join('、')}`,
    why: `不应提供而误发，${dayOfTime(discoveredOn)}发现；${clausesInWords(['PIPL 57'])}`,
    deletion: '已要求删除',
    state: `${labelOf(CONTAINMENTS, containment)?.zh ?? containment}${told}`,
  }
}

/** Readings of one agency for one purpose in one year are one line. */
function viewLine({ to, purpose, at }: ViewEntry, group: readonly ViewEntry[]): PageLine {
  const first = dayOfTime(group.at(-1)?.at ?? at)
  const last = dayOfTime(at)
  const days = first === last ? dayInWords(last) : `${dayInWords(first)}至${dayInWords(last)}`
  return {
    day: last,
    who: whoIs(to),
    what: `查阅${purpose === 'LETTER' ? '来函' : '服务记录'}${group.length}次（${days}）`,
    why: VIEW_PURPOSE_WORDS[purpose] ?? '',
    deletion: '查阅不留副本',
    state: '',
  }
}

function whoIs({ name, role }: Party): string {
  const kind = role === undefined ? '信息平台' : ROLE_WORDS[role]
  return name === undefined ? kind : `${name}（${kind}）`
}

function fieldsInWords(said: Said | undefined): string {
  return said ? [...new Set(said.fields.map(({ label }) => label.zh))].join('、') : '内容已随身份信息销毁，不再可查'
}

/** `更正2026年第1季度的肇事次数`: what a label says of its own period is said of that one. */
function amendedInWords({ period, fields }: AmendedPeriod): string {
  const labels = new Set(fields.map(({ label }) => label.zh.replace(/^本期/, '')))
  return `更正${periodInWords(period)}的${[...labels].join('、')}`
}

function whyOf(said: Said | undefined, amendments: readonly AmendedPeriod[] = []): string {
  if (!said) return '内容已随身份信息销毁'
  const fields = [...said.fields, ...amendments.flatMap((amended) => amended.fields)]
  return `${PURPOSE_WORDS[said.purpose]}；依据：${clausesInWords(fields.flatMap(({ clauses }) => clauses))}`
}

function deletionOf(takenBack: TakenBack | undefined, otherwise: string): string {
  return takenBack ? `已于${wordsOfDay(takenBack.at)}要求在${dayInWords(takenBack.deleteBy)}前删除` : otherwise
}

function stateInWords({ isAcknowledged, openedAt, isCollected, handedOverAt, parkedAt }: DeliveryState): string {
  if (isAcknowledged) return '已签收'
  if (openedAt !== undefined) return `已查看（${wordsOfDay(openedAt)}）`
  if (isCollected) return '已取走'
  if (parkedAt !== undefined) return '未能送达'
  return handedOverAt === undefined ? '待送达' : `已送达（${wordsOfDay(handedOverAt)}）`
}

function relaysInWords(relayed: MessageEntry['relayed']): readonly string[] {
  if (relayed.length === 0) return []
  return [`另由工作人员转告：${[...new Set(relayed.map(({ to }) => RELAY_WORDS[to] ?? RELAY_WORDS.OTHER))].join('、')}`]
}

function wordsOfDay(time: string): string {
  return dayInWords(dayOfTime(time))
}
