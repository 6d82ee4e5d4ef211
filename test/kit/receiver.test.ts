import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { KitError } from '../../kit/kit-error.js'
import { secretBytes } from '../../kit/verify.js'
import { webhookSignature } from '../../src/delivery/webhook.js'
import { deliver, messagesOf, pageOf, rigOf, vectors } from './rig.js'

const ABA = messagesOf('applies in order, each once, and takes a duplicate without applying it')
const AAA = messagesOf('asks for what is missing, and applies it before a later message of the same person')
const TOMB = messagesOf('hands a tombstone over once, also of a message that was applied')
const DOCUMENT = messagesOf('refuses a document whose bytes are not those announced, and lets others pass')
const all = (of: typeof ABA) => Object.values(of)

const sequencesOf = (handed: readonly { readonly message: { readonly sequence: number } }[]): readonly number[] =>
  handed.map(({ message }) => message.sequence)

t.test('puts in order what comes at once, without asking', async (t) => {
  const rig = rigOf(t)
  let asked = 0
  const receiver = await rig.open({
    graceMs: 60_000,
    async fetchRange() {
      asked++
      return pageOf([], -1)
    },
  })

  const statuses = await Promise.all([AAA.m2, AAA.m1, AAA.m0].map((one) => deliver(receiver, one)))

  t.same(statuses, [200, 200, 200])
  t.same(sequencesOf(rig.handed), [0, 1, 2])
  t.equal(asked, 0)
})

t.test('answers the same message that comes twice at once with one outcome', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()

  const statuses = await Promise.all([deliver(receiver, ABA.m0), deliver(receiver, ABA.m0)])

  t.same(statuses, [200, 200])
  t.same(sequencesOf(rig.handed), [0])
})

t.test('where content and tombstone wait together, the content is not applied', async (t) => {
  let go: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const rig = rigOf(t, ({ sequence }) => (sequence === 1 ? gate : undefined))
  const receiver = await rig.open()
  const busy = deliver(receiver, ABA.m1)
  const waiting = Promise.all([deliver(receiver, TOMB.m0), deliver(receiver, TOMB.erased)])

  go()

  t.same(await Promise.all([busy, waiting]), [200, [200, 200]])
  t.same(
    rig.handed.map(({ given }) => given.what),
    ['MESSAGE', 'DELETE'],
  )
})

t.test('goes on where the file says, and holds nothing personal in it', async (t) => {
  const rig = rigOf(t)
  const first = await rig.open()
  await deliver(first, ABA.m0)
  await deliver(first, ABA.m2, { 'lianhu-parked': '1' })
  await first.close()

  const second = await rig.open()
  t.same(second.status(), { mark: 2, parked: [1], failing: [] })
  t.equal(await deliver(second, ABA.m2), 200)
  t.equal(await deliver(second, ABA.m1), 200)

  t.same(sequencesOf(rig.handed), [0, 2, 1])
  const { source, ...rest } = JSON.parse(readFileSync(rig.stateFile, 'utf8'))
  t.match(source, /^urn:lianhu:log:/)
  t.same(rest, { format: 1, subscription: vectors.subscription, mark: 2, above: [], parked: [], erased: [] })
})

t.test('refuses a state that it cannot read, or of another subscription', async (t) => {
  const rig = rigOf(t)
  for (const text of ['', '{', '[]', '{"format":2}', '{"format":1,"subscription":"x","mark":-2}']) {
    writeFileSync(rig.stateFile, text)
    await t.rejects(rig.open(), { code: 'STATE_UNREADABLE' }, text)
  }
  rig.restore({ above: [[3, 2]] })
  await t.rejects(rig.open(), { code: 'STATE_UNREADABLE' }, 'a range that is none')
  rig.restore({ subscription: 'another' })
  await t.rejects(rig.open(), { code: 'OTHER_SUBSCRIPTION' })
  rig.restore({})
  await t.rejects(rig.open({ secrets: ['secret'] }), { code: 'BAD_SECRET' })
})

