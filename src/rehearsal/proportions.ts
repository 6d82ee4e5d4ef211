/**
 * How a synthetic county is mixed: what policy §5.5 knows from public figures, and what is made up so that every path is
 * walked. Only the first group may be quoted as a proportion of anything.
 */

/** Share of registered people with at least one complete follow-up in a year (policy §5.5: 92.66 % in 2017). */
export const MANAGED_SHARE = 0.9266
/** Share of people living at home who are stable at their last follow-up (policy §5.5: 75.01 % in 2018). */
export const STABLE_SHARE = 0.75

/** Made up: the mix of risk levels in force, `[level, share]`; levels from 3 on are 4.5 %. */
export const LEVEL_MIX = [
  [0, 0.8],
  [1, 0.09],
  [2, 0.065],
  [3, 0.03],
  [4, 0.012],
  [5, 0.003],
] as const

export type Level = (typeof LEVEL_MIX)[number][0]

/** Made up: a level lasts this long on average before it is drawn again from the mix. */
export const MEAN_DAYS_AT_A_LEVEL = 365

/** Class 3 among people at level 0; the others are 2, for as long as the level lasts. With the mix above this gives `STABLE_SHARE`. */
export const STABLE_AT_LEVEL_0 = 0.94

/** Made up: how registered people meet the programme. REFUSES signs nothing, UNREACHED is never found at home. */
export const COOPERATION_MIX = [
  ['COOPERATES', MANAGED_SHARE],
  ['REFUSES', 0.0434],
  ['UNREACHED', 0.03],
] as const

/** Made up: people who are registered for medical aid alone (H2): no police byte may speak of them. */
export const MEDICAL_AID_ONLY_SHARE = 0.04
/** Made up: registered without an ID number, or without any name (W12). */
export const WITHOUT_ID_NUMBER_SHARE = 0.03
export const UNNAMED_SHARE = 0.004
/** Made up: registered before the two years begin; the rest come one by one. */
export const REGISTERED_AT_START_SHARE = 0.85

/** Made up: how often in a year things happen to one person. */
export const PER_YEAR = {
  strayed: 0.03,
  moved: 0.04,
  workedAway: 0.03,
  leftCounty: 0.008,
  admitted: 0.05,
  died: 0.01,
  guardianChanged: 0.02,
  incident: 0.012,
  dangerReported: 0.015,
  diagnosisExcluded: 0.002,
  basicsChanged: 0.05,
  withdrewConsent: 0.004,
} as const

/** Made up: somebody at level 3 or above is this many times as likely to be admitted, or named by police. */
export const HIGH_RISK_FACTOR = 8

/** Made up: how often a visit goes wrong on paper. */
export const PER_VISIT = {
  missedFirst: 0.12,
  enteredLate: 0.06,
  levelCorrected: 0.012,
  correctionTakenBack: 0.25,
  wrongPerson: 0.002,
  hourNotedOnce: 0.05,
  clinicalRecorded: 0.2,
  noteWritten: 0.3,
} as const
