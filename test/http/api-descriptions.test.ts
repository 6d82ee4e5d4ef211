import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import t from 'tap'
import { allRoutes } from '../../scripts/docs/hub-pages.js'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { asyncApiOf } from '../../src/http/asyncapi.js'
import { openApiOf, openApiPath, TAGS } from '../../src/http/openapi.js'
import { problemsOf } from '../../src/http/route-problems.js'
import { ERRORS } from '../../src/kernel/errors.js'
import { openParts } from './parts.js'

// biome-ignore lint/suspicious/noExplicitAny: documents are looked into, not trusted
type Document = any

const routes = allRoutes()
const openApi: Document = JSON.parse(JSON.stringify(openApiOf(routes, '1.0')))
const asyncApi: Document = JSON.parse(JSON.stringify(asyncApiOf(routes, '1.0')))

/** The document with one thing in it changed. */
function changed(document: Document, change: (copy: Document) => void): Document {
  const copy = structuredClone(document)
  change(copy)
  return copy
}

t.test('a public validator takes /openapi.json as OpenAPI 3.1, and refuses it broken', async (t) => {
  const isValid = async (document: Document) => (await new Validator().validate(structuredClone(document))).valid
  const [path = ''] = Object.keys(openApi.paths)

  t.equal(await isValid(openApi), true)
  t.match(openApi.openapi, /^3\.1\./)
  const broken = [
    changed(openApi, (copy) => delete copy.info.title),
    changed(openApi, (copy) => delete Object.values<Document>(copy.paths[path])[0].responses['500'].description),
    changed(openApi, (copy) => (copy.components.securitySchemes.key.type = 'guess')),
    changed(openApi, (copy) => Object.values<Document>(copy.paths[path])[0].parameters.push({ in: 'path' })),
  ]
  for (const [i, document] of broken.entries()) t.equal(await isValid(document), false, `broken ${i}`)
})

t.test(
  'the AsyncAPI initiative’s own schema takes /asyncapi.json as AsyncAPI 3.0, and refuses it broken',
  async (t) => {
    const file = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json')
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, unicodeRegExp: false })
    addFormats.default(ajv)
    const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')))

    t.ok(validate(asyncApi), JSON.stringify(validate.errors?.slice(0, 3)))
    t.equal(asyncApi.asyncapi, '3.0.0')
    const broken = [
      changed(asyncApi, (copy) => delete copy.info.version),
      changed(asyncApi, (copy) => (copy.operations.webhook.action = 'shout')),
      changed(asyncApi, (copy) => (copy.channels.mailbox.colour = 'red')),
      changed(asyncApi, (copy) => (copy.components.schemas['message.test.v1'].type = 'letter')),
    ]
    for (const [i, document] of broken.entries()) t.notOk(validate(document), `broken ${i}`)
  },
)

t.test('every reference in both documents points at something', async (t) => {
  for (const document of [openApi, asyncApi]) {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target)
    const lost = references.filter((target) => found(document, target) === undefined)

    t.ok(references.length > 100, 'there are some')
    t.same(lost, [])
  }
  t.equal(found(openApi, '#/components/schemas/nothing'), undefined)
})

t.test('what is registered is documented under the same methods, and nothing else is', async (t) => {
  const { app } = await openParts(t)
  const lines = app.printRoutes({ commonPrefix: false, includeMeta: false }).split('\n')
  const registered = pathsOf(lines).filter((path) => path !== '*')

  t.ok(registered.length > 30, 'the routes are found')
  t.same(registered.map(openApiPath).sort(), Object.keys(openApi.paths).sort())
  const documented = Object.entries<Document>(openApi.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.same(documented.sort(), routes.map(({ method, path }) => `${method} ${openApiPath(path)}`).sort())
})

t.test('every operation says whom it is for, in both languages, and every code that it refuses with', async (t) => {
  for (const route of routes) {
    const operation = openApi.paths[openApiPath(route.path)][route.method.toLowerCase()]

    t.match(operation.summary, /[\u4e00-\u9fff].* · /, route.operation)
    t.ok(TAGS[route.tag], `${route.tag} is described`)
    for (const [status, codes] of problemsOf(route)) {
      const { schema } = operation.responses[status].content['application/problem+json']
      t.same(schema.properties, { status: { const: status }, code: { enum: codes } }, `${route.operation} ${status}`)
      for (const code of codes) t.equal(ERRORS[code].status, status, code)
    }
  }
})

t.test('a write names the schema of each type that somebody may record', async (t) => {
  const { content } = openApi.paths['/v1/events'].post.requestBody
  const write = openApi.components.schemas['write.v1']
  const named = write.anyOf[0].oneOf.map((one: Document) => one.properties.data.$ref)

  t.same(content['application/json'].schema, { $ref: '#/components/schemas/write.v1' })
  t.same(
    named,
    [...CATALOGUE.values()]
      .filter(({ stream, recorders }) => stream === 'patient' && recorders.length > 0)
      .map(({ type, version }) => `#/components/schemas/${type}.v${version}`),
  )
})

t.test('both channels carry every kind of message, signed where it is pushed', async (t) => {
  const carried: Readonly<Record<string, readonly string[]>> = {
    webhook: [...MESSAGE_KINDS, 'heartbeat'],
    mailbox: MESSAGE_KINDS,
    ping: ['ping'],
  }
  for (const [channel, messages] of Object.entries(carried)) {
    t.same(Object.keys(asyncApi.channels[channel].messages), messages, channel)
    t.equal(asyncApi.operations[channel].messages.length, messages.length)
  }
  t.same(Object.keys(asyncApi.channels), Object.keys(carried))
  t.same(Object.keys(asyncApi.channels), Object.keys(asyncApi.operations))
  t.same(
    Object.keys(asyncApi.components.messages).sort(),
    Object.entries(carried)
      .flatMap(([channel, messages]) => messages.map((message) => `${channel}.${message}`))
      .sort(),
    'no other',
  )
  t.notOk('payload' in asyncApi.components.messages['ping.ping'], 'a ping says nothing')
  t.equal(asyncApi.channels.mailbox.address, '/v1/subscriptions/{id}/messages')
  t.ok('webhook-signature' in asyncApi.components.messages['webhook.danger'].headers.properties)
  t.notOk('headers' in asyncApi.components.messages['mailbox.danger'])
})

function found(document: Document, pointer: string): unknown {
  if (!pointer.startsWith('#/')) return undefined
  return pointer
    .slice(2)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Document>((value, step) => value?.[step], document)
}

/** The addresses of a printed tree of routes, put together from its branches. */
function pathsOf(lines: readonly string[]): readonly string[] {
  const trail: string[] = []
  const paths = new Set<string>()
  for (const line of lines) {
    const branch = /^((?:│ {3}| {4})*)[├└]── (\S+)( \([A-Z, ]+\))?/.exec(line)
    if (!branch) continue
    const [, indent = '', step = '', methods] = branch
    const depth = indent.length / 4
    trail.length = depth
    trail[depth] = step
    if (methods !== undefined) paths.add(trail.join(''))
  }
  return [...paths]
}
