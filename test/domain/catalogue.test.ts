import t from 'tap'
import {
  CATALOGUE,
  definitionOf,
  eventTypes,
  latestVersion,
  PERSON_EVENTS,
  RETIRED_TYPES,
  storedDefinitionOf,
} from '../../src/domain/catalogue.js'
import { CODE_LISTS } from '../../src/domain/code-lists/all-code-lists.js'
import { labelOf } from '../../src/domain/code-lists/code-list.js'
import { dangerCodes } from '../../src/domain/code-lists/danger.js'
import { RISK_LEVELS } from '../../src/domain/code-lists/risk.js'
import type { EventDefinition } from '../../src/domain/define-event.js'
import { ROLES } from '../../src/domain/event.js'
import { HUB_EVENTS } from '../../src/domain/hub-events.js'
import { FOLDED_TYPES } from '../../src/domain/patient-fold.js'
import { isClause, isReference } from '../../src/domain/person-members.js'
import { isHubError } from '../../src/kernel/errors.js'
import { EXAMPLE_TYPES, exampleBody } from '../fixtures/example-events.js'

/** Types that people record. */
const PERSON_TYPES = [
  'PatientRegistered',
  'BasicInfoUpdated',
  'ProgrammeOpened',
  'ProgrammeClosed',
  'DiagnosisConfirmed',
  'DiagnosisExcluded',
  'ServiceConsentGiven',
  'ServiceConsentRefused',
  'ServiceConsentWithdrawn',
  'FollowUpAttempted',
  'FollowUpCompleted',
  'RiskAssessed',
  'ConditionClassified',
  'LossOfContactDeclared',
  'ContactRegained',
  'VisitRefused',
  'PatientRelocated',
  'HospitalAdmitted',
  'HospitalDischarged',
  'PatientDied',
  'PublicSafetyIncidentRecorded',
  'DangerousBehaviorReported',
  'GuardianDesignated',
  'GuardianChanged',
  'GuardianEnded',
  'RecordRetracted',
  'DataConsentGiven',
  'DataConsentWithdrawn',
  'StatutoryNoticeGiven',
  'ServiceApplied',
  'ApplicationDecided',
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
  'RecordDisputed',
  'DisputeSettled',
  'FlagsUpdated',
  'FunctionAssessed',
  'DischargeConditionsMet',
  'HomelessSuspectedPatientEscorted',
  'TemporaryLivingAidGranted',
  'ReturnHomeAssisted',
  'InsuranceEnrollmentRecorded',
  'RehabilitationServiceDelivered',
  'RehabilitationProgrammeLinked',
  'ReturnReceived',
  'ReturnSettled',
  'LegalHoldPlaced',
  'LegalHoldLifted',
  'MisdirectedDisclosure',
]

/** Free text, names, numbers, addresses and telephones: never in the clear. */
const SEALED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  PatientRegistered: ['identity', 'householdAddress', 'presentAddress', 'presentArea'],
  BasicInfoUpdated: ['identity', 'householdAddress', 'presentAddress', 'presentArea'],
  ServiceConsentGiven: ['patientsOwnWish', 'capacityNote', 'formRef'],
  FollowUpCompleted: ['note', 'clinical'],
  RiskAssessed: ['narrative'],
  LossOfContactDeclared: ['reasonText'],
  VisitRefused: ['reason'],
  PatientRelocated: ['toAddress', 'toArea'],
  DiagnosisConfirmed: ['physicianLicence'],
  HospitalAdmitted: ['guardianConsent'],
  HospitalDischarged: ['diagnosis', 'drugsInHospital', 'drugGuidance', 'notes', 'phone'],
  PublicSafetyIncidentRecorded: ['policeRef'],
  DangerousBehaviorReported: ['reportedBy', 'narrative'],
  GuardianDesignated: ['guardian', 'reason'],
  GuardianEnded: ['reason'],
  RecordRetracted: ['reason'],
  DataConsentGiven: ['capacityNote'],
  RecordDisputed: ['statement'],
  ReturnReceived: ['text'],
  LegalHoldPlaced: ['authorityName', 'letter'],
  ApiKeyIssued: ['staffName'],
  WriteHeld: ['body', 'person'],
  ApprovalRequested: ['reason'],
  DisclosureRequested: ['requesterName', 'letter', 'purpose'],
}

