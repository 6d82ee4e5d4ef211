import t from 'tap'
import { FEEDS } from '../../projections/feeds.js'
import type { DeliveryVector } from '../../scripts/kit-vectors/delivery-vectors.js'
import type { EnvelopeVector } from '../../scripts/kit-vectors/envelope-vectors.js'
import { KIND_FIELD_SETS } from '../../src/delivery/kind-field-sets.js'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import { CATALOGUE, definitionOf, PERSON_EVENTS } from '../../src/domain/catalogue.js'
import { WEBHOOK_HEADERS } from '../../src/http/asyncapi.js'
import { rowName } from '../../src/http/document-json-schema.js'
import { SCHEMAS } from '../../src/http/schema-catalogue.js'
import { HubError, problemOf } from '../../src/kernel/errors.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'
import { EXAMPLE_TYPES, exampleBody } from '../fixtures/example-events.js'
import { createSchemaChecker } from '../fixtures/json-schemas.js'
import { readRepositoryFile } from '../fixtures/repository.js'
import { storedExample } from '../fixtures/stored-examples.js'

type Members = Readonly<Record<string, unknown>>

const checker = createSchemaChecker({ isStrict: true })
for (const { schema } of SCHEMAS.values()) checker.add(schema())
checker.add(WEBHOOK_HEADERS, 'webhook-headers')

const fits = (name: string, value: unknown): boolean => checker.faults(`/schemas/${name}`, value).length === 0
const vectorsOf = (name: string) => JSON.parse(readRepositoryFile(`kit/vectors/${name}.json`))

t.test(
  'every schema is JSON Schema 2020-12 under its own relative id, without a keyword that means nothing',
  async (t) => {
    for (const [name, { schema }] of SCHEMAS) {
      t.match(
        schema(),
        { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `/schemas/${name}`, title: /./ },
        name,
      )
      t.doesNotThrow(() => checker.faults(`/schemas/${name}`, {}), name)
    }
    for (const name of CATALOGUE.keys()) t.ok(SCHEMAS.has(name), name)
    for (const kind of MESSAGE_KINDS) t.ok(SCHEMAS.has(`message.${kind}@1`), kind)
    t.throws(() => createSchemaChecker({ isStrict: true }).add({ type: 'objekt' }), 'what is none is refused')
  },
)

t.test('what is served is what there is: event types, kinds of message, field sets, feeds, and no other', async (t) => {
  const servedAs = (kind: string) => [...SCHEMAS.values()].filter((one) => one.kind === kind).map(({ name }) => name)
  const kinds = MESSAGE_KINDS.map((kind) => `message.${kind}@1`)

  t.same(servedAs('event'), [...CATALOGUE.keys()])
  t.same(servedAs('message'), ['envelope@1', ...kinds])
  t.same(Object.keys(KIND_FIELD_SETS).sort(), [...MESSAGE_KINDS].sort())
  t.same(
    servedAs('facts'),
    FIELD_SETS.map(({ id }) => `facts.${id}`),
  )
  t.same(servedAs('document'), [...FEEDS.map(rowName), 'document@1', 'manifest@1'])
  t.same(
    SCHEMAS.get('envelope@1')?.schema().oneOf,
    kinds.map((name) => ({ $ref: `/schemas/${name}` })),
  )
})

t.test(
  'the example of every event type fits its schema, also as it lies in the log, and changed it does not',
  async (t) => {
    t.same(
      EXAMPLE_TYPES.filter((type) => SCHEMAS.has(`${type}@1`)).length,
      PERSON_EVENTS.length,
      'there is one of each type',
    )
    for (const type of EXAMPLE_TYPES) {
      const body = exampleBody(type)
      const name = `${type}@1`
      t.same(checker.faults(`/schemas/${name}`, body.data), [], type)
      t.same(checker.faults('/schemas/write@1', body), [], `${type} as a write`)
      t.same(checker.faults('/schemas/write@1', { events: [body] }), [], `${type} in a visit`)
      for (const [what, data] of mutated(type, body.data)) {
        t.notOk(fits(name, data), `${type}: ${what}`)
        t.notOk(fits('write@1', { ...body, data }), `${type} as a write: ${what}`)
      }
      const stored = storedExample(body, { revision: 0, recordedAt: '2026-03-02T09:31:07.214+08:00' })
      const { moment, members } = definitionOf(type, 1)
      const clear = { ...stored.data, ...(moment === undefined ? {} : { [moment]: stored.occurredAt }) }
      const sealed = Object.keys(members).filter((member) => member in body.data && !(member in clear))
      const opened = { ...clear, ...Object.fromEntries(sealed.map((member) => [member, body.data[member]])) }
      t.same(checker.faults(`/schemas/${name}`, opened), [], `${type} as stored, opened`)
    }
  },
)

t.test('a write says when it happened where its type says so, once', async (t) => {
  const assessed = exampleBody('RiskAssessed')
  const registered = exampleBody('PatientRegistered')

  t.notOk(fits('write@1', { ...assessed, occurredAt: '2026-03-02' }), 'it has a moment member of its own')
  t.ok(fits('write@1', registered), 'it has none')
  t.notOk(fits('write@1', { ...assessed, type: 'MoodGuessed' }))
  t.notOk(fits('write@1', { ...assessed, data: registered.data }), 'the data of another type')
  t.notOk(fits('write@1', { ...assessed, person: {} }))
  t.notOk(fits('write@1', { events: [] }))
})

