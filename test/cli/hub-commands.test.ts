import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { createHttp } from '../../src/http/create-http.js'
import type { Cleanup } from '../fixtures/store.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { cli, seededStore } from './run.js'

const JULY = { LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: '2026-07-02' }

const made = cli(t)
const { hub: seeding, ...seeded } = await seededStore(made)
await seeding.stop()

/** A store with one person in it, which nobody serves: a copy of one that was made once. */
const setup = (t: Cleanup) => {
  const all = cli(t)
  cpSync(made.dataDir, all.dataDir, { recursive: true })
  return { ...all, ...seeded }
}

t.test('replays a life without what is sealed, and records that it did', async (t) => {
  const { run, patientId, dataDir } = setup(t)

  const told = await run('replay', patientId)
  const before = await run('replay', patientId, '--as-of', '2026-02-01', '--json')
  const unknown = await run('replay', '0198f0aa-0000-7000-8000-00000000dead')

  t.equal(told.code, 0)
  t.match(told.out, /PatientRegistered/)
  t.match(told.out, /RiskAssessed.*\n.*level=4/)
  t.match(told.out, /〔密封〕/)
  t.notMatch(told.out, /张示例/)
  t.same(
    before.json.entries.map(({ event }: { event: { type: string } }) => event.type),
    ['PatientRegistered'],
  )
  t.equal(before.json.state.risk, undefined)
  t.equal(unknown.code, 1)
  const log = new Database(join(dataDir, 'log.sqlite'), { readonly: true })
  const views = log.prepare(`SELECT count(*) FROM event JOIN stream USING (s) WHERE name LIKE 'views-%'`).pluck().get()
  log.close()
  t.equal(views, 1, 'both commands read for one purpose within ten minutes')
})

t.test('tells who was given what of a person, and writes the page to print', async (t) => {
  const { run, patientId, file } = setup(t)
  const out = file('x', '').replace(/x$/, 'account.html')
  await run('replay', patientId)

  const told = await run('disclosures', patientId)
  const json = await run('disclosures', patientId, '--json')
  const page = await run('disclosures', patientId, '--html', out, '--for', 'guardian')
  const overwritten = await run('disclosures', patientId, '--html', out)
  const nobody = await run('disclosures', '0198f0aa-0000-7000-8000-00000000dead')
  const forWhom = await run('disclosures', patientId, '--for', 'police')

  t.equal(told.code, 0)
  t.match(told.out, /查阅.*AUDIT 服务记录/)
  t.match(json.json, { patientId, entries: [{ kind: 'VIEW', to: { role: 'AUDITOR' } }] })
  t.equal(page.code, 0)
  t.match(readFileSync(out, 'utf8'), /告知单（监护人版）/)
  t.equal(overwritten.code, 1, 'what is there is not overwritten')
  t.equal(nobody.code, 1)
  t.equal(forWhom.code, 2)
})

t.test('enrols the agencies of a file, prints their codes once, and goes on when it is run again', async (t) => {
  const { run, file } = setup(t)
  const idOf = (n: number): string => `0198f0aa-0000-7000-8000-${String(n).padStart(12, '0')}`
  const lines = Array.from({ length: 600 }, (_, n) =>
    JSON.stringify({ id: idOf(n), role: 'PL', name: `办${n}`, phone: '1' }),
  )
  const path = file('agencies.ndjson', [...lines, '{"id":"x"}', ''].join('\n'))

  const first = await run('agencies', 'enrol', '--file', path)
  const again = await run('agencies', 'enrol', '--file', path, '--json')
  const without = await run('agencies', 'enrol', '--role', 'PL')

  t.equal(first.code, 1, 'one line is no agency')
  t.match(first.err, /第 601 行/)
  t.match(first.err, /新注册 600 个单位，此前已注册 0 个，未通过 1 行/)
  t.equal(first.out.trim().split('\n').length, 600)
  t.match(first.out, /^0198f0aa-0000-7000-8000-000000000000,[0-9A-Z]{5}(-[0-9A-Z]{5}){3},2026/)
  t.match(again.json, { enrolled: 0, known: 600, refused: [{ line: 601 }] })
  t.equal(without.code, 2)
})

