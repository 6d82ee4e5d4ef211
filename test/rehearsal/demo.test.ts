import { existsSync, rmSync } from 'node:fs'
import t from 'tap'
import { openDemoHub } from '../../src/cli/demo-hub.js'
import { commandsText, demoJson, demoText } from '../../src/cli/demo-text.js'
import { type DemoReport, runDemo } from '../../src/rehearsal/demo.js'
import type { DemoHub, DemoStore } from '../../src/rehearsal/demo-port.js'
import { CANARY_WORDS } from '../../src/rehearsal/people.js'
import { cli } from '../cli/run.js'

// Three whole demos with processes of their own: minutes on a busy machine.
t.setTimeout(280_000)

const SILENT = { stage: () => {}, at: () => {}, line: () => {}, stop: () => {} }
const never = new Promise<void>(() => {})

t.test('a small county goes through the whole demo, and its store verifies', async (t) => {
  t.setTimeout(240_000)
  let store: DemoStore | undefined
  let report: DemoReport | undefined
  const lines: string[] = []

  const code = await runDemo(
    { patients: 40, seed: 3, exit: true, keepData: true },
    {
      openHub(opened) {
        store = opened
        t.teardown(() => rmSync(opened.dataDir, { recursive: true, force: true }))
        return openDemoHub(opened)
      },
      screen: { ...SILENT, line: (text) => lines.push(text) },
      show: (shown) => {
        report = shown
      },
      stopped: never,
    },
  )

  t.strictSame(report?.checked.faults, [])
  t.equal(code, 0)
  if (!report || !store) return
  const { tally, person } = report
  t.ok(tally.imported > 800, `two years of history: ${tally.imported}`)
  t.ok(tally.recorded > 200, `two quarters: ${tally.recorded}`)
  t.ok(report.sent.overHttp > 60, `assessments go over HTTP: ${report.sent.overHttp}`)
  t.ok((tally.alerts.get('ALARM') ?? 0) > 0, 'telephones rang')
  t.ok((report.checked.latencies.get('NOTICE')?.count ?? 0) > 0, 'latencies are measured')
  t.strictSame([...new Set(tally.documents.map(({ period }) => period))].sort(), ['2026H1', '2026Q1', '2026Q2'])
  t.ok(tally.withheld > tally.rows)
  t.ok(
    lines.some((line) => line.includes('2026Q1周期数据已发布')),
    'receivers say what arrived',
  )
  t.equal(person?.agencies.length, 3)
  t.ok(
    person?.facts.some(({ field, answers }) => field === 'adherence' && answers.every(({ kind }) => kind !== 'given')),
    'what nobody may know is shown as withheld',
  )
  const { inDocuments } = report
  t.equal(inDocuments?.documents.length, 5, 'one column for each feed')
  t.ok((inDocuments?.documents.filter(({ outcome }) => outcome === 'ROW').length ?? 0) >= 2, 'known to more than one')
  t.equal(
    inDocuments?.facts.find(({ field }) => field === 'diagnosis')?.answers.some(({ kind }) => kind === 'given'),
    false,
  )
  t.ok(
    inDocuments?.account.entries.some(({ kind }) => kind === 'DOCUMENT'),
    'and the account says so',
  )
  const letters = inDocuments?.account.entries.filter(({ kind }) => kind === 'ONE_OFF') ?? []
  t.match(
    letters,
    [{ requester: { kind: 'COURT' }, said: { fields: { length: 4 } }, handedOutAt: { length: 1 } }],
    'a court was given what it asked for, and the police, who are refused, nothing',
  )
  const text = [...demoText(report), ...commandsText(report)].join('\n')
  t.match(
    text,
    /五类单位在最近一期文档中所得[\s\S]*公安季度数据[\s\S]*未提供[\s\S]*提供情况账，共 \d+ 项[\s\S]*演练县人民法院：人员代号、姓名/,
  )
  t.match(text, '应送达的全部送达')
  t.match(text, /curl -s -H 'Authorization: Bearer lh_/)
  const json = JSON.stringify(demoJson(report))
  t.notMatch(json, /lh_/, 'the machine-readable answer holds no key')
  for (const word of CANARY_WORDS) t.notOk(json.includes(word), 'and nobody’s words')

  const run = cli(t)
  Object.assign(run.env, { LIANHU_DATA_DIR: store.dataDir, LIANHU_PASSPHRASE_FILE: store.passphraseFile })
  const verified = await run.run('verify', '--json')
  t.equal(verified.code, 0, verified.err)
  t.match(verified.json, { isSound: true, findings: [] })
})

t.test('what does not arrive is named, and the demo ends with 1', async (t) => {
  const deaf = async (store: DemoStore): Promise<DemoHub> => {
    const hub = await openDemoHub(store)
    // The hub says that it sent other bytes than those that came.
    return { ...hub, digestOf: async () => 'hmac-sha256:another' }
  }
  let report: DemoReport | undefined
  let dataDir = ''

  const code = await runDemo(
    { patients: 20, seed: 5, exit: true },
    {
      openHub: (store) => {
        dataDir = store.dataDir
        return deaf(store)
      },
      screen: SILENT,
      show: (shown) => {
        report = shown
      },
      stopped: never,
    },
  )

  t.equal(code, 1)
  t.match(report?.checked.faults[0], /摘要不符/)
  t.match(report && demoText(report).join('\n'), /项未如预期：\n.*摘要不符/)
  t.notOk(existsSync(dataDir), 'its data is gone')
})

t.test('asked to stop, it ends its receivers and leaves nothing behind', async (t) => {
  let stop: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  let dataDir = ''

  const code = await runDemo(
    { patients: 60, seed: 3 },
    {
      openHub: (store) => {
        dataDir = store.dataDir
        return openDemoHub(store)
      },
      screen: { ...SILENT, stage: (label) => (label.startsWith('驱动') ? stop() : undefined) },
      show: () => t.fail('there is nothing to show'),
      stopped,
    },
  )

  t.equal(code, 1)
  t.notOk(existsSync(dataDir))
})
