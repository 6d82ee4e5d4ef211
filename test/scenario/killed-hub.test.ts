import { join } from 'node:path'
import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { tempDirectory } from '../fixtures/store.js'
import { type HubProcess, postBatch, startHub, until } from './killed-hub.js'

/** A hub starts a dozen times here. */
t.setTimeout(240_000)

const IN_Q1 = Date.parse('2026-03-20T09:00:00+08:00')
const AFTER_Q1 = Date.parse('2026-04-03T09:00:00+08:00')
const FEEDS = ['police-quarterly', 'political-legal-quarterly'] as const
const PATIENTS = 40

t.test(
  'kill -9 in the middle of a batch: what was acknowledged is there once, and sent again it is the same',
  async (t) => {
    t.setTimeout(120_000)
    const dataDir = tempDirectory(t)
    let hub = await startHub(dataDir, IN_Q1)
    t.teardown(() => hub.kill())
    const patients = await register(hub)
    const lines = Array.from({ length: 600 }, (_, i) => assessment(patients[i % PATIENTS] ?? '', i))

    const before = await postBatch(hub, lines, 150)
    hub = await startHub(dataDir, IN_Q1)
    const after = await postBatch(hub, lines)

    t.ok(before.length >= 150 && before.length < lines.length, 'it was killed in the middle')
    t.equal(after.length, lines.length)
    t.equal(after.filter(({ receipts }) => receipts === undefined).length, 0, 'every line has a receipt')
    for (const [i, { receipts }] of before.entries())
      t.same(after[i]?.receipts, receipts, `line ${i}: the first receipt`)
    await hub.kill()
    const counts = new Map<string, number>()
    for (const { id } of await eventsOf(dataDir)) counts.set(id, (counts.get(id) ?? 0) + 1)
    t.equal(lines.filter(({ id }) => counts.get(id) !== 1).length, 0, 'each event is stored once')
  },
)

t.test(
  'kill -9 at any moment of a close: each document is released once, recomputes equal, and each message keeps its place',
  async (t) => {
    t.setTimeout(120_000)
    const dataDir = tempDirectory(t)
    let hub = await startHub(dataDir, IN_Q1)
    t.teardown(() => hub.kill())
    const patients = await register(hub)
    const subscriptions = new Map<string, string>()
    for (const [role, feed] of [
      ['POLICE', FEEDS[0]],
      ['PL', FEEDS[1]],
    ] as const) {
      const { body } = await hub.post('/v1/subscriptions', role, { alerts: true, feeds: [feed], channel: 'mailbox' })
      subscriptions.set(role, (body as { subscription: string }).subscription)
    }
    await postBatch(
      hub,
      patients.map((id, i) => assessment(id, i)),
    )
    await hub.kill()
    const seen = new Map<string, string>()

    for (const delayMs of [0, 15, 60, 150]) {
      hub = await startHub(dataDir, AFTER_Q1)
      const closing = Promise.allSettled(
        FEEDS.map((feed) => hub.post(`/v1/feeds/${feed}/periods/2026Q1/close`, 'OPERATOR', { confirm: '2026Q1' })),
      )
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      await hub.kill()
      await closing
    }
    hub = await startHub(dataDir, AFTER_Q1)
    for (const feed of FEEDS) {
      await hub.post(`/v1/feeds/${feed}/periods/2026Q1/close`, 'OPERATOR', { confirm: '2026Q1' })
      await until(
        () => hub.get(`/v1/feeds/${feed}/periods/2026Q1`, 'OPERATOR'),
        (period) => (period as { state: string }).state === 'RELEASED',
      )
      const { body } = await hub.post(`/v1/feeds/${feed}/periods/2026Q1/verify`, 'OPERATOR', {})
      t.match(body, { isEqual: true }, `${feed} recomputes equal`)
    }
    for (const [role, subscription] of subscriptions) {
      const page = await until(
        () => mailbox(hub, role, subscription),
        (messages) => messages.some(({ body }) => body.includes('lianhu.message.document')),
      )
      t.same(
        page.map(({ sequence }) => sequence),
        page.map((_, i) => i),
        `${role}: no sequence is skipped`,
      )
      t.equal(page.filter(({ body }) => body.includes('lianhu.message.document')).length, 1, `${role}: one document`)
      t.equal(page.length, PATIENTS + 1, `${role}: every assessment and the document`)
      for (const { id, body } of page) seen.set(id, body)
    }
    await hub.kill()
    hub = await startHub(dataDir, AFTER_Q1)
    for (const [role, subscription] of subscriptions) {
      for (const { id, body } of await mailbox(hub, role, subscription))
        t.equal(seen.get(id), body, 'the same bytes after another restart')
    }
    await hub.kill()
    const released = (await eventsOf(dataDir)).filter(({ type }) => type === 'FeedReleased')
    t.equal(released.length, FEEDS.length, 'one release for each document')
  },
)

async function register(hub: HubProcess): Promise<readonly string[]> {
  const lines = Array.from({ length: PATIENTS }, (_, i) => ({
    id: uuidv7(IN_Q1 + i),
    type: 'PatientRegistered',
    occurredAt: '2026-01-05',
    data: {
      identity: { name: `测试${i}`, idType: '1', status: 'UNKNOWN', sex: '1' },
      householdTownship: '999901001',
      presentTownship: '999901001',
      householdAddress: { text: `测试路${i}号` },
      presentAddress: { text: `测试路${i}号` },
      responsibleUnit: hub.keys.CHC?.agency,
      registrationBasis: 'SIX_DISEASES',
      programme: 'COMMUNITY_MANAGEMENT',
      householdType: 2,
      economicStatus: 3,
    },
  }))
  const answers = await postBatch(hub, lines)
  return answers.map(({ receipts }) => (receipts?.[0]?.stream ?? '').slice('patient-'.length))
}

function assessment(patientId: string, i: number): { readonly id: string; readonly [member: string]: unknown } {
  const high = i % 4 === 0
  const data = high
    ? { level: 4, assessedAt: '2026-03-19', evidence: ['NOT_STOPPABLE', 'AGAINST_PERSON'], targets: 'PERSON' }
    : { level: 0, assessedAt: '2026-03-19', evidence: ['NONE'], targets: 'NONE' }
  return { id: uuidv7(IN_Q1 + 1000 + i), patientId, type: 'RiskAssessed', data }
}

interface Message {
  readonly sequence: number
  readonly id: string
  readonly body: string
}

async function mailbox(hub: HubProcess, role: string, subscription: string): Promise<readonly Message[]> {
  const page = (await hub.get(`/v1/subscriptions/${subscription}/messages?after=-1&limit=100`, role)) as {
    messages: readonly { sequence: number; id: string; envelope: unknown }[]
  }
  return page.messages.map(({ sequence, id, envelope }) => ({ sequence, id, body: JSON.stringify(envelope) }))
}

async function eventsOf(dataDir: string): Promise<readonly StoredEvent[]> {
  const log = openSqliteLogReader(join(dataDir, LOG_FILE))
  const events: StoredEvent[] = []
  for await (const { event } of log.readAll('')) events.push(event)
  log.close()
  return events
}
