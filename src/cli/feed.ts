/** `lianhu feed`: what is exchanged, period by period: look, preview, close, hand over, explain, compile again. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Explanation, FeedInfo, PeriodInfo, Recomputation } from '../feeds/port.js'
import { columns } from './columns.js'
import { type CommandLine, FAILED, OK, tell, UsageError } from './command-line.js'
import { type Asking, askingHub, type Flags, textFlag } from './commands.js'
import { registerFeedDiff } from './feed-diff.js'
import { createProgress } from './progress.js'
import { verifyFiles } from './verify-files.js'

const POLL_MS = 250

export function registerFeed(program: Command, line: CommandLine): void {
  const feed = program.command('feed').description('数据交换 · what is exchanged, period by period')
  const named = (name: string, description: string): Command =>
    feed
      .command(name)
      .argument('<feed>', 'e.g. police-quarterly')
      .argument('<period>', 'e.g. 2026Q1')
      .description(description)

  askingHub(feed.command('list').description('目录 · the feeds and their periods'), line, (asking) =>
    list(asking, line),
  )

  askingHub(
    feed.command('key').description('验签公钥 · the public key that manifests are signed by, for `feed verify --key`'),
    line,
    async ({ client, isJson }) => {
      const key = await signingKeyOf(client)
      tell(line, isJson, { signingKey: key }, () => [key])
      return OK
    },
  )

  askingHub(named('show', '周期 · one period and its documents'), line, async ({ client, isJson }, args) => {
    const period = await client.request<PeriodInfo>('GET', pathOf(args))
    tell(line, isJson, period, () => periodLines(period))
    return OK
  })

  const preview = named('preview', '预览 · what an agency would receive if the open period were cut now, in counts')
  askingHub(preview.requiredOption('--agency <agency>', 'for whom'), line, async ({ client, isJson }, args, flags) => {
    const told = await client.request<{ rows: number; unmapped: number; counts: unknown }>(
      'POST',
      `${pathOf(args)}/preview`,
      { agency: textFlag(flags, 'agency') },
    )
    tell(line, isJson, told, () => [`${told.rows} 行，未划归辖区 ${told.unmapped} 人`, JSON.stringify(told.counts)])
    return OK
  })

  const close = named('close', '关账 · close a period by hand, for ever')
  askingHub(
    close.option('--confirm <period>', 'the period once more; asked for where absent'),
    line,
    (asking, args, flags) => closePeriod(asking, args, flags, line),
    { needs: 'closing' },
  )

  const exported = named(
    'export',
    '导出 · write an agency\u2019s released document to a file, and the manifest that it is checked against beside it',
  )
  askingHub(
    exported
      .requiredOption('--agency <agency>', 'whose')
      .option('--format <format>', 'ndjson (what is signed), csv or xlsx', 'ndjson')
      .option('--out <file>', 'where to; standard output where absent'),
    line,
    async ({ client, isJson }, args, flags) => {
      const format = textFlag(flags, 'format') ?? 'ndjson'
      const out = textFlag(flags, 'out')
      if (format === 'xlsx' && out === undefined) throw new UsageError('xlsx is no text: add --out with a file')
      const document = `${pathOf(args)}/documents/${encodeURIComponent(textFlag(flags, 'agency') ?? '')}`
      const { bytes, headers } = await client.raw('GET', `${document}?format=${encodeURIComponent(format)}`)
      if (out === undefined) {
        line.out(bytes.toString())
        return OK
      }
      writeFileSync(out, bytes, { mode: 0o600, flag: 'wx' })
      const told = { file: out, bytes: bytes.length, digest: headers['lianhu-digest'] }
      if (format !== 'ndjson') {
        tell(line, isJson, told, () => [`${told.file}: ${told.bytes} 字节，${told.digest}`])
        return OK
      }
      const manifest = `${out}.manifest.json`
      writeFileSync(manifest, (await client.raw('GET', `${document}/manifest`)).bytes, { mode: 0o600, flag: 'wx' })
      const signingKey = await signingKeyOf(client)
      tell(line, isJson, { ...told, manifest, signingKey }, () => [
        `${told.file}: ${told.bytes} 字节，${told.digest}`,
        `${manifest}: 签名清单；核对：lianhu feed verify ${out} ${manifest} --key ${signingKey}`,
      ])
      return OK
    },
    { actingAs: (flags) => ({ agency: textFlag(flags, 'agency') ?? '' }) },
  )

  const why = named('why', '说明 · why a person stands in a period as they do, or does not')
    .argument('<patient>', 'patient id')
    .option('--agency <agency>', 'says also how this agency stands to it')
  askingHub(
    why,
    line,
    async ({ client, isJson }, args, flags) => {
      const agency = textFlag(flags, 'agency')
      const query = agency === undefined ? '' : `?agency=${encodeURIComponent(agency)}`
      const path = `${pathOf(args)}/why/${encodeURIComponent(args[2] ?? '')}${query}`
      const told = await client.request<Explanation>('GET', path)
      tell(line, isJson, told, () => explanationLines(told))
      return OK
    },
    { actingAs: () => 'auditor' },
  )

  registerFeedDiff(feed, line)

  const verify = feed
    .command('verify')
    .argument('<feed|document>', 'e.g. police-quarterly, or the file of a document')
    .argument('<period|manifest>', 'e.g. 2026Q1, or the file of its manifest')
    .option('--key <key>', 'ed25519:…, the key that the manifest must be signed by')
    .description(
      '复算、核对 · compile a released period again from the log and compare; or check a document (NDJSON) against its manifest, without a hub',
    )
  askingHub(
    verify,
    line,
    async ({ client, isJson }, args) => {
      const told = await client.request<Recomputation>('POST', `${pathOf(args)}/verify`)
      tell(line, isJson, told, () => [
        `${told.feed} ${told.period}: ${told.documents.length} 份文档，${told.isEqual ? '全部一致' : '不一致'}`,
        ...told.documents
          .filter(({ isEqual }) => !isEqual)
          .map(({ agency, document }) => `  不一致：${agency} ${document}`),
        ...told.documents.flatMap(({ agency, document, erased }) =>
          erased === undefined
            ? []
            : [`  已销毁：${agency} ${document} 有 ${erased} 行仅存承诺值，根一致，原文摘要无法复算`],
        ),
      ])
      return told.isEqual ? OK : FAILED
    },
    { withoutHub: (isJson, args, flags) => verifyFiles(isJson, args, flags, line) },
  )
}

async function signingKeyOf(client: Asking['client']): Promise<string> {
  return (await client.request<{ readonly signingKey: string }>('GET', '/v1/feeds')).signingKey
}

async function list({ client, isJson }: Asking, line: CommandLine): Promise<number> {
  const { feeds } = await client.request<{ readonly feeds: readonly FeedInfo[] }>('GET', '/v1/feeds')
  const told = await Promise.all(
    feeds.map(async (info) => ({
      ...info,
      ...(await client.request<{ readonly periods: readonly PeriodInfo[] }>('GET', `/v1/feeds/${info.name}/periods`)),
    })),
  )
  tell(line, isJson, { feeds: told }, () =>
    told.flatMap(({ name, label, audience, clauses, periods }) => [
      `${name} · ${label.zh} → ${audience}（${clauses.join('、')}）`,
      ...columns(
        periods.map(({ period, state, closesOn, documents }) => [
          `  ${period}`,
          state,
          `关账日 ${closesOn}`,
          `${documents.length} 份文档`,
        ]),
      ),
    ]),
  )
  return OK
}

async function closePeriod(
  { client, isJson }: Asking,
  args: readonly string[],
  flags: Flags,
  line: CommandLine,
): Promise<number> {
  const [feed = '', period = ''] = args
  const typed = textFlag(flags, 'confirm')
  if (typed === undefined && !line.isInteractive)
    throw new UsageError('a close is for ever: add --confirm with the period once more')
  const confirm = typed ?? (await line.ask(`关账不可撤销。请再次输入周期以确认 ${feed} ${period}: `))
  const closed = await client.request<{ readonly cutId: string; readonly outcome: string }>(
    'POST',
    `${pathOf(args)}/close`,
    {
      confirm: confirm.trim(),
    },
  )
  const progress = createProgress(line)
  let info: PeriodInfo
  try {
    for (;;) {
      info = await client.request<PeriodInfo>('GET', pathOf(args))
      if (info.state === 'RELEASED') break
      progress.at(`${feed} ${period} 生成文档`, info.documents.length, info.documents.length + 1)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  } finally {
    progress.stop()
  }
  tell(line, isJson, { ...closed, period: info }, () => [
    closed.outcome === 'closed' ? '已关账' : '此前已关账',
    ...periodLines(info),
  ])
  return OK
}

function periodLines({ feed, period, state, closesOn, cut, documents, unmapped }: PeriodInfo): readonly string[] {
  return [
    `${feed} ${period} ${state}，关账日 ${closesOn}${cut ? `，截点 ${cut.at}（${cut.by}）` : ''}`,
    ...(unmapped === undefined ? [] : [`未划归辖区 ${unmapped} 人`]),
    ...columns(
      documents.map(({ agency, rows, releasedAt, documentDigest }) => [
        agency,
        `${rows} 行`,
        releasedAt,
        documentDigest,
      ]),
    ),
  ]
}

function explanationLines(told: Explanation): readonly string[] {
  const { outcome, rule, scope, group, words, clauses, decidedBy, asked, documents } = told
  return [
    [outcome, rule, scope, group].filter((part) => part !== undefined).join(' · '),
    `${words.zh} · ${words.en}${clauses.length === 0 ? '' : `（${clauses.join('、')}）`}`,
    ...(decidedBy ? [`依据记录 ${decidedBy.type} ${decidedBy.id}`] : []),
    ...(asked ? [`${asked.agency} ${asked.standing}：${asked.words.zh} · ${asked.words.en}`] : []),
    ...documents.flatMap(({ agency, outcome: standing, fieldSet = '-', disclosed, withheld }) => [
      `→ ${agency} ${standing}（${fieldSet}）`,
      ...disclosed.map(({ field, action, clauses }) => `  + ${field} ${action} ${clauses.join('、')}`),
      ...withheld.map((one) => `  - ${JSON.stringify(one)}`),
    ]),
  ]
}

function pathOf([feed = '', period = '']: readonly string[]): string {
  return `/v1/feeds/${encodeURIComponent(feed)}/periods/${encodeURIComponent(period)}`
}
