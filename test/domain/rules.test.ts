import t from 'tap'
import { definitionOf, PERSON_EVENTS } from '../../src/domain/catalogue.js'
import type { PatientState } from '../../src/domain/patient-state.js'
import { MAX_SKEW } from '../../src/domain/rules/rule.js'
import { checkRules, RULES, type RuleContext, ruleCatalogue } from '../../src/domain/rules.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { CONTEXT, proposed, REGISTERED, type RuleCase, stateFor } from '../fixtures/rule-case.js'
import { RULE_CASES } from '../fixtures/rule-cases.js'

t.test('has a breaking and a keeping case for every rule', async (t) => {
  t.same([...new Set(RULE_CASES.map(({ rule }) => rule))].sort(), RULES.map(({ id }) => id).sort())
  for (const { id, types } of RULES) {
    const cases = RULE_CASES.filter(({ rule }) => rule === id)
    t.ok(cases.some(({ broken }) => broken) && cases.some(({ broken }) => !broken), id)
    if (types !== 'ALL') for (const { type } of cases) t.ok(types.includes(type), `${id}: ${type}`)
  }
})

for (const given of RULE_CASES) {
  t.test(`${given.rule}: ${given.when}`, async (t) => {
    const severity = RULES.find(({ id }) => id === given.rule)?.severity
    const { errors, warnings } = check(given)

    t.equal(
      [...errors, ...warnings].some(({ rule }) => rule === given.rule),
      given.broken,
    )
    t.equal(
      (severity === 'error' ? errors : warnings).some(({ rule }) => rule === given.rule),
      given.broken,
    )
  })
}

t.test('lets the example of every type pass without error or warning', async (t) => {
  for (const { type } of PERSON_EVENTS) {
    const result = checkRules(proposed(exampleBody(type)), stateFor(type), CONTEXT)

    t.same(result, { errors: [], warnings: [] }, type)
  }
})

t.test('reports every broken rule at once, with a pointer and both languages', async (t) => {
  const body = exampleBody('FollowUpCompleted', {
    nextDate: '2026-03-01',
    hospitalStay: 2,
    clinical: { symptoms: [12] },
  })

  const { errors } = checkRules(proposed(body), REGISTERED, CONTEXT)

  t.same(
    errors.map(({ rule, pointer }) => [rule, pointer]),
    [
      ['followUp.nextDateAfterDate', '/data/nextDate'],
      ['followUp.dischargeDateGiven', '/data/lastDischargeDate'],
      ['followUp.otherSymptomText', '/data/clinical/otherSymptom'],
    ],
  )
  for (const { message, messageZh } of errors) {
    t.ok(message)
    t.match(messageZh, /\p{Script=Han}/u)
  }
})

t.test('points at the member that a type says its moment with', async (t) => {
  const future = { at: '2027-01-01T00:00:00+08:00' }
  const moment = checkRules(proposed(exampleBody('FollowUpAttempted', future)), REGISTERED, CONTEXT)
  const plain = checkRules(proposed({ ...exampleBody('VisitRefused'), occurredAt: '2027-01-01' }), REGISTERED, CONTEXT)

  t.equal(moment.errors[0]?.pointer, '/data/at')
  t.equal(plain.errors[0]?.pointer, '/occurredAt')
})

