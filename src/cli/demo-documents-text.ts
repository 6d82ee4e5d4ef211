/** What the five feeds say of one person, side by side, and the person's account of it, as a person reads them. */
import type { AccountEntry } from '../account/port.js'
import type { InDocument, InDocuments } from '../rehearsal/demo-documents.js'
import type { KnownAnswer, KnownFact } from '../rehearsal/demo-side-by-side.js'
import { columns, shortened } from './columns.js'
import { ENTRY_KIND_WORDS, viewedText } from './disclosures.js'

const CELLS = 20
const OUTCOMES: Readonly<Record<string, string>> = { ROW: '有本人一行', COUNTED: '只计入总数', EXCLUDED: '不在其中' }
const ENTRIES_SHOWN = 24

export function inDocumentsText(
  { documents, facts, account }: InDocuments,
  nameOf: (agency: string) => string,
): readonly string[] {
  const isGiven = ({ answers }: KnownFact): boolean => answers.some(({ kind }) => kind === 'given')
  // Under which name the agency knows the person is said above.
  const isShown = (fact: KnownFact): boolean => isGiven(fact) && fact.field !== 'patientId'
  const cell = (text: string): string => shortened(text, CELLS)
  return [
    '── 同一患者（合成人物），五类单位在最近一期文档中所得 ──',
    ...columns([
      ['', ...documents.map(({ label }) => label.zh)],
      ['周期', ...documents.map(({ period }) => period)],
      ['接收单位', ...documents.map(({ agency }) => (agency === undefined ? '—' : cell(nameOf(agency))))],
      ['本人情况', ...documents.map(({ outcome = '' }) => OUTCOMES[outcome] ?? '—')],
      ['本单位内代号', ...documents.map(({ pseudonym = '—' }) => pseudonym.slice(0, 13))],
      ...facts
        .filter(isShown)
        .map(({ label, answers }) => [label, ...answers.map((answer) => cell(answerText(answer)))]),
    ]),
    '',
    '× 为按规则不予提供，· 为规则允许但无内容，— 为没有本人的行。另有下列各项未提供：',
    ...documents.flatMap((document, i) =>
      keptBack(
        document,
        facts.filter((fact) => !isGiven(fact)),
        i,
      ),
    ),
    '',
    `── 该患者的提供情况账，共 ${account.entries.length} 项${account.entries.length > ENTRIES_SHOWN ? `，最近 ${ENTRIES_SHOWN} 项` : ''} ──`,
    ...account.entries.slice(0, ENTRIES_SHOWN).map(entryText),
  ]
}

function keptBack({ label, outcome }: InDocument, facts: readonly KnownFact[], i: number): readonly string[] {
  if (outcome !== 'ROW') return []
  const labels = facts.flatMap((fact) => (fact.answers[i]?.kind === 'withheld' ? [fact.label] : []))
  return [`  ${label.zh}：${labels.join('、')}`]
}

function answerText(answer: KnownAnswer): string {
  switch (answer.kind) {
    case 'given':
      return answer.value
    case 'withheld':
      return '×'
    case 'nothing':
      return '·'
    case 'untold':
      return '—'
  }
}

function entryText(entry: AccountEntry): string {
  const who =
    entry.kind === 'ONE_OFF' ? (entry.requester.name ?? entry.requester.kind) : (entry.to.name ?? entry.to.agency)
  return `${entry.at.slice(0, 10)} ${ENTRY_KIND_WORDS[entry.kind]} → ${who}：${whatOf(entry)}`
}

function whatOf(entry: AccountEntry): string {
  switch (entry.kind) {
    case 'DOCUMENT':
    case 'MESSAGE':
    case 'ONE_OFF':
      return entry.said ? entry.said.fields.map(({ label }) => label.zh).join('、') : '内容已销毁或仅列于待办'
    case 'VIEW':
      return viewedText(entry.what)
    case 'MISDIRECTED':
      return entry.fields.map(({ label }) => label.zh).join('、')
    case 'RECALL':
      return `要求于 ${entry.deleteBy} 前删除`
  }
}
