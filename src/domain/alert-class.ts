/**
 * How loudly an assessment speaks (design §9). Before and after are the levels of the last `RiskAssessed` in effective
 * history just before and at the event; `undefined` is none. The level is a clinician's; nothing here makes one up.
 */

/** RETRACTION_PAST: a retraction to the holders of the value that was replaced or withdrawn, while the tier stays. */
export type AssessmentClass = 'ALARM' | 'NOTICE' | 'RETRACTION' | 'RETRACTION_PAST'

export const HIGH_RISK_LEVEL = 3

/** Days for which a message that rings nobody keeps its meaning: a quarter. */
export const QUIET_DAYS = 92

export function assessmentClass(
  before: number | undefined,
  after: number | undefined,
  replacesAnAssessment: boolean,
): AssessmentClass {
  if (after !== undefined && after >= HIGH_RISK_LEVEL && (before === undefined || before < after)) return 'ALARM'
  if (before !== undefined && (after === undefined || after < before)) return 'RETRACTION'
  if (replacesAnAssessment) return 'RETRACTION_PAST'
  return 'NOTICE'
}
