import fc from 'fast-check'
import t from 'tap'
import { effectiveHistory, lifeOrder } from '../../src/domain/effective-history.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { KEPT_MISSED_ATTEMPTS } from '../../src/domain/fold-care.js'
import { evolvePatient, foldPatient, sortsLast } from '../../src/domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState } from '../../src/domain/patient-state.js'
import { DAY, momentOf } from '../../src/kernel/dates.js'
import {
  EXAMPLE_AREA,
  EXAMPLE_TOWNSHIP,
  EXAMPLE_TYPES,
  EXAMPLE_UNIT,
  type ExampleBody,
  exampleBody,
} from '../fixtures/example-events.js'
import { exampleId, storedExample } from '../fixtures/stored-examples.js'

const START = Date.parse('2026-04-01T09:00:00+08:00')

/** Stored one after the other, a minute apart, from 2026-04-01 on. */
function stored(...bodies: readonly ExampleBody[]): readonly StoredEvent[] {
  return bodies.map((body, i) => storedExample(body, { revision: i, recordedAt: momentOf(START + i * 60_000) }))
}

function after(...bodies: readonly ExampleBody[]): PatientState {
  return foldPatient(effectiveHistory(stored(...bodies)))
}

const registered = exampleBody('PatientRegistered')
const attempt = (at: string, outcome = 'NOT_REACHED') => exampleBody('FollowUpAttempted', { at, outcome })
const assessed = (level: number, assessedAt: string, targets = 'PROPERTY') =>
  exampleBody('RiskAssessed', { level, assessedAt, targets })
const patientRef = (revision: number, type: string, member: string) => ({
  eventId: exampleId(revision),
  type,
  version: 1,
  revision,
  subject: 'patient',
  pointer: `/data/${member}`,
})

t.test(
  'a registration gives identity, residence, unit and an open programme, and holds no personal value',
  async (t) => {
    const state = after(registered)

    t.same(state, {
      registered: {
        id: exampleId(0),
        at: '2026-01-10',
        recordedAt: '2026-04-01T09:00:00.000+08:00',
        basis: 'SIX_DISEASES',
      },
      responsibleUnit: EXAMPLE_UNIT,
      identity: patientRef(0, 'PatientRegistered', 'identity'),
      householdTownship: EXAMPLE_TOWNSHIP,
      householdAddress: patientRef(0, 'PatientRegistered', 'householdAddress'),
      residence: {
        township: EXAMPLE_TOWNSHIP,
        address: patientRef(0, 'PatientRegistered', 'presentAddress'),
        area: patientRef(0, 'PatientRegistered', 'presentArea'),
        gridCell: 'A-12',
        since: '2026-01-10',
      },
      gridCell: 'A-12',
      economicStatus: 3,
      employment: 4,
      programmes: { COMMUNITY_MANAGEMENT: { open: true, since: '2026-01-10' } },
      missedAttempts: [],
    })
    t.notMatch(JSON.stringify(state), /张示例|示例路|1949|371002001003/)
  },
)

t.test('an update changes what it names and leaves the rest', async (t) => {
  const state = after(registered, exampleBody('BasicInfoUpdated'))

  t.equal(state.economicStatus, 1)
  t.same(state.identity, patientRef(0, 'PatientRegistered', 'identity'))
  t.same(state.residence, {
    township: EXAMPLE_TOWNSHIP,
    address: patientRef(1, 'BasicInfoUpdated', 'presentAddress'),
    area: patientRef(0, 'PatientRegistered', 'presentArea'),
    gridCell: 'A-12',
    since: '2026-02-01',
  })
})

t.test('an update of the economic status alone does not touch the residence', async (t) => {
  const before = after(registered)
  const state = after(registered, exampleBody('BasicInfoUpdated', { presentAddress: undefined }))

  t.same(state.residence, before.residence)
  t.equal(state.gridCell, 'A-12')
})

t.test('an update to another township drops address, area and grid cell of the old one', async (t) => {
  const state = after(
    registered,
    exampleBody('BasicInfoUpdated', { presentTownship: '371002002', presentAddress: undefined }),
  )

  t.same(state.residence, { township: '371002002', since: '2026-02-01' })
  t.equal(state.gridCell, undefined)
})

