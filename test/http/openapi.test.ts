import t from 'tap'
import { z } from 'zod'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { zWrite } from '../../src/http/event-schemas.js'
import { openApiPath } from '../../src/http/openapi.js'
import { openParts, type PartsOptions } from './parts.js'

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, unknown>>
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
}

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

t.test('documents every route that is registered, and no other', async (t) => {
  const { app } = await openParts(t)
  const document = (await app.inject({ url: '/openapi.json' })).json() as OpenApi
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const probe = async (line: string): Promise<boolean> => {
    const [method = '', path = ''] = line.split(' ')
    const reply = await app.inject({ method: method as 'GET', url: path.replace(/\{\w+\}/g, 'x') })
    return (
      reply.statusCode !== 405 &&
      !(reply.statusCode === 404 && reply.json().detail === 'no such address' && !path.includes('{'))
    )
  }

  for (const line of documented) t.ok(await probe(line), line)

  const registered = app.printRoutes({ commonPrefix: false, includeMeta: false }).split('\n').length
  t.ok(registered > documented.length / 2)
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of ['GET', 'POST'] as const) {
      const url = path.replace(/\{(\w+)\}/g, ':$1')
      t.ok(app.hasRoute({ method, url }), `${method} ${path} is a route or is refused by name`)
      t.equal(openApiPath(url), path)
      const reply = await app.inject({
        method,
        url: path.replace(/\{\w+\}/g, 'x'),
        payload: method === 'POST' ? {} : '',
      })
      t.equal(reply.statusCode === 405, !(method.toLowerCase() in operations), `${method} ${path}`)
    }
  }
})

t.test('is the same for every hub of a role, whatever else its options say', async (t) => {
  const asked = async (options?: PartsOptions) =>
    (await (await openParts(t, options)).app.inject({ url: '/openapi.json' })).body

  t.equal(await asked({ config: { http: { bodyLimitBytes: 2_000_000 }, logLevel: 'error' } }), await asked())
})

t.test('is OpenAPI 3.1 whose operations have one name each, every parameter of their path, and problems', async (t) => {
  const { app } = await openParts(t)
  const document = (await app.inject({ url: '/openapi.json' })).json() as OpenApi
  const operations = Object.entries(document.paths).flatMap(([path, of]) =>
    Object.values(of).map((operation) => ({ path, ...operation })),
  )

  t.match(document.openapi, /^3\.1\./)
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { path, operationId, parameters, responses } of operations) {
    const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`)
    t.same(inPath.sort(), [...(path.match(/\{\w+\}/g) ?? [])].sort(), operationId)
    t.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      `${operationId} says what it answers`,
    )
    t.ok('500' in responses, operationId)
  }
})

t.test('says of a write what recording refuses: the size of a group, of texts, and names in the clear', async (t) => {
  const schema = JSON.stringify(z.toJSONSchema(zWrite, { io: 'input', unrepresentable: 'any' }))

  t.match(schema, /"events":\{"minItems":1,"maxItems":50/)
  t.match(schema, /"name":\{"type":"string","minLength":1,"maxLength":500\}/)
  t.match(schema, /"minProperties":1/)
  const event = { type: 'RiskAssessed', data: {} }
  t.ok(zWrite.safeParse({ ...event, observedBy: 'staff-7', source: { kind: 'api', ref: 'req-0' } }).success)
  t.notOk(zWrite.safeParse({ ...event, observedBy: '邻居王小明' }).success)
  t.notOk(zWrite.safeParse({ ...event, legalBasis: ['邻居王小明'] }).success)
  t.notOk(zWrite.safeParse({ ...event, source: { kind: 'api', ref: '13800001111' } }).success)
  t.notOk(zWrite.safeParse({ ...event, person: {} }).success)
})

t.test('serves the schema of every event type, with marks and labels', async (t) => {
  const { app } = await openParts(t)

  for (const name of CATALOGUE.keys()) {
    const reply = await app.inject({ url: `/schemas/${name}` })

    t.equal(reply.statusCode, 200, name)
    t.match(reply.json(), { $id: `/schemas/${name}`, type: 'object', additionalProperties: false }, name)
  }
  const registered = (await app.inject({ url: '/schemas/PatientRegistered@1' })).json()
  t.match(registered.properties.identity, { 'x-mark': 'personal:patient' })
  t.match(registered.properties.presentTownship, { 'x-mark': 'clear' })
  const { schemas } = (await app.inject({ url: '/schemas' })).json()
  t.equal(schemas.filter(({ kind }: { kind: string }) => kind === 'event').length, CATALOGUE.size)
  for (const { href } of schemas) t.equal((await app.inject({ url: href })).statusCode, 200, href)
  t.equal((await app.inject({ url: '/schemas/RiskAssessed@9' })).statusCode, 404)
})
