import { connect } from 'node:net'
import t from 'tap'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { bearer, openParts } from './parts.js'

t.test('answers an unknown address with a problem', async (t) => {
  const { app } = await openParts(t)

  const reply = await app.inject({ url: '/v1/nowhere?name=张三丰' })

  t.equal(reply.statusCode, 404)
  t.match(reply.headers['content-type'], /^application\/problem\+json/)
  t.match(reply.json(), { code: 'HUB_NOT_FOUND', titleZh: '未找到' })
  t.notMatch(reply.body, '张三丰')
})

t.test('answers a known address with another method by telling which it takes, whatever the body', async (t) => {
  const { app } = await openParts(t)

  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const reply = await app.inject({
      method,
      url: '/v1/events',
      payload: '<x/>',
      headers: { 'content-type': 'text/xml' },
    })

    t.equal(reply.statusCode, 405, method)
    t.equal(reply.headers.allow, 'POST', method)
    t.match(reply.json(), { code: 'HUB_METHOD_NOT_ALLOWED' }, method)
  }
})

t.test('refuses a body that is no JSON, is not UTF-8, is empty, or would change a prototype', async (t) => {
  const { app, enrol, logLines } = await openParts(t)
  const headers = { ...bearer(await enrol('CHC', { id: EXAMPLE_UNIT })), 'content-type': 'application/json' }
  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ['half an object', '{"name": "张三丰"'],
    ['nothing', ''],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
    ['a prototype', '{"type":"RiskAssessed","__proto__":{"role":"CHC"}}'],
  ]

  for (const [what, payload] of bodies) {
    const reply = await app.inject({ method: 'POST', url: '/v1/events', headers, payload })

    t.match(reply.json(), { status: 400, code: 'HUB_MALFORMED_JSON' }, what)
    t.notMatch(reply.body, '张三丰', what)
  }
  t.notMatch(logLines.join(''), '张三丰')
})

t.test('refuses another content type and a body beyond the limit', async (t) => {
  const { app, enrol } = await openParts(t, { config: { http: { bodyLimitBytes: 2048, batchLineLimitBytes: 1024 } } })
  const headers = bearer(await enrol('CHC'))

  const xml = await app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { ...headers, 'content-type': 'text/xml' },
    payload: '<x/>',
  })
  const none = await app.inject({ method: 'POST', url: '/v1/events', headers, payload: 'x' })
  const large = await app.inject({ method: 'POST', url: '/v1/events', headers, payload: { text: 'x'.repeat(3000) } })
  const json = await app.inject({ method: 'POST', url: '/v1/events/batch', headers, payload: {} })

  t.match(xml.json(), { status: 415, code: 'HUB_UNSUPPORTED_MEDIA' })
  t.match(none.json(), { status: 415 }, 'no content type is another content type')
  t.match(large.json(), { status: 413, code: 'HUB_BODY_TOO_LARGE' })
  t.match(json.json(), { status: 415, code: 'HUB_UNSUPPORTED_MEDIA' }, 'a batch is a stream of lines')
})

t.test(
  'refuses before it reads the body where the key is missing, wrong or revoked, all with the same answer',
  async (t) => {
    const { app, enrol, administration, live } = await openParts(t)
    const key = await enrol('CHC')
    const revoked = await enrol('POLICE')
    await administration.revokeKey({ agency: key.agency, role: 'HUB', client: 'x', isOperator: true }, revoked.keyId)
    t.equal(live.current.keyByHash('nothing'), undefined)
    const headers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['none', {}],
      ['another scheme', { authorization: 'Basic eDp5' }],
      ['no key', { authorization: 'Bearer ' }],
      ['a short key', { authorization: 'Bearer lh_x' }],
      ['an unknown key', { authorization: `Bearer lh_${'A'.repeat(43)}` }],
      ['a revoked key', bearer(revoked)],
    ]

    const bodies = new Set<string>()
    for (const [what, given] of headers) {
      const reply = await app.inject({ method: 'POST', url: '/v1/events', headers: given, payload: '{"broken"' })

      t.equal(reply.statusCode, 401, what)
      t.match(reply.headers['www-authenticate'], /^Bearer/)
      bodies.add(reply.body)
    }
    t.equal(bodies.size, 1, 'nothing tells a revoked key from one that never was')
  },
)

