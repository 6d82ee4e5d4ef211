/**
 * What the first sheet of a document says to whoever opens it: whose it is, what it is for, what it counts, how to check it, until
 * when it may be kept. Pure. It says what the document's own header says, in words, and makes nothing up.
 */
import type { Period } from '../kernel/dates.js'
import { periodDays } from '../kernel/dates.js'
import { PURPOSES, type Purpose } from '../policy/disclosure.js'
import { periodInWords } from '../policy/plain-words.js'
import type { Cell } from './xlsx.js'

/** The first line of a document, as `headerLine` writes it. */
export interface DocumentHeader {
  readonly document: string
  readonly feed: string
  readonly period: Period
  readonly recipient: { readonly name: string }
  readonly purposes: readonly Purpose[]
  readonly fieldSets: readonly string[]
  readonly cut: { readonly at: string }
  readonly versions: Readonly<Record<string, number>>
  readonly rows: number
  readonly counts: Readonly<Record<string, unknown>>
  readonly deleteBy: string
  readonly simulated?: boolean
  readonly preview?: boolean
}

/** What the header does not say. */
export interface CoverParts {
  /** The feed's name in Chinese. */
  readonly label: string
  /** Of the canonical document as it was released: `sha256:…`. */
  readonly documentDigest: string
  readonly recalled: number
  /** Whom the rows name to be called, each once. */
  readonly contacts: readonly string[]
}

export type CoverLine = readonly [label: string, value: Cell]

/** Words for what feeds count, in the order in which they are read. */
export const COUNT_WORDS: Readonly<Record<string, string>> = {
  high: '危险性评估3至5级人数',
  low: '危险性评估0至2级人数',
  notAssessed: '目前无有效评估人数',
  poor: '贫困人数',
  notPoor: '非贫困人数',
  certified: '持残疾人证人数',
  uncertified: '未持残疾人证人数',
  withoutWork: '下岗或无业人数',
  other: '其他就业情况人数',
  unknown: '情况不详人数',
  closings: '不再列入人数',
}

const MOST_CONTACTS = 20
const FEW = '<5'

export function coverLines(header: DocumentHeader, parts: CoverParts): readonly CoverLine[] {
  const { recipient, document, period, purposes, fieldSets, cut, deleteBy } = header
  return [
    ['接收单位', recipient.name],
    ['文件编号', document],
    ['名称', nameOf(header, parts.label)],
    ['统计周期', periodAndDays(period)],
    ['提供目的', purposes.map((purpose) => PURPOSES[purpose].zh).join('；')],
    ['字段集', fieldSets.join('、')],
    ...countLines(header),
    ...(parts.recalled > 0 ? [['发布后撤回行数', parts.recalled] as const] : []),
    ['截取时间', { time: cut.at }],
    ['删除期限', { day: deleteBy }],
    ['使用要求', '本文件只供接收单位为上述目的使用，不得转交，不得公示；删除期限届满，全部副本（含打印件）一并销毁。'],
    ['联系', contactsInWords(parts.contacts)],
    ['文档摘要', parts.documentDigest],
    ['核对方法', howToVerify(header, parts)],
  ]
}

/** `2026年第1季度（2026-01-01至2026-03-31）` */
export function periodAndDays(period: Period): string {
  const { first, last } = periodDays(period)
  return `${periodInWords(period)}（${first}至${last}）`
}

/** What must not be overlooked, for the cover and for every printed page. */
export function warningsOf({ simulated, preview }: DocumentHeader): readonly string[] {
  return [...(simulated ? ['模拟数据　不涉及真实人员'] : []), ...(preview ? ['预览　尚未发布，不得使用'] : [])]
}

function nameOf({ feed, versions }: DocumentHeader, label: string): string {
  const version = versions[`feed:${feed}`]
  return version === undefined ? `${label}（${feed}）` : `${label}（${feed}，第${version}版）`
}

function countLines({ rows, counts }: DocumentHeader): readonly CoverLine[] {
  const { rows: _, ...others } = counts
  const lines = inOrder(others).flatMap(([name, value]) => linesOf(name, value))
  const isCoarse = lines.some(([, value]) => typeof value === 'string')
  return [
    ['行数', rows],
    ...lines,
    ...(isCoarse
      ? [['计数说明', '为不使个人可被识别，未列入名单者的人数按5取整，不足5人的不列具体数。'] as const]
      : []),
  ]
}

function linesOf(name: string, value: unknown): readonly CoverLine[] {
  if (Array.isArray(value)) return value.map(unitLine)
  return [[COUNT_WORDS[name] ?? name, typeof value === 'number' ? value : said(value)]]
}

/** `{unit: '…', high: 3, low: '<5'}` */
function unitLine(told: unknown): CoverLine {
  const { unit, ...numbers } = Object(told) as Readonly<Record<string, unknown>>
  return [
    `其中：${unit}`,
    inOrder(numbers)
      .map(([name, value]) => `${COUNT_WORDS[name] ?? name}：${said(value)}`)
      .join('；'),
  ]
}

function said(value: unknown): string {
  return value === FEW ? '不足5' : String(value)
}

function inOrder(counts: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const names = Object.keys(COUNT_WORDS)
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length)
  return Object.entries(counts).sort(([a], [b]) => place(a) - place(b))
}

function contactsInWords(contacts: readonly string[]): string {
  if (contacts.length === 0) return '本文件各行均未载联系单位'
  const told = contacts.slice(0, MOST_CONTACTS).join('；')
  return contacts.length > MOST_CONTACTS ? `${told}；其余见名单各行` : told
}

function howToVerify({ feed, period, document }: DocumentHeader, { recalled }: CoverParts): string {
  const file = `${period}-${document}.ndjson`
  return [
    '摘要和签名所针对的是规范文档（NDJSON），本表是它的誊写，仅供阅读，不作核对依据。',
    '1. 在下载本表的地址以 format=ndjson 取得规范文档，并取得同一地址下的清单（manifest）。',
    recalled > 0
      ? `2. 发布后有${recalled}行被撤回，规范文档中以承诺值代替，其摘要与上列不同；各行承诺值仍归于清单所载的根（root）。`
      : `2. openssl dgst -sha256 -binary ${file} | openssl base64 -A | tr '+/' '-_' | tr -d '=' 的结果应与上列摘要“sha256:”之后的部分相同。`,
    `3. 清单由系统签名，列有每一行的承诺值：lianhu feed verify ${file} 清单文件 逐行核对并指出缺失、重复、调换或改动的行（接收工具包的 checkDocument 亦可），无需联网。`,
    `4. 系统管理员以 lianhu feed verify ${feed} ${period} 由事件日志重新生成并比对。`,
  ].join('\n')
}
