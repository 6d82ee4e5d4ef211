import t from 'tap'
import { civilAffairsSemiannual } from '../../projections/civil-affairs-semiannual.feed.js'
import { disabledPersonsSemiannual } from '../../projections/disabled-persons-semiannual.feed.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { labourSemiannual } from '../../projections/labour-semiannual.feed.js'
import { patientHead } from '../../projections/patient-head.js'
import { EMPTY_RECORD, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { policeQuarterly, policeQuarterly1 } from '../../projections/police-quarterly.feed.js'
import { politicalLegalQuarterly } from '../../projections/political-legal-quarterly.feed.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { foldLife } from '../../src/domain/fold-life.js'
import type { PatientState, SealedRef } from '../../src/domain/patient-state.js'
import type { Open, RowContext } from '../../src/policy/define-feed.js'
import { disclose } from '../../src/policy/disclosure.js'

const ref = (eventId: string, member: string): SealedRef => ({
  ...{ eventId, type: 'PatientRegistered', version: 1, revision: 0, subject: 'patient' },
  pointer: `/data/${member}`,
})
const VALUES: Readonly<Record<string, unknown>> = {
  '/data/identity': { name: '张示例', idNumber: '11010519491231002X', phones: ['13800000000'], alias: '小张' },
  '/data/presentAddress': { text: '示例路1号' },
  '/data/guardian': { name: '赵示例', phones: ['13900000000'], idNumber: '440524188001010014' },
}
const open: Open = (asked) => asked && VALUES[asked.pointer]

const IN_CARE: PatientState = {
  registered: { id: 'r', at: '2026-01-01', recordedAt: '2026-01-01T00:00:00.000+08:00', basis: 'SIX_DISEASES' },
  programmes: { COMMUNITY_MANAGEMENT: { open: true, since: '2026-01-01' } },
  missedAttempts: [],
  responsibleUnit: 'u',
  identity: ref('r', 'identity'),
  residence: { township: '371002001', address: ref('r', 'presentAddress'), since: '2026-01-01' },
  guardian: { ref: ref('g', 'guardian'), kind: 'PARENT', relation: '5', capacity: true, since: '2026-01-01' },
  risk: { eventId: 'e', level: 5, assessedAt: '2026-02-20', targets: 'PERSON' },
  diagnosis: { category: 1, icd10: 'F20.0', confirmedOn: '2026-01-01' },
  economicStatus: 1,
  employment: 4,
}
const OFFICES = [
  ['CA', civilAffairsSemiannual, 'LOW_INCOME'],
  ['DPF', disabledPersonsSemiannual, 'DISABILITY_CERTIFICATE'],
  ['LABOUR', labourSemiannual, 'VOCATIONAL_TRAINING'],
] as const

const context: RowContext = {
  period: '2026H1',
  firstDay: '2026-01-01',
  currentSince: '2025-12-27',
  unit: () => ({ name: '示例精神卫生中心', phone: '0631' }),
  community: () => ({}),
}

const recordOf = (state: Partial<PatientState>, activity: PatientRecord['activity'] = {}): PatientRecord => ({
  ...EMPTY_RECORD,
  state: { ...IN_CARE, ...state },
  activity,
})

function rowOf(feed: PatientFeed, record: PatientRecord, at: RowContext = context): Readonly<Record<string, unknown>> {
  const appearance = feed.row(record, at)
  if (appearance.kind === 'counted') return { counted: appearance.rule }
  return disclose(appearance.fieldSet, { ...appearance.facts(open), patientId: 'p' }, () => 'mine')
}

const applied = (...asked: readonly (readonly [string, string])[]): Partial<PatientState> => ({
  applications: asked.map(([recipient, programme]) => ({
    recipient: recipient as 'CA',
    programme: programme as 'LOW_INCOME',
    on: '2026-02-04T10:00:00.000+08:00',
  })),
})
const agreed = (recipient: string, purpose: string, fieldSet: string): Partial<PatientState> => ({
  dataConsents: [{ recipient: recipient as 'CA', purpose: purpose as 'REHABILITATION', fieldSet, on: '2026-02-03' }],
})

t.test('without a basis a person is a number, whatever else is known of them', async (t) => {
  for (const [, feed] of OFFICES) t.same(rowOf(feed, recordOf({})), { counted: 'NO_BASIS' })
})

t.test('an application opens a row to the office that was asked, and to no other', async (t) => {
  for (const [role, feed, programme] of OFFICES) {
    const record = recordOf(applied([role, programme]))
    t.match(rowOf(feed, record), {
      pseudonym: 'mine',
      basis: { kind: 'APPLICATION', since: '2026-02-04' },
      name: '张示例',
    })
    for (const [, other] of OFFICES) if (other !== feed) t.same(rowOf(other, record), { counted: 'NO_BASIS' })
  }
})

t.test('a consent opens a row for exactly the fields that were agreed to', async (t) => {
  const set = 'disabled-persons.rehabilitation@1'
  t.match(rowOf(disabledPersonsSemiannual, recordOf(agreed('DPF', 'REHABILITATION', set))), {
    basis: { kind: 'CONSENT', since: '2026-02-03' },
  })
  for (const [recipient, purpose, fieldSet] of [
    ['DPF', 'REHABILITATION', 'disabled-persons.rehabilitation@2'],
    ['DPF', 'EMPLOYMENT', set],
    ['CA', 'REHABILITATION', set],
  ] as const) {
    t.same(rowOf(disabledPersonsSemiannual, recordOf(agreed(recipient, purpose, fieldSet))), { counted: 'NO_BASIS' })
  }
})

t.test('an office’s own duty opens a row to it: the homeless, and a certificate that it recorded itself', async (t) => {
  const homeless = recordOf({ homeless: { since: '2026-01-09', kinFound: false } })
  t.match(rowOf(civilAffairsSemiannual, homeless), { basis: { kind: 'OWN_DUTY', article: 'MHL 28' } })
  t.same(rowOf(labourSemiannual, homeless), { counted: 'NO_BASIS' })

  const held = (byRole: 'DPF' | 'CHC', isHeld = true) =>
    recordOf({
      flags: { disabilityCert: { id: 'c', held: isHeld, ...(isHeld ? { level: 2 } : {}), on: '2026-02-05', byRole } },
    })
  t.match(rowOf(disabledPersonsSemiannual, held('DPF')), {
    basis: { kind: 'OWN_DUTY', article: 'MHL 57' },
    certificate: { held: true, level: 2, statedOn: '2026-02-05' },
  })
  t.same(rowOf(disabledPersonsSemiannual, held('CHC')), { counted: 'NO_BASIS' }, 'what the centre knows opens nothing')
  t.same(rowOf(disabledPersonsSemiannual, held('DPF', false)), { counted: 'NO_BASIS' })
})

t.test('says to civil affairs whom to help and with what, and yes or no in the place of a diagnosis', async (t) => {
  const record = recordOf(
    {
      ...applied(['CA', 'LOW_INCOME'], ['CA', 'TEMPORARY_AID'], ['LABOUR', 'EMPLOYMENT_AID']),
      homeless: { since: '2026-01-09', kinFound: false, homeRegion: '371003' },
      stay: { id: 's', route: 'RELIEF', institution: 'i', admittedOn: '2026-01-10', readyOn: '2026-03-01' },
      flags: { povertyTarget: { value: true, on: '2026-02-05' } },
    },
    {
      '2025Q4': { temporaryLivingAid: [{ eventId: 'x', at: '2025-12-30' }] },
      '2026Q2': { temporaryLivingAid: [{ eventId: 'y', at: '2026-04-02T09:00:00.000+08:00' }] },
    },
  )
  t.same(rowOf(civilAffairsSemiannual, record), {
    pseudonym: 'mine',
    basis: { kind: 'APPLICATION', since: '2026-02-04' },
    name: '张示例',
    idNumber: '11010519491231002X',
    presentAddress: '示例路1号',
    guardian: { name: '赵示例', phones: ['13900000000'] },
    economicStatus: 1,
    povertyTarget: true,
    aid: {
      applied: ['LOW_INCOME', 'TEMPORARY_AID'],
      meetsMedicalCondition: true,
      temporaryLivingAidOn: '2026-04-02',
    },
    homeless: { since: '2026-01-09', kinFound: false, dischargeReady: true },
  })
})

t.test('says to the federation certificate and rehabilitation of the half-year', async (t) => {
  const record = recordOf(applied(['DPF', 'REHABILITATION']), {
    '2025Q4': { rehabilitation: [5] },
    '2026Q1': { rehabilitation: [2, 4], rehabilitationProgrammes: ['SUNSHINE_HOME'] },
    '2026Q2': { rehabilitation: [1, 2] },
  })
  t.same(rowOf(disabledPersonsSemiannual, record), {
    pseudonym: 'mine',
    basis: { kind: 'APPLICATION', since: '2026-02-04' },
    name: '张示例',
    idNumber: '11010519491231002X',
    phones: ['13800000000'],
    guardian: { name: '赵示例', phones: ['13900000000'] },
    rehabilitation: { measures: [1, 2, 4], programmes: ['SUNSHINE_HOME'] },
  })
})

t.test('says to the labour office who wishes what, and nothing of why the hub knows them', async (t) => {
  const record = recordOf({
    ...applied(['LABOUR', 'VOCATIONAL_TRAINING'], ['CA', 'LOW_INCOME']),
    functionAssessed: { id: 'f', fit: true, on: '2026-02-06' },
  })
  t.same(rowOf(labourSemiannual, record), {
    pseudonym: 'mine',
    basis: { kind: 'APPLICATION', since: '2026-02-04' },
    name: '张示例',
    idNumber: '11010519491231002X',
    phones: ['13800000000'],
    employment: 4,
    function: { fit: true, assessedOn: '2026-02-06' },
    aid: { applied: ['VOCATIONAL_TRAINING'] },
  })
})

t.test('marks of what it says what is disputed, and names nothing that it does not say', async (t) => {
  const disputes = ['r', 'g', 'e', 'f'].map((event) => ({ event, by: 'PATIENT', on: '2026-03-06' }))
  const record = recordOf({
    ...applied(['CA', 'LOW_INCOME'], ['LABOUR', 'EMPLOYMENT_AID']),
    functionAssessed: { id: 'f', fit: false, on: '2026-02-06' },
    disputes,
  })
  t.same(rowOf(civilAffairsSemiannual, record).disputed, ['name', 'presentAddress', 'guardian', 'economicStatus'])
  t.same(rowOf(labourSemiannual, record).disputed, ['name', 'employment', 'function'])
})

t.test('marks whatever is disputed of a life, under every audience, and nothing of who disputes it', async (t) => {
  const life: StoredEvent[] = []
  const add = (type: string, data: StoredEvent['data'], by: StoredEvent['recordedBy']['role'] = 'CHC'): string => {
    const revision = life.length
    const recordedAt = `2026-02-${String(revision + 1).padStart(2, '0')}T09:00:00.000+08:00`
    const id = `0199aaaa-0000-7000-8000-${String(revision).padStart(12, '0')}`
    const head = { id, type, version: 1, stream: 'patient-p', revision, recordedAt, seed: '', sealed: [] }
    life.push({ ...head, recordedBy: { agency: 'a', role: by }, source: { kind: 'api' }, data })
    return id
  }
  const basics = { programme: 'COMMUNITY_MANAGEMENT', presentTownship: '371002001', economicStatus: 1, employment: 4 }
  const registration = add('PatientRegistered', { ...basics, registrationBasis: 'SIX_DISEASES' })
  for (const [recipientRole, programme] of [
    ['CA', 'LOW_INCOME'],
    ['DPF', 'REHABILITATION'],
    ['LABOUR', 'EMPLOYMENT_AID'],
  ])
    add('ServiceApplied', { recipientRole, programme })
  const poor = add('FlagsUpdated', { povertyTarget: true })
  const granted = add('ApplicationDecided', { recipientRole: 'CA', programme: 'LOW_INCOME', decision: 'GRANTED' })
  const homeless = add('HomelessSuspectedPatientEscorted', { kinFound: false })
  const service = add('RehabilitationServiceDelivered', { kind: 1 })
  const assessed = add('RiskAssessed', { level: 4, targets: 'PERSON' })
  const incident = add('PublicSafetyIncidentRecorded', { kind: 2 }, 'POLICE')
  const admitted = add('HospitalAdmitted', { route: 'ART30_2', institution: 'i' })
  const again = add('BasicInfoUpdated', { employment: 1 })
  const quarter: RowContext = { ...context, period: '2026Q1', currentSince: '2026-01-01' }
  const disputing = (event: string): PatientRecord => {
    add('RecordDisputed', { targetEventId: event, by: 'GUARDIAN' })
    const record = foldLife(patientRecord, life)
    life.pop()
    return record
  }
  const marked = (event: string) => {
    const record = disputing(event)
    const told = (feed: PatientFeed, at: RowContext) => rowOf(feed, record, at).disputed
    return [
      told(policeQuarterly, quarter),
      told(politicalLegalQuarterly, quarter),
      ...OFFICES.map(([, feed]) => told(feed, context)),
    ]
  }
  const no = undefined

  t.same(marked(registration), [no, ['presentTownship'], ['economicStatus'], no, no])
  t.same(marked(again), [no, no, no, no, ['employment']])
  t.same(marked(poor), [no, no, ['povertyTarget'], no, no])
  t.same(marked(granted), [no, no, ['aid'], no, no])
  t.same(marked(homeless), [no, no, ['homeless'], no, no])
  t.same(marked(service), [no, no, no, ['rehabilitation'], no])
  t.same(marked(assessed), [['level'], ['level'], no, no, no])
  t.same(marked(incident), [['policeRecorded'], no, no, no, no])
  t.same(marked(admitted), [['compulsoryStay'], no, no, no, no])
  t.notOk('disputed' in rowOf(policeQuarterly1, disputing(assessed), quarter), 'the first version marks nothing')
  t.notMatch(JSON.stringify(rowOf(policeQuarterly, disputing(assessed), quarter)), /GUARDIAN/)
})

t.test('concerns whoever was in either programme, and stops for what stops every feed', async (t) => {
  const aidOnly = recordOf({ programmes: { MEDICAL_AID: { open: true, since: '2026-01-01' } } })
  for (const [, feed] of OFFICES) {
    t.equal(feed.concerns(EMPTY_RECORD), false)
    t.equal(feed.concerns(aidOnly), true)
    t.equal(feed.scope(aidOnly), undefined)
    t.equal(
      feed.scope(recordOf({ programmes: { MEDICAL_AID: { open: false, since: '2026-01-01' } } })),
      'PROGRAMME_NOT_OPEN',
    )
    t.equal(feed.scope(recordOf({ died: { on: '2026-02-01' } })), 'DIED')
    t.equal(feed.scope(recordOf({ diagnosisExcluded: { on: '2026-02-01' } })), 'DIAGNOSIS_EXCLUDED')
    t.equal(
      feed.scope(recordOf({ restricted: { on: '2026-02-01', reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' } })),
      'RESTRICTED',
    )
  }
})

t.test('tells by the head whatever it tells by the record of those who have no row', async (t) => {
  const states: readonly Partial<PatientState>[] = [
    {},
    { economicStatus: 2, employment: 9 },
    { economicStatus: 3, employment: 1 },
    applied(['CA', 'LOW_INCOME'], ['DPF', 'REHABILITATION'], ['LABOUR', 'EMPLOYMENT_AID']),
    agreed('LABOUR', 'EMPLOYMENT', 'labour.employment@1'),
    { homeless: { since: '2026-01-09', kinFound: false } },
    { flags: { disabilityCert: { id: 'c', held: false, on: '2026-02-05', byRole: 'DPF' } } },
    { flags: { disabilityCert: { id: 'c', held: true, level: 1, on: '2026-02-05', byRole: 'DPF' } } },
  ]
  for (const state of states) {
    const record = recordOf(state)
    const head = patientHead(record)
    for (const [, feed] of OFFICES) {
      const { facts: _, ...appearance } = { facts: undefined, ...feed.row(record, context) }
      const glance = feed.glance(head, context)
      if (appearance.kind === 'row') t.equal(glance, undefined)
      else t.same(glance, appearance)
      t.equal(feed.isRowStillBased?.(head), appearance.kind === 'row')
      t.equal(feed.concerns(head), feed.concerns(record))
    }
  }
})

t.test('numbers are coarse, and few look like none', async (t) => {
  const tally = (groups: Readonly<Record<string, number>>) => ({ rows: 0, closings: 0, groups, units: [] })
  t.same(civilAffairsSemiannual.counts(tally({ poor: 0, notPoor: 4, unknown: 12 })), {
    ...{ rows: 0, closings: 0, poor: '<5', notPoor: '<5', unknown: 10 },
  })
  t.same(disabledPersonsSemiannual.counts(tally({})), {
    ...{ rows: 0, closings: 0, certified: '<5', uncertified: '<5', unknown: '<5' },
  })
  t.same(labourSemiannual.counts(tally({ withoutWork: 5, other: 8, unknown: 0 })), {
    ...{ rows: 0, closings: 0, withoutWork: 5, other: 10, unknown: '<5' },
  })
})
