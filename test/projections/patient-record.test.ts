import t from 'tap'
import { activityIn, blobOf, keptRefs, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import type { Role, StoredEvent } from '../../src/domain/event.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import { DAY, momentOf } from '../../src/kernel/dates.js'
import { EXAMPLE_TYPES, type ExampleBody, exampleBody } from '../fixtures/example-events.js'
import { storedExample } from '../fixtures/stored-examples.js'

/** Facts in the order of the life, each recorded a day after the last. */
function life(...facts: readonly (ExampleBody & { readonly role?: Role })[]): readonly StoredEvent[] {
  return facts.map(({ role, ...body }, revision) => {
    const recordedAt = momentOf(Date.parse('2026-12-01T10:00:00+08:00') + revision * DAY)
    const event = storedExample(body, { revision, recordedAt })
    return role ? { ...event, recordedBy: { ...event.recordedBy, role } } : event
  })
}

const fold = (events: readonly StoredEvent[]): PatientRecord =>
  events.reduce<PatientRecord>((row, event) => patientRecord.evolve(row, event), patientRecord.initial)

const happened = (type: string, occurredAt: string, data: Record<string, unknown> = {}): ExampleBody => {
  const body = exampleBody(type)
  const moment = ['at', 'date', 'assessedAt', 'declaredAt', 'dischargeDate'].find((member) => member in body.data)
  if (moment === undefined) return { ...body, occurredAt, data: { ...body.data, ...data } }
  return { ...body, data: { ...body.data, ...data, [moment]: occurredAt } }
}

t.test('its state is the fold of the person, for every type there is', async (t) => {
  const events = life(...EXAMPLE_TYPES.filter((type) => type !== 'RecordRetracted').map((type) => exampleBody(type)))

  const row = fold(events)

  t.same(row.state, foldPatient(events))
  t.notOk(patientRecord.handles.has('RecordRetracted'))
})

t.test('counts by the quarter in which a thing happened', async (t) => {
  const row = fold(
    life(
      happened('FollowUpCompleted', '2026-03-31', { form: 3 }),
      happened('FollowUpCompleted', '2026-04-01', { form: 1 }),
      happened('FollowUpCompleted', '2026-05-01T09:00:00+08:00', { form: 2 }),
      happened('FollowUpAttempted', '2026-05-02', { outcome: 'NOT_REACHED' }),
      happened('FollowUpAttempted', '2026-05-03', { outcome: 'REACHED' }),
      happened('FollowUpAttempted', '2026-05-04', { outcome: 'REFUSED' }),
      happened('VisitRefused', '2026-05-04'),
      happened('RiskAssessed', '2026-06-30'),
    ),
  )

  t.match(activityIn(row, '2026Q1'), { followUps: 1, faceToFaceVisits: 0, assessments: 0 })
  t.match(activityIn(row, '2026Q2'), {
    followUps: 2,
    faceToFaceVisits: 2,
    missedAttempts: 1,
    refusedAttempts: 1,
    refusals: 1,
    assessments: 1,
  })
  t.match(activityIn(row, '2025Q4'), { followUps: 0, incidents: {}, lossesOfContact: [] })
  t.same(Object.keys(row.activity).sort(), ['2026Q1', '2026Q2'], 'a quarter without anything is not kept')
})

t.test('counts of danger only what the police reported of danger to others', async (t) => {
  const row = fold(
    life(
      { ...happened('DangerousBehaviorReported', '2026-02-01', { kind: 2 }), role: 'POLICE' },
      { ...happened('DangerousBehaviorReported', '2026-02-02', { kind: 5 }), role: 'POLICE' },
      { ...happened('DangerousBehaviorReported', '2026-02-03', { kind: 6 }), role: 'POLICE' },
      { ...happened('DangerousBehaviorReported', '2026-02-04', { kind: 3 }), role: 'CHC' },
      { ...happened('PublicSafetyIncidentRecorded', '2026-02-05', { kind: 2 }), role: 'POLICE' },
      { ...happened('PublicSafetyIncidentRecorded', '2026-02-06', { kind: 2 }), role: 'POLICE' },
      { ...happened('PublicSafetyIncidentRecorded', '2026-02-07', { kind: 3 }), role: 'POLICE' },
    ),
  )

  t.match(activityIn(row, '2026Q1'), { dangerReportsByPolice: 1, incidents: { 2: 2, 3: 1 } })
})

t.test('keeps the facts of losses of contact and of stays under article 30, no other stay', async (t) => {
  const row = fold(
    life(
      happened('LossOfContactDeclared', '2026-01-05', { reason: 3, lastSeenOn: '2026-01-01' }),
      happened('ContactRegained', '2026-01-09', { outcome: 'FOUND_ELSEWHERE_LOCAL' }),
      happened('HospitalAdmitted', '2026-01-10', { route: 'VOLUNTARY' }),
      happened('HospitalDischarged', '2026-02-10', { admitDate: '2026-01-10' }),
      happened('HospitalAdmitted', '2026-03-10', { route: 'ART30_2' }),
      happened('HospitalDischarged', '2026-04-10', { admitDate: '2026-03-10' }),
      happened('HospitalDischarged', '2026-05-10', { admitDate: '2026-05-01' }),
    ),
  )

  const [first, second] = [activityIn(row, '2026Q1'), activityIn(row, '2026Q2')]
  t.match(first.lossesOfContact, [{ at: '2026-01-05', reason: 3, lastSeenOn: '2026-01-01' }])
  t.match(first.contactsRegained, [{ at: '2026-01-09', outcome: 'FOUND_ELSEWHERE_LOCAL' }])
  t.same(
    first.art30Admissions.map(({ at }) => at),
    ['2026-03-10'],
  )
  t.same(first.art30Discharges, [])
  t.same(
    second.art30Discharges.map(({ at }) => at),
    ['2026-04-10'],
  )
})

t.test('keeps the blobs that its references need, each opened by its own event, and no other', async (t) => {
  const [registered, updated, guardian, changed, visit] = life(
    exampleBody('PatientRegistered'),
    exampleBody('BasicInfoUpdated'),
    exampleBody('GuardianDesignated'),
    exampleBody('GuardianChanged'),
    exampleBody('FollowUpCompleted'),
  )
  if (!registered || !updated || !guardian || !changed || !visit) throw new Error('impossible')

  const row = fold([registered, updated, guardian, changed, visit])

  t.same(Object.keys(row.sealed).sort(), [
    `${registered.id}/patient`,
    `${updated.id}/patient`,
    `${changed.id}/guardian`,
  ])
  for (const ref of keptRefs(row.state)) {
    if (!ref) continue
    const event = [registered, updated, changed].find(({ id }) => id === ref.eventId)
    const entry = event?.sealed.find(({ subject }) => subject === ref.subject)
    t.same(blobOf(row, ref), { type: ref.type, version: ref.version, entry })
  }
  t.equal(keptRefs(row.state).filter(Boolean).length, 5)
})

t.test('lets a blob go when nothing points at it any more', async (t) => {
  const [registered, updated] = life(exampleBody('PatientRegistered'), {
    ...exampleBody('BasicInfoUpdated'),
    data: exampleBody('PatientRegistered').data,
  })
  if (!registered || !updated) throw new Error('impossible')

  const row = fold([registered, updated])

  t.same(Object.keys(row.sealed), [`${updated.id}/patient`])
})
