/**
 * Who stands on a rung of the ladder (policy §5.4): the agency itself at its subscriptions marked `duty`; then its superior at
 * those it has marked, else at those that take alerts. Pure.
 */
import type { AlertRung } from '../domain/alert-events.js'
import type { Directory, Subscription } from '../domain/directory.js'

/** The agency of a rung; undefined where there is no superior. */
export function agencyOn(step: AlertRung, agency: string, directory: Directory): string | undefined {
  return step === 'DUTY' ? agency : directory.agency(agency)?.superior
}

/** Where it is told; empty where nobody is. */
export function subscriptionsOn(step: AlertRung, agency: string, directory: Directory): readonly Subscription[] {
  const duty = directory.subscriptionsOf(agency).filter((subscription) => subscription.isOpen && subscription.duty)
  return step === 'DUTY' || duty.length > 0 ? duty : directory.subscriptionsFor({ alerts: true, agency })
}
