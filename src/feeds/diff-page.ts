/**
 * A comparison of two versions as one page to print, for those who decide: what changes for whom, for how many people, on what
 * ground, and whether it widens. Whole in itself, no script, nothing fetched. It names no person, and gives no number that says
 * something about one: paper is passed on. Pure.
 */
import type { CalendarDate } from '../kernel/dates.js'
import { escapedHtml, htmlPage } from '../kernel/html.js'
import { PURPOSES } from '../policy/disclosure.js'
import { isCorrection, type Opening } from '../policy/openings.js'
import { clausesInWords, OPENNESS_WORDS, ROLE_WORDS } from '../policy/plain-words.js'
import { COUNT_WORDS } from './cover.js'
import {
  type CoarseAgency,
  type CoarseCount,
  type CoarseDiff,
  type CoarseField,
  type CoarsePeriod,
  coarseCount,
  coarseDiff,
} from './diff-told.js'
import type { FeedDiff } from './port.js'

export const DIFF_TITLE = '数据交换版本变更对照表'
/** More agencies than a page is read to: the answer as JSON has all of them. */
const AGENCIES_ON_PAGE = 200

const STYLE = `
body{font:15px/1.6 "Noto Serif CJK SC","SimSun",serif;color:#000;background:#fff;margin:1.5em auto;max-width:62em;padding:0 1em}
h1{font-size:1.5em;text-align:center;margin:.2em 0}
h2{font-size:1.1em;margin:1.4em 0 .4em}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #000;padding:.3em .4em;text-align:left;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right}
td.n,th.n,td.s,th.s{white-space:nowrap}
.verdict{border:2px solid #000;padding:.5em .8em;margin:.8em 0}
.verdict p{margin:.3em 0}
.line{display:inline-block;min-width:12em;border-bottom:1px solid #000}
@page{size:A4 landscape;margin:14mm}
@media print{body{margin:0;max-width:none;padding:0}thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}}
`

/** @param printedOn `2026-07-10` */
export function diffPage(exact: FeedDiff, printedOn: CalendarDate): string {
  const diff = coarseDiff(exact)
  const { feed, label, audience, from, to, periods } = diff
  return htmlPage({
    title: DIFF_TITLE,
    style: STYLE,
    body: `<h1>${DIFF_TITLE}</h1>
<p>数据：${escapedHtml(label.zh)}（${escapedHtml(feed)}）　接收单位：${ROLE_WORDS[audience]}　${from === undefined ? '原无此项数据' : `原版本：第${from}版`}　新版本：第${to}版　制作日期：${escapedHtml(printedOn)}</p>
${verdict(exact)}
<h2>一、规则上有什么变化</h2>
${rulesTable(diff)}
<h2>二、涉及多少人</h2>
${peopleTable(periods)}
<h2>三、每项信息涉及多少人次</h2>
${fieldsTable(periods)}
<h2>四、涉及哪些单位</h2>
${agenciesTable(periods[0])}
<h2>说明</h2>
<ul>
<li>以上由系统用同一批人员、同一截点，按两个版本各生成一遍后逐行比较得出；没有发送，也没有写入任何内容。已销毁身份信息的人员不计在内。</li>
<li>本表不出现任何人的姓名和编号。人数少于5的不写具体数，其余取整到5；没有的写“无”。</li>
</ul>
<p>提出人：<span class="line"></span>　同意人：<span class="line"></span>　日期：<span class="line"></span></p>`,
  })
}

function verdict({ isWider, losesCorrections, audience, from, periods }: FeedDiff): string {
  const most = (of: (people: FeedDiff['periods'][number]['people']) => number): string =>
    spoken(coarseCount(Math.max(0, ...periods.map(({ people }) => of(people)))))
  const span = periods.some(({ isClosed }) => isClosed) ? `最近${periods.length}个已关账周期` : '正在进行的周期'
  const told = ROLE_WORDS[audience]
  const people = `按${span}看，最多的一期：新列入${most(({ gained }) => gained)}，不再列入${most(({ lost }) => lost)}；仍列入的人中，被告知更多内容的${most(({ more }) => more)}，更少的${most(({ less }) => less)}，内容有变的${most(({ otherwise }) => otherwise)}。`
  const more = from === undefined ? `放宽：${told}将第一次得到这项数据。` : `放宽：${told}将知道得更多。`
  const lost = `减少更正：此前告知的情况有变或有误时，${told}将不再得到相应的更正。`
  const conclusion = [isWider ? more : `不放宽：${told}不会知道得更多。`, ...(losesCorrections ? [lost] : [])].join('')
  const consequence =
    isWider || losesCorrections
      ? `须由提出人之外的第二个人同意才能生效。第二人不得来自${told}，也不得是运维人员或曾任运维人员。`
      : '由提出人一人提出即生效，并记录在案。'
  return `<div class="verdict"><p><strong>结论：${conclusion}</strong></p><p>${people}</p><p>${consequence}自下一次关账起生效，已关账的各期不变。</p></div>`
}

const KINDS: Readonly<Record<Opening['kind'], string>> = {
  FEED: '整项数据',
  AUDIENCE: '接收单位类别',
  CADENCE: '提供周期',
  FIELD: '信息',
  CLOSING_REASON: '不再列入的原因',
  AMENDMENTS: '更正',
  NUMBER: '汇总数',
  POLICY: '政策设置',
}

