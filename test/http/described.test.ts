import fastify, { type FastifyReply } from 'fastify'
import t from 'tap'
import type { Cleanup } from '../fixtures/store.js'
import { described, type Met } from './described.js'

const answer = { type: 'object', properties: { level: { type: 'integer' } }, required: ['level'] }
const DOCUMENT = {
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'readThing',
        responses: {
          200: { headers: { 'lianhu-digest': {} }, content: { 'application/json': { schema: answer } } },
          204: {},
        },
      },
      post: {
        operationId: 'changeThing',
        requestBody: { content: { 'application/json': { schema: answer } } },
        responses: { 200: { content: { 'application/x-ndjson': { schema: answer } } } },
      },
    },
  },
}

/** An app that describes itself as above and answers as it is told to. */
async function answering(t: Cleanup, reply: (given: FastifyReply) => unknown, met: Met[] = []) {
  const app = fastify()
  t.teardown(() => app.close())
  app.get('/openapi.json', () => DOCUMENT)
  app.route({ method: ['GET', 'POST', 'PUT'], url: '/things/:id', handler: (_, given) => reply(given) })
  app.get('/other', () => ({}))
  return described(app, (one) => met.push(one))
}

t.test('lets answers pass that are described, and tells of them', async (t) => {
  const met: Met[] = []
  const app = await answering(t, (given) => given.header('lianhu-digest', 'x').send({ level: 3 }), met)

  const { statusCode } = await app.inject({ url: '/things/1?a=b' })

  t.equal(statusCode, 200)
  t.match(met, [{ operation: 'readThing', status: 200, type: 'application/json', body: '{"level":3}' }])
})

t.test('fails a request whose answer is not described', async (t) => {
  const wrong: readonly (readonly [what: RegExp, reply: (given: FastifyReply) => unknown])[] = [
    [/status 418 is not described/, (given) => given.code(418).send({ level: 3 })],
    [/level must be integer/, (given) => given.send({ level: 'high' })],
    [/content type text\/html is not described/, (given) => given.type('text/html').send('{}')],
    [/header lianhu-colour is not described/, (given) => given.header('lianhu-colour', 'red').send({ level: 3 })],
    [/expected a body, got none/, (given) => given.send()],
  ]
  for (const [message, reply] of wrong) {
    const app = await answering(t, reply)
    await t.rejects(app.inject({ url: '/things/1' }), { message }, String(message))
  }
})

t.test('checks each line of a stream, and what was taken', async (t) => {
  const ndjson = (text: string) => (given: FastifyReply) => given.type('application/x-ndjson').send(text)
  const post = async (text: string, payload: object) =>
    (await answering(t, ndjson(text))).inject({ method: 'POST', url: '/things/1', payload })

  t.equal((await post('{"level":1}\n{"level":2}\n', { level: 3 })).statusCode, 200)
  await t.rejects(post('{"level":1}\n{"level":"2"}\n', { level: 3 }), { message: /level must be integer/ })
  await t.rejects(post('{"level":1}\n', { level: 'taken, and not described' }), { message: /level must be integer/ })
})

t.test('fails an answer under an address or a method that is not described', async (t) => {
  const app = await answering(t, (given) => given.send({ level: 3 }))

  await t.rejects(app.inject({ url: '/other' }), { message: /no such path/ })
  await t.rejects(app.inject({ method: 'PUT', url: '/things/1' }), { message: /no such operation/ })
  t.equal((await app.inject({ url: '/nowhere' })).statusCode, 404)
})
