/**
 * The state of one person: what stands of their life, folded from effective history. Types only. It holds no personal
 * value: where one is needed, a `SealedRef` says which event's blob to open.
 */
import type { CalendarDate, Moment } from '../kernel/dates.js'
import type { BasisRecipient, ConsentPurpose, ServiceProgramme } from './code-lists/rights.js'
import type { Role } from './event.js'

/** A member that lies sealed in an event. Opening it needs that event's blob and the subject's key. */
export interface SealedRef {
  readonly eventId: string
  readonly type: string
  readonly version: number
  readonly revision: number
  readonly subject: string
  /** RFC 6901 pointer of the member, e.g. `/data/identity`. */
  readonly pointer: string
}

export type Programme = 'COMMUNITY_MANAGEMENT' | 'MEDICAL_AID'
export type Time = Moment | CalendarDate

export interface PatientState {
  /** Absent until the registration is seen: a fold accepts facts older than it. */
  readonly registered?: { readonly id: string; readonly at: Time; readonly recordedAt: Moment; readonly basis: string }
  readonly responsibleUnit?: string
  readonly identity?: SealedRef
  readonly householdTownship?: string
  readonly householdAddress?: SealedRef
  /** The last of registration, BasicInfoUpdated and PatientRelocated (but WORK_AWAY). */
  readonly residence?: {
    readonly township: string
    readonly address?: SealedRef
    readonly area?: SealedRef
    readonly gridCell?: string
    readonly since: Time
  }
  readonly gridCell?: string
  readonly economicStatus?: number
  readonly employment?: number
  readonly programmes: Readonly<Partial<Record<Programme, { readonly open: boolean; readonly since: Time }>>>
  readonly diagnosis?: {
    readonly category: number
    readonly icd10?: string
    readonly confirmedOn: Time
    readonly excludedOn?: Time
  }
  /** Set by an exclusion, with or without a diagnosis before it, and cleared by the next confirmation. */
  readonly diagnosisExcluded?: { readonly on: Time }
  readonly serviceConsent?: {
    readonly state: 'GIVEN' | 'REFUSED' | 'WITHDRAWN'
    readonly on: Time
    readonly validTo?: CalendarDate
  }
  /** The last RiskAssessed in effective history, unless it went stale, and the one before it (or that one). */
  readonly risk?: RiskState
  readonly previousRisk?: RiskState
  readonly conditionClass?: { readonly value: 1 | 2 | 3; readonly at: Time }
  readonly lastFollowUp?: {
    readonly id: string
    readonly date: Time
    readonly form: number
    readonly adherence: number
    readonly nextDate: CalendarDate
    readonly hospitalStay: number
  }
  /** Attempts that reached nobody since the last contact; at most the last 20. */
  readonly missedAttempts: readonly { readonly id: string; readonly at: Time }[]
  /** Open until a completed follow-up or a ContactRegained (but STILL_MISSING_POLICE_SEARCH). */
  readonly lossOfContact?: {
    readonly id: string
    readonly reason: number
    readonly lastSeenOn: CalendarDate
    readonly declaredAt: Time
  }
  readonly lastRefusal?: { readonly by: string; readonly at: Time }
  /** The last stay; open while `dischargedOn` is absent. */
  readonly stay?: {
    readonly id: string
    readonly route: string
    readonly institution: string
    readonly admittedOn: Time
    /** Fit to leave by the ward's own assessment. */
    readonly readyOn?: Time
    readonly dischargedOn?: Time
    readonly dischargeOutcome?: string
  }
  readonly guardian?: {
    readonly ref: SealedRef
    readonly kind: string
    readonly relation: string
    readonly capacity: boolean
    readonly since: Time
  }
  /** Consents that stand, each to one kind of recipient, for one purpose, of one list of fields. Absent where there is none. */
  readonly dataConsents?: readonly {
    readonly recipient: BasisRecipient
    readonly purpose: ConsentPurpose
    readonly fieldSet: string
    readonly on: Time
  }[]
  /** What was asked for and neither refused nor ended. */
  readonly applications?: readonly {
    readonly recipient: BasisRecipient
    readonly programme: ServiceProgramme
    readonly on: Time
    readonly grantedOn?: Time
  }[]
  readonly notice?: { readonly on: Time; readonly exemption?: string }
  /** While it stands nothing of the person is used but storage (PIPL 47). */
  readonly restricted?: { readonly on: Time; readonly reason: string; readonly scope: string }
  /** Holds that were placed and not lifted, also those whose day is over. Absent where there is none. */
  readonly holds?: readonly LegalHold[]
  /** Records that somebody holds to be wrong, until that is settled. */
  readonly disputes?: readonly { readonly event: string; readonly by: string; readonly on: Time }[]
  /** What agencies sent back and the health centre has not settled yet. */
  readonly openReturns?: readonly { readonly event: string; readonly about: string; readonly on: Time }[]
  readonly flags?: {
    readonly povertyTarget?: Flag
    readonly guardianSubsidy?: Flag
    readonly disabilityCert?: {
      readonly id: string
      readonly held: boolean
      readonly level?: number
      readonly on: Time
      readonly byRole: Role
    }
    readonly careGroupServed?: Flag
    readonly familyDoctorSigned?: Flag
    readonly communityRehab?: Flag
  }
  readonly functionAssessed?: { readonly id: string; readonly fit: boolean; readonly on: Time }
  /** Taken up as homeless (W12) and not yet helped home (W13). */
  readonly homeless?: { readonly since: Time; readonly kinFound: boolean; readonly homeRegion?: string }
  readonly insurance?: readonly {
    readonly scheme: string
    readonly validFrom: CalendarDate
    readonly validTo?: CalendarDate
  }[]
  readonly died?: { readonly on: Time }
  /** The person's keys are destroyed: nothing sealed is pointed at any more. */
  readonly erased?: { readonly at: Moment }
}

/** While one is in force nothing of the person is destroyed. */
export interface LegalHold {
  /** The event that placed it. */
  readonly event: string
  readonly authority: string
  readonly on: Time
  /** In force on this day for the last time; until it is lifted where absent. */
  readonly until?: CalendarDate
}

export interface Flag {
  readonly value: boolean
  readonly on: Time
}

export interface RiskState {
  readonly eventId: string
  readonly level: number
  readonly assessedAt: Time
  readonly targets: 'NONE' | 'PROPERTY' | 'PERSON' | 'SELF'
}

export const EMPTY_PATIENT: PatientState = { programmes: {}, missedAttempts: [] }
