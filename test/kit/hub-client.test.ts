import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { DocumentNotice } from '../../kit/envelope.js'
import { createHubClient } from '../../kit/hub-client.js'
import type { Cleanup } from '../fixtures/store.js'

async function openHub(t: Cleanup, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { asked, url, client: createHubClient({ url, key: 'lh_1', subscription: 'sub-1', timeoutMs: 200 }) }
}

const json = (value: unknown) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const notice = (href: string): DocumentNotice => ({
  id: 'd',
  feed: 'f',
  period: '2026Q1',
  rows: 0,
  digest: 'sha256:',
  root: 'sha256:',
  href,
})

t.test('asks for ranges and documents, and acknowledges, with its key', async (t) => {
  const page = { messages: [], parked: [], next: 4, length: 5 }
  const { client, asked } = await openHub(t, json(page))

  t.same(await client.fetchRange(4, { wait: 0, limit: 10 }), page)
  t.ok((await client.fetchDocument(notice('/v1/feeds/f/periods/2026Q1/documents/a'))).length > 0)
  await client.acknowledge(4)

  t.same(asked, [
    'GET /v1/subscriptions/sub-1/messages?after=4&limit=10&wait=0 Bearer lh_1',
    'GET /v1/feeds/f/periods/2026Q1/documents/a Bearer lh_1',
    'POST /v1/subscriptions/sub-1/acknowledge Bearer lh_1',
  ])
})

t.test('sends its key nowhere but to the hub', async (t) => {
  const stranger = await openHub(t, json({}))
  const { client } = await openHub(t, (_, response) => void response.writeHead(307, { location: stranger.url }).end())

  await t.rejects(client.fetchDocument(notice(`${stranger.url}/x`)), { code: 'REFUSED_BY_HUB' })
  await t.rejects(client.fetchRange(-1), { code: 'REFUSED_BY_HUB' })

  t.same(stranger.asked, [])
})

/** Each answer that is none. */
const FAULTS: readonly (readonly [string, (request: IncomingMessage, response: ServerResponse) => void])[] = [
  ['refuses', (_, response) => void response.writeHead(403).end()],
  ['hangs', () => undefined],
  ['hangs up', (_, response) => void response.destroy()],
  ['says something else', json({ messages: {} })],
]
for (const [name, answer] of FAULTS) {
  t.test(`tells when the hub ${name}`, async (t) => {
    const { client } = await openHub(t, answer)

    await t.rejects(client.fetchRange(-1), { code: 'REFUSED_BY_HUB' })
  })
}