t.test('stops taking a key with the request after its revocation', async (t) => {
  const { app, enrol } = await openParts(t)
  const key = await enrol('CHC')
  const list = () => app.inject({ url: '/v1/keys', headers: bearer(key) })

  t.equal((await list()).statusCode, 200)
  const revocation = await app.inject({
    method: 'POST',
    url: `/v1/keys/${key.keyId}/revoke`,
    headers: bearer(key),
    payload: {},
  })

  t.equal(revocation.statusCode, 204)
  t.equal((await list()).statusCode, 401)
})

t.test('tells what is wrong in a query or a body of its own by pointer', async (t) => {
  const { app, enrol } = await openParts(t)
  const headers = bearer(await enrol('CHC'))

  const query = await app.inject({ url: '/v1/agencies?role=KING&x=1', headers })

  t.match(query.json(), { status: 400, code: 'HUB_BAD_QUERY' })
  t.same(
    query.json().errors.map(({ pointer }: { pointer: string }) => pointer),
    ['/role', '/x'],
  )
})

t.test('keeps the text of an unexpected error inside', async (t) => {
  const { app, logLines } = await openParts(t, {
    overrides: () => ({ readiness: () => Promise.reject(new Error('password hunter2 of 13812345678')) }),
  })

  const reply = await app.inject({ url: '/readyz' })

  t.match(reply.json(), { status: 500, code: 'HUB_INTERNAL', requestId: String })
  t.notMatch(reply.body, /hunter2/)
  t.notMatch(logLines.join(''), /13812345678/)
  t.match(logLines.join(''), /"route":"\/readyz"/)
})

t.test('tells that it is not ready with what is wrong', async (t) => {
  const { app } = await openParts(t, {
    overrides: () => ({
      readiness: async () => ({ isReady: false, checks: [{ name: 'vault', isOk: false, detail: 'away' }] }),
    }),
  })

  const reply = await app.inject({ url: '/readyz' })

  t.equal(reply.statusCode, 503)
  t.same(reply.json(), { isReady: false, checks: [{ name: 'vault', isOk: false, detail: 'away' }] })
  t.equal((await app.inject({ url: '/healthz' })).statusCode, 200, 'the process answers all the same')
})

t.test('answers what is no request at all on the socket', async (t) => {
  const { app } = await openParts(t)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))

  const reply = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })

  t.match(reply, /^HTTP\/1\.1 400 /)
  t.match(reply, /HUB_MALFORMED_JSON/)
})

t.test('tells each request in one line at debug: the pattern of its route, who asked, never the address', async (t) => {
  const { app, enrol, logLines } = await openParts(t)
  const key = await enrol('CHC', { id: EXAMPLE_UNIT })

  await app.inject({ url: '/v1/agencies/0198f0aa-0000-7000-8000-00000000dead', headers: bearer(key) })

  const lines = logLines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'answered')
  t.match(lines, [
    {
      level: 'debug',
      req: { method: 'GET', route: '/v1/agencies/:id' },
      res: { status: 404 },
      agency: EXAMPLE_UNIT,
      key: key.keyId,
    },
  ])
  t.notMatch(logLines.join(''), /0000dead|lh_/)
})

t.test('answers HEAD where it answers GET, without the body', async (t) => {
  const { app } = await openParts(t)

  const head = await app.inject({ method: 'HEAD', url: '/healthz' })
  const post = await app.inject({ method: 'POST', url: '/healthz' })

  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  t.equal(post.headers.allow, 'GET, HEAD')
})

t.test('sends a long answer in Chinese whole, and says its length in bytes', async (t) => {
  const { app } = await openParts(t)

  const reply = await app.inject({ url: '/openapi.json' })
  const head = await app.inject({ method: 'HEAD', url: '/openapi.json' })

  t.ok(reply.body.length > 16 * 1024, `${reply.body.length} characters`)
  t.match(reply.body, /[\u4e00-\u9fff]/)
  t.match(reply.headers['content-type'], /^application\/json/)
  t.equal(Number(reply.headers['content-length']), reply.rawPayload.length)
  t.equal(Buffer.byteLength(JSON.stringify(reply.json())), reply.rawPayload.length)
  t.equal(head.headers['content-length'], reply.headers['content-length'])
})
