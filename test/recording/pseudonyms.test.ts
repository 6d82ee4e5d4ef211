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
