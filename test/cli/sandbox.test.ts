import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createHandler } from '../../kit/http-handler.js'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import type { Cleanup } from '../fixtures/store.js'
import { rigOf, vectors } from '../kit/rig.js'
import { cli } from './run.js'

const MESSAGES = [...MESSAGE_KINDS, 'tombstone', 'unknown-kind']
const SAMPLES = [...MESSAGES, 'heartbeat'].sort()

async function listen(t: Cleanup, answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

/** A receiver of the kit, and a command line that knows its secret. */
async function setup(t: Cleanup) {
  const rig = rigOf(t)
  const receiver = await rig.open({ now: Date.now, graceMs: 50, fetchRange: () => Promise.reject(new Error('no hub')) })
  const url = await listen(t, createHandler(receiver))
  const { run, file } = cli(t)
  const secretFile = file('secret', `${vectors.secret}\n`)
  return {
    rig,
    url,
    file,
    run,
    sandbox: (...rest: string[]) => run('sandbox', '--url', url, '--secret-file', secretFile, ...rest),
  }
}

const answeredBy = (status: number) => (_: unknown, response: ServerResponse) => void response.writeHead(status).end()

t.test('finds a receiver of the kit right, with every kind, repeated, out of order and badly signed', async (t) => {
  const { rig, sandbox } = await setup(t)

  const ended = await sandbox('--repeat', '--out-of-order', '--bad-signature', '--json')

  t.equal(ended.code, 0, ended.out)
  t.match(ended.json, { isRight: true })
  const sent = (how: string) =>
    ended.json.replies
      .filter((reply: { sent: string }) => reply.sent === how)
      .map(({ sample }: { sample: string }) => sample)
  for (const how of ['valid', 'again', 'badly signed']) t.same(sent(how).sort(), SAMPLES, how)
  t.ok(sent('too early').length > 3)
  t.equal(rig.handed.length, MESSAGES.length, 'each was applied once, and no heartbeat')
})

t.test('sends one kind, and says what was answered', async (t) => {
  const { rig, sandbox } = await setup(t)

  const ended = await sandbox('--kind', 'danger')

  t.equal(ended.code, 0)
  t.match(ended.out, /^✓ {2}danger {2}valid {2}200\n✓ 全部正确\n$/)
  t.match(rig.handed, [{ message: { kind: 'danger', sequence: 0 } }])
  t.notOk(ended.out.includes(vectors.secret))
})

t.test('sends a heartbeat alone, of which nothing is handed over', async (t) => {
  const { rig, sandbox } = await setup(t)

  const ended = await sandbox('--kind', 'heartbeat')

  t.match(ended.out, /^✓ {2}heartbeat {2}valid {2}200\n✓ 全部正确\n$/)
  t.same(rig.handed, [])
})

/** Receivers that are not right, and what shows it. */
const WRONG: readonly (readonly [name: string, status: number, flags: readonly string[], sent: string])[] = [
  ['refuses what is valid', 422, [], 'valid'],
  ['redirects', 307, [], 'valid'],
  ['fails', 500, [], 'valid'],
  ['believes a bad signature', 200, ['--bad-signature'], 'badly signed'],
  ['condemns what comes too early', 409, ['--out-of-order'], 'too early'],
]
for (const [name, status, flags, sent] of WRONG) {
  t.test(`ends with 1 for a receiver that ${name}`, async (t) => {
    const { run, file } = cli(t)
    const url = await listen(t, answeredBy(status))

    const ended = await run('sandbox', '--url', url, '--secret-file', file('s', vectors.secret), '--json', ...flags)

    t.equal(ended.code, 1)
    t.ok(ended.json.replies.some((reply: { sent: string; isRight: boolean }) => reply.sent === sent && !reply.isRight))
  })
}

t.test('ends with 1 where nobody answers, and with 2 where it was not understood', async (t) => {
  const { run, file } = cli(t)
  const [good, bad] = [file('good', vectors.secret), file('bad', 'whsec_short')]

  t.match(await run('sandbox', '--url', 'http://127.0.0.1:1/', '--secret-file', good, '--kind', 'test'), {
    code: 1,
    out: /NO_ANSWER/,
  })
  t.match(await run('sandbox', '--secret-file', bad), { code: 2, err: /whsec_/ })
  t.match(await run('sandbox', '--secret-file', `${bad}-absent`), { code: 2 })
  t.match(await run('sandbox', '--url', 'file:///etc', '--secret-file', good), { code: 2, err: /--url/ })
  t.match(await run('sandbox', '--secret-file', good, '--kind', 'nothing'), { code: 2 })
  t.match(await run('sandbox'), { code: 2 })
})
