import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { checkDocument } from '../../kit/document.js'
import { findHeartbeat, KINDS, parseEnvelope } from '../../kit/envelope.js'
import type { MailboxPage } from '../../kit/port.js'
import { signWebhook, verifyWebhook } from '../../kit/verify.js'
import type { DeliveryVector, SignedMessage } from '../../scripts/kit-vectors/delivery-vectors.js'
import type { EnvelopeVector } from '../../scripts/kit-vectors/envelope-vectors.js'
import type { HeartbeatVector } from '../../scripts/kit-vectors/heartbeat-vectors.js'
import type { SignatureVector } from '../../scripts/kit-vectors/signature-vectors.js'
import { vectorDrift } from '../../scripts/kit-vectors.js'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import { REPOSITORY, readRepositoryFile } from '../fixtures/repository.js'
import { deliver, pageOf, rigOf, vectors } from './rig.js'

const casesOf = <Case>(name: string): readonly Case[] =>
  (JSON.parse(readRepositoryFile(`kit/vectors/${name}.json`)) as { readonly cases: readonly Case[] }).cases
const signatures = casesOf<SignatureVector>('signatures')
const envelopes = casesOf<EnvelopeVector>('envelopes')

t.test('the vectors are what the product renders and signs today', async (t) => {
  t.same(await vectorDrift(REPOSITORY), [])
})

t.test('verifies signatures as the vectors say', async (t) => {
  for (const { name, secrets, now, toleranceSeconds, headers, body, expected } of signatures) {
    const verify = () => verifyWebhook(headers, Buffer.from(body), { secrets, nowMs: now * 1000, toleranceSeconds })
    if (expected === 'OK') t.same(verify(), { id: headers['webhook-id'] }, name)
    else t.throws(verify, { code: expected }, name)
  }
})

t.test('signs and verifies as the reference library does', async (t) => {
  const body = Buffer.from('{"text":"【警示】示例"}')
  const now = new Date()
  const seconds = Math.floor(now.getTime() / 1000)
  const headers = { 'webhook-id': 'message-1', 'webhook-timestamp': String(seconds) }
  const reference = new Webhook(vectors.secret)

  const ours = signWebhook(vectors.secret, 'message-1', seconds, body)
  const theirs = reference.sign('message-1', now, body.toString())

  t.equal(ours, theirs)
  t.ok(reference.verify(body.toString(), { ...headers, 'webhook-signature': ours }))
  t.same(
    verifyWebhook({ ...headers, 'webhook-signature': theirs }, body, {
      secrets: [vectors.secret],
      nowMs: now.getTime(),
    }),
    { id: 'message-1' },
  )
  t.throws(() => verifyWebhook(headers, body, { secrets: ['whsec_dG9vc2hvcnQ='], nowMs: 0 }), { code: 'BAD_SECRET' })
})

t.test('reads envelopes as the vectors say', async (t) => {
  for (const { name, body, expected, error } of envelopes) {
    if (error) {
      t.throws(() => parseEnvelope(Buffer.from(body)), { code: error }, name)
      continue
    }
    const { document, ...message } = parseEnvelope(Buffer.from(body))
    t.match(message, { ...expected, document: undefined }, name)
    t.equal(message.body, body)
    t.equal(document === undefined, expected?.document === undefined, name)
    if (document) t.match(document, { rows: expected?.document?.rows, digest: expected?.document?.digest }, name)
    if (document?.content !== undefined) checkDocument(document, Buffer.from(document.content))
  }
  const invalid = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')])
  t.throws(() => parseEnvelope(invalid), { code: 'MALFORMED_ENVELOPE' }, 'no UTF-8')
})

t.test('tells heartbeats from everything else as the vectors say', async (t) => {
  const heartbeats = casesOf<HeartbeatVector>('heartbeats')
  for (const { name, body, expected } of heartbeats) t.same(findHeartbeat(Buffer.from(body)), expected, name)
  t.ok(heartbeats.some(({ expected }) => expected === undefined))
})

t.test('the vectors hold every kind of message, and the kit knows each', async (t) => {
  t.same(KINDS, MESSAGE_KINDS)
  const kinds = envelopes.flatMap(({ expected }) => (expected?.isKnownKind ? [expected.kind] : []))
  t.same([...new Set(kinds)].sort(), [...MESSAGE_KINDS].sort())
})

t.test('every envelope is a CloudEvent to the reference library, strictly', async (t) => {
  for (const { name, body } of envelopes.filter(({ error }) => error === undefined)) {
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' }

    const event = HTTP.toEvent({ headers, body } as Message) as CloudEvent<Record<string, unknown>>

    t.ok(event.validate(), name)
    t.ok(new CloudEvent(JSON.parse(body), true).validate(), name)
    t.equal(event.subject, parseEnvelope(body).subject)
  }
})

for (const vector of vectors.cases) {
  t.test(`delivery: ${vector.name}`, async (t) => {
    const run = runOf(t, vector)
    for (const [i, step] of vector.steps.entries()) {
      const told = await run(step)
      t.same(
        told,
        { status: step.status, applied: step.applied, asked: step.asked, mark: step.mark },
        `step ${i + 1}: ${step.deliver ?? (step.restart === undefined ? 'read' : 'restart')}`,
      )
    }
  })
}

/** Plays the steps of a case, and tells what the kit did in each. */
function runOf(t: Parameters<typeof rigOf>[0], { messages, documents, known = [] }: DeliveryVector) {
  const nameOf = (body: string): string =>
    Object.entries(messages).find(
      ([, one]) => JSON.stringify(JSON.parse(one.body)) === JSON.stringify(JSON.parse(body)),
    )?.[0] ?? '?'
  const signed = (name: string): SignedMessage => {
    const message = messages[name]
    if (!message) throw new Error(`no message ${name}`)
    return message
  }
  let failing: readonly string[] = []
  let mailbox: DeliveryVector['steps'][number]['mailbox'] = { messages: [], parked: [] }
  const asked: number[] = []
  const rig = rigOf(t, ({ body }) => {
    if (failing.includes(nameOf(body))) throw new Error('not now')
  })
  const page = (after: number): MailboxPage => {
    if (!mailbox) throw new Error('the mailbox does not answer')
    return pageOf(mailbox.messages.map(signed), after, { parked: mailbox.parked })
  }
  const open = () =>
    rig.open({
      isKnown: (id) => known.some((name) => signed(name).id === id),
      async fetchRange(after) {
        asked.push(after)
        return page(after)
      },
      fetchDocument: async ({ href }) => Buffer.from(documents[href] ?? ''),
    })
  let receiver: Awaited<ReturnType<typeof open>> | undefined

  return async (step: DeliveryVector['steps'][number]) => {
    receiver ??= await open()
    if (step.mailbox !== undefined) mailbox = step.mailbox
    failing = step.failing ?? failing
    asked.length = 0
    rig.handed.length = 0
    let status: number | undefined
    if (step.restart !== undefined) {
      await receiver.close()
      rig.restore({ mark: step.restart })
      receiver = await open()
    } else if (step.read !== undefined) {
      await receiver.takePage(page(step.read))
    } else if (step.deliver !== undefined) {
      const parked = step.parked ? { 'lianhu-parked': step.parked.join(',') } : {}
      status = await deliver(receiver, signed(step.deliver), parked)
    }
    return {
      status,
      applied: rig.handed.map(({ message, given }) => [nameOf(message.body), given.what]),
      asked: [...asked],
      mark: receiver.status().mark,
    }
  }
}