t.test('tells nobody "taken" while the state cannot be written, and catches up when it can', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()
  // In the way of the new file, also for whoever may write everywhere.
  mkdirSync(`${rig.stateFile}.new`)
  t.equal(await deliver(receiver, ABA.m0), 503)
  t.match(rig.outcomes.at(-1), { code: 'STATE_NOT_WRITTEN' })
  t.equal(receiver.status().mark, -1, 'what is not on the disk may not be acknowledged')
  t.equal(await deliver(receiver, ABA.m0), 503, 'also what was applied already')

  rmSync(`${rig.stateFile}.new`, { recursive: true })
  t.equal(await deliver(receiver, ABA.m0), 200)
  t.same(sequencesOf(rig.handed), [0], 'it was applied once')
  t.equal(receiver.status().mark, 0)
})

t.test('tells what the application will never take from what it cannot take now', async (t) => {
  const rig = rigOf(t, ({ sequence }) => {
    if (sequence === 0) throw new KitError('REFUSED', 'no such ward')
    throw new Error('no database')
  })
  const receiver = await rig.open()

  t.equal(await deliver(receiver, ABA.m0), 422)
  t.equal(await deliver(receiver, ABA.m1), 500)
  t.same(receiver.status(), { mark: -1, parked: [], failing: [0, 1] })
  t.match(rig.problems, [{ message: 'no such ward' }, { message: 'no database' }])
})

t.test('knows no message by its header alone', async (t) => {
  const receiver = await rigOf(t).open()
  const { m0, m1 } = ABA
  if (!m0 || !m1) throw new Error('no messages')

  t.equal(await deliver(receiver, { ...m0, body: m1.body }), 401)
  t.equal(await deliver(receiver, m0, { 'webhook-signature': 'v1,x' }), 401)
  t.equal(await deliver(receiver, m0), 200)
})

t.test('takes new secrets without being started again', async (t) => {
  let secrets = [`whsec_${Buffer.alloc(32, 9).toString('base64')}`]
  const receiver = await rigOf(t).open({ secrets: () => secrets })

  t.equal(await deliver(receiver, ABA.m0), 401)
  secrets = [...secrets, vectors.secret]
  t.equal(await deliver(receiver, ABA.m0), 200)
})

t.test('catches up page by page with what was missed, and with what was parked and is not any more', async (t) => {
  const rig = rigOf(t)
  rig.restore({ mark: 0, parked: [0] })
  const asked: number[] = []
  const receiver = await rig.open({
    async fetchRange(after, { limit } = {}) {
      asked.push(after)
      return pageOf(all(ABA), after, { limit: limit ?? 1 })
    },
  })

  await receiver.catchUp()

  t.same(sequencesOf(rig.handed), [0, 1, 2], 'what was parked before all that may be about the same person')
  t.same(asked, [0, -1, 1, 2])
  t.same(receiver.status(), { mark: 2, parked: [], failing: [] })
})

t.test('does not go on where the hub has less than was applied', async (t) => {
  const rig = rigOf(t)
  rig.restore({ mark: 7 })
  const receiver = await rig.open({ fetchRange: async (after) => pageOf(all(ABA), after) })

  await t.rejects(receiver.catchUp(), { code: 'AHEAD_OF_HUB' })
})

t.test('without a mailbox to ask, relies on the order of the hub', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()

  t.equal(await deliver(receiver, ABA.m2), 200)
  t.equal(await deliver(receiver, ABA.m0), 200)
  t.equal(receiver.status().mark, 0)
  t.equal(await deliver(receiver, ABA.m1), 200)
  t.equal(receiver.status().mark, 2)
})

t.test('lets nothing wait for a document', async (t) => {
  const rig = rigOf(t)
  let give: (bytes: Uint8Array) => void = () => {}
  const receiver = await rig.open({
    fetchDocument: () =>
      new Promise((resolve) => {
        give = resolve
      }),
  })

  const document = deliver(receiver, DOCUMENT.m0)
  t.equal(await deliver(receiver, DOCUMENT.m1), 200)
  t.same(sequencesOf(rig.handed), [1])
  give(Buffer.from('{"format":"lianhu.document/1","rows":1}\n{"id":"row-1"}\n'))

  t.equal(await document, 200)
  t.same(sequencesOf(rig.handed), [1, 0])
  t.match(Buffer.from(rig.handed[1]?.given.document ?? '').toString(), /row-1/)
})

t.test('asks for a document again that could not be fetched', async (t) => {
  const rig = rigOf(t)
  let isAway = true
  const receiver = await rig.open({
    async fetchDocument() {
      if (isAway) throw new Error('away')
      return Buffer.from('{"format":"lianhu.document/1","rows":1}\n{"id":"row-1"}\n')
    },
  })

  t.equal(await deliver(receiver, DOCUMENT.m0), 502)
  isAway = false
  t.equal(await deliver(receiver, DOCUMENT.m0), 200)
})

