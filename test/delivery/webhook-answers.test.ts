import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createWebhookSender } from '../../src/delivery/webhook.js'
import { wallClock } from '../../src/kernel/clock.js'
import type { Cleanup } from '../fixtures/store.js'

const message = { id: '0b1c', body: '{"id":"0b1c"}' }
const SOCKETS = 16
const TIMEOUT_MS = 300

/** A receiver of bytes: what comes in, and what a test writes back to it. */
async function openWire(t: Cleanup, answer: (socket: Socket, nth: number) => void) {
  const sockets = new Set<Socket>()
  let requests = 0
  let opened = 0
  const server: Server = createServer((socket) => {
    opened++
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      for (const _ of chunk.toString('latin1').matchAll(/POST \//g)) answer(socket, requests++)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { readonly port: number }
  return { url: `http://127.0.0.1:${port}/hook`, sockets, requests: () => requests, opened: () => opened }
}

function senderOf(t: Cleanup) {
  const sender = createWebhookSender({ allowedHosts: [], simulated: true, timeoutMs: TIMEOUT_MS }, wallClock)
  t.teardown(() => sender.close())
  return {
    send: (url: string) => sender.send(message, { url, secrets: [Buffer.alloc(32, 7)], parked: [] }),
    close: sender.close,
  }
}

const accepted = { kind: 'accepted' }
const timeout = { kind: 'failed', reason: 'TIMEOUT', scope: 'endpoint' }

t.test('what waits for a connection until its time is over never leaves, and harms no connection', async (t) => {
  let isAwake = false
  const wire = await openWire(t, (socket) => {
    if (isAwake) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  })
  const { send } = senderOf(t)
  const begun = performance.now()

  const outcomes = await Promise.all(Array.from({ length: 6 * SOCKETS }, () => send(wire.url)))
  isAwake = true

  for (const outcome of outcomes) t.same(outcome, timeout)
  t.ok(performance.now() - begun < 4 * TIMEOUT_MS, 'all of them in one time, not one after the other')
  // Whatever had a connection in the last moment of its time is on its way.
  await delay(100)
  const left = wire.requests()
  t.ok(left < 3 * SOCKETS, `${left} left, of which ${SOCKETS} had a connection`)
  await delay(2 * TIMEOUT_MS)
  t.equal(wire.requests(), left, 'and none of the others later')
  const opened = wire.opened()
  t.same(await send(wire.url), accepted)
  t.equal(wire.opened(), opened, 'the connections that came too late serve whoever is next')
})

t.test('takes an interim answer for none', async (t) => {
  const wire = await openWire(t, (socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')
    socket.write('HTTP/1.1 422 Unprocessable\r\ncontent-length: 0\r\n\r\n')
  })
  t.same(await senderOf(t).send(wire.url), { kind: 'refused', reason: 'HTTP_422' })

  const endless = await openWire(t, (socket) => void socket.write('HTTP/1.1 102 Processing\r\n\r\n'))
  t.same(await senderOf(t).send(endless.url), timeout)
})

t.test('uses a connection again after a short body, and drops it with one that nobody reads', async (t) => {
  const wire = await openWire(t, (socket, nth) => {
    const length = nth < 2 ? 100 : 1_000_000
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${'x'.repeat(length)}`)
  })
  const { send } = senderOf(t)

  for (let i = 0; i < 3; i++) {
    t.equal(wire.opened(), Math.min(i, 1), 'one connection for the short ones')
    t.same(await send(wire.url), accepted)
    await delay(30)
  }
  t.same(await send(wire.url), accepted)
  t.ok(wire.opened() > 1, 'the third answer was too long for its connection')
  t.equal(wire.requests(), 4, 'nothing was sent again for it')
})

t.test('a body that drips ends with the time of its message, whose status counts', async (t) => {
  const wire = await openWire(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n')
    const drip = setInterval(() => socket.write('x'), 20)
    socket.on('close', () => clearInterval(drip))
  })

  t.same(await senderOf(t).send(wire.url), accepted)
  t.equal(wire.sockets.size, 1)
  for (const until = performance.now() + 10_000; wire.sockets.size > 0 && performance.now() < until; ) await delay(20)
  t.equal(wire.sockets.size, 0)
})

t.test('closed, it answers for everything that is under way or waits', async (t) => {
  const wire = await openWire(t, () => undefined)
  const { send, close } = senderOf(t)
  const sent = Array.from({ length: 2 * SOCKETS }, () => send(wire.url))
  while (wire.requests() < SOCKETS) await delay(5)

  await close()

  const outcomes = await Promise.all(sent)
  t.ok(outcomes.every(({ kind }) => kind === 'failed'))
  t.match(await send(wire.url), { kind: 'failed', scope: 'endpoint' })
})