/** Members of the hub's own events that take words in the clear: an agency speaks of itself, the hub of its own things. */
const HUB_WORDS = [
  'DocumentReturned.feed',
  'VersionActivated.name',
  'AgencyEnrolled.name',
  'AgencyEnrolled.phone',
  'AgencyEnrolled.dutyPhone',
  'MessageQueued.key',
  'MessageQueued.kind',
  'MessageQueued.fieldSet',
  'MessageParked.key',
  'MessageParked.reason',
  'AlertRaised.kind',
  'FeedPeriodClosed.feed',
  'FeedReleased.feed',
  'FeedReleased.fieldSet',
  'WriteHeld.heldType',
]

t.test('joins the hub\u2019s own events with those of persons, each once', async (t) => {
  t.same([...PERSON_EVENTS].map(({ type }) => type).sort(), [...PERSON_TYPES].sort())
  t.equal(CATALOGUE.size, PERSON_EVENTS.length + HUB_EVENTS.length)
  for (const [key, { type, version }] of CATALOGUE) t.equal(key, `${type}@${version}`)
  t.equal(eventTypes().filter((type) => RETIRED_TYPES.includes(type)).length, 0)
})

t.test('gives every type a label, a clause, and every member a mark and labels', async (t) => {
  for (const definition of CATALOGUE.values()) {
    t.match(definition.label.zh, /\p{Script=Han}/u, `${definition.type}: label`)
    t.ok(definition.clauses.length > 0, `${definition.type}: clauses`)
    t.equal(new Set(definition.recorders).size, definition.recorders.length)
    for (const role of definition.recorders) t.ok(ROLES.includes(role))
    const moments = Object.values(definition.members).filter(({ mark }) => mark === 'moment')
    t.ok(moments.length <= 1, `${definition.type}: at most one moment`)
    for (const [name, { mark, label }] of Object.entries(definition.members)) {
      t.match(label.zh, /\p{Script=Han}/u, `${definition.type}.${name}: label`)
      t.ok(label.en.length > 0)
      t.ok(mark === 'clear' || mark === 'moment' || mark.subject.length > 0)
      t.equal(definition.subjects[name], typeof mark === 'object' ? mark.subject : undefined)
    }
  }
})

t.test('seals whatever names, locates or describes somebody in words', async (t) => {
  for (const [type, members] of Object.entries(SEALED_MEMBERS)) {
    t.same(Object.keys(definitionOf(type, 1).subjects).sort(), [...members].sort(), type)
  }
  t.equal(definitionOf('DangerousBehaviorReported', 1).subjects.reportedBy, 'reporter')
  t.equal(definitionOf('GuardianDesignated', 1).subjects.guardian, 'guardian')
  t.equal(definitionOf('DiagnosisConfirmed', 1).subjects.physicianLicence, 'staff')
  t.equal(definitionOf('HospitalDischarged', 1).subjects.phone, 'staff')
  t.same(definitionOf('PatientRegistered', 1).members.presentArea?.mark, { kind: 'quasi', subject: 'patient' })
})

t.test('takes no word about somebody in the clear, neither of persons nor in the hub\u2019s own events', async (t) => {
  const openTo = (definitions: Iterable<EventDefinition>): readonly string[] =>
    [...definitions].flatMap(({ type, members }) =>
      Object.entries(members)
        .filter(([, { mark, schema }]) => mark === 'clear' && schema.safeParse('邻居王小明 13800001111').success)
        .map(([name]) => `${type}.${name}`),
    )

  t.same(openTo(HUB_EVENTS), HUB_WORDS)
  t.same(openTo(PERSON_EVENTS), ['DiagnosisConfirmed.institution', 'HospitalAdmitted.institution'])
})

t.test('takes a reference for whoever stands behind an event, and no name or number of a person', async (t) => {
  const references = [
    'staff-7',
    'req-0',
    'agency-1',
    '0198f0aa-0000-7000-8000-000000001111',
    'key:0198f0aa',
    'HIS.2026:7',
  ]
  const refused = [
    '邻居王小明 13800001111',
    '王小明',
    '13800001111',
    'neighbour-13800001111',
    '0631-5223344',
    '11010519491231002X',
    'id:11010519491231002x',
    'a b',
    '',
    'x'.repeat(65),
  ]

  for (const reference of references) t.ok(isReference(reference), reference)
  for (const text of refused) t.notOk(isReference(text), text)
})

