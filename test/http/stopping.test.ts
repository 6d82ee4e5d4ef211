import t from 'tap'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { bearer, openParts } from './parts.js'
import { openRealHub } from './real-hub.js'

t.test('answers whoever waits for a message at once when it stops', async (t) => {
  const { app, call, enrol } = await openRealHub(t)
  const police = await enrol('POLICE')
  const opened = await call(police, 'POST', '/v1/subscriptions', { alerts: true, feeds: [], channel: 'mailbox' })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const waiting = fetch(`${address}/v1/subscriptions/${opened.json.subscription}/messages?wait=30`, {
    headers: bearer(police),
  })
  await new Promise((resolve) => app.server.once('request', resolve))

  await app.close()

  const reply = await waiting
  t.equal(reply.status, 200)
  t.match(await reply.json(), { messages: [], next: -1 })
})

t.test('tells the lines of a batch that come after it was told to stop to come again', async (t) => {
  const { app, enrol } = await openParts(t)
  const headers = { ...bearer(await enrol('CHC', { id: EXAMPLE_UNIT })), 'content-type': 'application/x-ndjson' }
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  let send: (line: string | undefined) => void = () => {}
  const body = new ReadableStream({
    start(controller) {
      send = (line) => (line === undefined ? controller.close() : controller.enqueue(Buffer.from(line)))
    },
  })
  send('{}\n')
  const reply = await fetch(`${address}/v1/events/batch`, {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit)
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
  const first = await reader.read()

  const closing = app.close()
  send('{"type":"RiskAssessed"}\n')
  const second = await reader.read()
  send(undefined)
  await reader.read()
  await closing

  t.match(JSON.parse(Buffer.from(first.value ?? []).toString()), { line: 1, status: 400 })
  t.match(JSON.parse(Buffer.from(second.value ?? []).toString()), { line: 2, status: 503, code: 'HUB_STOPPING' })
})