t.test('every envelope of the kit’s vectors fits the message of its kind, and changed it does not', async (t) => {
  const { cases } = vectorsOf('envelopes') as { readonly cases: readonly EnvelopeVector[] }
  const valid = cases.filter(({ expected }) => expected?.isKnownKind).map(({ body }) => JSON.parse(body))
  const kinds = new Set(valid.map(({ kind }) => kind))

  t.same([...kinds].sort(), [...MESSAGE_KINDS].sort(), 'there is one of every kind')
  for (const envelope of valid) {
    const name = `message.${envelope.kind}@1`
    t.same(checker.faults(`/schemas/${name}`, envelope), [], envelope.kind)
    t.same(checker.faults('/schemas/envelope@1', envelope), [], `${envelope.kind} as any message`)
    for (const [what, other] of mutatedEnvelopes(envelope)) t.notOk(fits(name, other), `${envelope.kind}: ${what}`)
  }
  for (const { name, body, error } of cases) {
    if (error && body.startsWith('{"'))
      t.notOk(
        parsed(body).some((one) => fits('envelope@1', one)),
        name,
      )
  }
})

t.test('every signed message of the vectors fits, with its headers', async (t) => {
  const { cases } = vectorsOf('deliveries') as { readonly cases: readonly DeliveryVector[] }
  const signed = cases.flatMap(({ messages }) => Object.values(messages))
  const known = signed.filter(({ body }) => MESSAGE_KINDS.includes(JSON.parse(body).kind))

  t.ok(known.length > 10, 'there are some')
  for (const { body, headers, id } of known) {
    t.same(checker.faults('/schemas/envelope@1', JSON.parse(body)), [], id)
    const sent = { ...headers, 'content-type': 'application/cloudevents+json; charset=utf-8' }
    t.same(checker.faults('webhook-headers', sent), [], id)
  }
  const headers = { ...known[0]?.headers, 'content-type': 'application/cloudevents+json' }
  t.same(checker.faults('webhook-headers', { ...headers, 'lianhu-parked': '3,4' }), [])
  for (const changes of [
    { 'webhook-id': undefined },
    { 'webhook-signature': 'v1,short' },
    { 'lianhu-parked': '3;4' },
  ]) {
    t.not(checker.faults('webhook-headers', JSON.parse(JSON.stringify({ ...headers, ...changes }))).length, 0)
  }
})

t.test('every problem fits the schema of problems, and changed it does not', async (t) => {
  const faults = [{ pointer: '/level', rule: 'schema', message: 'expected a level', expected: 'a level', got: 'text' }]
  const problem = problemOf(new HubError('HUB_RULE_VIOLATED', '1 rule is violated', { faults, data: { actual: 7 } }))

  t.same(checker.faults('/schemas/problem@1', problem), [])
  t.same(checker.faults('/schemas/problem@1', problemOf(new Error('inside'))), [])
  for (const changes of [
    { code: 'OTHER' },
    { status: 200 },
    { type: 'about:blank' },
    { errors: [{ pointer: '/a' }] },
  ]) {
    t.notOk(fits('problem@1', { ...problem, ...changes }), JSON.stringify(changes))
  }
})

/** Wrong in one thing each: a member more, each asked-for member less, each member of another kind. */
function mutated(type: string, data: Members): readonly (readonly [string, unknown])[] {
  const { members } = definitionOf(type, 1)
  const names = Object.keys(data)
  return [
    ['a member more', { ...data, colour: 'red' }],
    ...names
      .filter((name) => members[name]?.optional === false)
      .map((name) => [`without ${name}`, without(data, name)] as const),
    ...names.map((name) => [`${name} of another kind`, { ...data, [name]: { colour: 'red' } }] as const),
    ...names
      .filter((name) => /^\d{4}-\d\d-\d\d/.test(String(data[name])))
      .map((name) => [`${name} in no calendar`, { ...data, [name]: '2026-02-30' }] as const),
  ]
}

function mutatedEnvelopes(envelope: Members): readonly (readonly [string, unknown])[] {
  const data = envelope.data as Members
  return [
    ...Object.keys(envelope).map((name) => [`without ${name}`, without(envelope, name)] as const),
    ['a member more', { ...envelope, colour: 'red' }],
    ['a number as text', { ...envelope, sequence: String(envelope.sequence) }],
    ['another kind', { ...envelope, kind: envelope.kind === 'test' ? 'danger' : 'test' }],
    ['a fact that no field set lets out', { ...envelope, data: { ...data, facts: { diagnosis: 'F20.0' } } }],
    ['a field set of another kind', { ...envelope, data: { ...data, fieldSet: 'row@1' } }],
    ['another version', { ...envelope, data: { ...data, versions: { envelope: 2 } } }],
    ...['text', 'expiresAt', 'fieldSet', 'facts', 'versions'].map(
      (name) => [`without ${name}`, { ...envelope, data: without(data, name) }] as const,
    ),
  ]
}

function without(members: Members, name: string): Members {
  return Object.fromEntries(Object.entries(members).filter(([other]) => other !== name))
}

function parsed(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}