t.test('closes a period, hands a document over, explains and compiles it again', async (t) => {
  const { run, env, patientId, police, file } = setup(t)
  Object.assign(env, JULY)
  const feed = (name: string, ...rest: string[]) => run('feed', name, 'police-quarterly', '2026Q2', ...rest)
  const out = file('x', '').replace(/x$/, 'document.csv')

  const listed = await run('feed', 'list')
  const preview = await feed('preview', '--agency', police.agency, '--json')
  const unsure = await feed('close')
  const mistyped = await feed('close', '--confirm', '2026Q1')
  const closed = await feed('close', '--confirm', '2026Q2', '--json')
  const shown = await feed('show')
  const exported = await feed('export', '--agency', police.agency, '--format', 'csv', '--out', out, '--json')
  const workbook = file('y', '').replace(/y$/, 'document.xlsx')
  const asWorkbook = await feed('export', '--agency', police.agency, '--format', 'xlsx', '--out', workbook, '--json')
  const onScreen = await feed('export', '--agency', police.agency, '--format', 'xlsx')
  const overwritten = await feed('export', '--agency', police.agency, '--out', out)
  const canonical = `${out}.ndjson`
  const withManifest = await feed('export', '--agency', police.agency, '--out', canonical, '--json')
  const key = (await run('feed', 'key')).out.trim()
  const checked = await run('feed', 'verify', canonical, `${canonical}.manifest.json`, '--key', key, '--json')
  const why = await feed('why', patientId)
  const verified = await feed('verify')

  t.match(listed.out, /police-quarterly.*POLICE/)
  t.match(preview.json, { rows: 1 })
  t.equal(unsure.code, 2, 'a close is asked for twice')
  t.equal(mistyped.code, 1)
  t.match(closed.json, {
    outcome: 'closed',
    period: { state: 'RELEASED', documents: [{ agency: police.agency, rows: 1 }] },
  })
  t.match(shown.out, /RELEASED/)
  t.match(exported.json, { digest: /^sha256:/ })
  t.match(readFileSync(out, 'utf8'), /^\ufeff.*张示例/s)
  t.equal(asWorkbook.json.digest, exported.json.digest, 'that of the canonical document, whatever the format')
  t.match(workbookText(readWorkbook(readFileSync(workbook))), '张示例')
  t.equal(onScreen.code, 2, 'a workbook is no text')
  t.equal(overwritten.code, 1, 'nothing is overwritten')
  t.match(withManifest.json, { manifest: `${canonical}.manifest.json`, signingKey: key })
  t.match(
    checked.json,
    { isSound: true, checked: { signer: { key, isKnown: true } } },
    'what is exported can be checked',
  )
  t.match(why.out, /ROW/)
  t.equal(verified.code, 0)
  t.match(verified.out, /全部一致/)
})

t.test('finds a hub sound, and rebuilds a read model to the same rows', async (t) => {
  const { run, env } = setup(t)
  Object.assign(env, JULY)
  await run('feed', 'close', 'police-quarterly', '2026Q2', '--confirm', '2026Q2')

  const verified = await run('verify', '--json')
  const rebuilt = await run('rebuild', 'patient-record', '--json')

  t.equal(verified.code, 0, verified.err)
  t.match(verified.json, { isSound: true, findings: [], periods: [{ feed: 'police-quarterly', isEqual: true }] })
  t.ok(verified.json.log.openedSeals >= 2)
  t.match(verified.json.log, { erasedSeals: 0, root: /^[\w-]{43}$/ })
  t.match(rebuilt.json, { compared: 1, differing: 0 })
  t.equal((await run('rebuild', 'nothing')).code, 1)
})

t.test('names what was changed behind the hub’s back', async (t) => {
  const { run, dataDir } = setup(t)
  const log = new Database(join(dataDir, 'log.sqlite'))
  for (const name of log.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).pluck().all()) {
    log.exec(`DROP TRIGGER ${String(name)}`)
  }
  log.exec(`UPDATE event SET json = replace(json, '"level":4', '"level":1') WHERE json LIKE '%RiskAssessed%'`)
  log.close()

  const first = await run('verify', '--json')
  const second = await run('verify', '--json')
  const rebuilt = await run('rebuild', 'patient-record')
  const third = await run('verify', '--json')

  t.equal(first.code, 1)
  t.match(first.json, { isSound: false })
  t.ok(first.json.findings.some(({ check }: { check: string }) => check === 'read models'))
  t.same(second.json.findings, first.json.findings, 'looking changes nothing: it is found again')
  t.equal(rebuilt.code, 1)
  t.match(rebuilt.out, /行不一致.*differs.*已重建/s, 'what differed is told before it is replaced')
  t.notOk(third.json.findings.some(({ check }: { check: string }) => check === 'read models'))
})

t.test('reads beside a running hub and writes through it, with a key', async (t) => {
  const all = cli(t)
  const { hub, patientId, doctor, operator } = await seededStore(all)
  const app = createHttp(hub)
  all.env.LIANHU_PORT = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port
  t.teardown(async () => {
    await app.close()
    await hub.stop()
  })
  const operatorKey = await hub.administration
    .issueKey(operator, { agency: operator.agency, isOperator: true })
    .catch(() => hub.administration.createOperatorKey())

  const keyless = await all.run('agencies', 'list')
  all.env.LIANHU_KEY = doctor.key
  const replayed = await all.run('replay', patientId)
  const refused = await all.run('agencies', 'enrol', '--role', 'PL', '--name', '综治办', '--phone', '1')
  all.env.LIANHU_KEY = operatorKey.key
  const enrolled = await all.run('agencies', 'enrol', '--role', 'PL', '--name', '综治办', '--phone', '1')
  const verified = await all.run('verify', '--json')

  t.equal(keyless.code, 2)
  t.match(keyless.err, /LIANHU_KEY/)
  t.match(replayed.out, /张示例/, 'a doctor reads what a doctor may read')
  t.equal(refused.code, 1)
  t.match(refused.err, /HUB_FORBIDDEN/)
  t.equal(enrolled.code, 0)
  t.match(verified.json, { isSound: true })
  t.ok(verified.json.log.openedSeals >= 2, 'seals are opened beside the hub')
})
