import t from 'tap'
import { hmacSha256 } from '../../src/kernel/hash.js'
import { uuidv8 } from '../../src/kernel/ids.js'
import { createPseudonyms } from '../../src/recording/pseudonyms.js'

const KEY = new Uint8Array(32).fill(7)
const AGENCY = 'police'
const pseudonymOf = (patientId: string): string => uuidv8(hmacSha256(KEY, `["pseudonym","${patientId}"]`))

t.test('finds a person who was registered since, also where the clock was set back meanwhile', async (t) => {
  let now = Date.parse('2026-03-02T09:30:00+08:00')
  const patientIds = ['one']
  const resolve = createPseudonyms({ secret: async () => KEY }, { now: () => now }, () => patientIds)
  t.equal(await resolve(AGENCY, pseudonymOf('one')), 'one')

  patientIds.push('other')
  t.equal(await resolve(AGENCY, pseudonymOf('other')), undefined, 'within a second the table stands')
  now -= 5 * 60_000
  t.equal(await resolve(AGENCY, pseudonymOf('other')), 'other')
})

t.test('makes one table for all who ask at the same time, and lets others work meanwhile', async (t) => {
  const patientIds = Array.from({ length: 1200 }, (_, i) => `patient ${i}`)
  let [made, isFaulty, hasOtherWorkRun] = [0, true, false]
  const secret = async () => {
    if (isFaulty) throw new Error('no vault')
    return KEY
  }
  const ids = () => {
    made++
    return patientIds
  }
  const resolve = createPseudonyms({ secret }, { now: () => 0 }, ids)
  await t.rejects(resolve(AGENCY, pseudonymOf('patient 1')), /no vault/)
  isFaulty = false

  const asked = Array.from({ length: 32 }, (_, i) => resolve(AGENCY, pseudonymOf(`patient ${i + 1190}`)))
  setImmediate(() => {
    hasOtherWorkRun = true
  })
  const found = await Promise.all(asked)

  t.same(found, [...patientIds.slice(1190), ...Array.from({ length: 22 }, () => undefined)])
  t.equal(made, 1)
  t.ok(hasOtherWorkRun)
})