t.test('a move takes the residence along, working away does not', async (t) => {
  const moved = after(registered, exampleBody('PatientRelocated'))
  const away = after(registered, exampleBody('PatientRelocated', { kind: 'WORK_AWAY' }))

  t.same(moved.residence, {
    township: '371002002',
    address: patientRef(1, 'PatientRelocated', 'toAddress'),
    area: patientRef(1, 'PatientRelocated', 'toArea'),
    since: '2026-03-10',
  })
  t.equal(moved.gridCell, undefined)
  t.equal(moved.householdTownship, EXAMPLE_TOWNSHIP)
  t.same(away.residence, after(registered).residence)
})

t.test('residence is the last in the life, not the last recorded', async (t) => {
  const state = after(registered, exampleBody('PatientRelocated', { leftAt: '2026-03-10' }), {
    ...exampleBody('BasicInfoUpdated', { presentTownship: EXAMPLE_TOWNSHIP, presentArea: EXAMPLE_AREA }),
    occurredAt: '2026-03-01',
  })

  t.equal(state.residence?.township, '371002002')
})

t.test('facts older than the registration are folded', async (t) => {
  const state = after(registered, exampleBody('DiagnosisConfirmed', { confirmedOn: '2019-05-01' }))

  t.same(state.diagnosis, { category: 1, icd10: 'F20.0', confirmedOn: '2019-05-01' })
  t.equal(state.registered?.at, '2026-01-10')
})

t.test('an exclusion marks the diagnosis, the next confirmation clears the mark', async (t) => {
  const excluded = after(registered, exampleBody('DiagnosisConfirmed'), exampleBody('DiagnosisExcluded'))
  const never = after(registered, exampleBody('DiagnosisExcluded'))
  const again = after(
    registered,
    exampleBody('DiagnosisExcluded'),
    exampleBody('DiagnosisConfirmed', { confirmedOn: '2026-02-20' }),
  )

  t.match(excluded, { diagnosis: { category: 1, excludedOn: '2026-02-02' }, diagnosisExcluded: { on: '2026-02-02' } })
  t.equal(never.diagnosis, undefined)
  t.same(never.diagnosisExcluded, { on: '2026-02-02' })
  t.equal(again.diagnosisExcluded, undefined)
  t.equal(again.diagnosis?.excludedOn, undefined)
})

t.test('keeps the last assessment and the one before it, in the order of the life', async (t) => {
  const state = after(
    registered,
    assessed(4, '2026-03-20', 'SELF'),
    assessed(1, '2026-02-20', 'NONE'),
    assessed(2, '2026-01-20'),
  )

  t.same(state.risk, { eventId: exampleId(1), level: 4, assessedAt: '2026-03-20', targets: 'SELF' })
  t.equal(state.previousRisk?.level, 1)
})

t.test('programmes open and close, each on its own', async (t) => {
  const state = after(registered, exampleBody('ProgrammeOpened'), exampleBody('ProgrammeClosed'))

  t.same(state.programmes, {
    COMMUNITY_MANAGEMENT: { open: false, since: '2026-03-01' },
    MEDICAL_AID: { open: true, since: '2026-02-01' },
  })
})

t.test('consent is what was last said', async (t) => {
  t.same(after(registered, exampleBody('ServiceConsentGiven')).serviceConsent, {
    state: 'GIVEN',
    on: '2026-01-12',
    validTo: '2027-01-11',
  })
  t.equal(after(registered, exampleBody('ServiceConsentRefused')).serviceConsent?.state, 'REFUSED')
  t.same(
    after(
      registered,
      exampleBody('ServiceConsentGiven'),
      exampleBody('ServiceConsentWithdrawn', { signedOn: '2026-02-01', validTo: undefined }),
    ).serviceConsent,
    { state: 'WITHDRAWN', on: '2026-02-01' },
  )
})

