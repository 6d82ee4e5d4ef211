import t from 'tap'
import { effectiveHistory } from '../../src/domain/effective-history.js'
import { holdInForce } from '../../src/domain/fold-safeguards.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import type { PatientState } from '../../src/domain/patient-state.js'
import { MINUTE, momentOf } from '../../src/kernel/dates.js'
import { type ExampleBody, exampleBody } from '../fixtures/example-events.js'
import { exampleId, storedExample } from '../fixtures/stored-examples.js'

const START = Date.parse('2026-04-01T09:00:00+08:00')

function after(...bodies: readonly ExampleBody[]): PatientState {
  const events = [exampleBody('PatientRegistered'), ...bodies].map((body, i) =>
    storedExample(body, { revision: i, recordedAt: momentOf(START + i * MINUTE) }),
  )
  return foldPatient(effectiveHistory(events))
}

const given = exampleBody('DataConsentGiven')
const toCivilAffairs = {
  recipientRole: 'CA',
  purposeCode: 'SOCIAL_ASSISTANCE',
  fieldSetId: 'civil-affairs.aid@1',
}
const applied = (programme: string, appliedOn = '2026-02-04') => exampleBody('ServiceApplied', { programme, appliedOn })
const decided = (programme: string, decision: string) =>
  exampleBody('ApplicationDecided', { programme, decision, decidedOn: '2026-03-01' })

t.test('a consent stands for its recipient, purpose and fields alone, until it is withdrawn', async (t) => {
  const both = after(given, exampleBody('DataConsentGiven', toCivilAffairs))
  t.same(
    both.dataConsents?.map(({ recipient, fieldSet }) => [recipient, fieldSet]),
    [
      ['DPF', 'disabled-persons.rehabilitation@1'],
      ['CA', 'civil-affairs.aid@1'],
    ],
  )

  const one = after(given, exampleBody('DataConsentGiven', toCivilAffairs), exampleBody('DataConsentWithdrawn'))
  t.same(
    one.dataConsents?.map(({ recipient }) => recipient),
    ['CA'],
  )
  t.equal(after(given, exampleBody('DataConsentWithdrawn')).dataConsents, undefined)
  const ofOtherFields = exampleBody('DataConsentWithdrawn', { fieldSetId: 'disabled-persons.rehabilitation@9' })
  t.equal(after(given, ofOtherFields).dataConsents, undefined, 'withdrawn for whatever fields')
  const again = after(given, exampleBody('DataConsentGiven', { signedOn: '2026-03-30' }))
  t.same(
    again.dataConsents?.map(({ on }) => on),
    ['2026-03-30'],
    'given again, it is one consent, of the later day',
  )
})

t.test(
  'a consent that was withdrawn before it was recorded is given still: the order of the life decides',
  async (t) => {
    const withdrawnBefore = exampleBody('DataConsentWithdrawn', { withdrawnOn: '2026-01-20' })
    t.equal(after(given, withdrawnBefore).dataConsents?.length, 1)
  },
)

t.test('an application stands while it is neither refused nor ended, from the day on which it was made', async (t) => {
  t.match(after(applied('VOCATIONAL_TRAINING')).applications, [{ recipient: 'LABOUR', on: '2026-02-04' }])
  t.same(after(applied('VOCATIONAL_TRAINING'), decided('VOCATIONAL_TRAINING', 'GRANTED')).applications, [
    { recipient: 'LABOUR', programme: 'VOCATIONAL_TRAINING', on: '2026-02-04', grantedOn: '2026-03-01' },
  ])
  for (const end of ['REFUSED', 'ENDED']) {
    t.equal(after(applied('VOCATIONAL_TRAINING'), decided('VOCATIONAL_TRAINING', end)).applications, undefined)
  }
  const other = after(
    applied('VOCATIONAL_TRAINING'),
    applied('EMPLOYMENT_AID'),
    decided('VOCATIONAL_TRAINING', 'ENDED'),
  )
  t.match(other.applications, [{ programme: 'EMPLOYMENT_AID' }])
  t.equal(after(decided('VOCATIONAL_TRAINING', 'GRANTED')).applications, undefined, 'a decision makes no applicant')
})

t.test('restriction and dispute stand until they are lifted and settled', async (t) => {
  t.same(after(exampleBody('ProcessingRestricted')).restricted, {
    on: '2026-03-01',
    reason: 'UNDER_REVIEW',
    scope: 'DISCLOSURE',
  })
  const lifted = after(exampleBody('ProcessingRestricted'), exampleBody('ProcessingRestrictionLifted'))
  t.equal(lifted.restricted, undefined)

  const target = exampleId(0)
  const dispute = exampleBody('RecordDisputed', { targetEventId: target })
  t.same(after(dispute).disputes, [{ event: target, by: 'PATIENT', on: '2026-03-06' }])
  t.equal(after(dispute, exampleBody('DisputeSettled', { targetEventId: target })).disputes, undefined)
  t.equal(after(dispute, exampleBody('DisputeSettled')).disputes?.length, 1, 'another record’s')
})

