import fc from 'fast-check'
import t from 'tap'
import { birthDateOf, checkCharacter, isIdNumber, normaliseIdNumber, sexOf } from '../../src/domain/id-number.js'

t.test('accepts the two well-known sample numbers', async (t) => {
  for (const sample of ['11010519491231002X', '440524188001010014']) t.ok(isIdNumber(sample), sample)
  t.equal(checkCharacter('11010519491231002'), 'X')
  t.equal(checkCharacter('44052418800101001'), '4')
})

t.test('reads birth date and sex', async (t) => {
  t.equal(birthDateOf('11010519491231002X'), '1949-12-31')
  t.equal(sexOf('11010519491231002X'), '2')
  t.equal(sexOf('440524188001010014'), '1')
  t.equal(birthDateOf('110105194912310021'), undefined)
  t.equal(sexOf(''), undefined)
})

t.test('refuses other shapes and days that do not exist', async (t) => {
  for (const text of ['', '11010519491231002', '11010519491231002x', '1101051949123100２X', ' 440524188001010014']) {
    t.notOk(isIdNumber(text), JSON.stringify(text))
  }
  const digits = '11010519490230002'
  t.notOk(isIdNumber(digits + checkCharacter(digits)), 'the 30th of February')
})

t.test('knows one spelling', async (t) => {
  t.equal(normaliseIdNumber(' 11010519491231002x'), '11010519491231002X')
})

t.test('notices every single wrong digit and every swap of neighbours', async (_t) => {
  const number = fc
    .tuple(
      fc.integer({ min: 100000, max: 999999 }),
      fc.date({ min: new Date('1900-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }),
      fc.integer({ min: 0, max: 999 }),
    )
    .map(([address, born, sequence]) => {
      const digits = `${address}${born.toISOString().slice(0, 10).replaceAll('-', '')}${String(sequence).padStart(3, '0')}`
      return digits + checkCharacter(digits)
    })
  fc.assert(
    fc.property(number, fc.nat(16), fc.nat(8), (valid, at, shift) => {
      const changed = String((Number(valid[at]) + 1 + shift) % 10)
      const wrongDigit = valid.slice(0, at) + changed + valid.slice(at + 1)
      const swapped = `${valid.slice(0, at)}${valid[at + 1]}${valid[at]}${valid.slice(at + 2)}`
      return isIdNumber(valid) && !isIdNumber(wrongDigit) && (swapped === valid || !isIdNumber(swapped))
    }),
  )
})
