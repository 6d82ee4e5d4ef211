/**
 * What a one-off disclosure is on paper: a page on A4 in plain Chinese, whole in itself, no script, nothing fetched. Letter, recipient
 * and the day of destruction stand on every printed page, for a page that is taken out of its file says by itself what it is. Pure.
 */
import { escapedHtml, htmlPage } from '../kernel/html.js'

export interface Paper {
  readonly title: string
  /** Said at the head of every printed page, in this order. */
  readonly head: readonly (readonly [name: string, value: string])[]
  /** Said at the foot of every printed page. */
  readonly foot: string
  /** What stands between; already escaped. */
  readonly body: string
}

const STYLE = `
body{font:15px/1.7 "Noto Serif CJK SC","SimSun",serif;color:#000;background:#fff;margin:1.5em auto;max-width:48em;padding:0 1em}
h1{font-size:1.5em;text-align:center;margin:.4em 0 .8em}
h2{font-size:1.1em;margin:1.3em 0 .4em}
p{margin:.5em 0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;overflow-wrap:anywhere}
.facts td,.facts th{border:1px solid #000;padding:.3em .5em}
.facts th{width:13em;font-weight:normal}
.sheet>thead td{border-bottom:1px solid #000;padding-bottom:.4em;font-size:.87em}
.sheet>tfoot td{border-top:1px solid #000;padding-top:.4em;font-size:.75em;overflow-wrap:anywhere}
.sign{margin-top:2.5em;text-align:right}
@page{size:A4;margin:16mm}
@media print{body{margin:0;max-width:none;padding:0}.sheet>thead{display:table-header-group}.sheet>tfoot{display:table-footer-group}.facts tr{break-inside:avoid}h2{break-after:avoid}}
`

export function paperPage({ title, head, foot, body }: Paper): string {
  const said = head.map(([name, value]) => `${escapedHtml(name)}：${escapedHtml(value)}`).join('　')
  return htmlPage({
    title,
    style: STYLE,
    body: `<table class="sheet">
<thead><tr><td>${said}</td></tr></thead>
<tfoot><tr><td>${escapedHtml(foot)}</td></tr></tfoot>
<tbody><tr><td>
<h1>${escapedHtml(title)}</h1>
${body}
</td></tr></tbody>
</table>`,
  })
}

/** A table of names and values, each escaped. */
export function factTable(rows: readonly (readonly [name: string, value: string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th>${escapedHtml(name)}</th><td>${escapedHtml(value)}</td></tr>`)
  return `<table class="facts">\n${lines.join('\n')}\n</table>`
}
