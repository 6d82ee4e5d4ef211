/**
 * The columns of a return sheet, by role: how each is headed, and what may be typed below. Both who writes the sheet and who reads it
 * take them from here. Pure.
 */
import type { CodeList } from '../domain/code-lists/code-list.js'
import type { Role } from '../domain/event.js'
import { type ReturnItemKind, type ReturnMember, returnItemsOf } from '../policy/returns.js'

export const RETURN_COVER = '说明'
export const RETURN_LIST = '反馈'
/** Lines of a sheet below its headings. */
export const MOST_LINES = 5000

/** Cells of the cover that are read back, by what stands on their left. */
export const SERIAL_LABEL = '文件编号'
export const NOTHING_LABEL = '本期无情况反馈'
export const YES = '是'
export const NO = '否'

export const PSEUDONYM_HEADING = '人员代号'
export const NAME_HEADING = '姓名'
/** Columns before those that are filled in: pseudonym and name. */
export const GIVEN_COLUMNS = 2

export interface ReturnColumn {
  readonly itemKind: ReturnItemKind
  readonly member: ReturnMember
  /** `肇事肇祸：时间*`; the star says that it is needed where anything of its kind is said. */
  readonly heading: string
  /** From 0. */
  readonly column: number
}

export function returnColumnsOf(role: Role): readonly ReturnColumn[] {
  return returnItemsOf(role)
    .flatMap((itemKind) => itemKind.members.map((member) => ({ itemKind, member })))
    .map(({ itemKind, member }, i) => ({
      itemKind,
      member,
      heading: `${itemKind.label.zh}：${member.label.zh}${member.isRequired ? '*' : ''}`,
      column: GIVEN_COLUMNS + i,
    }))
}

/** What is offered in a cell; undefined where anything may be typed. */
export function wordsOf({ value }: ReturnMember): readonly string[] | undefined {
  if (value.kind === 'choice') return value.list.entries.map(({ zh }) => zh)
  return value.kind === 'flag' ? [YES, NO] : undefined
}

/** The code of a word of a list; undefined for any other. */
export function codeOf(list: CodeList, word: string): unknown {
  return list.entries.find(({ zh }) => zh === word)?.code
}
