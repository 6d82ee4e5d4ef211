import * as fc from 'fast-check'
import t from 'tap'
import { isHubError } from '../../src/kernel/errors.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { disclosedText, type RowHalves } from '../../src/policy/disclosed-text.js'
import { disclose } from '../../src/policy/disclosure.js'
import { FACT_PATHS } from '../../src/policy/facts.js'
import { FIELD_SETS } from '../../src/policy/field-sets.js'

const whole = ({ before, after }: RowHalves): string => `{${[before, after].filter((half) => half !== '').join(',')}}`

/** What has no canonical form (a day cut out of the middle of a character) is refused by both. */
const textOr = (write: () => string): string => {
  try {
    return write()
  } catch (error) {
    return isHubError(error, 'HUB_NOT_CANONICAL') ? error.code : String(error)
  }
}

t.test('writes what disclosure lets out, whatever the facts hold', async () => {
  const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.double({ noNaN: true }), fc.boolean())
  const value = fc.oneof(scalar, fc.array(scalar), fc.constant(undefined), fc.constant(null), fc.array(fc.object()))
  const heads = FACT_PATHS.map((path) => path.split('.')[0] ?? path)
  const tails = FACT_PATHS.map((path) => path.split('.')[1] ?? path)
  const nested = fc.dictionary(fc.constantFrom(...tails, '__proto__', 'secret'), value)
  const facts = fc.dictionary(fc.constantFrom(...heads, 'salt', 'toString'), fc.oneof(value, nested))
  fc.assert(
    fc.property(fc.constantFrom(...FIELD_SETS), facts, fc.uuid(), fc.uuid(), (set, given, patientId, rowId) => {
      const pseudonymOf = (id: string): string => `mine of ${id}`
      const expected = { ...disclose(set, { ...given, patientId }, pseudonymOf), id: rowId, fieldSet: set.id }
      const found = textOr(() => whole(disclosedText(set, given, { patientId, rowId, pseudonymOf })))
      return found === textOr(() => canonicalJson(expected))
    }),
    { numRuns: 1000 },
  )
})

t.test('the halves meet where the salt belongs', async (t) => {
  const [set] = FIELD_SETS
  if (!set) throw new Error('there is no field set')
  const { before, after } = disclosedText(set, {}, { patientId: 'p', rowId: 'r', pseudonymOf: () => 'mine' })

  t.ok(Object.keys(JSON.parse(`{${before}}`)).every((name) => name < 'salt'))
  t.ok(Object.keys(JSON.parse(`{${after}}`)).every((name) => name > 'salt'))
})
