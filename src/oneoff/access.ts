/**
 * Who may know of a one-off disclosure, and who acts on it. It reads nothing: whoever asks brings the disclosure and the person. To
 * everybody else there is none.
 */
import { isResponsibleFor } from '../domain/jurisdiction.js'
import { betweenOf, isConfidential, type OneOff, stateOf } from '../domain/one-offs.js'
import { dayOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'
import type { PeopleDeps, PersonInQuestion } from './person.js'

export interface Access {
  /** Throws `HUB_PERSON_REQUIRED`, and `HUB_NOT_FOUND` for whoever does not act for the person’s health centre. */
  admit(by: Principal, person: PersonInQuestion): void
  /** The same, for what the health centre that handed a copy out still owes when it is asked back, whoever is responsible by then. */
  admitToRecall(by: Principal, oneOff: OneOff, person: PersonInQuestion): void
  maySee(by: Principal, oneOff: OneOff, person: PersonInQuestion): boolean
  /** Whoever was given the id may be the second, while nobody is. */
  mayOpen(by: Principal, oneOff: OneOff, person: PersonInQuestion): boolean
}

export function createAccess({
  directory,
  calendar,
  isInAreaOf,
}: Pick<PeopleDeps, 'directory' | 'calendar' | 'isInAreaOf'>): Access {
  const actsForCentre = ({ agency, role }: Principal, { state }: PersonInQuestion): boolean =>
    role === 'CHC' && isResponsibleFor(state.responsibleUnit, agency, directory())
  const answersFor = (by: Principal, { recalled, decided }: OneOff, person: PersonInQuestion): boolean =>
    actsForCentre(by, person) || (recalled !== undefined && by.role === 'CHC' && by.agency === decided?.by.agency)
  const maySee: Access['maySee'] = (by, oneOff, person) => {
    if (by.role === 'AUDITOR') return isInAreaOf(by, person.state)
    if (!answersFor(by, oneOff, person)) return false
    return !isConfidential(oneOff, dayOf(calendar.now())) || betweenOf(oneOff).includes(by.person ?? '')
  }
  return {
    maySee,
    admit(by, person) {
      namedPerson(by)
      if (!actsForCentre(by, person)) throw noSuch()
    },
    admitToRecall(by, oneOff, person) {
      namedPerson(by)
      if (!answersFor(by, oneOff, person)) throw noSuch()
    },
    mayOpen: (by, oneOff, person) =>
      maySee(by, oneOff, person) ||
      (actsForCentre(by, person) && betweenOf(oneOff).length < 2 && stateOf(oneOff, calendar.now()) === 'REQUESTED'),
  }
}

export function noSuch(): HubError {
  return new HubError('HUB_NOT_FOUND', 'no such person, request or paper')
}

export function namedPerson({ person }: Principal): string {
  if (person === undefined)
    throw new HubError('HUB_PERSON_REQUIRED', 'a one-off disclosure is two named persons\u2019 act')
  return person
}
