import fc from 'fast-check'
import t from 'tap'
import { effectiveHistory } from '../../src/domain/effective-history.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import { epochMsOf } from '../../src/kernel/dates.js'
import { historyAt, PROVISIONAL_MS, patientAt, readPatient } from '../../src/readmodel/patient-queries.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { EXAMPLE_STREAM, exampleId, storedExample } from '../fixtures/stored-examples.js'
import { createCounty, stepArbitrary } from './county.js'

const NOW = epochMsOf('2026-12-31T12:00:00.000+08:00')
const at = (day: string, time = '09:00'): string => `2026-${day}T${time}:00.000+08:00`

function assessed(
  revision: number,
  level: number,
  assessedAt: string,
  recordedAt: string,
  corrects?: number,
): StoredEvent {
  const body = { type: 'RiskAssessed', data: { level, assessedAt, evidence: ['NONE'], targets: 'NONE' } }
  const event = storedExample(body, { revision, recordedAt })
  return corrects === undefined ? event : { ...event, corrects: exampleId(corrects) }
}

function retracted(revision: number, corrects: number, recordedAt: string, scope?: 'FACT'): StoredEvent {
  const body = { type: 'RecordRetracted', data: { reason: '录入有误', ...(scope ? { scope } : {}) } }
  return { ...storedExample(body, { revision, recordedAt }), corrects: exampleId(corrects) }
}

// A level 4 of March, recorded at once; a level 2 of June; in September March is corrected to 1.
const LIFE = [
  assessed(0, 4, '2026-03-02', at('03-02')),
  assessed(1, 2, at('06-05'), at('06-05')),
  assessed(2, 1, '2026-03-02', at('09-01'), 0),
]
const levelAt = (question: Parameters<typeof patientAt>[1]): number | undefined =>
  patientAt(LIFE, question, NOW).state.risk?.level

t.test('answers what was true on a day, as known on a day', async (t) => {
  t.equal(levelAt({}), 2)
  t.equal(levelAt({ asOf: '2026-04-01' }), 1, 'March as we know it today')
  t.equal(levelAt({ asOf: '2026-04-01', knownAt: '2026-08-31' }), 4, 'March as it was known before the correction')
  t.equal(levelAt({ knownAt: '2026-04-01' }), 4)
  t.equal(levelAt({ asOf: '2026-03-01' }), undefined)
  t.equal(levelAt({ knownAt: '2026-03-01' }), undefined)
})

t.test('a day includes its whole day, a moment nothing after it', async (t) => {
  t.equal(levelAt({ asOf: '2026-06-05' }), 2)
  t.equal(levelAt({ asOf: at('06-05', '08:59') }), 1)
  t.equal(levelAt({ asOf: at('06-05') }), 2)
  t.equal(levelAt({ knownAt: '2026-06-05' }), 2)
  t.equal(levelAt({ knownAt: at('06-05', '08:59') }), 4)
  t.equal(levelAt({ asOf: '2026-03-02' }), 1, 'a fact of a bare date belongs to that day')
})

t.test('says up to which event it knew, and what stands', async (t) => {
  const view = patientAt(LIFE, { knownAt: '2026-08-31' }, NOW)

  t.equal(view.revision, 1)
  t.same(
    view.effective.map(({ revision }) => revision),
    [0, 1],
  )
  t.equal(patientAt([], {}, NOW).revision, -1)
  t.same(
    patientAt(LIFE, {}, NOW).effective.map(({ revision }) => revision),
    [2, 1],
  )
})

t.test('a question about what is known in these minutes is provisional', async (t) => {
  const known = (knownAt?: string) => patientAt(LIFE, knownAt === undefined ? {} : { knownAt }, NOW).provisional

  t.equal(known(), false)
  t.equal(known('2026-12-30'), false)
  t.equal(known('2026-12-31'), true, 'today is not over')
  t.equal(known('2027-01-01'), true)
  t.equal(known('2026-12-31T11:55:00.000+08:00'), false, 'five minutes ago')
  t.equal(known('2026-12-31T11:55:00.001+08:00'), true)
  t.equal(PROVISIONAL_MS, 300_000)
})

t.test('history tells of each event whether it stands, and what took its place', async (t) => {
  const events = [
    ...LIFE,
    retracted(3, 2, at('09-02')),
    assessed(4, 3, '2026-03-02', at('09-03'), 2),
    retracted(5, 3, at('09-04')),
    retracted(6, 1, at('09-05'), 'FACT'),
  ]
  const told = (question: Parameters<typeof historyAt>[1]) =>
    historyAt(events, question).map(({ event, standing, by }) => [event.revision, standing, by])

  t.same(told({}), [
    [0, 'REPLACED', exampleId(2)],
    [2, 'IN_FORCE', undefined],
    [4, 'IGNORED', undefined],
    [1, 'WITHDRAWN', exampleId(6)],
    [3, 'WITHDRAWN', exampleId(5)],
    [5, 'IN_FORCE', undefined],
    [6, 'IN_FORCE', undefined],
  ])
  t.same(told({ knownAt: '2026-09-02' }), [
    [0, 'IN_FORCE', undefined],
    [2, 'WITHDRAWN', exampleId(3)],
    [1, 'IN_FORCE', undefined],
    [3, 'IN_FORCE', undefined],
  ])
  t.same(
    told({ asOf: '2026-03-31' }).map(([revision]) => revision),
    [0, 2, 4],
    'what happened by then',
  )
})

t.test(
  'whatever the history, what stands is its effective history, and a question without ends is the fold',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 1, maxLength: 25 }), fc.nat(), async (steps, pick) => {
        const county = createCounty(createMemoryLog())
        for (const step of steps) await county.take({ ...step, patient: 0 })
        const { events } = county
        const known = events[pick % events.length]
        const prefix = events.slice(0, (known?.revision ?? 0) + 1)

        const whole = patientAt(events, {}, NOW)
        const before = patientAt(events, known ? { knownAt: known.recordedAt } : {}, NOW)
        const standing = historyAt(events, {}).filter(
          ({ event, standing: how }) => how === 'IN_FORCE' && event.type !== 'RecordRetracted',
        )

        t.same(whole.state, foldPatient(effectiveHistory(events)))
        t.same(before.effective, effectiveHistory(prefix))
        t.same(
          standing.map(({ event }) => event.id),
          effectiveHistory(events).map(({ id }) => id),
        )
        t.equal(historyAt(events, {}).length, events.length)
      }),
      { numRuns: 60 },
    )
  },
)

t.test('reads one person and nobody else', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  for (let patient = 0; patient < 3; patient++) {
    await county.take({ patient, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 })
  }
  const stream = county.events[1]?.stream ?? ''

  const events = await readPatient(log, stream.slice('patient-'.length))

  t.same(
    events.map((event) => event.stream),
    [stream],
  )
  t.same(await readPatient(log, EXAMPLE_STREAM), [])
})