t.test('never names a level, a value or a person in what it says', async (t) => {
  for (const { id, en, zh, severity } of ruleCatalogue()) {
    if (severity === 'warning') t.notMatch(`${en}${zh}`, /[0-9０-９]\s*级|level [0-9]|levels? [0-9]/i, id)
    t.notMatch(`${en}${zh}`, /\$\{/, id)
  }
  const heard = new Set<string>()
  for (const level of [0, 1, 2, 3, 4, 5]) {
    for (const evidence of [['NONE'], ['VERBAL_THREAT'], ['SELF_HARM'], ['ARSON_OR_EXPLOSION'], []]) {
      const body = exampleBody('RiskAssessed', {
        level,
        evidence,
        targets: 'NONE',
        place: undefined,
        stoppable: undefined,
      })
      for (const { message } of checkRules(proposed(body), REGISTERED, CONTEXT).warnings) heard.add(message)
    }
  }
  t.same([...heard], ['evidence and level disagree, please check'])
})

t.test(
  'finds the wording of each level fit for what it describes, and only the neighbours\u2019 for what they share',
  async (t) => {
    const seen: readonly (readonly [what: string, fits: readonly number[], data: Record<string, unknown>])[] = [
      ['nothing', [0], { evidence: ['NONE'], targets: 'NONE' }],
      ['no evidence stated', [0], { evidence: [], targets: 'NONE' }],
      ['threats', [1], { evidence: ['VERBAL_THREAT'], targets: 'PERSON' }],
      [
        'smashing at home, stopped',
        [2],
        { evidence: ['SMASHING_AT_HOME'], targets: 'PROPERTY', place: 'HOME', stoppable: true },
      ],
      [
        'smashing anywhere, not stopped',
        [3, 4],
        { evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE'], targets: 'PROPERTY' },
      ],
      ['violence without a weapon', [4], { evidence: ['AGAINST_PERSON'], targets: 'PERSON' }],
      [
        'a knife at home, against himself only',
        [4],
        { evidence: ['SELF_HARM', 'WEAPON'], targets: 'SELF', weapon: true, place: 'HOME' },
      ],
      ['a knife against somebody', [5], { evidence: ['AGAINST_PERSON', 'WEAPON'], targets: 'PERSON' }],
      ['arson', [5], { evidence: ['ARSON_OR_EXPLOSION'], targets: 'PROPERTY' }],
      ['self-harm with no target', [], { evidence: ['SELF_HARM'], targets: 'NONE' }],
    ]
    for (const [what, fits, data] of seen) {
      const silent = [0, 1, 2, 3, 4, 5].filter((level) => {
        const body = exampleBody('RiskAssessed', {
          place: undefined,
          stoppable: undefined,
          weapon: undefined,
          ...data,
          level,
        })
        return checkRules(proposed(body), REGISTERED, CONTEXT).warnings.length === 0
      })
      t.same(silent, fits, what)
    }
  },
)

t.test('allows five minutes for clocks that run ahead, and not a millisecond more', async (t) => {
  const now = '2026-04-01T23:58:00.000+08:00'
  const at = (time: string): boolean =>
    checkRules(proposed(exampleBody('FollowUpAttempted', { at: time })), REGISTERED, { ...CONTEXT, now }).errors
      .length > 0

  t.equal(MAX_SKEW, 300_000)
  t.notOk(at('2026-04-02T00:03:00.000+08:00'))
  t.ok(at('2026-04-02T00:03:00.001+08:00'))
  t.notOk(at('2026-04-02'), 'tomorrow begins within the five minutes')
  t.ok(at('2026-04-03'))
})

t.test('checks a correction against the state without what it replaces', async (t) => {
  const corrects = '0198f0aa-0000-7000-8000-000000000009'
  const { registered: _, ...unregistered } = REGISTERED

  t.same(checkRules({ ...proposed(exampleBody('PatientRegistered')), corrects }, unregistered, CONTEXT).errors, [])
  t.same(checkRules({ ...proposed(exampleBody('VisitRefused')), corrects }, unregistered, CONTEXT).errors, [])
})

t.test('names a clause, a severity and types of the catalogue for every rule', async (t) => {
  const types = new Set(PERSON_EVENTS.map(({ type }) => type))
  for (const rule of ruleCatalogue()) {
    t.ok(rule.clause.length > 0 && rule.en.length > 0, rule.id)
    t.match(rule.zh, /\p{Script=Han}/u, rule.id)
    if (rule.types !== 'ALL') for (const type of rule.types) t.ok(types.has(type), `${rule.id}: ${type}`)
  }
  t.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length)
})

function check(given: RuleCase): ReturnType<typeof checkRules> {
  const { corrects: _, ...example } = exampleBody(given.type, given.changes ?? {})
  const parsed = definitionOf(given.type, 1).data.safeParse(example.data)
  if (!parsed.success) throw new Error(`${given.rule}: ${given.when}: ${parsed.error.message}`)
  const state: PatientState = { ...stateFor(given.type), ...given.state }
  const bare = given.bareState ?? state
  const context: RuleContext = { ...CONTEXT, agency: EXAMPLE_UNIT, ...given.context }
  const body = {
    ...example,
    ...(given.occurredAt === undefined ? {} : { occurredAt: given.occurredAt }),
    ...(given.corrects === undefined ? {} : { corrects: given.corrects }),
  }
  return checkRules(proposed(body), bare, context)
}
