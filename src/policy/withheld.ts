/**
 * Why what stays behind stays behind, per audience and group of facts (policy §6.2, column "must NOT receive"). It is the
 * whole answer to every fact that a field set does not let out.
 */
import type { FactGroup } from './facts.js'

export type Stays = Readonly<Record<FactGroup, readonly [clauses: readonly string[], basis: string]>>

const LEAST = ['PIPL 6', 'PIPL 28', 'policy §6.2'] as const
const SECRET = ['MHL 4(3)', 'PIPL 28', 'policy §6.2'] as const

const COMMON: Stays = {
  person: [LEAST, 'not needed for this purpose'],
  address: [LEAST, 'address detail is not needed for this purpose'],
  place: [LEAST, 'not needed for this purpose'],
  guardian: [['W49', 'PIPL 6', 'policy §6.2'], 'guardians are protected too; not needed for this purpose'],
  risk: [SECRET, 'the level is not needed for this purpose'],
  riskDetail: [SECRET, 'targets and evidence are clinical detail'],
  police: [['policy §6.2'], 'police records are not passed on for this purpose'],
  hearsay: [['policy §4.5', 'policy §6.2'], 'counts of the follow-up form and self-harm are no police facts'],
  contact: [LEAST, 'not needed for this purpose'],
  stay: [SECRET, 'stays in hospital are medical facts'],
  centre: [LEAST, 'not needed for this purpose'],
  danger: [LEAST, 'not needed for this purpose'],
  move: [LEAST, 'where the person now lives is not needed for this purpose'],
  death: [SECRET, 'not needed for this purpose'],
  clinical: [SECRET, 'diagnosis, class and treatment never leave the health side'],
  economy: [LEAST, 'economic data have another purpose'],
  consent: [LEAST, 'consent to the service is between the person and the health centre'],
  basis: [LEAST, 'the row rests on the recipient’s statutory exchange, and on nothing of the person’s own'],
  aid: [LEAST, 'what the person has applied for elsewhere is not needed for this purpose'],
  homeless: [LEAST, 'not needed for this purpose'],
  disability: [['policy §6.2', 'PIPL 28'], 'the certificate is the federation’s own matter'],
  rehabilitation: [LEAST, 'rehabilitation is not needed for this purpose'],
  work: [LEAST, 'work is not needed for this purpose'],
  closing: [LEAST, 'who is listed is not closed'],
  dispute: [LEAST, 'this set marks nothing as disputed'],
}

export const POLICE_STAYS: Stays = {
  ...COMMON,
  stay: [
    ['MHL 30(2)(ii)', 'policy §6.2'],
    'police are told of stays under art. 30(2)(ii) only, and of their dates only',
  ],
  hearsay: [
    ['policy §4.5', 'policy §6.2'],
    'police receive what police recorded: never self-harm, never a count of others',
  ],
}

export const PL_STAYS: Stays = {
  ...COMMON,
  person: [['policy §6.2', 'PIPL 6'], 'the coordinating office never receives the ID number or personal detail'],
  address: [['policy §6.2'], 'community only, no address detail'],
}

/** What the offices outside the statutory exchange never receive, whatever the person has agreed to (policy §6.2). */
const NO_OFFICE: Partial<Stays> = {
  risk: [SECRET, 'a level, or its change, is never given to an office that helps'],
  danger: [SECRET, 'behaviours are never given to an office that helps'],
  contact: [SECRET, 'a search is no matter of an office that helps'],
  centre: [SECRET, 'which centre cares for a person would tell why'],
}

export const CIVIL_AFFAIRS_STAYS: Stays = { ...COMMON, ...NO_OFFICE }

export const FEDERATION_STAYS: Stays = {
  ...COMMON,
  ...NO_OFFICE,
  aid: [LEAST, 'what the person applied for at another office is that office’s matter'],
}

export const LABOUR_STAYS: Stays = {
  ...COMMON,
  ...NO_OFFICE,
  clinical: [SECRET, 'that there is a diagnosis, or which, is not needed to find work or insurance'],
  disability: [['policy §6.2', 'PIPL 28'], 'that a certificate is held is for the person to tell'],
  basis: [SECRET, 'no article of a law that would tell why the person is known'],
}

/** Of whom an agency is in charge no longer it learns that, under its own pseudonym, and nothing else (design §8). */
export const CLOSING_STAYS: Stays = {
  ...COMMON,
  death: [SECRET, 'that a person died is said as the reason where the agency was in charge of them, and no cause'],
}

/** Below level 3 a recipient learns a level under its own pseudonym, not whose it is (policy §5.4). */
export const TOKEN_STAYS: Stays = {
  ...COMMON,
  person: [['policy §5.4', 'PIPL 6', 'PIPL 28'], 'levels 0 to 2 travel under a pseudonym'],
  address: [['policy §5.4', 'PIPL 6', 'PIPL 28'], 'levels 0 to 2 travel under a pseudonym'],
  place: [['policy §5.4', 'PIPL 6', 'PIPL 28'], 'levels 0 to 2 travel under a pseudonym'],
  guardian: [['W49', 'policy §5.4', 'PIPL 6'], 'levels 0 to 2 travel under a pseudonym'],
}

export const COMMUNITY_STAYS: Stays = {
  ...COMMON,
  risk: [['policy §6.2', 'MHL 4(3)'], 'community workers never learn a level'],
  stay: [['policy §6.2', 'MHL 4(3)'], 'community workers never learn of stays'],
  police: [['policy §6.2'], 'community workers never learn of incidents'],
}

export const HEALTH_STAYS: Stays = {
  ...COMMON,
  clinical: [['MHL 55', 'PIPL 6'], 'the record itself is read in the hub, not sent in an alert'],
  riskDetail: [['PIPL 6'], 'the record itself is read in the hub, not sent in an alert'],
}

/** Of whoever asks by letter in a case: what has another purpose, or was said in trust, stays whatever the letter says. */
export const JUDICIAL_STAYS: Stays = {
  ...COMMON,
  clinical: [SECRET, 'what of the treatment is not named as evidence stays in the record'],
  hearsay: [SECRET, 'what was said in a visit, and self-harm, is no evidence that is handed over by a hub'],
  riskDetail: [SECRET, 'targets and evidence are for an expert to examine, not for a hub to hand over'],
}
