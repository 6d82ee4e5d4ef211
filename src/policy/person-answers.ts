/** The answers for what is said of a person (see `answers.ts`): the facts that a member becomes, or why it leaves for nobody. */
import type { KeptForAll, MemberAnswer } from './answers.js'
import type { FactPath } from './facts.js'

type Answers = Readonly<Record<string, readonly FactPath[] | KeptForAll>>

const kept = (basis: string, ...clauses: readonly string[]): KeptForAll => ({ basis, clauses })

const CLINICAL = kept('clinical data leave for no feed and no alert', 'MHL 4(3)', 'MHL 47', 'PIPL 28', 'policy §6.2')
const NARRATIVE = kept('free text is never sent: nobody can say what it holds', 'MHL 4(3)', 'PIPL 6')
const SOCIAL = kept('how a person lives is not needed by any audience of this version', 'PIPL 6', 'policy §6.2')
const CONSENT = kept('consent to the service stays between the person and the health centre', 'PIPL 14', 'policy §6.3')
const VISIT = kept('how a visit went is the health centre’s own', 'PIPL 6', 'policy §6.2')
const STAFF = kept('names of staff stay with their agency', 'PIPL 6', 'W49')
const REPORTER = kept('the reporter’s identity is never disclosed', 'policy §3.2', 'W49')
const SCOPE = kept('it decides whether there is a row, and is said in none', 'H2', 'design §8')
const BASIS = kept('it decides whether there is a row; the row says its basis and no more', 'PIPL 23', 'policy §6.2')
const NOTICE = kept('what was told to whom stays between the person and the health centre', 'PIPL 17', 'PIPL 6')
const DISPUTE = kept('who disputes what, and how it ended, stays with the health centre', 'PIPL 46', 'PIPL 6')
const HOLD = kept(
  'that somebody keeps the record from being destroyed is told to nobody but the responsible health centre',
  'PIPL 47',
  'PIPL 6',
)
const ASTRAY = kept(
  'what went astray is for the person’s account; its holder is asked to delete it',
  'PIPL 57',
  'PIPL 47',
)
const MONEY = kept('money and insurance are settled by those who keep them', 'PIPL 6', 'policy §6.2')
const RELIEF = kept('who was helped home is known to who helped', 'W13', 'PIPL 6')
const RETURNED = kept('what an agency sends back is between it and the responsible health centre', 'W43', 'PIPL 6')
const REFERENCE = kept('a reference inside the record', 'design §3')

const identity: Answers = {
  'identity.name': ['name'],
  'identity.alias': ['alias'],
  'identity.idType': ['idType'],
  'identity.idNumber': ['idNumber'],
  'identity.status': kept('whether an identity was verified is the health centre’s own', 'PIPL 6'),
  'identity.sex': ['sex'],
  'identity.birthDate': ['birthDate'],
  'identity.phones': ['phones'],
}

const basics: Answers = {
  ...identity,
  householdTownship: ['householdTownship'],
  'householdAddress.text': ['householdAddress'],
  'householdAddress.region': ['householdTownship'],
  presentTownship: ['presentTownship'],
  'presentAddress.text': ['presentAddress'],
  'presentAddress.region': ['presentTownship'],
  presentArea: ['communityCode', 'communityName'],
  responsibleUnit: ['healthCentre.name', 'healthCentre.phone'],
  gridCell: ['gridCell'],
  householdType: SOCIAL,
  residentSince: SOCIAL,
  economicStatus: ['economicStatus'],
  employment: ['employment'],
  education: SOCIAL,
  marital: SOCIAL,
}

const consent: Answers = {
  signedBy: CONSENT,
  patientsOwnWish: CONSENT,
  capacityNote: CONSENT,
  signedOn: ['serviceConsent'],
  formRef: CONSENT,
  explainedBy: STAFF,
  validTo: CONSENT,
}

const guardian: Answers = {
  'guardian.name': ['guardian.name'],
  'guardian.phones': ['guardian.phones'],
  'guardian.idNumber': ['guardian.idNumber'],
  kind: ['guardian.kind'],
  relation: ['guardian.relation'],
  reason: NARRATIVE,
  capacity: kept('whether a guardian is able is not needed by any audience of this version', 'W49', 'PIPL 6'),
}

