import t from 'tap'
import { answerExamples, DESCRIPTIONS, messageExamples, shapeOf, WORKBOOK } from '../../scripts/api-examples.js'
import { definitionOf } from '../../src/domain/catalogue.js'
import { ANSWER_EXAMPLES } from '../../src/http/answer-examples.js'
import { WEBHOOK_HEADERS } from '../../src/http/asyncapi.js'
import { MESSAGE_EXAMPLES } from '../../src/http/message-examples.js'
import { SCHEMAS } from '../../src/http/schema-catalogue.js'
import { START } from '../../src/log/port.js'
import { createSchemaChecker, pointerStep } from '../fixtures/json-schemas.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { type Met, type OpenApiObject, valuesOf } from './described.js'
import { membersDescribed, membersMet, openPlaces } from './members.js'
import { OPEN, UNMET } from './unmet.js'
import { walk } from './walk.js'

const met: Met[] = []
const { real, received } = await walk(t, (one) => met.push(one))
const checker = createSchemaChecker()
for (const { schema } of SCHEMAS.values()) checker.add(schema())

t.test('a walk over all routes meets every answer that is described, and no other', async (t) => {
  const { paths } = (await real.app.inject({ url: '/openapi.json' })).json() as OpenApiObject
  const described = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(([status, { content }]) => status.startsWith('2') || 'application/json' in (content ?? {}))
        .map(([status]) => `${operationId} ${status}`),
    ),
  )
  const seen = new Set(
    met.filter(({ type }) => !type.includes('problem')).map((one) => `${one.operation} ${one.status}`),
  )

  t.ok(described.length > 50, 'there are some')
  t.same(
    described.filter((answer) => !seen.has(answer)),
    ['proposeVersion 201'],
    'the one that no known version comes to: test/http/versions.test.ts',
  )
})

t.test(
  'every member that is described is answered, or stands in the list of what the walk does not meet',
  async (t) => {
    const document = (await real.app.inject({ url: '/openapi.json' })).json()
    const unmet: string[] = []
    const open: Record<string, readonly string[]> = {}
    const listed = new Set<string>()
    for (const { name, type, schema, headers } of answersIn(document)) {
      const seen = met.filter((one) => `${one.operation} ${one.status}` === name && one.type === type)
      const members = new Set(seen.flatMap(({ body }) => valuesOf(type, body).flatMap((value) => membersMet(value))))
      for (const member of membersDescribed(document, schema)) {
        if (members.has(member)) continue
        const reason = Object.keys(UNMET[name] ?? {}).find((place) => isWithin(member, place))
        if (reason === undefined) unmet.push(`${name} ${member}`)
        else listed.add(`${name} ${reason}`)
      }
      const sent = new Set(seen.flatMap((one) => one.headers))
      for (const header of headers)
        if (header.startsWith('lianhu-') && !sent.has(header)) unmet.push(`${name} ${header}`)
      const places = openPlaces(document, schema)
      if (places.length > 0) open[name] = places
    }

    t.same(unmet, [], 'what is described exists')
    t.same(
      Object.entries(UNMET)
        .flatMap(([name, places]) => Object.keys(places).map((place) => `${name} ${place}`))
        .sort(),
      [...listed].sort(),
      'what is listed as unmet is described, and unmet',
    )
    t.same(open, OPEN, 'every answer is closed, but for these maps')
  },
)

t.test('what a webhook is sent fits the message of its kind, headers included', async (t) => {
  checker.add(WEBHOOK_HEADERS, 'webhook-headers')

  t.same(
    new Set(received.map(({ envelope }) => envelope.kind)),
    new Set(['test', 'risk-assessed', 'danger', 'document', 'recalled']),
  )
  for (const { envelope, headers } of received) {
    t.same(checker.faults(`/schemas/message.${envelope.kind}@1`, envelope), [])
    t.same(checker.faults('webhook-headers', headers), [])
  }
})

t.test('what lies in the log in the clear fits the schema of its type', async (t) => {
  const types = new Set<string>()
  for await (const { event } of real.hub.log.readAll(START)) {
    const { type, version, data, sealed, occurredAt } = event
    const { moment } = definitionOf(type, version)
    const sent = moment === undefined || occurredAt === undefined ? data : { ...data, [moment]: occurredAt }
    if (sealed.length > 0) continue
    types.add(type)
    t.same(checker.faults(`/schemas/${type}@${version}`, sent), [], type)
  }

  t.ok(types.size > 15, [...types].join(' '))
})

t.test('the examples are what was asked and answered, in every member', async (t) => {
  const now = answerExamples(met)
  const shapes = (examples: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(examples).map(([name, text]) => [name, shapeOf(JSON.parse(text))]))

  t.same(shapes(ANSWER_EXAMPLES), shapes(now), 'else run node dist/scripts/api-examples.js')
  t.same(MESSAGE_EXAMPLES, messageExamples(REPOSITORY))
  t.notSame(shapeOf({ a: [{ b: 1 }] }), shapeOf({ a: [{ b: '1' }] }))
})

t.test('the examples fit what they are examples of', async (t) => {
  const document = (await real.app.inject({ url: '/openapi.json' })).json()
  checker.add(document, 'openapi')
  const placed = examplesIn(document, 'openapi#')

  t.equal(placed.length, Object.keys(ANSWER_EXAMPLES).length, 'each stands in the document')
  const bare = [...answersIn(document), ...requestsIn(document)].filter(
    ({ name, type, example }) => example === undefined && type !== WORKBOOK && !Object.hasOwn(UNMET, name),
  )
  t.same(
    bare.map(({ name }) => name),
    DESCRIPTIONS.map((operation) => `${operation} 200`),
    'every other answer and body that is text, and is met, has one',
  )
  for (const [place, example] of placed) t.same(checker.faults(encodeURI(`${place}/schema`), example), [], place)
  for (const [kind, text] of Object.entries(MESSAGE_EXAMPLES)) {
    t.same(checker.faults(`/schemas/message.${kind}@1`, JSON.parse(text)), [], kind)
  }
})

interface Content {
  readonly name: string
  readonly type: string
  readonly schema: unknown
  readonly example: unknown
  readonly headers: readonly string[]
}

/** Every answer with a body, in each of its media types; problems aside. */
function answersIn({ paths }: OpenApiObject): readonly Content[] {
  return Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content, headers = {} }]) =>
        contentsOf(`${operationId} ${status}`, content, Object.keys(headers)),
      ),
    ),
  )
}

function requestsIn({ paths }: OpenApiObject): readonly Content[] {
  return Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ operationId, requestBody }) =>
      contentsOf(`${operationId} request`, requestBody?.content),
    ),
  )
}

function contentsOf(
  name: string,
  content: Readonly<Record<string, unknown>> = {},
  headers: readonly string[] = [],
): readonly Content[] {
  return Object.entries(content)
    .filter(([type]) => !type.includes('problem'))
    .map(([type, described]) => {
      const { schema, example } = described as Pick<Content, 'schema' | 'example'>
      return { name, type, schema, example, headers }
    })
}

/** Whether a member is this place or inside it. */
function isWithin(member: string, place: string): boolean {
  return member === place || member.startsWith(`${place}.`) || member.startsWith(`${place}[`)
}

/** Whatever has a schema and an example beside it. */
function examplesIn(value: unknown, place: string): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'schema' in value && 'example' in value ? [[place, value.example] as const] : []
  const inner = Object.entries(value).filter(([name]) => name !== 'example' && name !== 'schema')
  return [...own, ...inner.flatMap(([name, member]) => examplesIn(member, `${place}/${pointerStep(name)}`))]
}
