/**
 * The fold of one person: effective history in, `PatientState` out. Pure. It sees only what is stored in the clear and
 * points at the rest; it accepts facts older than the registration, and refuses no event that recording let in.
 */
import { compareLifeOrder, type LifeOrder, lifeOrder } from './effective-history.js'
import type { StoredEvent } from './event.js'
import { evolveAid } from './fold-aid.js'
import { evolveCare } from './fold-care.js'
import { evolveContact } from './fold-contact.js'
import { evolveHospital } from './fold-hospital.js'
import { evolveRegistration } from './fold-registration.js'
import { evolveReturns } from './fold-returns.js'
import { evolveRights } from './fold-rights.js'
import { evolveHolds } from './fold-safeguards.js'
import { EMPTY_PATIENT, type PatientState } from './patient-state.js'

type Evolve = (state: PatientState, event: StoredEvent) => PatientState

const unchanged: Evolve = (state) => state

/**
 * Every event type of a person's stream and what it does to the state; `unchanged` says that it does nothing, on purpose. A test holds
 * this table to the catalogue.
 */
const EVOLVE: Readonly<Record<string, Evolve>> = {
  PatientRegistered: evolveRegistration,
  BasicInfoUpdated: evolveRegistration,
  ProgrammeOpened: evolveRegistration,
  ProgrammeClosed: evolveRegistration,
  ServiceConsentGiven: evolveRegistration,
  ServiceConsentRefused: evolveRegistration,
  ServiceConsentWithdrawn: evolveRegistration,
  FollowUpAttempted: evolveCare,
  FollowUpCompleted: evolveCare,
  RiskAssessed: evolveCare,
  ConditionClassified: evolveCare,
  LossOfContactDeclared: evolveContact,
  ContactRegained: evolveContact,
  VisitRefused: evolveContact,
  PatientRelocated: evolveContact,
  PatientDied: evolveContact,
  DiagnosisConfirmed: evolveHospital,
  DiagnosisExcluded: evolveHospital,
  HospitalAdmitted: evolveHospital,
  HospitalDischarged: evolveHospital,
  GuardianDesignated: evolveRegistration,
  GuardianChanged: evolveRegistration,
  GuardianEnded: evolveRegistration,
  DataConsentGiven: evolveRights,
  DataConsentWithdrawn: evolveRights,
  StatutoryNoticeGiven: evolveRights,
  ServiceApplied: evolveRights,
  ApplicationDecided: evolveRights,
  ProcessingRestricted: evolveRights,
  ProcessingRestrictionLifted: evolveRights,
  RecordDisputed: evolveRights,
  DisputeSettled: evolveRights,
  LegalHoldPlaced: evolveHolds,
  LegalHoldLifted: evolveHolds,
  // Of what others hold, not of the person.
  MisdirectedDisclosure: unchanged,
  FlagsUpdated: evolveAid,
  FunctionAssessed: evolveAid,
  DischargeConditionsMet: evolveAid,
  HomelessSuspectedPatientEscorted: evolveAid,
  TemporaryLivingAidGranted: evolveAid,
  ReturnHomeAssisted: evolveAid,
  InsuranceEnrollmentRecorded: evolveAid,
  ReturnReceived: evolveReturns,
  ReturnSettled: evolveReturns,
  // Counted by period where they are reported; they change nothing that stands.
  PublicSafetyIncidentRecorded: unchanged,
  DangerousBehaviorReported: unchanged,
  RehabilitationServiceDelivered: unchanged,
  RehabilitationProgrammeLinked: unchanged,
  // The hub's own, where nobody has assessed the person for too long.
  LevelWentStale: evolveCare,
  IdentityErased: evolveRegistration,
  // To an agency, not of the person.
  RecallSent: unchanged,
  // Spent by effective history before a fold sees anything.
  RecordRetracted: unchanged,
}

export const FOLDED_TYPES: readonly string[] = Object.keys(EVOLVE)

/**
 * The state after one more event of effective history. Right only where the event sorts last in the life and corrects
 * nothing (`sortsLast`); else the person is folded again. Throws for a type that is not a person event.
 */
export function evolvePatient(state: PatientState, event: StoredEvent): PatientState {
  const evolve = EVOLVE[event.type]
  if (!evolve) throw new Error(`evolvePatient: ${event.type} is not an event of a person`)
  return evolve(state, event)
}

/** The state of a person from their effective history, in the order of the life. */
export function foldPatient(effective: Iterable<StoredEvent>): PatientState {
  let state = EMPTY_PATIENT
  for (const event of effective) state = evolvePatient(state, event)
  return state
}

/**
 * True where `evolvePatient` may take this event on top of a life whose last event stands at `last` (undefined: an empty
 * life). False for a correction or a retraction.
 */
export function sortsLast(last: LifeOrder | undefined, event: StoredEvent): boolean {
  if (event.corrects !== undefined) return false
  return last === undefined || compareLifeOrder(last, lifeOrder(event, event)) <= 0
}
