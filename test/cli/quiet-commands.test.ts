import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { DAY } from '../../src/kernel/dates.js'
import { openReceiver } from '../delivery/receiver.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { filledSheet } from '../fixtures/filled-sheet.js'
import type { Cleanup } from '../fixtures/store.js'
import { APRIL, cli, reopened, seededStore } from './run.js'

const from = (day: string) => ({ LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: day })

/** A store that owes a receiver a message which it refused so far, and has an assessment that nobody was told of yet. */
const setup = async (t: Cleanup) => {
  const all = cli(t)
  const receiver = await openReceiver(t)
  receiver.answer((_, reply) => void reply.writeHead(503).end())
  const { hub, police, doctor, patientId } = await seededStore(all)
  const principal = { agency: police.agency, role: 'POLICE', client: police.keyId, isOperator: false } as const
  await hub.subscriptions.open(principal, { alerts: true, feeds: [], channel: 'webhook', url: receiver.url })
  const assess = (at: typeof hub, level: number, day: string) =>
    at.recorder.record(
      { agency: doctor.agency, role: 'CHC', client: doctor.keyId, isOperator: false },
      { patientId, events: [exampleBody('RiskAssessed', { level, targets: 'PERSON', assessedAt: day })] },
    )
  await assess(hub, 5, '2026-04-10')
  await receiver.count(1)
  await hub.stop()
  const recordingOnly = await reopened(all, { follow: 'recording' })
  await assess(recordingOnly, 2, '2026-04-12')
  await recordingOnly.stop()
  receiver.answer((_, reply) => void reply.writeHead(204).end())
  const events = (): readonly string[] => {
    const log = new Database(join(all.dataDir, 'log.sqlite'), { readonly: true })
    const types = log.prepare(`SELECT json ->> 'type' FROM event ORDER BY pos`).pluck().all()
    log.close()
    return types.map(String)
  }
  return { ...all, receiver, patientId, police, events }
}

t.test('whatever is asked of a store that nobody serves, it tells no receiver and raises no alert', async (t) => {
  const { run, receiver, patientId, police, events, env } = await setup(t)
  const before = events()
  const requests = receiver.received.length
  Object.assign(env, from('2026-07-20'))

  for (const asked of [
    ['replay', patientId],
    ['feed', 'list'],
    ['feed', 'preview', 'police-quarterly', '2026Q2', '--agency', police.agency],
    ['agencies', 'list'],
    ['keys', 'list'],
    ['verify'],
    ['rebuild', 'patient-record'],
    ['recalls'],
    ['returns', '--open'],
    ['doctor'],
  ]) {
    t.equal((await run(...asked)).code, 0, asked.join(' '))
  }

  t.same(events().slice(before.length), ['RecordViewed'], 'nothing is appended but that somebody read')
  t.equal(receiver.received.length, requests)
})

t.test('what it did not send is sent by the next hub that serves the store', async (t) => {
  const { run, receiver, patientId, events, env, ...all } = await setup(t)
  Object.assign(env, from('2026-04-21'))
  t.equal((await run('replay', patientId)).code, 0)
  const requests = receiver.received.length

  const hub = await reopened(all, { nowMs: APRIL + 2 * DAY })
  t.teardown(() => hub.stop())
  await receiver.count(requests + 2)

  t.equal(events().filter((type) => type === 'MessageQueued').length, 2)
})

t.test('a close by hand releases the documents, and sends none of them; an agency answers on its sheet', async (t) => {
  const { run, receiver, events, env, police, dataDir, patientId } = await setup(t)
  const before = events()
  const requests = receiver.received.length
  Object.assign(env, from('2026-07-02'))

  const closed = await run('feed', 'close', 'police-quarterly', '2026Q2', '--confirm', '2026Q2', '--json')

  t.match(closed.json, { outcome: 'closed', period: { state: 'RELEASED' } })
  t.same(events().slice(before.length), ['FeedPeriodClosed', 'FeedReleased'])
  t.equal(receiver.received.length, requests)

  const file = join(dataDir, 'return.xlsx')
  t.match(
    (await run('returns', '--open')).out,
    /^POLICE 单位 POLICE +police-quarterly +2026Q2 +期限 2026-08-01 +待反馈\n$/,
  )
  const sheet = ['returns', 'sheet', 'police-quarterly', '2026Q2', '--agency', police.agency, '--out', file]
  t.equal((await run(...sheet)).code, 0)
  t.match(await run('returns', 'send', file), { code: 2, err: /LIANHU_KEY/ })
  env.LIANHU_KEY = police.key
  t.match(await run('returns', 'send', file), { code: 1, err: /说明!B/ }, 'nothing is filled in')
  const blank = readFileSync(file)
  writeFileSync(
    file,
    await filledSheet(blank, { 反馈: { C2: '轻度滋事', D2: '2026-06-02 22:10', E2: '00123', N2: '示例路9号' } }),
  )
  const sent = await run('returns', 'send', file)
  t.match(sent, { code: 0, out: /已收，登记 1 条，交卫生机构核实 1 条/ })
  t.match((await run('returns', 'send', file)).out, /此前已收，未重复登记/)
  t.same(events().slice(before.length + 2), ['PublicSafetyIncidentRecorded', 'ReturnReceived', 'DocumentReturned'])
  t.match((await run('returns', '--agency', police.agency)).out, /已反馈 +登记 1、待核实 1\n$/)
  t.match((await run('returns', '--agency', EXAMPLE_UNIT, '--patient', patientId)).out, /ReturnReceived .*待核实$/m)
})
