/**
 * The account as a page to print and hand over: whole in itself, no script, nothing fetched. It bears no name (that is written in
 * by hand), no diagnosis, no level, no reporter and nobody's staff: who finds it learns of nobody. Pure.
 */
import type { CalendarDate } from '../kernel/dates.js'
import { escapedHtml, htmlPage } from '../kernel/html.js'
import { dayInWords } from '../policy/plain-words.js'
import { type PageLine, type PageVersion, type PageYear, pageYears } from './page-lines.js'
import type { Account } from './port.js'

export interface PageSetup {
  readonly account: Account
  readonly version: PageVersion
  /** The number by which whoever prints it knows the person. */
  readonly number: string
  /** The health centre that answers for the person. */
  readonly unit?: { readonly name: string; readonly phone: string }
  readonly printedOn: CalendarDate
}

const VERSION_WORDS: Readonly<Record<PageVersion, string>> = { patient: '本人版', guardian: '监护人版' }
const TITLE = '个人信息提供情况告知单'
const NO_UNIT = { name: '为您服务的卫生机构', phone: '（请向当地卫生健康部门查询）' }

/** Title and number stand on every page that a table runs over, and pages are numbered: a sheet that got loose is found again. */
const STYLE = `
body{font:15px/1.6 "Noto Serif CJK SC","SimSun",serif;color:#000;background:#fff;margin:1.5em auto;max-width:67em;padding:0 1em}
h1{font-size:1.5em;text-align:center;margin:.2em 0}
h2{font-size:1.1em;margin:1.4em 0 .4em}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{border:1px solid #000;padding:.3em .4em;text-align:left;vertical-align:top;overflow-wrap:anywhere}
col:nth-child(1),col:nth-child(5){width:9em}col:nth-child(2){width:11em}col:nth-child(4){width:14em}col:nth-child(6){width:8em}
.again{display:none}
.line{display:inline-block;min-width:9em;border-bottom:1px solid #000}
@page{size:A4 landscape;margin:14mm;@bottom-center{content:"第 " counter(page) " 页，共 " counter(pages) " 页";font:12px serif}}
@media print{body{margin:0;max-width:none;padding:0}thead{display:table-header-group}.again{display:table-row}tr,ul{break-inside:avoid}h2{break-after:avoid}h2:has(+table){display:none}table{margin-top:1em}}
`

export function accountPage({ account, version, number, unit, printedOn }: PageSetup): string {
  const years = pageYears(account.entries, version)
  const centre = unit ?? NO_UNIT
  const title = `${TITLE}（${VERSION_WORDS[version]}）`
  return htmlPage({
    title: TITLE,
    style: STYLE,
    body: `<h1>${title}</h1>
<p>姓名：<span class="line"></span>　编号：${escapedHtml(number)}</p>
<p>制作单位：${escapedHtml(centre.name)}　制作日期：${escapedHtml(dayInWords(printedOn))}</p>
<p>本人及其监护人有权知道本人的哪些信息提供给了谁、为什么提供（《个人信息保护法》第四十四条、第四十五条）。下面按年份列出提供和查阅的情况，最近的在前；只写信息的名称，不写内容。</p>
${noticesOf(account, version).join('\n')}
${years.length === 0 ? '<p>至今没有需要列明的提供和查阅情况。</p>' : years.map((year) => yearTable(year, `${title}　编号：${number}`)).join('\n')}
${rights(centre)}`,
  })
}

function noticesOf({ erasedAt }: Account, version: PageVersion): readonly string[] {
  return [
    ...(version === 'guardian'
      ? [
          '<p>本版供监护人使用。卫生机构为诊疗查阅记录的情况，以及属于本人私事的通知内容，不在本版列明；本人可以索取本人版。</p>',
        ]
      : []),
    ...(erasedAt === undefined
      ? []
      : [
          `<p>身份信息已于${escapedHtml(dayInWords(erasedAt.slice(0, 10)))}销毁：此前提供过的内容只剩凭证，不再可查。</p>`,
        ]),
  ]
}

/** @param sheet what tells a page of it from other papers */
function yearTable({ year, lines }: PageYear, sheet: string): string {
  return `<h2>${escapedHtml(year)}年</h2>
<table>
<colgroup><col><col><col><col><col><col></colgroup>
<thead>
<tr class="again"><th colspan="6">${escapedHtml(`${sheet}　${year}年`)}</th></tr>
<tr><th>日期</th><th>提供给谁</th><th>提供了什么</th><th>为什么、依据什么</th><th>何时应删除</th><th>送达情况</th></tr>
</thead>
<tbody>
${lines.map(tableRow).join('\n')}
</tbody>
</table>`
}

function tableRow({ day, who, what, why, deletion, state }: PageLine): string {
  return `<tr>${[dayInWords(day), who, what, why, deletion, state].map((cell) => `<td>${escapedHtml(cell)}</td>`).join('')}</tr>`
}

function rights({ name, phone }: { readonly name: string; readonly phone: string }): string {
  const ask = `${escapedHtml(name)}，电话 ${escapedHtml(phone)}`
  return `<h2>可以怎么做</h2>
<ul>
<li>信息不对或不全：可以要求核实、更正、补充（《个人信息保护法》第四十六条）。更正后，曾经收到旧信息的单位会收到更正。</li>
<li>对提供有异议：可以要求说明理由和处理规则（第四十八条）；违法提供、目的已经实现或保存期已满的，可以要求删除（第四十七条）。</li>
<li>撤回同意：凭同意提供的信息，随时可以撤回同意，和当初同意一样方便（第十五条）；撤回后不再提供，并要求收到的单位删除。撤回不影响此前已经提供的效力，不影响看病、领药、享受救助（第十六条）。依法必须提供的，不以同意为条件。</li>
<li>投诉和起诉：请求被拒绝的，有权要求说明理由，可以向履行个人信息保护职责的部门投诉、举报（第六十五条），也可以向人民法院起诉（第五十条；《精神卫生法》第八十二条）。</li>
<li>以上都可以联系：${ask}。</li>
</ul>`
}
