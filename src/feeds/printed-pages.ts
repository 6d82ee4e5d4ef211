/** What stands on every printed page of a workbook, of both its sheets: what it is, whose, until when, and what must not be overlooked. */
import { type DocumentHeader, periodAndDays, warningsOf } from './cover.js'
import { printed, type Sheet } from './xlsx.js'

const NAME_PRINTED = 30

/** `what` is the name of the paper, `whose` what its recipient is called on it: `接收单位`. */
export interface PageWords {
  readonly what: string
  readonly whose: string
}

export function printedPages(header: DocumentHeader, { what, whose }: PageWords): Pick<Sheet, 'header' | 'footer'> {
  const { recipient, document, period, deleteBy } = header
  const warning = warningsOf(header)
    .map((text) => text.split('　')[0])
    .join('　')
  const title = `${printed(what, NAME_PRINTED)} ${periodAndDays(period)}`
  return {
    header: `&L${title}${warning === '' ? '' : `&C&18${warning}`}&R不得转交　不得公示`,
    footer: `&L${whose}：${printed(recipient.name, NAME_PRINTED)}\n文件编号：${document}&R删除期限：${deleteBy}\n第 &P 页，共 &N 页`,
  }
}
