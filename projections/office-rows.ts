/**
 * What the three semiannual feeds share (W44; policy §6.2): whom they concern, on what a row rests, and the facts that more
 * than one of them draws on. Pure. Who has no basis is a number; nobody's level is asked.
 */
import {
  type BasisRecipient,
  PROGRAMMES_OF,
  type RowBasis,
  type ServiceProgramme,
} from '../src/domain/code-lists/rights.js'
import type { Time } from '../src/domain/patient-state.js'
import type { Open, ScopeRule } from '../src/policy/define-feed.js'
import type { Facts, FieldSet } from '../src/policy/disclosure.js'
import { known, memberOf } from './feed-scope.js'
import type { PatientHead } from './patient-head.js'
import type { PatientRecord } from './patient-record.js'

export interface Office {
  readonly role: BasisRecipient
  readonly fieldSet: FieldSet
  /** The article of the office's own duty towards the person, where it has one. */
  readonly ownDuty?: (head: PatientHead) => string | undefined
}

export interface Basis {
  readonly kind: RowBasis
  /** Of the office's own duty alone. */
  readonly article?: string
  /** The day of the application or consent. */
  readonly since?: Time
}

/** The person's own application comes first, then their consent to exactly this field set, then the office's own duty. */
export function basisOf({ role, fieldSet, ownDuty }: Office, head: PatientHead): Basis | undefined {
  const { applications = [], dataConsents = [] } = head.state
  const application = applications.find(({ recipient }) => recipient === role)
  if (application) return { kind: 'APPLICATION', since: application.on }
  const consent = dataConsents.find(
    ({ recipient, purpose, fieldSet: agreed }) =>
      recipient === role && purpose === fieldSet.purpose && agreed === fieldSet.id,
  )
  if (consent) return { kind: 'CONSENT', since: consent.on }
  const duty = ownDuty?.(head)
  return duty === undefined ? undefined : { kind: 'OWN_DUTY', article: duty }
}

/** Registered into either programme: a needy person in medical aid alone is helped too (H2). */
export function isOfficeConcern({ state: { registered, programmes } }: PatientHead): boolean {
  return registered !== undefined && (programmes.COMMUNITY_MANAGEMENT ?? programmes.MEDICAL_AID) !== undefined
}

export function officeScope({ state }: PatientHead): ScopeRule | undefined {
  const { COMMUNITY_MANAGEMENT: community, MEDICAL_AID: aid } = state.programmes
  if (!state.registered) return 'NOT_REGISTERED'
  if (state.erased) return 'ERASED'
  if (state.restricted) return 'RESTRICTED'
  if (!community?.open && !aid?.open) return 'PROGRAMME_NOT_OPEN'
  if (state.died) return 'DIED'
  if (state.diagnosisExcluded) return 'DIAGNOSIS_EXCLUDED'
  return undefined
}

/** What has been asked of this office, and what of it was granted; what was asked of another is not here. */
export function applicationFacts({ state: { applications = [] } }: PatientHead, { role }: Office): Facts {
  const own = applications.filter(({ recipient }) => recipient === role)
  const inOrder = (programmes: readonly ServiceProgramme[]): readonly ServiceProgramme[] | undefined => {
    const named = PROGRAMMES_OF[role].filter((programme) => programmes.includes(programme))
    return named.length === 0 ? undefined : named
  }
  return known({
    applied: inOrder(own.map(({ programme }) => programme)),
    granted: inOrder(own.filter(({ grantedOn }) => grantedOn !== undefined).map(({ programme }) => programme)),
  })
}

export function personFacts(record: PatientRecord, open: Open): Facts {
  const person = open(record.state.identity)
  return known({
    name: memberOf(person, 'name'),
    idNumber: memberOf(person, 'idNumber'),
    phones: memberOf(person, 'phones'),
  })
}

export function guardianFacts({ state: { guardian } }: PatientRecord, open: Open): Facts {
  if (!guardian) return {}
  const named = open(guardian.ref)
  return { guardian: known({ name: memberOf(named, 'name'), phones: memberOf(named, 'phones') }) }
}

/** An empty object says nothing: it is left out. */
export function unlessEmpty(facts: Facts): Facts | undefined {
  return Object.keys(facts).length === 0 ? undefined : facts
}