t.test('a follow-up is remembered, clears the misses and ends a loss of contact', async (t) => {
  const state = after(
    registered,
    attempt('2026-02-01'),
    exampleBody('LossOfContactDeclared', { declaredAt: '2026-02-02' }),
    exampleBody('FollowUpCompleted'),
    exampleBody('ConditionClassified'),
  )

  t.same(state.lastFollowUp, {
    id: exampleId(3),
    date: '2026-03-02T09:30:00.000+08:00',
    form: 2,
    adherence: 1,
    nextDate: '2026-06-01',
    hospitalStay: 0,
  })
  t.same(state.missedAttempts, [])
  t.equal(state.lossOfContact, undefined)
  t.same(state.conditionClass, { value: 1, at: '2026-03-02T09:30:00.000+08:00' })
})

t.test('a miss counts, a contact clears the count, a refusal does neither', async (t) => {
  const misses = [attempt('2026-02-01'), attempt('2026-02-02')]

  t.equal(after(registered, ...misses).missedAttempts.length, 2)
  t.equal(after(registered, ...misses, attempt('2026-02-03', 'REFUSED')).missedAttempts.length, 2)
  t.same(after(registered, ...misses, attempt('2026-02-03', 'REACHED')).missedAttempts, [])
  t.same(after(registered, attempt('2026-02-04'), attempt('2026-02-03', 'REACHED')).missedAttempts, [
    { id: exampleId(1), at: '2026-02-04' },
  ])
})

t.test('keeps only the last misses', async (t) => {
  const many = Array.from({ length: KEPT_MISSED_ATTEMPTS + 5 }, (_, i) =>
    attempt(momentOf(START - 100 * DAY + i * DAY)),
  )

  const { missedAttempts } = after(registered, ...many)

  t.equal(missedAttempts.length, KEPT_MISSED_ATTEMPTS)
  t.equal(missedAttempts.at(-1)?.id, exampleId(many.length))
})

t.test('a loss of contact stays open until contact is regained, and while the police still search', async (t) => {
  const lost = exampleBody('LossOfContactDeclared')
  const searching = exampleBody('ContactRegained', { outcome: 'STILL_MISSING_POLICE_SEARCH', at: '2026-03-04' })

  t.same(after(registered, lost).lossOfContact, {
    id: exampleId(1),
    reason: 3,
    lastSeenOn: '2026-03-01',
    declaredAt: '2026-03-03T08:00:00.000+08:00',
  })
  t.ok(after(registered, lost, searching).lossOfContact)
  t.equal(after(registered, lost, searching, exampleBody('ContactRegained')).lossOfContact, undefined)
})

t.test('a discharge closes the stay, with or without a recorded admission', async (t) => {
  const admitted = after(registered, exampleBody('HospitalAdmitted'))
  const discharged = after(registered, exampleBody('HospitalAdmitted'), exampleBody('HospitalDischarged'))
  const sheetOnly = after(registered, exampleBody('HospitalDischarged'))

  t.equal(admitted.stay?.dischargedOn, undefined)
  t.match(discharged.stay, {
    id: exampleId(1),
    route: 'ART30_1_GUARDIAN_CONSENT',
    admittedOn: '2026-03-11',
    dischargedOn: '2026-03-25',
    dischargeOutcome: 'HOME_WITH_GUARDIAN',
  })
  t.match(sheetOnly.stay, { id: exampleId(1), route: 'UNKNOWN', admittedOn: '2026-03-11', dischargedOn: '2026-03-25' })
})

t.test('a guardian is a reference under a subject of its own, until the guardianship ends', async (t) => {
  const named = after(registered, exampleBody('GuardianDesignated'), exampleBody('GuardianChanged'))

  t.match(named.guardian, {
    ref: { eventId: exampleId(2), subject: 'guardian', pointer: '/data/guardian' },
    kind: 'VILLAGE_COMMITTEE',
    relation: '8',
    capacity: true,
    since: '2026-02-12',
  })
  t.equal(after(registered, exampleBody('GuardianDesignated'), exampleBody('GuardianEnded')).guardian, undefined)
})

t.test('death and refusal are dated', async (t) => {
  const state = after(registered, exampleBody('VisitRefused'), exampleBody('PatientDied'))

  t.same(state.lastRefusal, { by: 'GUARDIAN', at: '2026-03-06' })
  t.same(state.died, { on: '2026-03-28' })
})

