/** Folds who a person is: registration, basics, programmes, consent, guardian. Pure; personal values stay behind references. */
import type { CalendarDate } from '../kernel/dates.js'
import type { EventData, StoredEvent } from './event.js'
import { present, sealedRef, timeOf, without } from './fold-state.js'
import type { PatientState, Programme } from './patient-state.js'
import { findNumber, findText, readFlag, readText } from './read-data.js'

type Residence = NonNullable<PatientState['residence']>
type Consent = NonNullable<PatientState['serviceConsent']>['state']

export function evolveRegistration(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'PatientRegistered': {
      const registered = {
        id: event.id,
        at: timeOf(event),
        recordedAt: event.recordedAt,
        basis: readText(data, 'registrationBasis'),
      }
      return withProgramme({ ...withBasics(state, event), registered }, event, true)
    }
    case 'BasicInfoUpdated':
      return withBasics(state, event)
    case 'ProgrammeOpened':
    case 'ProgrammeClosed':
      return withProgramme(state, event, type === 'ProgrammeOpened')
    case 'ServiceConsentGiven':
      return withConsent(state, event, 'GIVEN')
    case 'ServiceConsentRefused':
      return withConsent(state, event, 'REFUSED')
    case 'ServiceConsentWithdrawn':
      return withConsent(state, event, 'WITHDRAWN')
    case 'GuardianDesignated':
    case 'GuardianChanged':
      return withGuardian(state, event)
    case 'GuardianEnded':
      return without(state, 'guardian')
    case 'IdentityErased':
      return withoutIdentity(state, event)
    default:
      throw new Error(`evolveRegistration: impossible type ${type}`)
  }
}

/** What stays are facts about nobody who could be named; every reference to something sealed goes. */
function withoutIdentity(state: PatientState, { recordedAt }: StoredEvent): PatientState {
  const { residence, ...rest } = without(state, 'identity', 'householdAddress', 'guardian')
  const erased = { at: recordedAt }
  if (!residence) return { ...rest, erased }
  const { address: _address, area: _area, ...place } = residence
  return { ...rest, residence: place, erased }
}

/** The members that a registration gives and an update changes: what is not named stays. */
function withBasics(state: PatientState, event: StoredEvent): PatientState {
  const { data } = event
  const residence = residenceAfter(state.residence, event)
  const next: PatientState = {
    ...state,
    ...present({
      responsibleUnit: findText(data, 'responsibleUnit'),
      identity: sealedRef(event, 'identity'),
      householdTownship: findText(data, 'householdTownship'),
      householdAddress: sealedRef(event, 'householdAddress'),
      economicStatus: findNumber(data, 'economicStatus'),
      employment: findNumber(data, 'employment'),
    }),
    ...(residence ? { residence } : {}),
  }
  return withGridCell(next, residence ? residence.gridCell : (findText(data, 'gridCell') ?? state.gridCell))
}

/** A new township drops the address, area and grid cell of the old one, unless they come with it. */
function residenceAfter(before: Residence | undefined, event: StoredEvent): Residence | undefined {
  const township = findText(event.data, 'presentTownship') ?? before?.township
  const changes = present({
    address: sealedRef(event, 'presentAddress'),
    area: sealedRef(event, 'presentArea'),
    gridCell: findText(event.data, 'gridCell'),
  })
  if (township === undefined) return undefined
  if (township !== before?.township) return { township, ...changes, since: timeOf(event) }
  if (Object.keys(changes).length === 0) return before
  // A change within the township: the person may have moved, so the day of the address is that of this event.
  return { ...before, ...changes, since: 'address' in changes ? timeOf(event) : before.since }
}

export function withGridCell(state: PatientState, gridCell: string | undefined): PatientState {
  return gridCell === undefined ? without(state, 'gridCell') : { ...state, gridCell }
}

function withProgramme(state: PatientState, event: StoredEvent, open: boolean): PatientState {
  const programme = programmeOf(event.data)
  return { ...state, programmes: { ...state.programmes, [programme]: { open, since: timeOf(event) } } }
}

function programmeOf(data: EventData): Programme {
  return readText(data, 'programme') === 'MEDICAL_AID' ? 'MEDICAL_AID' : 'COMMUNITY_MANAGEMENT'
}

function withConsent(state: PatientState, event: StoredEvent, consent: Consent): PatientState {
  const validTo: CalendarDate | undefined = findText(event.data, 'validTo')
  return { ...state, serviceConsent: { state: consent, on: timeOf(event), ...present({ validTo }) } }
}

function withGuardian(state: PatientState, event: StoredEvent): PatientState {
  const ref = sealedRef(event, 'guardian')
  if (!ref) return without(state, 'guardian')
  const { data } = event
  const guardian = {
    ref,
    kind: readText(data, 'kind'),
    relation: readText(data, 'relation'),
    capacity: readFlag(data, 'capacity'),
    since: timeOf(event),
  }
  return { ...state, guardian }
}
