import t from 'tap'
import { checkRules } from '../../src/domain/rules.js'
import { momentOf } from '../../src/kernel/dates.js'
import type { Principal, ProposedWrite, RecordOutcome } from '../../src/recording/port.js'
import { createCounty } from '../../src/rehearsal/county.js'
import { causeLatencies, quantile } from '../../src/rehearsal/demo-latency.js'
import { assessmentOf, followUpOf, seedPatients } from '../../src/rehearsal/measure.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'

const NOW_MS = Date.parse('2026-03-02T09:30:00+08:00')
const CONTEXT = {
  now: momentOf(NOW_MS),
  role: 'CHC',
  agency: 'a',
  isBackfill: false,
  maxFollowUpDays: 92,
} as const

t.test('registers everybody, each at the health centre that holds the place', async (t) => {
  const county = createCounty({ seed: 2, patients: 300 })
  const writes: { readonly agency: string; readonly write: ProposedWrite }[] = []
  const recorder = {
    async record(principal: Principal, write: ProposedWrite): Promise<RecordOutcome> {
      writes.push({ agency: principal.agency, write })
      const stream = `patient-${writes.length}`
      return { kind: 'recorded', receipts: [{ id: 'i', stream, revision: 0, recordedAt: '' }], warnings: [] }
    },
  }
  const principalOf = (agency: string): Principal => ({ agency, role: 'CHC', client: 'c', isOperator: false })

  const seeded = await seedPatients({ recorder, county, principalOf, nowMs: NOW_MS, concurrency: 8 })

  t.equal(seeded.length, 300)
  t.equal(new Set(seeded.map(({ patientId }) => patientId)).size, 300)
  t.ok(seeded.every(({ unit }) => county.agency(unit).role === 'CHC'))
})

t.test('an ordinary follow-up and an assessment of each level keep every rule, without a warning', async (t) => {
  const random = seededRandom('measure')
  const state = {
    registered: { id: 'r', at: '2026-01-01', recordedAt: momentOf(0), basis: 'SIX_DISEASES' },
    programmes: {},
    missedAttempts: [],
  }
  for (const event of [
    followUpOf(random, NOW_MS),
    ...([0, 1, 2, 3, 4, 5] as const).map((level) => assessmentOf(random, NOW_MS, level)),
  ]) {
    t.strictSame(checkRules({ ...event, version: 1 }, state, CONTEXT), { errors: [], warnings: [] }, event.type)
  }
})

t.test('quantiles are of the nearest rank', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)

  t.equal(quantile(hundred, 0.5), 50)
  t.equal(quantile(hundred, 0.99), 99)
  t.equal(quantile([7], 0.99), 7)
  t.match(
    causeLatencies([
      { class: 'ALARM', ms: 3 },
      { class: 'ALARM', ms: 1 },
    ]).get('ALARM'),
    { count: 2, p50Ms: 1, p99Ms: 3 },
  )
  t.equal(causeLatencies([]).size, 0)
})

t.test('chance comes back with its seed, and stays within its bounds', async (t) => {
  const [a, b, c] = [seededRandom(1, 'x'), seededRandom(1, 'x'), seededRandom(1, 'y')]
  const drawn = Array.from({ length: 2000 }, () => a.whole(3, 9))

  t.strictSame(
    Array.from({ length: 2000 }, () => b.whole(3, 9)),
    drawn,
  )
  t.not(c.next(), seededRandom(1, 'x').next())
  t.strictSame([...new Set(drawn)].sort(), [3, 4, 5, 6, 7, 8, 9])
  const heads = Array.from({ length: 4000 }, () => a.chance(0.25)).filter(Boolean).length / 4000
  t.ok(Math.abs(heads - 0.25) < 0.04, `${heads}`)
  const days = Array.from({ length: 4000 }, () => a.daysUntil(2)).reduce((sum, one) => sum + one, 0) / 4000
  t.ok(Math.abs(days - 182.6) < 12, `twice a year: ${days}`)
  t.equal(seededRandom(1).daysUntil(0), Number.POSITIVE_INFINITY)
  t.match(a.uuid(NOW_MS), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
})
