import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { compileReader, UNSURE } from '../../src/kernel/zod-reader.js'

const zSample = z.strictObject({
  code: z.literal([1, 2, 'X']),
  count: z.number().int().min(0).max(9).optional(),
  dose: z.number().min(0).max(10).optional(),
  name: z.string().min(1).max(3),
  ref: z
    .string()
    .regex(/^[a-z]+$/, 'expected letters')
    .optional(),
  id: z.uuid().optional(),
  isTold: z.boolean(),
  list: z
    .array(z.literal([1, 2, 3]))
    .min(1)
    .max(3)
    .refine((codes) => new Set(codes).size === codes.length)
    .optional(),
  inner: z.strictObject({ 1: z.int().optional(), 2: z.string().optional() }).optional(),
  inners: z.array(z.strictObject({ b: z.string(), a: z.boolean().optional() })).optional(),
  kind: z.enum(['abc', 'X']).optional(),
  counts: z.record(z.string().max(2), z.int()).optional(),
})

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    1,
    2,
    'X',
    3,
    -1,
    0.5,
    10,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'a',
    'abc',
    'abcd',
  ),
  fc.constantFrom<unknown>(true, false, null, undefined, [], {}, [1], [1, 2], [2, 2], [1, undefined]),
  fc.constantFrom<unknown>({ 1: 2 }, { 1: 2, 2: 'b' }, { 1: 0.5 }, { 3: 1 }, [{ b: 'x' }], [{ a: true, b: 'x' }]),
  fc.constantFrom<unknown>({ a: 1, b: 2 }, { a: 1, abc: 2 }, { a: undefined }, JSON.parse('{"__proto__":1}')),
  fc.constant<unknown>('0199810e-0000-7000-8000-000000000000'),
)
const members = [
  'code',
  'count',
  'dose',
  'name',
  'ref',
  'id',
  'isTold',
  'list',
  'inner',
  'inners',
  'kind',
  'counts',
  'unknown',
]
const right = { code: 1, name: 'abc', isTold: true }

t.test('answers what zod answers, to the order of the members, or is not sure', (t) => {
  const read = compileReader(zSample)
  if (!read) throw new Error('expected a reader')
  let answered = 0
  fc.assert(
    fc.property(
      fc.shuffledSubarray(members),
      fc.array(anything, { minLength: members.length, maxLength: members.length }),
      fc.boolean(),
      (names, values, isMostlyRight) => {
        const given = Object.fromEntries(names.map((name, i) => [name, values[i]]))
        const value = isMostlyRight ? { ...given, ...right } : given
        const before = JSON.stringify(value)

        const answer = read(value)

        const parsed = zSample.safeParse(value)
        if (answer !== UNSURE) {
          answered++
          if (!parsed.success || JSON.stringify(answer) !== JSON.stringify(parsed.data)) throw new Error(before)
        }
        if (JSON.stringify(value) !== before) throw new Error('the value was changed')
      },
    ),
    { numRuns: 5000 },
  )

  t.ok(answered > 100, `answered ${answered}`)
  t.end()
})

t.test('is not sure of what is wrong, and of no right value', (t) => {
  const read = compileReader(zSample)
  const inOrder = { ...right, list: [1, 2], inner: { 1: 3, 2: 'x' }, kind: 'X', counts: { a: 1, bc: 2 } }
  const outOfOrder = { isTold: true, inners: [{ a: true, b: 'x' }], name: 'a', code: 'X' }

  t.equal(read?.(inOrder), inOrder, 'the value itself where its members are in order')
  t.equal(JSON.stringify(read?.(outOfOrder)), '{"code":"X","name":"a","isTold":true,"inners":[{"b":"x","a":true}]}')
  for (const wrong of [
    null,
    undefined,
    1,
    [],
    {},
    { ...right, code: '1' },
    { ...right, more: 1 },
    { ...right, ref: 'A' },
    { ...right, kind: 'x' },
    { ...right, counts: { abc: 1 } },
    { ...right, counts: { a: 0.5 } },
    { ...right, counts: JSON.parse('{"__proto__":1}') },
  ])
    t.equal(read?.(wrong), UNSURE)
  t.equal(read?.(JSON.parse('{"code":1,"name":"a","isTold":true,"__proto__":{}}')), UNSURE)
  t.end()
})

t.test('leaves to zod what changes a value, or has more than one way', (t) => {
  const left = [
    z.string().toUpperCase(),
    z.string().trim(),
    z.coerce.number(),
    z.union([z.string(), z.number()]),
    z.date(),
    z.enum({ A: 0, 0: 'A' }),
    z.record(z.enum(['a']), z.number()),
  ]
  for (const schema of [...left, z.string().default('x'), z.string().nullable(), z.object({}), z.looseObject({})]) {
    t.equal(compileReader(schema), undefined)
    t.equal(compileReader(z.strictObject({ member: schema })), undefined)
    t.equal(compileReader(z.array(schema)), undefined)
  }
  t.end()
})

t.test('reads the types that are recorded most', (t) => {
  const recorded = ['FollowUpCompleted', 'FollowUpAttempted', 'RiskAssessed', 'ConditionClassified']
  const derived = ['MessageQueued', 'AlertRaised', 'FeedReleased', 'RecordViewed']
  for (const type of [...recorded, ...derived]) {
    const definition = [...CATALOGUE.values()].find((one) => one.type === type)
    t.ok(definition && compileReader(definition.data), type)
  }
  t.end()
})
