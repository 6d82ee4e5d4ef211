/** `lianhu disclosures <patient>`: who was given what of a person, or the page to print. The reading itself is recorded. */
import type { Command } from 'commander'
import type { AccountEntry, DocumentEntry } from '../account/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell, UsageError } from './command-line.js'
import { type Asking, askingHub, fetchToFile, textFlag } from './commands.js'

interface Page {
  readonly patientId: string
  readonly erasedAt?: string
  readonly total: number
  readonly entries: readonly AccountEntry[]
  readonly next?: string
}

/** What an entry of an account is called. */
export const ENTRY_KIND_WORDS = {
  DOCUMENT: '定期数据',
  MESSAGE: '消息',
  VIEW: '查阅',
  RECALL: '撤回',
  ONE_OFF: '一次性提供',
  MISDIRECTED: '误发',
} as const
/** What somebody read of a person. */
const VIEWED_WORDS: Readonly<Record<string, string>> = {
  STATE: '现况',
  HISTORY: '服务记录',
  HELD: '待审记录',
  ERASURE: '销毁事项',
  LETTER: '来函',
}

export function viewedText(what: string): string {
  return VIEWED_WORDS[what] ?? what
}

const VERSIONS: readonly string[] = ['patient', 'guardian']

export function registerDisclosures(program: Command, line: CommandLine): void {
  const command = program
    .command('disclosures')
    .argument('<patient>', 'patient id, or the own pseudonym for the person')
    .option('--html <file>', 'write the whole account as a page to print')
    .option('--for <version>', 'whose version of the page: patient or guardian', 'patient')
    .description('提供情况 · who was given what of a person, why, and what became of it')
  askingHub(
    command,
    line,
    async (asking, [patient = ''], flags) => {
      const path = `/v1/patients/${encodeURIComponent(patient)}/disclosures`
      const version = textFlag(flags, 'for') ?? ''
      if (!VERSIONS.includes(version)) throw new UsageError(`--for: expected ${VERSIONS.join(' or ')}, got ${version}`)
      const file = textFlag(flags, 'html')
      if (file !== undefined) return fetchToFile(asking, { path: `${path}?format=html&for=${version}`, file }, line)
      const account = await whole(asking, path)
      tell(line, asking.isJson, account, () => described(account))
      return OK
    },
    { actingAs: () => 'auditor' },
  )
}

/** Every page of the account, as one. */
async function whole({ client }: Asking, path: string): Promise<Page> {
  const entries: AccountEntry[] = []
  for (let after: string | undefined; ; ) {
    const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
    const { next, ...page } = await client.request<Page>('GET', `${path}${query}`)
    entries.push(...page.entries)
    if (next === undefined) return { ...page, entries }
    after = next
  }
}

function described({ patientId, erasedAt, total, entries }: Page): readonly string[] {
  return [
    `${patientId} · ${total} 项${erasedAt === undefined ? '' : ` · 身份信息已于 ${erasedAt} 销毁`}`,
    ...columns(
      entries.map((entry) => [entry.at.slice(0, 16), ENTRY_KIND_WORDS[entry.kind], ...whoOf(entry), whatOf(entry)]),
    ),
  ]
}

function whoOf(entry: AccountEntry): readonly [name: string, role: string] {
  if (entry.kind === 'ONE_OFF') return [entry.requester.name ?? '', entry.requester.kind]
  return [entry.to.name ?? entry.to.agency, entry.to.role ?? '']
}

function whatOf(entry: AccountEntry): string {
  const takenBack = 'takenBack' in entry && entry.takenBack ? `，已要求于 ${entry.takenBack.deleteBy} 前删除` : ''
  switch (entry.kind) {
    case 'DOCUMENT':
      return `${entry.feed} ${entry.period} ${entry.said?.fieldSet ?? '内容已销毁'}${followsOf(entry)}${takenBack}`
    case 'MESSAGE':
      return `${entry.about} ${entry.class} ${entry.said?.fieldSet ?? '仅列于待办'}${takenBack}`
    case 'VIEW':
      return `${entry.purpose} ${viewedText(entry.what)}`
    case 'ONE_OFF': {
      const kept = entry.suspendedUntil === undefined ? '' : `，${entry.suspendedUntil} 起告知本人`
      return `${entry.letter ?? '文号已销毁'} ${entry.said.fieldSet}，${entry.deleteBy} 前销毁${kept}`
    }
    case 'MISDIRECTED':
      return `${entry.what} ${entry.containment}，${entry.notifiedOn === undefined ? '尚未告知' : `${entry.notifiedOn} 已告知`}`
    case 'RECALL':
      return `${entry.reason ?? '身份信息销毁'}，${entry.deleteBy} 前删除`
  }
}

/** What a row says of earlier ones: `，不再列入`, `，更正 2026Q1 本期肇事次数`. */
function followsOf({ isClosing, amendments = [] }: DocumentEntry): string {
  const amended = amendments.map(
    ({ period, fields }) => `，更正 ${period} ${fields.map(({ label }) => label.zh).join('、')}`,
  )
  return [isClosing ? '，不再列入' : '', ...amended].join('')
}
