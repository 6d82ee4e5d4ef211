import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { patientRecord } from '../../projections/patient-record.js'
import { foldLife, foldOnto } from '../../src/domain/fold-life.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { asJson, createCounty, foldedSlowly, type Step, stepArbitrary } from '../readmodel/county.js'

const step = (change: Partial<Step> = {}): Step => ({
  patient: 1,
  what: 13,
  which: 0,
  lateDays: 0,
  isBareDate: false,
  group: 1,
  ...change,
})

t.test('folds any history as the slow fold does, and on top of a row where it says so', async (t) => {
  let onTop = 0
  let anew = 0
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { minLength: 1, maxLength: 25 }), fc.nat(), async (steps, split) => {
      const county = createCounty(createMemoryLog())
      for (const taken of steps) await county.take({ ...taken, patient: 1 })
      const cut = split % county.events.length
      const [[, expected] = []] = [...foldedSlowly(county.events)]

      const whole = foldLife(patientRecord, county.events)
      const before = foldLife(patientRecord, county.events.slice(0, cut))
      const after = foldOnto(patientRecord, before, county.events.slice(cut))

      if (after) onTop++
      else anew++
      return equal(whole, expected) && (after === undefined || equal(after, expected))
    }),
    { numRuns: 300 },
  )

  t.ok(onTop > 20, `${onTop} folded on top`)
  t.ok(anew > 20, `${anew} folded anew`)
})

t.test('folds a visit on top although its events stand in another order than in the life', async (t) => {
  const county = createCounty(createMemoryLog())
  await county.take(step())
  await county.take(step({ what: 13, isBareDate: true, group: 3 }))
  const [first, ...visit] = county.events
  const row = foldLife(patientRecord, first ? [first] : [])

  const after = foldOnto(patientRecord, row, visit)

  t.equal(visit.length, 3)
  t.same(after, foldedSlowly(county.events).values().next().value)
})

t.test('refuses to fold on top of a row that does not end right before the events', async (t) => {
  const county = createCounty(createMemoryLog())
  for (let i = 0; i < 3; i++) await county.take(step())
  const row = foldLife(patientRecord, county.events.slice(0, 1))

  t.equal(foldOnto(patientRecord, row, county.events.slice(2)), undefined)
  t.equal(foldOnto(patientRecord, row, []), row)
})

function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(asJson(a), asJson(b))
}
