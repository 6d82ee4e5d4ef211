/**
 * The sheet on which an agency sends back what it knows (W43), made from the document that it answers: a cover that says how, and a
 * line for each person of the document, by the agency's own name for them. Pure but for the writing. It holds of a person no more
 * than the name, and that only where the document did.
 */
import type { Role } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { isRecalled, rowsOf } from './columns.js'
import { type CoverLine, type DocumentHeader, periodAndDays, warningsOf } from './cover.js'
import { printedPages } from './printed-pages.js'
import {
  GIVEN_COLUMNS,
  MOST_LINES,
  NAME_HEADING,
  NOTHING_LABEL,
  PSEUDONYM_HEADING,
  RETURN_COVER,
  RETURN_LIST,
  type ReturnColumn,
  returnColumnsOf,
  SERIAL_LABEL,
  wordsOf,
  YES,
} from './return-columns.js'
import { type Cell, type Choice, type Sheet, type SheetColumn, writeWorkbook } from './xlsx.js'

/** Plain data: it is handed to another thread. */
export interface ReturnSheetOrder {
  /** The canonical document, without what was taken back since. */
  readonly ndjson: Uint8Array
  readonly role: Role
  /** The feed's name in Chinese. */
  readonly label: string
}

interface Line {
  readonly pseudonym: string
  readonly name: string
}

const TITLE = '信息反馈表'
const PAGE_WORDS = { what: TITLE, whose: '填报单位' }
/** Lines that may be added below the given ones and still offer their lists. */
const SPARE_LINES = 200
const ID_WIDTH = 38
const NAME_WIDTH = 14
const WIDTHS = { choice: 18, flag: 10, day: 13, time: 18, count: 10, line: 18, words: 30 } as const
/** Room to write in, by hand too. */
const ROW_HEIGHT = 21

/** Throws `HUB_TOO_MANY_ROWS` where a sheet that comes back could not be read. */
export async function renderReturnSheet({ ndjson, role, label }: ReturnSheetOrder): Promise<Buffer> {
  const bytes = Buffer.from(ndjson.buffer, ndjson.byteOffset, ndjson.byteLength)
  const header = JSON.parse(bytes.toString('utf8', 0, bytes.indexOf('\n'))) as DocumentHeader
  if (header.rows > MOST_LINES) {
    throw new HubError(
      'HUB_TOO_MANY_ROWS',
      `a return sheet holds ${MOST_LINES} lines, this document has ${header.rows}`,
    )
  }
  const columns = returnColumnsOf(role)
  const headlines = [TITLE, ...warningsOf(header)]
  return writeWorkbook({
    title: TITLE,
    at: header.cut.at,
    sheets: [
      coverSheet(header, headlines, coverLines(header, label, columns)),
      listSheet(header, columns, linesOf(bytes)),
    ],
  })
}

/** Whom the document lists and lists still: not who was taken back, nor who is told of as gone. */
function linesOf(ndjson: Buffer): readonly Line[] {
  const lines: Line[] = []
  for (const row of rowsOf(ndjson)) {
    const { pseudonym, name, closing } = Object(row) as Readonly<Record<string, unknown>>
    if (isRecalled(row) || closing !== undefined || typeof pseudonym !== 'string') continue
    lines.push({ pseudonym, name: typeof name === 'string' ? name : '' })
  }
  return lines
}

function coverLines(
  { recipient, document, period, deleteBy }: DocumentHeader,
  label: string,
  columns: readonly ReturnColumn[],
): readonly CoverLine[] {
  return [
    ['填报单位', recipient.name],
    [SERIAL_LABEL, document],
    ['所反馈的名单', `${label}　${periodAndDays(period)}`],
    [NOTHING_LABEL, undefined],
    ['填写方法', HOW_TO_FILL],
    ...columns.flatMap(({ heading, member }): readonly CoverLine[] => {
      const words = wordsOf(member)
      return words ? [[heading, `可填：${words.join('；')}`]] : []
    }),
    ['删除期限', { day: deleteBy }],
    ['使用要求', '本表只交回原系统，不得转交，不得公示；删除期限届满，全部副本一并销毁。'],
  ]
}

const HOW_TO_FILL = [
  `1. 在“${RETURN_LIST}”页填写，每人一行；没有情况的人留空即可。同一人有多条的，复制该行另填。`,
  '2. 填写某一类内容时，该类带“*”的栏必填。日期写作2026-03-02，时间写作2026-03-02 22:10。',
  `3. 人员代号、姓名、表头和本页的${SERIAL_LABEL}不要改动，不要写公式。`,
  `4. 全部人员均无情况的，在上面“${NOTHING_LABEL}”右侧填“${YES}”。`,
  '5. 紧急情况不要等到本表，请立即上报。',
  '6. 交回：lianhu returns send 本文件，或以接口 POST /v1/returns/sheets 上传。任何一格有误，整表不收，逐格指出；同一张表重复上传不会重复登记。',
].join('\n')

function coverSheet(header: DocumentHeader, headlines: readonly string[], lines: readonly CoverLine[]): Sheet {
  const nothing = headlines.length + lines.findIndex(([label]) => label === NOTHING_LABEL)
  return {
    name: RETURN_COVER,
    columns: [
      { width: 28, isBold: true, isWrapped: true },
      { width: 80, isWrapped: true, align: 'left', isText: true },
    ],
    rows: [...headlines.map((text) => [text]), ...lines],
    looks: new Map(headlines.map((_, row) => [row, row === 0 ? 'title' : 'warning'])),
    frozenRows: 0,
    rowHeight: ROW_HEIGHT,
    paper: { size: 'a4', isLandscape: false, hasGrid: true },
    choices: [{ column: 1, firstRow: nothing, lastRow: nothing, words: [YES] }],
    ...printedPages(header, PAGE_WORDS),
  }
}

function listSheet(header: DocumentHeader, columns: readonly ReturnColumn[], lines: readonly Line[]): Sheet {
  const lastRow = Math.min(lines.length + SPARE_LINES, MOST_LINES)
  const given: readonly SheetColumn[] = [
    { width: ID_WIDTH, isText: true },
    { width: NAME_WIDTH, isText: true },
  ]
  const rows: readonly (readonly Cell[])[] = lines.map(({ pseudonym, name }) => [pseudonym, name])
  return {
    name: RETURN_LIST,
    columns: [
      ...given,
      ...columns.map(({ member: { value } }) => ({
        width: WIDTHS[value.kind],
        // What looks like a number or a date to the program stays as it was typed.
        isText: value.kind !== 'count',
        isWrapped: value.kind === 'words',
      })),
    ],
    rows: [[PSEUDONYM_HEADING, NAME_HEADING, ...columns.map(({ heading }) => heading)], ...rows],
    looks: new Map([[0, 'heading']]),
    frozenRows: 1,
    rowHeight: ROW_HEIGHT,
    paper: { size: columns.length > 2 * GIVEN_COLUMNS ? 'a3' : 'a4', isLandscape: true, hasGrid: true },
    choices: columns.flatMap(({ member, column }): readonly Choice[] => {
      const words = wordsOf(member)
      return words ? [{ column, firstRow: 1, lastRow, words }] : []
    }),
    ...printedPages(header, PAGE_WORDS),
  }
}
