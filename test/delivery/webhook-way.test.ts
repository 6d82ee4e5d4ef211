import type { LookupAddress } from 'node:dns'
import { readFileSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { ResolveAll } from '../../src/delivery/address-guard.js'
import type { RenderedMessage } from '../../src/delivery/port.js'
import { createWebhookSender, type WebhookOptions } from '../../src/delivery/webhook.js'
import { wallClock } from '../../src/kernel/clock.js'
import { makeCertificates } from '../fixtures/certificates.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'
import { openReceiver } from './receiver.js'

const message: RenderedMessage = {
  subscription: 'a',
  sequence: 0,
  id: '0b1c',
  key: 'k',
  class: 'NOTICE',
  versions: {},
  body: '{"id":"0b1c","source":"urn:lianhu:log:x","specversion":"1.0","type":"lianhu.message.test"}',
  digest: '',
  isTombstone: false,
}
const secret = Buffer.alloc(32, 7)

/** One attempt over a real socket, in a simulated log: loopback and nothing else. */
function senderOf(t: Cleanup, options: Partial<WebhookOptions> = {}) {
  const sender = createWebhookSender({ allowedHosts: [], simulated: true, timeoutMs: 2000, ...options }, wallClock)
  t.teardown(() => sender.close())
  return (url: string) => sender.send(message, { url, secrets: [secret], parked: [] })
}

/** Answers each question with the next list of addresses, and counts the questions. */
function changingNames(...answers: readonly (readonly string[])[]) {
  const asked: string[] = []
  const resolve: ResolveAll = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { asked, resolve }
}

t.test('follows no redirect, wherever it leads', async (t) => {
  const elsewhere = await openReceiver(t)
  const receiver = await openReceiver(t)
  const send = senderOf(t)
  const targets = ['http://169.254.169.254/latest/meta-data/', elsewhere.url, '//10.0.0.1/', '/elsewhere']

  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of targets) {
      receiver.answer((_, reply) => void reply.writeHead(status, { location }).end())

      t.match(await send(receiver.url), { kind: 'failed', reason: `HTTP_${status}`, scope: 'endpoint' })
    }
  }
  t.equal(receiver.received.length, 5 * targets.length, 'each was asked once')
  t.same(elsewhere.received, [], 'and nobody else')
})

t.test('connects to the address that it checked, whatever the name says a moment later', async (t) => {
  const receiver = await openReceiver(t)
  const { port } = new URL(receiver.url)
  const names = changingNames(['127.0.0.1'], ['169.254.169.254'], ['10.1.2.3'], ['::ffff:169.254.169.254'])
  const send = senderOf(t, { resolve: names.resolve })
  receiver.answer((_, reply) => void reply.writeHead(204, { connection: 'close' }).end())

  t.match(await send(`http://localhost:${port}/hook`), { kind: 'accepted' })
  t.same(names.asked, ['localhost'], 'the name is asked for once: between check and connection nothing can change')
  for (let i = 1; i < 4; i++) {
    t.match(await send(`http://localhost:${port}/hook`), { kind: 'failed', reason: 'EADDRNOTALLOWED' })
  }
  t.equal(receiver.received.length, 1)
})

t.test('of many addresses of a name connects to those only that it may reach', async (t) => {
  const receiver = await openReceiver(t)
  const { port } = new URL(receiver.url)
  const names = changingNames(['169.254.169.254', '0.0.0.0', '10.1.2.3', '127.0.0.1'])

  t.match(await senderOf(t, { resolve: names.resolve })(`http://localhost:${port}/hook`), { kind: 'accepted' })
})

t.test('reaches a private range only by a name that the operator named, and home by none', async (t) => {
  const closed = changingNames(['127.0.0.1'])
  const real = { simulated: false, allowedHosts: ['hub.police.local'], timeoutMs: 300 }

  const home = await senderOf(t, { ...real, resolve: closed.resolve })('https://hub.police.local/in')
  const unnamed = await senderOf(t, real)('https://10.1.2.3/in')
  const metadata = changingNames(['100.100.100.200', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe', 'fe80::1'])
  const cloud = await senderOf(t, { ...real, resolve: metadata.resolve })('https://hub.police.local/in')

  t.match(home, { reason: 'EADDRNOTALLOWED' })
  t.match(unnamed, { kind: 'failed', reason: 'HUB_RULE_VIOLATED' })
  t.match(cloud, { reason: 'EADDRNOTALLOWED' })
})

t.test('takes no certificate that nobody vouches for, nor one of another name', async (t) => {
  const certificates = makeCertificates(tempDirectory(t))
  if (!certificates) return t.comment('no openssl: skipped')
  const { caFile, certFile, keyFile } = certificates
  let asked = 0
  const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, reply) => {
    asked++
    reply.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const authorities = readFileSync(caFile, 'utf8')

  const unknown = await senderOf(t)(`https://127.0.0.1:${port}/`)
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const unguarded = await senderOf(t)(`https://127.0.0.1:${port}/`)
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  const { resolve } = changingNames(['127.0.0.1'])
  const misnamed = await senderOf(t, { authorities, resolve })(`https://localhost:${port}/`)
  t.equal(asked, 0, 'nothing was sent to any of them')
  const known = await senderOf(t, { authorities })(`https://127.0.0.1:${port}/`)

  t.match(unknown, { kind: 'failed', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  t.match(unguarded, { kind: 'failed', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  t.match(misnamed, { kind: 'failed', reason: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  t.match(known, { kind: 'accepted' })
  t.equal(asked, 1)
})

t.test('knows by the status whether message or receiver is to blame', async (t) => {
  const receiver = await openReceiver(t)
  const send = senderOf(t)
  const expected = [
    [200, { kind: 'accepted' }],
    [202, { kind: 'accepted' }],
    [400, { kind: 'refused' }],
    [401, { kind: 'failed', scope: 'endpoint' }],
    [403, { kind: 'failed', scope: 'endpoint' }],
    [404, { kind: 'failed', scope: 'endpoint' }],
    [410, { kind: 'refused' }],
    [413, { kind: 'refused' }],
    [422, { kind: 'refused' }],
    [429, { kind: 'failed', scope: 'endpoint' }],
    [500, { kind: 'failed', scope: 'message' }],
    [502, { kind: 'failed', scope: 'message' }],
    [503, { kind: 'failed', scope: 'endpoint' }],
  ] as const
  for (const [status, outcome] of expected) {
    receiver.answer((_, reply) => void reply.writeHead(status).end())

    t.match(await send(receiver.url), outcome, String(status))
  }
})

t.test('waits no longer than it was told, for heads that drip and answers that come late', async (t) => {
  const receiver = await openReceiver(t)
  const send = senderOf(t, { timeoutMs: 200 })
  let late = 0
  receiver.answer((_, reply) => {
    setTimeout(() => {
      late++
      reply.writeHead(204).end()
    }, 500)
  })
  const startedAt = performance.now()

  const outcome = await send(receiver.url)

  t.match(outcome, { kind: 'failed', reason: 'TIMEOUT', scope: 'endpoint' })
  t.ok(performance.now() - startedAt < 450, 'before the answer comes')
  while (late === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  receiver.answer((_, reply) => {
    reply.socket?.write('HTTP/1.1 20')
    const dripping = setInterval(() => reply.socket?.write('0'), 20)
    reply.socket?.once('close', () => clearInterval(dripping))
  })
  t.equal((await send(receiver.url)).kind, 'failed', 'a head that never ends')
  receiver.answer((_, reply) => void reply.writeHead(204).end())
  t.match(await send(receiver.url), { kind: 'accepted' })
})