t.test('an envelope in the mailbox that cannot be read holds up nobody', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()
  const page = pageOf(all(ABA), -1)
  const messages = page.messages.map((one) => (one.sequence === 0 ? { ...one, envelope: { id: one.id } } : one))

  await receiver.takePage({ ...page, messages })

  t.same(sequencesOf(rig.handed), [1, 2])
  t.same(receiver.status(), { mark: -1, parked: [], failing: [0] })
  t.match(rig.problems, [{ code: 'MALFORMED_ENVELOPE' }])
})

t.test('takes nothing more when it is closed', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open({ graceMs: 60_000, fetchRange: async (after) => pageOf([], after) })
  const waiting = deliver(receiver, ABA.m1)

  await receiver.close()

  t.equal(await waiting, 503)
  t.equal(await deliver(receiver, ABA.m0), 503)
  t.same(rig.handed, [])
})

const SOURCE = String(JSON.parse(ABA.m0?.body ?? '').source)

/** A heartbeat of the vectors' hub, signed as the hub signs. */
const heartbeat = (tail: unknown, source = SOURCE, id = 'beat-1') => {
  const body = JSON.stringify({ id, source, specversion: '1.0', tail, time: '2026-03-02', type: 'lianhu.heartbeat' })
  const signature = webhookSignature(secretBytes(vectors.secret), 'beat-1', vectors.now, body)
  return {
    headers: { 'webhook-id': 'beat-1', 'webhook-timestamp': String(vectors.now), 'webhook-signature': signature },
    body: Buffer.from(body),
  }
}

t.test('answers a heartbeat, hands it to nobody and keeps nothing of it', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()
  await deliver(receiver, ABA.m0)
  const before = readFileSync(rig.stateFile, 'utf8')
  const { headers, body } = heartbeat(0)

  t.same(await receiver.receive(headers, body), { code: 'HEARTBEAT', status: 200, from: 'webhook' })
  t.match(await receiver.receive({ ...headers, 'webhook-id': 'other' }, body), { code: 'BAD_SIGNATURE' })

  t.same(sequencesOf(rig.handed), [0])
  t.equal(readFileSync(rig.stateFile, 'utf8'), before)
  t.same(receiver.status(), { mark: 0, parked: [], failing: [] })
})

t.test('a heartbeat beyond what was applied reports the gap, until it is closed', async (t) => {
  const rig = rigOf(t)
  const receiver = await rig.open()
  await deliver(receiver, ABA.m0)
  const { headers, body } = heartbeat(2)

  const outcome = await receiver.receive(headers, body)

  t.same(outcome, { code: 'HEARTBEAT', status: 200, from: 'webhook', gap: { from: 1, through: 2 } })
  t.same(rig.outcomes.at(-1), outcome, 'and tells the application')
  t.same(receiver.status().gap, { from: 1, through: 2 })
  t.equal(receiver.status().mark, 0)
  await deliver(receiver, ABA.m1)
  await deliver(receiver, ABA.m2)
  t.equal(receiver.status().gap, undefined)
  t.same(sequencesOf(rig.handed), [0, 1, 2])
})

t.test('what is parked is no gap to a heartbeat', async (t) => {
  const receiver = await rigOf(t).open()
  const { headers, body } = heartbeat(1)

  const outcome = await receiver.receive({ ...headers, 'lianhu-parked': '0,1' }, body)

  t.equal(outcome.gap, undefined)
  t.equal(receiver.status().gap, undefined)
})

t.test('believes no heartbeat of another hub, of another id, or without a tail', async (t) => {
  const receiver = await rigOf(t).open()
  await deliver(receiver, ABA.m0)
  const codes: string[] = []

  for (const { headers, body } of [
    heartbeat(5, 'urn:lianhu:log:other'),
    heartbeat(5, SOURCE, 'x'),
    heartbeat(-2),
    heartbeat('5'),
  ]) {
    codes.push((await receiver.receive(headers, body)).code)
  }

  t.same(codes, ['OTHER_LOG', 'MALFORMED_ENVELOPE', 'MALFORMED_ENVELOPE', 'MALFORMED_ENVELOPE'])
  t.equal(receiver.status().gap, undefined)
})
