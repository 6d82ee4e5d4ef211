/** Folds what a person has decided about their data, what they applied for, and what is restricted or disputed. Pure. */
import type { BasisRecipient, ConsentPurpose, ServiceProgramme } from './code-lists/rights.js'
import type { StoredEvent } from './event.js'
import { present, timeOf, without } from './fold-state.js'
import type { PatientState } from './patient-state.js'
import { findText, readText } from './read-data.js'

export function evolveRights(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'DataConsentGiven': {
      const consent = {
        recipient: readText(data, 'recipientRole') as BasisRecipient,
        purpose: readText(data, 'purposeCode') as ConsentPurpose,
        fieldSet: readText(data, 'fieldSetId'),
        on: timeOf(event),
      }
      return withConsents(state, [...otherConsents(state, event), consent])
    }
    case 'DataConsentWithdrawn':
      return withConsents(state, elsewhere(state, event))
    case 'StatutoryNoticeGiven':
      return { ...state, notice: { on: timeOf(event), ...present({ exemption: findText(data, 'exemption') }) } }
    case 'ServiceApplied': {
      const application = { ...applicationIn(event), on: timeOf(event) }
      return { ...state, applications: [...otherApplications(state, event), application] }
    }
    case 'ApplicationDecided':
      return withDecision(state, event)
    case 'ProcessingRestricted':
      return {
        ...state,
        restricted: { on: timeOf(event), reason: readText(data, 'reason'), scope: readText(data, 'scope') },
      }
    case 'ProcessingRestrictionLifted':
      return without(state, 'restricted')
    case 'RecordDisputed': {
      const dispute = { event: readText(data, 'targetEventId'), by: readText(data, 'by'), on: timeOf(event) }
      return { ...state, disputes: [...otherDisputes(state, event), dispute] }
    }
    case 'DisputeSettled': {
      const disputes = otherDisputes(state, event)
      return disputes.length === 0 ? without(state, 'disputes') : { ...state, disputes }
    }
    default:
      throw new Error(`evolveRights: impossible type ${type}`)
  }
}

type Consents = NonNullable<PatientState['dataConsents']>
type Applications = NonNullable<PatientState['applications']>
type Disputes = NonNullable<PatientState['disputes']>

function withConsents(state: PatientState, dataConsents: Consents): PatientState {
  return dataConsents.length === 0 ? without(state, 'dataConsents') : { ...state, dataConsents }
}

/** Those to another recipient, for another purpose, or of other fields: each stands and falls alone. */
function otherConsents({ dataConsents = [] }: PatientState, { data }: StoredEvent): Consents {
  return dataConsents.filter(
    ({ recipient, purpose, fieldSet }) =>
      recipient !== data.recipientRole || purpose !== data.purposeCode || fieldSet !== data.fieldSetId,
  )
}

/** What is withdrawn is withdrawn for whatever fields: a later list is no new consent. */
function elsewhere({ dataConsents = [] }: PatientState, { data }: StoredEvent): Consents {
  return dataConsents.filter(
    ({ recipient, purpose }) => recipient !== data.recipientRole || purpose !== data.purposeCode,
  )
}

function applicationIn({ data }: StoredEvent): { recipient: BasisRecipient; programme: ServiceProgramme } {
  return {
    recipient: readText(data, 'recipientRole') as BasisRecipient,
    programme: readText(data, 'programme') as ServiceProgramme,
  }
}

function otherApplications({ applications = [] }: PatientState, { data }: StoredEvent): Applications {
  return applications.filter(
    ({ recipient, programme }) => recipient !== data.recipientRole || programme !== data.programme,
  )
}

/** Refused or ended, it is a basis no longer; granted, it goes on. A decision alone makes nobody an applicant. */
function withDecision(state: PatientState, event: StoredEvent): PatientState {
  const { data } = event
  const others = otherApplications(state, event)
  if (data.decision !== 'GRANTED') {
    return others.length === 0 ? without(state, 'applications') : { ...state, applications: others }
  }
  const made = state.applications?.find((one) => !others.includes(one))
  return made ? { ...state, applications: [...others, { ...made, grantedOn: timeOf(event) }] } : state
}

function otherDisputes({ disputes = [] }: PatientState, { data }: StoredEvent): Disputes {
  return disputes.filter(({ event }) => event !== data.targetEventId)
}