const BY_TYPE: Readonly<Record<string, Answers>> = {
  PatientRegistered: { ...basics, registrationBasis: SCOPE, programme: SCOPE },
  BasicInfoUpdated: basics,
  ProgrammeOpened: { programme: SCOPE },
  ProgrammeClosed: { programme: SCOPE },
  ServiceConsentGiven: consent,
  ServiceConsentRefused: consent,
  ServiceConsentWithdrawn: consent,
  FollowUpAttempted: { at: VISIT, form: VISIT, outcome: VISIT },
  FollowUpCompleted: {
    date: ['lastFollowUpOn'],
    form: VISIT,
    respondents: VISIT,
    hospitalStay: CLINICAL,
    lastDischargeDate: CLINICAL,
    adherence: ['adherence'],
    dangerCounts: ['dangerCounts', 'selfHarm'],
    confinement: ['confinement'],
    referralAdvised: CLINICAL,
    nextDate: ['nextFollowUpOn'],
    doctor: STAFF,
    note: NARRATIVE,
    clinical: CLINICAL,
  },
  RiskAssessed: {
    level: ['level', 'previousLevel', 'assessment'],
    assessedAt: ['assessedOn'],
    evidence: ['evidence'],
    targets: ['targets'],
    place: CLINICAL,
    stoppable: CLINICAL,
    weapon: CLINICAL,
    followUpId: REFERENCE,
    assessorQualification: STAFF,
    narrative: NARRATIVE,
  },
  ConditionClassified: { class: ['conditionClass'], basis: CLINICAL },
  LossOfContactDeclared: {
    reason: ['lossOfContact.reason'],
    reasonText: NARRATIVE,
    lastSeenOn: ['lossOfContact.lastSeenOn'],
    attemptIds: REFERENCE,
    lastRiskLevel: ['level'],
    declaredAt: ['lossOfContact.declaredOn'],
  },
  ContactRegained: { outcome: ['contactRegained.outcome'], at: ['contactRegained.on'] },
  VisitRefused: { by: VISIT, reason: NARRATIVE },
  PatientRelocated: {
    from: ['relocation.from'],
    to: ['relocation.to', 'presentTownship'],
    'toAddress.text': ['presentAddress'],
    'toAddress.region': ['presentTownship'],
    toArea: ['communityCode', 'communityName'],
    kind: ['relocation.kind', 'closing.reason'],
    leftAt: ['relocation.on', 'closing.on'],
    riskLevelAtLeaving: ['level'],
  },
  PatientDied: {
    date: ['died.on', 'closing.on', 'closing.reason'],
    cause: ['died.cause'],
    somaticCause: ['died.cause'],
  },
  DataConsentGiven: {
    recipientRole: ['basis.kind'],
    purposeCode: BASIS,
    fieldSetId: BASIS,
    signedBy: BASIS,
    separate: BASIS,
    written: BASIS,
    capacityNote: CONSENT,
    signedOn: ['basis.since'],
  },
  DataConsentWithdrawn: {
    recipientRole: ['basis.kind'],
    purposeCode: BASIS,
    fieldSetId: BASIS,
    signedBy: BASIS,
    withdrawnOn: BASIS,
  },
  StatutoryNoticeGiven: { content: NOTICE, givenTo: NOTICE, exemption: NOTICE },
  ServiceApplied: {
    recipientRole: ['basis.kind'],
    programme: ['aid.applied'],
    by: BASIS,
    appliedOn: ['basis.since'],
  },
  ApplicationDecided: {
    recipientRole: ['basis.kind'],
    programme: ['aid.granted'],
    decision: ['aid.granted'],
    decidedOn: BASIS,
  },
  ProcessingRestricted: { reason: SCOPE, scope: SCOPE },
  ProcessingRestrictionLifted: { reason: SCOPE, scope: SCOPE },
  RecordDisputed: { targetEventId: ['disputed'], by: DISPUTE, statement: NARRATIVE },
  DisputeSettled: { targetEventId: ['disputed'], outcome: DISPUTE },
  LegalHoldPlaced: { authority: HOLD, authorityName: HOLD, letter: HOLD, placedOn: HOLD, until: HOLD },
  LegalHoldLifted: { hold: HOLD, liftedOn: HOLD },
  MisdirectedDisclosure: {
    what: ASTRAY,
    agency: ASTRAY,
    fieldSet: ASTRAY,
    fields: ASTRAY,
    discoveredOn: ASTRAY,
    containment: ASTRAY,
    notifiedOn: ASTRAY,
  },
  FlagsUpdated: {
    povertyTarget: ['povertyTarget'],
    guardianSubsidy: MONEY,
    'disabilityCert.held': ['certificate.held', 'basis.article'],
    'disabilityCert.level': ['certificate.level'],
    careGroupServed: SOCIAL,
    familyDoctorSigned: SOCIAL,
    communityRehab: SOCIAL,
    date: ['certificate.statedOn'],
  },
  FunctionAssessed: { fit: ['function.fit'], assessedOn: ['function.assessedOn'] },
  DischargeConditionsMet: { assessedOn: ['homeless.dischargeReady', 'discharge.assessedOn'], assessor: STAFF },
  HomelessSuspectedPatientEscorted: {
    homeRegion: ['homeless.homeRegion'],
    kinFound: ['homeless.kinFound'],
    date: ['homeless.since', 'basis.article'],
  },
  TemporaryLivingAidGranted: {
    homeRegion: ['homeless.homeRegion'],
    kinFound: ['homeless.kinFound'],
    date: ['aid.temporaryLivingAidOn', 'homeless.since'],
  },
  ReturnHomeAssisted: { homeRegion: RELIEF, kinFound: RELIEF, date: RELIEF },
  InsuranceEnrollmentRecorded: { scheme: MONEY, validFrom: MONEY, validTo: MONEY },
  RehabilitationServiceDelivered: { kind: ['rehabilitation.measures'], date: ['rehabilitation.measures'] },
  RehabilitationProgrammeLinked: { kind: ['rehabilitation.programmes'], date: ['rehabilitation.programmes'] },
  DiagnosisConfirmed: {
    diseaseCategory: ['diagnosis', 'aid.meetsMedicalCondition'],
    icd10: ['diagnosis'],
    confirmedOn: CLINICAL,
    institution: CLINICAL,
    physicianLicence: STAFF,
  },
  DiagnosisExcluded: { excludedOn: SCOPE, by: CLINICAL },
  HospitalAdmitted: {
    route: ['stay.route'],
    consentBy: CLINICAL,
    'guardianConsent.signedOn': CLINICAL,
    'guardianConsent.formRef': CLINICAL,
    date: ['stay.admittedOn', 'compulsoryStay.admittedOn'],
    institution: ['stay.institution'],
  },
  HospitalDischarged: {
    admitDate: ['stay.admittedOn', 'compulsoryStay.admittedOn'],
    dischargeDate: ['stay.dischargedOn', 'compulsoryStay.dischargedOn'],
    pastAdmissions: CLINICAL,
    diagnosis: CLINICAL,
    effect: CLINICAL,
    drugsInHospital: CLINICAL,
    drugGuidance: CLINICAL,
    rehab: CLINICAL,
    notes: NARRATIVE,
    doctor: STAFF,
    phone: STAFF,
    outcome: CLINICAL,
  },
  PublicSafetyIncidentRecorded: {
    kind: ['policeRecorded.minorDisturbance', 'policeRecorded.publicOrderOffence', 'policeRecorded.criminalHarm'],
    at: kept('counted by the period in which it happened; the day itself is the station’s own record', 'W43'),
    policeRef: kept('the station’s own number goes back to nobody', 'PIPL 6'),
  },
  DangerousBehaviorReported: {
    kind: ['danger.kind', 'policeRecorded.dangerToOthers', 'selfHarm'],
    at: ['danger.at'],
    injured: ['danger.injured'],
    'reportedBy.name': REPORTER,
    'reportedBy.phone': REPORTER,
    'reportedBy.relation': REPORTER,
    narrative: NARRATIVE,
  },
  GuardianDesignated: guardian,
  GuardianChanged: guardian,
  GuardianEnded: { reason: NARRATIVE },
  ReturnReceived: { about: RETURNED, text: RETURNED },
  ReturnSettled: { targetEventId: RETURNED, outcome: RETURNED, recordedAs: RETURNED },
  RecordRetracted: { scope: REFERENCE, reason: NARRATIVE },
}

export const PERSON_ANSWERS: readonly (readonly [string, MemberAnswer])[] = Object.entries(BY_TYPE).flatMap(
  ([type, answers]) =>
    Object.entries(answers).map(([member, answer]): readonly [string, MemberAnswer] => [
      `${type}.${member}`,
      'basis' in answer ? { kept: answer } : { facts: answer },
    ]),
)
