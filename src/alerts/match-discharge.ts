/** Who must know that a hospital says somebody may leave it, and what became of that (W20, MHL 44): the health centre alone. */
import { type Deciding, WITHDRAWN } from './match.js'

export const READY = 'alert.discharge-ready'
const DISCHARGED = 'alert.discharged'

/**
 * A statement that stands rings at the health centre, which is to tell the guardian; one that was only corrected does not ring at who
 * believes in it. Who believes that somebody waits who does no longer, or is not theirs any more, is told so. Where another centre
 * becomes responsible meanwhile, it rings there.
 */
export async function dischargeMatches({ change, world, add, reach, tells }: Deciding): Promise<void> {
  const waits = await world.waits()
  if (!waits) return
  const isSame = waits.before?.id === waits.after?.id
  if (isSame && change.before.state.responsibleUnit === change.after.state.responsibleUnit) return
  const holders = new Set<string>()
  for (const [agency, belief] of await world.beliefs()) if (belief.isReady) holders.add(agency)
  const isCorrection = change.event.corrects !== undefined
  for (const { id } of waits.after && tells(READY) ? reach('CHC', 'discharge-ready') : []) {
    const isHolder = holders.delete(id)
    if (isHolder && isSame) continue
    const alertClass = isHolder && isCorrection ? 'RETRACTION' : 'ALARM'
    add(id, { kind: 'discharge-ready', class: alertClass, fieldSet: READY, tasks: ['GUARDIAN'] })
  }
  const hasLeft = change.factType === 'HospitalDischarged' && !waits.after
  for (const agency of holders) {
    add(agency, { kind: 'discharge-ready', class: 'RETRACTION', fieldSet: hasLeft ? DISCHARGED : WITHDRAWN })
  }
}
