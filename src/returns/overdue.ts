/** Counts the documents whose return is overdue, by the role that owes them: of agencies by number alone, and rarely. */
import { setImmediate as otherWork } from 'node:timers/promises'
import type { Directory } from '../domain/directory.js'
import type { Role } from '../domain/event.js'
import type { Clock } from '../kernel/clock.js'
import { MINUTE } from '../kernel/dates.js'
import { RETURNING_ROLES } from '../policy/returns.js'
import type { Returns } from './port.js'
import type { StandingReturn } from './standing.js'

interface OverdueDeps {
  readonly calendar: Clock
  readonly directory: () => Directory
  /** The returns that an agency owes today. */
  readonly owedBy: (agency: string) => readonly StandingReturn[]
}

/** Agencies after which other work gets its turn. */
const TURN = 50
const COUNTED_ANEW_MS = 10 * MINUTE

/** Counts when it is asked, anew at most every ten minutes; a count that failed is made again. */
export function countOverdue(deps: OverdueDeps): Returns['overdue'] {
  let counted: { readonly at: number; readonly overdue: Promise<ReadonlyMap<Role, number>> } | undefined
  return () => {
    const now = deps.calendar.now()
    if (!counted || Math.abs(now - counted.at) >= COUNTED_ANEW_MS) {
      counted = { at: now, overdue: overdueNow(deps) }
      counted.overdue.catch(() => {
        counted = undefined
      })
    }
    return counted.overdue
  }
}

async function overdueNow({ directory, owedBy }: OverdueDeps): Promise<ReadonlyMap<Role, number>> {
  const overdue = new Map<Role, number>(RETURNING_ROLES.map((role) => [role, 0]))
  let seen = 0
  for (const { id, role } of directory().agencies()) {
    const before = overdue.get(role)
    if (before === undefined) continue
    overdue.set(role, before + owedBy(id).filter(({ state }) => state === 'OVERDUE').length)
    // There may be tens of thousands of stations: whoever records meanwhile gets their turn.
    if (++seen % TURN === 0) await otherWork()
  }
  return overdue
}