t.test('incidents and reports change nothing that stands', async (t) => {
  const before = after(registered)

  t.same(after(registered, exampleBody('PublicSafetyIncidentRecorded')), before)
  t.same(after(registered, exampleBody('DangerousBehaviorReported')), before)
})

t.test('a retracted registration leaves nobody registered', async (t) => {
  const state = after(registered, { ...exampleBody('RecordRetracted'), corrects: exampleId(0) })

  t.same(state, EMPTY_PATIENT)
})

t.test('refuses to fold what is not an event of a person', async (t) => {
  const [event] = stored(registered)
  if (!event) return
  t.throws(() => evolvePatient(EMPTY_PATIENT, { ...event, type: 'AlertRaised' }), /AlertRaised/)
})

/** A step of a life: a type, how long before its recording it happened (or undated), and what it corrects. */
const step = fc.record({
  type: fc.constantFrom(...EXAMPLE_TYPES.filter((type) => type !== 'RecordRetracted')),
  daysAgo: fc.option(fc.nat(60), { nil: undefined }),
  isDay: fc.boolean(),
  undo: fc.option(fc.nat(5), { nil: undefined, freq: 6 }),
})

function lifeFrom(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): readonly StoredEvent[] {
  const events: StoredEvent[] = []
  for (const [revision, { type, daysAgo, isDay, undo }] of steps.entries()) {
    const at = START + revision * DAY
    const target = undo === undefined ? undefined : events[events.length - 1 - undo]
    const body = target ? { ...exampleBody('RecordRetracted'), corrects: target.id } : exampleBody(type)
    const { occurredAt: _, ...event } = storedExample(body, { revision, recordedAt: momentOf(at) })
    const moment = momentOf(at - (daysAgo ?? 0) * DAY)
    const occurredAt = daysAgo === undefined ? {} : { occurredAt: isDay ? moment.slice(0, 10) : moment }
    events.push({ ...event, ...occurredAt })
  }
  return events
}

t.test('growing a life event by event gives the state of a full fold after every step', async (t) => {
  let grown = 0
  let refolded = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let state = EMPTY_PATIENT
      const events = lifeFrom(steps)
      for (let i = 0; i < events.length; i++) {
        const event = events[i]
        if (!event) return false
        const before = effectiveHistory(events.slice(0, i))
        const full = foldPatient(effectiveHistory(events.slice(0, i + 1)))
        const last = before.at(-1)
        if (sortsLast(last && lifeOrder(last, last), event)) {
          grown++
          state = evolvePatient(state, event)
        } else {
          refolded++
          state = full
        }
        t.same(state, full)
      }
      return true
    }),
    { numRuns: 60 },
  )
  t.ok(grown > 30 && refolded > 30, 'both ways were taken')
})

t.test('folding leaves the state before it untouched', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      let state = EMPTY_PATIENT
      for (const event of effectiveHistory(lifeFrom(steps))) {
        const copy = structuredClone(state)
        const next = evolvePatient(state, event)
        t.same(state, copy)
        state = next
      }
    }),
    { numRuns: 30 },
  )
})

t.test('points at nothing sealed once the person was erased, and keeps what names nobody', async (t) => {
  const erasure = {
    type: 'IdentityErased',
    data: { keyId: exampleId(9), authority: 'RETENTION_ENDED', deleteBy: '2026-05-01' },
  }
  const before = after(registered, exampleBody('GuardianDesignated'), assessed(4, '2026-03-02'))
  const state = after(registered, exampleBody('GuardianDesignated'), assessed(4, '2026-03-02'), erasure)

  t.match(before, { identity: Object, householdAddress: Object, guardian: Object, residence: { address: Object } })
  t.notMatch(JSON.stringify(state), /"pointer"/)
  t.match(state, { erased: { at: String }, risk: { level: 4 }, residence: { township: EXAMPLE_TOWNSHIP } })
  t.same(
    after(registered, {
      type: 'RecallSent',
      data: { agency: EXAMPLE_UNIT, reason: 'SENT_IN_ERROR', deleteBy: '2026-05-01' },
    }),
    after(registered),
    'a recall is to an agency and says nothing of the person',
  )
})