t.test('takes as legal basis every clause that the catalogue itself cites, and no sentence', async (t) => {
  for (const { clauses } of PERSON_EVENTS) for (const clause of clauses) t.ok(isClause(clause), clause)
  for (const clause of ['W46', 'MHL 30(2)(ii)', 'policy §5.2', 'H12']) t.ok(isClause(clause), clause)
  for (const text of ['邻居王小明', 'W', '13800001111', 'W46 王小明', '']) t.notOk(isClause(text), text)
})

t.test(
  'leaves nobody but the hub to record the hub\u2019s own events, and every person event to somebody',
  async (t) => {
    for (const definition of HUB_EVENTS) t.same(definition.recorders, [], definition.type)
    for (const definition of PERSON_EVENTS) {
      t.ok(definition.recorders.length > 0, definition.type)
      t.equal(definition.stream, 'patient')
      t.notOk(definition.recorders.some((role) => role === 'HUB' || role === 'AUDITOR'))
    }
    t.same(definitionOf('PublicSafetyIncidentRecorded', 1).recorders, ['POLICE'])
  },
)

t.test('folds every person event type, what the hub adds to a life, and no other', async (t) => {
  t.same([...FOLDED_TYPES].sort(), [...PERSON_TYPES, 'LevelWentStale', 'RecallSent', 'IdentityErased'].sort())
})

t.test('accepts the example of every person event type', async (t) => {
  t.same([...EXAMPLE_TYPES].sort(), [...PERSON_TYPES].sort())
  for (const type of PERSON_TYPES) {
    const result = definitionOf(type, 1).data.safeParse(exampleBody(type).data)
    t.ok(result.success, `${type}: ${result.error?.message ?? ''}`)
    t.same(result.data, exampleBody(type).data, `${type}: nothing is lost or added`)
  }
})

t.test(
  'accepts the example without any one of its optional members, and refuses it without a required one',
  async (t) => {
    for (const type of PERSON_TYPES) {
      const definition = definitionOf(type, 1)
      for (const [name, member] of Object.entries(definition.members)) {
        const result = definition.data.safeParse(exampleBody(type, { [name]: undefined }).data)
        t.equal(result.success, member.optional, `${type} without ${name}`)
      }
    }
  },
)

t.test('refuses unknown members, at the top and inside, null and wrong types', async (t) => {
  for (const type of PERSON_TYPES) {
    const definition = definitionOf(type, 1)
    t.notOk(definition.data.safeParse({ ...exampleBody(type).data, photo: 'x' }).success, `${type}: unknown member`)
    t.notOk(definition.data.safeParse(null).success)
    for (const [name, value] of Object.entries(exampleBody(type).data)) {
      t.notOk(definition.data.safeParse(exampleBody(type, { [name]: null }).data).success, `${type}.${name}: null`)
      const strange = typeof value === 'string' ? 7.5 : 'strange'
      t.notOk(definition.data.safeParse(exampleBody(type, { [name]: strange }).data).success, `${type}.${name}: type`)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        const inside = { ...value, photo: 'x' }
        t.notOk(
          definition.data.safeParse(exampleBody(type, { [name]: inside }).data).success,
          `${type}.${name}: inside`,
        )
      }
    }
  }
})

