/**
 * The head of a patient's record: what feeds ask of everybody, kept beside the row by where the person lives, so that what concerns
 * one agency is read without anybody else's. It holds no personal value.
 */
import type { Role } from '../src/domain/event.js'
import type { PatientState, Programme, RiskState } from '../src/domain/patient-state.js'
import type { Moment } from '../src/kernel/dates.js'

/** A tenth of a record's size. A record is a head with more in it. Of a sealed residence area it says only whether there is one. */
export interface PatientHead {
  readonly touched?: Moment | ''
  readonly state: {
    readonly registered?: object
    readonly responsibleUnit?: string
    readonly residence?: { readonly township: string; readonly gridCell?: string; readonly area?: object }
    readonly programmes: Readonly<Partial<Record<Programme, { readonly open: boolean }>>>
    readonly restricted?: object
    readonly economicStatus?: number
    readonly employment?: number
    readonly applications?: PatientState['applications']
    readonly dataConsents?: PatientState['dataConsents']
    readonly homeless?: object
    readonly flags?: { readonly disabilityCert?: { readonly held: boolean; readonly byRole: Role } }
    readonly died?: object
    readonly diagnosisExcluded?: object
    readonly erased?: object
    readonly risk?: Pick<RiskState, 'level' | 'assessedAt' | 'targets'> & Partial<Pick<RiskState, 'eventId'>>
    readonly previousRisk?: Pick<RiskState, 'level'>
    readonly disputes?: readonly { readonly event: string }[]
  }
}

interface Told {
  readonly state: PatientState
  readonly touched: Moment | ''
}

/** `{"state":{"programmes":{"COMMUNITY_MANAGEMENT":{"open":true}},"registered":{},"risk":{"level":0,…},…}}` */
export function patientHead({ state, touched }: Told): PatientHead {
  const { registered, responsibleUnit, residence, programmes, died, diagnosisExcluded, erased, risk, previousRisk } =
    state
  const { restricted, economicStatus, employment, applications, dataConsents, homeless, disputes } = state
  const { COMMUNITY_MANAGEMENT: community, MEDICAL_AID: aid } = programmes
  const certificate = state.flags?.disabilityCert
  return {
    ...(touched !== '' && { touched }),
    state: {
      ...(registered && { registered: {} }),
      ...(responsibleUnit !== undefined && { responsibleUnit }),
      ...(residence && { residence: placeIn(residence) }),
      programmes: {
        ...(community && { COMMUNITY_MANAGEMENT: { open: community.open } }),
        ...(aid && { MEDICAL_AID: { open: aid.open } }),
      },
      ...(died && { died: {} }),
      ...(diagnosisExcluded && { diagnosisExcluded: {} }),
      ...(erased && { erased: {} }),
      ...(risk && {
        risk: { level: risk.level, assessedAt: risk.assessedAt, targets: risk.targets, ...heldBy(state) },
      }),
      ...(previousRisk && { previousRisk: { level: previousRisk.level } }),
      ...(restricted && { restricted: {} }),
      ...(economicStatus !== undefined && { economicStatus }),
      ...(employment !== undefined && { employment }),
      ...(applications && { applications }),
      ...(dataConsents && { dataConsents }),
      ...(homeless && { homeless: {} }),
      ...(disputes && { disputes: disputes.map(({ event }) => ({ event })) }),
      ...(certificate && { flags: { disabilityCert: { held: certificate.held, byRole: certificate.byRole } } }),
    },
  }
}

/** Which assessment it is matters to nobody but where something is disputed. */
function heldBy({ disputes, risk }: PatientState): Partial<Pick<RiskState, 'eventId'>> {
  return disputes && risk ? { eventId: risk.eventId } : {}
}

function placeIn({
  township,
  gridCell,
  area,
}: NonNullable<PatientState['residence']>): PatientHead['state']['residence'] & object {
  return { township, ...(gridCell !== undefined && { gridCell }), ...(area && { area: {} }) }
}

/** Where heads lie: `371002001|a|A-12` where there is a sealed area and a grid cell, `371002001||` where there is neither. */
export function shelfOf({ state: { residence } }: PatientHead): string {
  if (!residence) return '||'
  return `${residence.township}|${residence.area ? 'a' : ''}|${residence.gridCell ?? ''}`
}

/** What everybody on a shelf has in common; a grid cell may hold any text. */
export function placeOnShelf(shelf: string): {
  readonly township: string
  readonly hasArea: boolean
  readonly gridCell?: string
} {
  const [township = '', area = '', ...rest] = shelf.split('|')
  const gridCell = rest.join('|')
  return { township, hasArea: area !== '', ...(gridCell === '' ? {} : { gridCell }) }
}
