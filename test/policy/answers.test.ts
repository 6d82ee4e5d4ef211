import t from 'tap'
import { z } from 'zod'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import type { EventDefinition } from '../../src/domain/define-event.js'
import { ROLES } from '../../src/domain/event.js'
import { answerFor, MEMBER_ANSWERS } from '../../src/policy/answers.js'
import { FACT_FIELDS, FACT_PATHS } from '../../src/policy/facts.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'

/** The paths that must be answered: members, and of an object's own members each, unless the whole is answered. */
function pathsOf(definition: EventDefinition): readonly string[] {
  return Object.entries(definition.members).flatMap(([name, { schema }]) => {
    const path = `${definition.type}.${name}`
    if (MEMBER_ANSWERS.has(path) || !(schema instanceof z.ZodObject)) return [path]
    return Object.keys(schema.shape).map((inner) => `${path}.${inner}`)
  })
}

const required = [...CATALOGUE.values()].flatMap(pathsOf)

t.test('answers every member of the catalogue for every audience', async (t) => {
  const unanswered = required.filter((path) => !MEMBER_ANSWERS.has(path))
  t.same(unanswered, [], 'add these to src/policy/person-answers.ts or hub-answers.ts')

  for (const path of required) {
    for (const role of ROLES) {
      const { leaves, stays } = answerFor(path, role)
      if (leaves.length + stays.length === 0) t.fail(`${path} has no answer for ${role}`)
      for (const { clauses, basis } of [...stays, ...leaves.map(({ rule }) => rule)]) {
        if (clauses.length === 0 || basis === '') t.fail(`${path} for ${role}: an answer without clause or basis`)
      }
    }
  }
  t.ok(required.length > 100)
})

t.test('answers nothing that the catalogue does not have', async (t) => {
  t.same(
    [...MEMBER_ANSWERS.keys()].filter((path) => !required.includes(path)),
    [],
  )
})

t.test('every fact of the vocabulary has exactly one rule in every field set', async (t) => {
  for (const set of FIELD_SETS) {
    t.same(
      set.rules.map(({ field }) => field),
      FACT_PATHS,
      set.id,
    )
  }
})

t.test('every fact comes from somewhere in the catalogue', async (t) => {
  const sources = new Set([...MEMBER_ANSWERS.values()].flatMap((answer) => ('facts' in answer ? answer.facts : [])))
  const orphans = FACT_PATHS.filter((path) => !sources.has(path) && path !== 'patientId')
  t.same(orphans, [])
})

t.test('facts never hide behind each other', async (t) => {
  for (const path of FACT_PATHS) {
    t.ok(FACT_FIELDS[path].label.zh && FACT_FIELDS[path].label.en, path)
    t.notOk(
      FACT_PATHS.some((other) => other.startsWith(`${path}.`)),
      `${path} is a value, not an object`,
    )
  }
})

t.test('a member that nobody has answered is refused', async (t) => {
  t.throws(() => answerFor('RiskAssessed.prediction', 'POLICE'), /has no answer/)
})
