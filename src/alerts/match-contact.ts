/** Who must know that a person cannot be found, and that the search is over (W16, Shandong 45). */
import type { AlertClass } from '../domain/alert-events.js'
import type { Role } from '../domain/event.js'
import { type Deciding, WITHDRAWN } from './match.js'

/** What each role is told of a loss of contact; the others are told nothing. */
export const LOSS_SETS: Readonly<Partial<Record<Role, string>>> = {
  POLICE: 'alert.loss-of-contact.police',
  COMMUNITY: 'alert.loss-of-contact.community',
  SUBDISTRICT: 'alert.loss-of-contact.subdistrict',
  MHPC: 'alert.loss-of-contact.health',
}
const LOSS_ROLES: readonly Role[] = ['POLICE', 'COMMUNITY', 'SUBDISTRICT', 'MHPC']

/** A loss that is declared, corrected or over. Who believes in a loss that is not theirs any more is told that it is over. */
export async function contactMatches(deciding: Deciding): Promise<void> {
  const { change, world, add } = deciding
  const before = change.before.state.lossOfContact
  const after = change.after.state.lossOfContact
  if (before?.id === after?.id) return
  const isFound = change.event.type === 'ContactRegained' || change.event.type === 'FollowUpCompleted'
  const beliefs = before ? await world.beliefs() : undefined
  const isCorrection = change.event.corrects !== undefined
  if (after) {
    tellLoss(deciding, (agency) => (isCorrection && beliefs?.get(agency)?.isLost === true ? 'RETRACTION' : 'ALARM'))
  }
  if (after && !isCorrection) return
  const fieldSet = isFound && !after ? 'alert.contact-regained' : WITHDRAWN
  for (const [agency, belief] of beliefs ?? []) {
    if (belief.isLost) add(agency, { kind: 'contact-regained', class: 'RETRACTION', fieldSet })
  }
}

/** A search that goes on where the person now lives, or for a person who is under management again. */
export async function openLossMatches(deciding: Deciding): Promise<void> {
  if (!deciding.change.after.state.lossOfContact) return
  const beliefs = await deciding.world.beliefs()
  tellLoss(deciding, (agency) => (beliefs.get(agency)?.isLost ? undefined : 'ALARM'))
}

function tellLoss({ reach, add }: Deciding, classFor: (agency: string) => AlertClass | undefined): void {
  for (const role of LOSS_ROLES) {
    for (const { id } of reach(role, 'loss-of-contact')) {
      const alertClass = classFor(id)
      if (alertClass) add(id, { kind: 'loss-of-contact', class: alertClass, fieldSet: LOSS_SETS[role] ?? WITHDRAWN })
    }
  }
}
