import t from 'tap'
import { uuidv7 } from '../../src/kernel/ids.js'
import { openReceiver } from '../delivery/receiver.js'
import { loggedIn } from '../fixtures/log-file.js'
import { tempDirectory } from '../fixtures/store.js'
import { type HubProcess, killDuringClose, postBatch, startHub, until } from './killed-hub.js'

/** A hub starts a dozen times here. */
t.setTimeout(240_000)

const IN_Q1 = Date.parse('2026-03-20T09:00:00+08:00')
/** Each quarter with a moment after it, before it closes by itself. A kill that came too late has another quarter. */
const QUARTERS = (
  [
    ['2026Q1', '2026-04-03'],
    ['2026Q2', '2026-07-03'],
    ['2026Q3', '2026-10-03'],
    ['2026Q4', '2027-01-03'],
    ['2027Q1', '2027-04-03'],
    ['2027Q2', '2027-07-03'],
  ] as const
).map(([period, day]) => [period, Date.parse(`${day}T09:00:00+08:00`)] as const)
/** More documents than are released at once, so that the log is seen between two of them. */
const STATIONS = 150
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
    for (const { id } of await loggedIn(dataDir)) counts.set(id, (counts.get(id) ?? 0) + 1)
    t.equal(lines.filter(({ id }) => counts.get(id) !== 1).length, 0, 'each event is stored once')
  },
)

t.test(
  'kill -9 at any moment of a close: each document is released once, recomputes equal, and each message keeps its place',
  async (t) => {
    const dataDir = tempDirectory(t)
    const receiver = await openReceiver(t)
    let hub = await startHub(dataDir, IN_Q1, STATIONS)
    t.teardown(() => hub.kill())
    const patients = await register(hub)
    const mailboxes = new Map([
      ['POLICE', await subscribe(hub, 'POLICE', { channel: 'mailbox' })],
      ['PL', await subscribe(hub, 'PL', { channel: 'mailbox' })],
    ])
    const pushed = await subscribe(hub, 'POLICE', { channel: 'webhook', url: receiver.url })
    await postBatch(
      hub,
      patients.map((id, i) => assessment(id, i)),
    )
    await hub.kill()
    const hit = { beforeTheFirst: 0, betweenTwo: 0 }
    const played: string[] = []

    for (const [period, moment] of QUARTERS) {
      if (hit.beforeTheFirst > 0 && hit.betweenTwo > 0) break
      const wanted = hit.beforeTheFirst === 0 ? 0 : 1
      hub = await startHub(dataDir, moment)
      const { isClosed, released } = await killDuringClose(
        hub,
        dataDir,
        { feed: FEEDS[0], period },
        (seen) => seen.isClosed && seen.released >= wanted,
      )
      if (isClosed && released === 0) hit.beforeTheFirst++
      if (released > 0 && released < STATIONS + 1) hit.betweenTwo++
      played.push(period)
      hub = await startHub(dataDir, moment)
      for (const feed of FEEDS) await closed(hub, feed, period)
      await hub.kill()
    }

    t.ok(hit.beforeTheFirst > 0, 'a kill fell between the cut and the first release')
    t.ok(hit.betweenTwo > 0, 'a kill fell between two releases')
    hub = await startHub(dataDir, QUARTERS[played.length - 1]?.[1] ?? IN_Q1)
    for (const period of played) {
      for (const feed of FEEDS) {
        const { body } = await hub.post(`/v1/feeds/${feed}/periods/${period}/verify`, 'OPERATOR', {})
        t.match(body, { isEqual: true }, `${feed} ${period} recomputes equal`)
      }
    }
    const seen = new Map<string, string>()
    const expected = PATIENTS + played.length
    for (const [role, subscription] of mailboxes) {
      const page = await until(
        () => mailbox(hub, role, subscription),
        (messages) => messages.length >= expected,
      )
      t.same(
        page.map(({ sequence }) => sequence),
        Array.from({ length: expected }, (_, i) => i),
        `${role}: every assessment and a document for each quarter; no sequence is skipped`,
      )
      const documents = page.filter(({ body }) => body.includes('lianhu.message.document'))
      t.equal(documents.length, played.length, `${role}: one document for each quarter`)
      for (const { id, body } of page) seen.set(id, body)
    }
    const applied = await until(
      async () => new Map(receiver.received.map(({ id, envelope }) => [id, envelope.sequence])),
      ({ size }) => size >= expected,
    )
    await hub.kill()
    hub = await startHub(dataDir, QUARTERS[played.length - 1]?.[1] ?? IN_Q1)
    for (const [role, subscription] of mailboxes) {
      for (const { id, body } of await mailbox(hub, role, subscription))
        t.equal(seen.get(id), body, 'the same bytes after another restart')
    }
    await hub.kill()
    const events = await loggedIn(dataDir)
    const sent = events.filter(({ stream }) => stream === `outbox-${pushed}`)
    t.same(
      [...applied.values()].sort((a, b) => Number(a) - Number(b)),
      sent.map(({ revision }) => revision),
      'what the receiver applied is what was sent',
    )
    t.equal(new Set(receiver.received.map(({ body }) => body)).size, applied.size, 'sent again: the same bytes')
    const released = events.filter(({ type }) => type === 'FeedReleased')
    t.equal(released.length, (STATIONS + 2) * played.length, 'one release for each document')
    t.equal(new Set(released.map(({ stream }) => stream)).size, released.length)
  },
)

async function subscribe(hub: HubProcess, role: string, channel: object): Promise<string> {
  const feed = role === 'POLICE' ? FEEDS[0] : FEEDS[1]
  const { body } = await hub.post('/v1/subscriptions', role, { alerts: true, feeds: [feed], ...channel })
  return (body as { subscription: string }).subscription
}

/** Resolves when the period is released whole, closed by hand where nobody did. */
async function closed(hub: HubProcess, feed: string, period: string): Promise<void> {
  await hub.post(`/v1/feeds/${feed}/periods/${period}/close`, 'OPERATOR', { confirm: period })
  await until(
    () => hub.get(`/v1/feeds/${feed}/periods/${period}`, 'OPERATOR'),
    (answer) => (answer as { state: string }).state === 'RELEASED',
  )
}

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
