/** What the demo says at its end, as a person reads it: numbers, what each agency knows of one person, commands to paste. */
import type { DemoReport } from '../rehearsal/demo.js'
import type { KnownAnswer, KnownFact } from '../rehearsal/demo-side-by-side.js'
import { PERIODS } from '../rehearsal/demo-stage.js'
import { columns, shortened } from './columns.js'
import { inDocumentsText } from './demo-documents-text.js'

const MAX_VALUE_CELLS = 30
const MESSAGES_SHOWN = 6
const FAULTS_SHOWN = 20
const CLASSES = { ALARM: '警示（响铃）', NOTICE: '通知', RETRACTION: '更正', ROUTINE: '消息' } as const

export function demoText(report: DemoReport): readonly string[] {
  const { inDocuments, agencyNames } = report
  const documents = inDocuments
    ? ['', ...inDocumentsText(inDocuments, (agency) => agencyNames.get(agency) ?? agency)]
    : []
  return [
    ...sideBySideText(report),
    ...documents,
    '',
    ...ringsText(report),
    '',
    ...summaryText(report),
    '',
    ...verdictText(report),
  ]
}

/** Separate, since with `--exit` there is nobody to paste them. */
export function commandsText({ commands }: DemoReport): readonly string[] {
  return [
    '',
    '── 可直接粘贴的命令（演示保持运行，Ctrl-C 结束）──',
    ...commands.flatMap(({ what, command }) => ['', `# ${what}`, command]),
  ]
}

function sideBySideText({ person, agencyNames }: DemoReport): readonly string[] {
  if (!person) return ['两个季度内没有引发警示的人员，无从对照。']
  const names = person.agencies.map(({ agency }) => agencyNames.get(agency) ?? agency)
  const isShared = ({ answers }: KnownFact): boolean => answers.some(({ kind }) => kind === 'given')
  const rows = person.facts.filter(isShared).map(({ label, answers }) => [label, ...answers.map(answerText)])
  const kept = person.facts.filter((fact) => !isShared(fact))
  const messages = person.agencies.flatMap(({ messages: told }, i) => [
    '',
    `${names[i] ?? ''}：共 ${told.length} 条`,
    ...told.slice(-MESSAGES_SHOWN).map((text) => `  ${text}`),
  ])
  return [
    '── 同一患者（合成人物），各单位所知 ──',
    ...columns([
      ['', ...names],
      ['本单位内代号', ...person.agencies.map(({ pseudonym }) => pseudonym.slice(0, 13))],
      ...rows,
    ]),
    '',
    '× 为按规则不予提供，· 为规则允许但无内容。以下各项没有任何一个单位得到：',
    ...keptBack(kept),
    ...messages,
  ]
}

/** What nobody was given, one line for each answer of the law. */
function keptBack(facts: readonly KnownFact[]): readonly string[] {
  const byClauses = new Map<string, string[]>()
  for (const { label, answers } of facts) {
    const clauses = [...new Set(answers.flatMap((answer) => (answer.kind === 'withheld' ? answer.clauses : [])))]
    const key = clauses.sort().join('、')
    byClauses.set(key, [...(byClauses.get(key) ?? []), label])
  }
  return [...byClauses].map(([clauses, labels]) => `  ${labels.join('、')}（${clauses}）`)
}

function answerText(answer: KnownAnswer): string {
  switch (answer.kind) {
    case 'given':
      return cut(answer.value)
    case 'withheld':
      return cut(`× ${answer.clauses.join('、')}`)
    case 'nothing':
      return '·'
    case 'untold':
      return '（未告知）'
  }
}

const cut = (text: string): string => shortened(text, MAX_VALUE_CELLS)

function ringsText({ rings, agencyNames }: DemoReport): readonly string[] {
  return [
    '── 各派出所电话会响几次（仅“警示”响铃）──',
    ...columns([
      ['', ...PERIODS],
      ...rings.map(({ agency, byQuarter }) => [agencyNames.get(agency) ?? agency, ...byQuarter.map(String)]),
    ]),
  ]
}

function summaryText({ tally, checked, sent, historyEvents, seconds, patients }: DemoReport): readonly string[] {
  const classes = Object.entries(CLASSES).flatMap(([name, label]) => {
    const raised = tally.alerts.get(name)
    const latency = checked.latencies.get(name)
    if (raised === undefined && !latency) return []
    const ms = latency
      ? `p50 ${latency.p50Ms.toFixed(1)} ms  p99 ${latency.p99Ms.toFixed(1)} ms（${latency.count} 条）`
      : ''
    return [[`${label} ${name}`, raised === undefined ? '' : `${raised} 次`, ms]]
  })
  return [
    '── 汇总 ──',
    ...columns([
      ['患者', `${patients}`],
      ['事件', `${tally.events}（导入历史 ${historyEvents}，两个季度内关于患者 ${tally.recorded}，其余为交换记录）`],
      [
        '写入方式',
        `HTTP ${sent.overHttp} 次（评估、失访、危险行为、迁移、更正等），进程内 ${sent.inProcess} 次（其余）`,
      ],
      ['季度文档', `${tally.documents.length} 份，${tally.rows} 行`],
      ['按规则不予提供', `${tally.withheld} 个字段`],
      ['用时', `导入 ${seconds.history.toFixed(1)} 秒，两个季度 ${seconds.quarters.toFixed(1)} 秒`],
    ]),
    '警示（延迟：请求发出至接收方验签完毕，三个接收单位）',
    ...columns(classes.map((row) => [' ', ...row])),
  ]
}

function verdictText({ checked: { faults } }: DemoReport): readonly string[] {
  if (faults.length === 0) return ['✓ 应送达的全部送达：序号无缺，签名、摘要与文档一致。']
  const more = faults.length > FAULTS_SHOWN ? [`  …… 另有 ${faults.length - FAULTS_SHOWN} 项`] : []
  return [`✗ 有 ${faults.length} 项未如预期：`, ...faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${fault}`), ...more]
}

/** Everything but the person and the keys, as one object. */
export function demoJson({
  tally,
  checked,
  person: _,
  inDocuments: _documents,
  commands: _commands,
  agencyNames,
  ...report
}: DemoReport): unknown {
  return {
    ...report,
    rings: report.rings.map(({ agency, byQuarter }) => ({ agency: agencyNames.get(agency), byQuarter })),
    events: tally.events,
    alerts: Object.fromEntries(tally.alerts),
    latenciesMs: Object.fromEntries(checked.latencies),
    documents: tally.documents.length,
    rows: tally.rows,
    withheldFields: tally.withheld,
    faults: checked.faults,
  }
}