function rulesTable({ opened, closed }: CoarseDiff): string {
  if (opened.length + closed.length === 0) return '<p>提供哪些信息的规则没有变化。</p>'
  const rows = [
    ...opened.map((one) => ruleRow('放宽', one, one.was ?? 'withhold', one.now ?? 'allow')),
    ...closed.map((one) =>
      ruleRow(isCorrection(one) ? '减少更正' : '收窄', one, one.now ?? 'allow', one.was ?? 'withhold'),
    ),
  ]
  return tableOf(['方向', '类别', '内容', '原来', '改为', '用途', '依据'], rows, { short: [0, 1, 3, 4] })
}

function ruleRow(direction: string, opening: Opening, was: string, now: string) {
  const { kind, purpose, clauses } = opening
  const word = (openness: string): string => OPENNESS_WORDS[openness] ?? openness
  return [
    ...[direction, KINDS[kind], nameOfRule(opening), word(was), word(now)],
    ...[purpose ? PURPOSES[purpose].zh : '', clauses ? clausesInWords(clauses) : ''],
  ]
}

const OTHER_COUNTS: Readonly<Record<string, string>> = { rows: '行数', unit: '名称' }

/** A number by the word that the cover of the document has for it: `byUnit[].high`. */
function nameOfRule({ kind, what, label }: Opening): string {
  if (kind !== 'NUMBER') return label.zh
  const [name = '', unit] = what.split('.').reverse()
  return `${unit === undefined ? '' : '各机构的'}${COUNT_WORDS[name] ?? OTHER_COUNTS[name] ?? name}`
}

function peopleTable(periods: readonly CoarsePeriod[]): string {
  const rows = periods.map((period) => {
    const { people, closings } = period
    const counts = [people.from, people.to, people.gained, people.lost, people.more, people.less, people.otherwise]
    return [nameOf(period), ...counts.map(spoken), `${spoken(closings.from)} → ${spoken(closings.to)}`]
  })
  const heads = ['周期', '原版列入', '新版列入', '新列入', '不再列入', '被告知更多', '被告知更少', '内容有变']
  return tableOf([...heads, '“不再列入”通知'], rows, { numbersFrom: 1 })
}

function nameOf({ period, isClosed }: CoarsePeriod): string {
  return isClosed ? period : `${period}（进行中）`
}

function fieldsTable(periods: readonly CoarsePeriod[]): string {
  const named = new Map<string, CoarseField>()
  for (const { fields } of periods) for (const one of fields) named.set(`${one.fieldSet} ${one.field}`, one)
  if (named.size === 0) return '<p>两个版本在所比较的周期内，每个人的每项信息都相同。</p>'
  const rows = [...named]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { label, purpose, clauses }]) => [
      ...[label.zh, PURPOSES[purpose].zh, clausesInWords(clauses)],
      ...periods.map(({ fields }) => changeOf(fields.find((one) => `${one.fieldSet} ${one.field}` === key))),
    ])
  return tableOf(['信息', '用途', '依据', ...periods.map(nameOf)], rows, { numbersFrom: 3 })
}

function changeOf(field: CoarseField | undefined): string {
  if (!field) return '无'
  const { gained, lost, changed } = field
  const parts = [
    ['新提供', gained],
    ['不再提供', lost],
    ['内容有变', changed],
  ] as const
  return parts.flatMap(([word, count]) => (count === 0 ? [] : [`${word}${spoken(count)}`])).join('，')
}

function agenciesTable(period: CoarsePeriod | undefined): string {
  if (!period || period.agencies.length === 0) return '<p>所有单位的内容都相同。</p>'
  const { agencies, agenciesAlike } = period
  const shown = agencies.slice(0, AGENCIES_ON_PAGE)
  const rest = agencies.length - shown.length
  const notes = [
    `以${nameOf(period)}计，${agencies.length}个单位的内容有变化，${agenciesAlike}个没有变化。`,
    ...(rest > 0 ? [`下面列出前${shown.length}个，其余${rest}个见系统导出的明细。`] : []),
  ]
  const table = tableOf(
    ['单位', '原版列入', '新版列入', '新列入', '不再列入', '“不再列入”通知'],
    shown.map(agencyRow),
    { numbersFrom: 1 },
  )
  return `<p>${notes.join('')}</p>\n${table}`
}

function agencyRow({ name, rows, closings }: CoarseAgency): readonly string[] {
  const counts = [rows.from, rows.to, rows.gained, rows.lost].map(spoken)
  return [name, ...counts, `${spoken(closings.from)} → ${spoken(closings.to)}`]
}

function spoken(count: CoarseCount): string {
  if (count === 0) return '无'
  return count === '<5' ? '少于5人' : `约${count}人`
}

interface TableLayout {
  /** The first column of numbers, if any. */
  readonly numbersFrom?: number
  /** Columns that are never broken. */
  readonly short?: readonly number[]
}

function tableOf(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { numbersFrom = heads.length, short = [] }: TableLayout = {},
): string {
  const classOf = (i: number): string => (i >= numbersFrom ? ' class="n"' : short.includes(i) ? ' class="s"' : '')
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    row.map((cell, i) => `<${tag}${classOf(i)}>${escapedHtml(cell)}</${tag}>`).join('')
  return `<table>
<thead><tr>${cells('th', heads)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody>
</table>`
}
