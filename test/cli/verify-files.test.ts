import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { createHttp } from '../../src/http/create-http.js'
import type { Cleanup } from '../fixtures/store.js'
import { cli, reopened, seededStore } from './run.js'

const NAME = '张示例'

/** What a station got of a closed quarter: exported, its manifest over HTTP. It is made once, and copied for each test. */
const received = await (async () => {
  const county = cli(t)
  const { hub, police } = await seededStore(county)
  await hub.stop()
  Object.assign(county.env, { LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: '2026-07-02' })
  await county.run('feed', 'close', 'police-quarterly', '2026Q2', '--confirm', '2026Q2')
  const document = county.file('x', '').replace(/x$/, 'document.ndjson')
  await county.run('feed', 'export', 'police-quarterly', '2026Q2', '--agency', police.agency, '--out', document)

  const again = await reopened(county, { nowMs: Date.parse('2026-07-02T09:30:00+08:00') })
  const http = createHttp(again)
  const answer = await http.inject({
    method: 'GET',
    url: `/v1/feeds/police-quarterly/periods/2026Q2/documents/${police.agency}/manifest`,
    headers: { authorization: `Bearer ${police.key}` },
  })
  await http.close()
  await again.stop()
  return { document: readFileSync(document, 'utf8'), manifest: answer.body }
})()

/** A machine that has these two files alone. */
const setup = (t: Cleanup) => {
  const recipient = cli(t)
  Object.assign(recipient.env, { LIANHU_CONFIG: '/nowhere/lianhu.json', LIANHU_URL: 'http://127.0.0.1:1' })
  return {
    ...recipient,
    document: recipient.file('document.ndjson', received.document),
    manifest: recipient.file('manifest.json', received.manifest),
    lines: received.document.split('\n'),
    signedBy: String(JSON.parse(received.manifest).signedBy),
  }
}

t.test('finds a document that was received sound, without a hub, a key or a data directory', async (t) => {
  const { run, document, manifest, signedBy, dataDir } = setup(t)

  const told = await run('feed', 'verify', document, manifest)
  const pinned = await run('feed', 'verify', document, manifest, '--key', signedBy)
  const asJson = await run('feed', 'verify', document, manifest, '--key', signedBy, '--json')

  t.equal(told.code, 0, told.err)
  t.match(told.out, /^police-quarterly 2026Q2 [0-9a-f-]{36}：1 行，其中 0 行已撤回\n摘要与清单一致\n/)
  t.match(told.out, `${signedBy}\n该公钥未与已知公钥核对`)
  t.match(told.out, /文档与清单一致\n$/)
  t.equal(pinned.code, 0)
  t.notMatch(pinned.out, '未与已知公钥核对')
  t.match(pinned.out, '该公钥即 --key 给出的公钥')
  t.equal(asJson.code, 0)
  t.match(asJson.json, {
    ...{ isSound: true, found: 0, findings: [] },
    checked: { feed: 'police-quarterly', rows: 1, digest: 'EQUAL', signer: { key: signedBy, isKnown: true } },
  })
  t.notOk(existsSync(dataDir), 'nothing was opened or made')
})

t.test('names line and row of what was changed, and never what stands there', async (t) => {
  const { run, document, manifest, lines } = setup(t)
  const { id } = JSON.parse(lines[1] ?? '')
  t.match(lines[1], NAME)
  writeFileSync(document, lines.with(1, (lines[1] ?? '').replace('"level":4', '"level":1')).join('\n'))

  const told = await run('feed', 'verify', document, manifest)
  const asJson = await run('feed', 'verify', document, manifest, '--json')

  t.equal(told.code, 1)
  t.match(told.out, `不符 [ROW_ALTERED] 第 2 行 ${id} 行内容被改动`)
  t.match(told.out, /发现 2 处不符\n$/)
  t.equal(asJson.code, 1)
  t.match(asJson.json, {
    findings: [{ kind: 'ROW_ALTERED', line: 2, row: id }, { kind: 'DIGEST_DIFFERS' }],
    checked: { digest: 'DIFFERENT' },
  })
  t.notMatch(told.out + asJson.out, NAME)
})

t.test('says that a row was recalled, and that this explains the digest', async (t) => {
  const { run, document, manifest, lines } = setup(t)
  const [{ id, commitment }] = JSON.parse(readFileSync(manifest, 'utf8')).commitments
  writeFileSync(document, lines.with(1, JSON.stringify({ commitment, id, recalled: true })).join('\n'))

  const told = await run('feed', 'verify', document, manifest)

  t.equal(told.code, 0)
  t.match(told.out, /其中 1 行已撤回\n摘要与清单不同，只因有行被撤回/)
})

t.test('tells a manifest of another signer, and one that is none', async (t) => {
  const { run, document, manifest } = setup(t)

  const other = await run('feed', 'verify', document, manifest, '--key', `ed25519:${'A'.repeat(43)}`)
  const none = await run('feed', 'verify', document, document)

  t.equal(other.code, 1)
  t.match(other.out, '[MANIFEST_SIGNER]')
  t.equal(none.code, 1)
  t.match(none.out, /^不符 \[MANIFEST_UNREADABLE\].*\n发现 1 处不符\n$/)
})

t.test('tells how it is called where it was called otherwise', async (t) => {
  const { run, file } = cli(t)
  const there = file('document.ndjson', '')

  for (const [args, message] of [
    [[there, `${there}.manifest`], /is no file/],
    [['police-quarterly', there], /expected a feed and a period such as 2026Q1, or the files/],
    [[there, there, '--key', 'ed25519:short'], /--key: expected ed25519: and/],
    [['police-quarterly', '2026Q1', '--key', `ed25519:${'A'.repeat(43)}`], /--key: expected a document/],
    [[there], /missing required argument/],
  ] as const) {
    const told = await run('feed', 'verify', ...args)
    t.equal(told.code, 2, args.join(' '))
    t.match(told.err, message)
  }
})

t.test('says how many findings it does not list', async (t) => {
  const { run, document, manifest, lines } = setup(t)
  writeFileSync(document, `${lines[0]}\n${'x\n'.repeat(1500)}`)

  const told = await run('feed', 'verify', document, manifest)

  t.equal(told.code, 1)
  t.match(told.out, /\n另有 \d+ 处未列出\n发现 150\d 处不符\n$/)
})
