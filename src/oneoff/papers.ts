/**
 * The two papers of a one-off disclosure in words: the document to print, and the letter that says what is refused and what can be done
 * about it. Pure. The letter says nothing of the person, not even whether the hub knows them: it answers a letter by its number, and is
 * the same, to the byte, where nobody is known.
 */
import { labelOf } from '../domain/code-lists/code-list.js'
import { ONE_OFF_REFUSALS, type OneOffRefusal } from '../domain/code-lists/one-off.js'
import type { CalendarDate } from '../kernel/dates.js'
import { escapedHtml } from '../kernel/html.js'
import { wordsOf } from '../policy/fact-words.js'
import { FACT_FIELDS, FACT_PATHS, type FactPath, labelOfFact, PSEUDONYM } from '../policy/facts.js'
import { oneOffSetOf, REFUSAL_CLAUSES, REMEDY_CLAUSES } from '../policy/one-off-field-sets.js'
import { clausesInWords, PURPOSE_WORDS } from '../policy/plain-words.js'
import { type OneOffDocument, valueAt } from './document.js'
import { factTable, paperPage } from './paper.js'
import type { LetterWords } from './port.js'

const DOCUMENT_TITLE = '个人信息一次性提供件'
const LETTER_TITLE = '不予提供个人信息告知书'
const SENDER = '（制作单位）'

/** The document as a page. @param digest of the canonical document that it is made of */
export function documentPage(document: OneOffDocument, digest: string): string {
  const { letter, requester, purpose, basis, decidedOn, deleteBy, from, fieldSet, id } = document
  const kind = PURPOSE_WORDS[oneOffSetOf(fieldSet).purpose]
  const body = `<p>${escapedHtml(requester.name)}：</p>
<p>来函（${escapedHtml(letter)}）收悉。经两名工作人员审核，依法提供下列信息。</p>
<p>用途类别：${escapedHtml(kind)}</p>
${factTable(givenRows(document))}
${disputedNote(document)}
<h2>使用要求</h2>
<p>只用于上述目的，不得再向他人提供，不得公开；副本请于${escapedHtml(deleteBy)}前销毁（《个人信息保护法》第六条、第十九条、第二十五条；《精神卫生法》第四条）。</p>
${signed(from, decidedOn)}`
  return paperPage({
    title: DOCUMENT_TITLE,
    head: [
      ['文号', letter],
      ['接收单位', requester.name],
      ['目的', purpose],
      ['依据', clausesInWords(basis)],
      ['销毁期限', deleteBy],
    ],
    foot: `编号 ${id}　摘要 ${digest}　本页依 JSON 原件制作，以原件为准`,
    body,
  })
}

export interface RefusedGiven {
  readonly words: LetterWords
  /** What is not given of what was asked for. */
  readonly fields: readonly string[]
  readonly isPart: boolean
  readonly reason: OneOffRefusal
  readonly decidedOn: CalendarDate
  readonly from?: { readonly name: string; readonly phone: string }
}

export function refusalLetter({ words, fields, isPart, reason, decidedOn, from }: RefusedGiven): string {
  const { requesterName, letter, purpose } = words
  const body = `<p>${escapedHtml(requesterName)}：</p>
<p>来函（${escapedHtml(letter)}，目的：${escapedHtml(purpose)}）收悉。所请求的下列内容${isPart ? '，除另行提供的外，' : ''}不予提供：</p>
${factTable(fields.map((field, i) => [`第${i + 1}项`, labelText(field)]))}
<h2>原因和依据</h2>
<p>${escapedHtml(labelOf(ONE_OFF_REFUSALS, reason)?.zh ?? reason)}。依据：${escapedHtml(clausesInWords(REFUSAL_CLAUSES[reason]))}。</p>
${isPart ? '' : '<p>本告知书不表明本单位是否保有所涉人员的任何信息。</p>'}
<h2>救济途径</h2>
<p>对本告知书有异议的，可以补充手续、说明目的后重新来函，也可以向履行个人信息保护职责的部门反映。个人行使权利的请求被拒绝的，可以向人民法院提起诉讼。依据：${escapedHtml(clausesInWords(REMEDY_CLAUSES))}。</p>
${signed(from, decidedOn)}`
  return paperPage({
    title: LETTER_TITLE,
    head: [
      ['文号', letter],
      ['来函单位', requesterName],
      ['决定日期', decidedOn],
    ],
    foot: '本告知书由两名工作人员审核后作出。',
    body,
  })
}

/** Who answers for a paper, and since when it is decided. */
function signed(from: RefusedGiven['from'], decidedOn: CalendarDate): string {
  const sender = from ? `${escapedHtml(from.name)}　电话 ${escapedHtml(from.phone)}` : SENDER
  return `<p class="sign">${sender}<br>${escapedHtml(decidedOn)}</p>`
}

/** Every fact that was granted, in the order of the vocabulary; what the hub does not have says so. */
function givenRows({ facts, notHeld }: OneOffDocument): readonly (readonly [string, string])[] {
  return FACT_PATHS.flatMap((path): readonly (readonly [string, string])[] => {
    if (notHeld.includes(path)) return [[labelText(path), '无记录']]
    const value = valueAt(facts, path)
    return value === undefined ? [] : [[labelText(path), valueText(path, value)]]
  })
}

function valueText(path: FactPath, value: unknown): string {
  const words = path === 'patientId' ? String : wordsOf(path)
  return Array.isArray(value) ? value.map(words).join('、') : words(value)
}

function labelText(field: string): string {
  return field === 'patientId' ? PSEUDONYM.zh : labelOfFact(field).zh
}

function disputedNote({ disputed }: OneOffDocument): string {
  if (disputed.length === 0) return ''
  const words = disputed.map(wordsOf('disputed'))
  return `<p>本人或者有关单位对下列内容有异议，尚未办结：${escapedHtml(words.map(labelOrWord).join('、'))}。</p>`
}

/** The head of a fact with a label of its own, in that label. */
function labelOrWord(word: string): string {
  const path = FACT_PATHS.find((known) => known === word || known.startsWith(`${word}.`))
  return path ? FACT_FIELDS[path].label.zh : word
}