t.test('each flag keeps its day, and a certificate says who stated it', async (t) => {
  const state = after(
    exampleBody('FlagsUpdated'),
    exampleBody('FlagsUpdated', { povertyTarget: undefined, guardianSubsidy: true, date: '2026-03-05' }),
  )
  t.same(state.flags?.povertyTarget, { value: true, on: '2026-02-05' })
  t.same(state.flags?.guardianSubsidy, { value: true, on: '2026-03-05' })
  t.same(state.flags?.disabilityCert, {
    id: exampleId(2),
    held: true,
    level: 2,
    on: '2026-03-05',
    byRole: 'CHC',
  })
})

t.test('a certificate that is only said again stays the word of who said it first', async (t) => {
  const byFederation = { agency: 'f', role: 'DPF' as const }
  const said = (revision: number, level: number, recordedBy: object) => ({
    ...storedExample(exampleBody('FlagsUpdated', { disabilityCert: { held: true, level } }), {
      revision,
      recordedAt: momentOf(START + revision * MINUTE),
    }),
    ...(Object.keys(recordedBy).length === 0 ? {} : { recordedBy: byFederation }),
  })
  const byRole = (...levels: readonly number[]) =>
    foldPatient(effectiveHistory(levels.map((level, i) => said(i, level, i === 0 ? byFederation : {})))).flags
      ?.disabilityCert?.byRole
  t.equal(byRole(2, 2), 'DPF')
  t.equal(byRole(2, 3), 'CHC', 'another level is another word')
})

t.test('who is fit to leave hospital is so while the stay is open, and a discharge ends it', async (t) => {
  const admitted = exampleBody('HospitalAdmitted')
  const ready = exampleBody('DischargeConditionsMet')
  t.equal(after(ready).stay, undefined, 'who is in no hospital waits for nothing')
  t.equal(after(admitted, ready).stay?.readyOn, '2026-03-22')
  t.match(after(admitted, ready, exampleBody('HospitalDischarged')).stay, { dischargedOn: '2026-03-25' })
  const again = exampleBody('HospitalAdmitted', { date: '2026-03-30' })
  t.equal(after(admitted, ready, exampleBody('HospitalDischarged'), again).stay?.readyOn, undefined)
})

t.test('the homeless are so until somebody helped them home', async (t) => {
  const escorted = exampleBody('HomelessSuspectedPatientEscorted')
  t.same(after(escorted).homeless, { since: '2026-01-09', kinFound: false })
  t.same(after(escorted, exampleBody('TemporaryLivingAidGranted')).homeless, {
    since: '2026-01-20',
    kinFound: false,
    homeRegion: '371003',
  })
  t.equal(after(escorted, exampleBody('ReturnHomeAssisted')).homeless, undefined)
})

t.test('an enrolment replaces the one in the same scheme', async (t) => {
  const next = exampleBody('InsuranceEnrollmentRecorded', { validFrom: '2027-01-01', validTo: undefined })
  t.same(after(exampleBody('InsuranceEnrollmentRecorded'), { ...next, occurredAt: '2026-03-30' }).insurance, [
    { scheme: 'RESIDENT_MEDICAL', validFrom: '2027-01-01' },
  ])
})

t.test('a notice keeps its day and why nobody was told, never its words', async (t) => {
  t.same(after(exampleBody('StatutoryNoticeGiven')).notice, { on: '2026-01-12' })
  const exempt = exampleBody('StatutoryNoticeGiven', { givenTo: undefined, exemption: 'ART18' })
  t.same(after(exempt).notice, { on: '2026-01-12', exemption: 'ART18' })
})

t.test('a hold is in force through its last day, or until it is lifted; each by itself', async (t) => {
  const placed = exampleBody('LegalHoldPlaced')
  const open = exampleBody('LegalHoldPlaced', { until: undefined, placedOn: '2026-03-10' })
  const both = after(placed, open)
  const [first, second] = both.holds ?? []

  t.match(both.holds, [
    { authority: 'COURT', until: '2027-03-03' },
    { authority: 'COURT', until: undefined },
  ])
  t.equal(holdInForce(both, '2027-03-03')?.event, first?.event)
  t.equal(holdInForce(both, '2027-03-04')?.event, second?.event)
  t.equal(holdInForce(after(placed), '2027-03-04'), undefined)
  const lifted = after(placed, open, exampleBody('LegalHoldLifted', { hold: second?.event }))
  t.same(
    lifted.holds?.map(({ event }) => event),
    [first?.event],
  )
  t.equal(after(placed, exampleBody('LegalHoldLifted', { hold: first?.event })).holds, undefined)
})