const REFUSED: readonly (readonly [what: string, type: string, changes: Record<string, unknown>])[] = [
  ['a level that does not exist', 'RiskAssessed', { level: 6 }],
  ['a level as text', 'RiskAssessed', { level: '3' }],
  ['the same evidence twice', 'RiskAssessed', { evidence: ['SELF_HARM', 'SELF_HARM'] }],
  ['code 7 among the counts: it is what six zeros mean', 'FollowUpCompleted', { dangerCounts: { 7: 1 } }],
  ['a negative count', 'FollowUpCompleted', { dangerCounts: { 1: -1 } }],
  ['nobody as respondent', 'FollowUpCompleted', { respondents: [] }],
  ['a name in the place of a staff reference', 'FollowUpCompleted', { doctor: '李医生' }],
  ['a day that does not exist', 'FollowUpCompleted', { nextDate: '2026-02-30' }],
  ['a time without offset', 'RiskAssessed', { assessedAt: '2026-03-02T09:30:00' }],
  ['a community in the place of a township', 'PatientRegistered', { presentTownship: '371002001003' }],
  ['an address in the place of a grid cell', 'PatientRegistered', { gridCell: '王小明家' }],
  ['a name of a doctor at discharge', 'HospitalDischarged', { doctor: '李医生' }],
  ['a unit that is no id', 'PatientRegistered', { responsibleUnit: 'chc-1' }],
  ['an ICD-10 code of another chapter', 'DiagnosisConfirmed', { icd10: 'I10' }],
  ['an ICD-10 code with a tail', 'DiagnosisConfirmed', { icd10: 'F20.0 ' }],
  ['a category between the six and nine', 'DiagnosisConfirmed', { diseaseCategory: 7 }],
  ['an empty note', 'FollowUpCompleted', { note: '' }],
  ['a narrative without end', 'RiskAssessed', { narrative: '长'.repeat(4001) }],
]

for (const [what, type, changes] of REFUSED) {
  t.test(`refuses ${what}`, async (t) => {
    t.notOk(definitionOf(type, 1).data.safeParse(exampleBody(type, changes).data).success)
  })
}

t.test('stores an ID number in one spelling, however it was typed', async (t) => {
  for (const idNumber of [
    '11010519491231002x',
    ' 11010519491231002X ',
    '110105 19491231 002X',
    '１１０１０５１９４９１２３１００２Ｘ',
  ]) {
    const identity = { idType: '1', idNumber, name: '张示例', status: 'CLAIMED', sex: '2' }

    const data = definitionOf('PatientRegistered', 1).data.parse(exampleBody('PatientRegistered', { identity }).data)

    t.match(data, { identity: { idNumber: '11010519491231002X' } })
  }
  const blank = { idType: '1', idNumber: '  ', name: '张示例', status: 'CLAIMED', sex: '2' }
  t.notOk(
    definitionOf('PatientRegistered', 1).data.safeParse(exampleBody('PatientRegistered', { identity: blank }).data)
      .success,
  )
})

t.test('says what it does not know, to a client and of the log', async (t) => {
  t.equal(
    codeOf(() => definitionOf('RiskAsessed', 1)),
    'HUB_UNKNOWN_TYPE',
  )
  t.equal(
    codeOf(() => definitionOf('RiskAssessed', 2)),
    'HUB_UNKNOWN_TYPE',
  )
  t.equal(
    codeOf(() => storedDefinitionOf('RiskAssessed', 2)),
    'HUB_UNKNOWN_VERSION',
  )
  t.equal(latestVersion('RiskAssessed'), 1)
  t.equal(latestVersion('Nothing'), undefined)
})

t.test('labels every code once, in Chinese and English', async (t) => {
  for (const list of CODE_LISTS.values()) {
    t.equal(new Set(list.entries.map(({ code }) => code)).size, list.entries.length, `${list.name}: codes`)
    t.equal(new Set(list.entries.map(({ id }) => id)).size, list.entries.length, `${list.name}: ids`)
    for (const entry of list.entries) {
      t.match(entry.zh, /\p{Script=Han}/u, `${list.name} ${entry.code}`)
      t.ok(entry.en.length > 0)
    }
  }
  t.equal(labelOf(RISK_LEVELS, 1)?.zh, '口头威胁，喊叫，但没有打砸行为。')
  t.equal(RISK_LEVELS.entries.length, 6)
  t.equal(labelOf(RISK_LEVELS, 6), undefined)
})

t.test('reads six zero counts as code 7, and any other as what was counted', async (t) => {
  t.same(dangerCodes({ 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 }), [7])
  t.same(dangerCodes({}), [7])
  t.same(dangerCodes({ 5: 3, 2: 1, 6: 0 }), [2, 5])
})

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'nothing was refused'
  } catch (error) {
    return isHubError(error) ? error.code : 'another error'
  }
}
