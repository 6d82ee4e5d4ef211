/** Who must know of dangerous behaviour, and of what became of a report (W8): only what still stands is said to stand. */
import { SELF_DIRECTED_BEHAVIOURS } from '../domain/code-lists/danger.js'
import type { Role, StoredEvent } from '../domain/event.js'
import { addDays, dayOfTime } from '../kernel/dates.js'
import { believesDanger } from './beliefs.js'
import { type Deciding, type Task, WITHDRAWN } from './match.js'

/** Our choice, no source gives one: what is older when it comes with a return is read in the morning, and wakes nobody. */
const RETURN_RINGS_DAYS = 7

/**
 * A report, a correction of it, or one that was put back, in the version that now stands: as new to those whom it concerns (it rings,
 * unless it came with a return that tells of days long past), as a retraction to those of them who believe an earlier version. Who
 * believes in a report that no longer concerns them, or stands no longer, is told that it is withdrawn.
 */
export async function dangerMatches({ change, world, add, reach }: Deciding): Promise<void> {
  const { factType, applied, factIds, standing } = change
  if (factType !== 'DangerousBehaviorReported' || applied === 'ignored') return
  const holders = new Set<string>()
  if (factIds) {
    for (const [agency, belief] of await world.beliefs()) if (believesDanger(belief, factIds)) holders.add(agency)
  }
  const news = standing && isOldNews(standing) ? 'NOTICE' : 'ALARM'
  for (const { role, fieldSet, tasks } of standing ? copiesFor(Number(standing.data.kind)) : []) {
    for (const { id } of reach(role, 'danger')) {
      const isHolder = holders.has(id)
      add(id, { kind: 'danger', class: isHolder ? 'RETRACTION' : news, fieldSet, ...(tasks ? { tasks } : {}) })
      holders.delete(id)
    }
  }
  for (const agency of holders) add(agency, { kind: 'danger', class: 'RETRACTION', fieldSet: WITHDRAWN })
}

/** By the event alone: whoever decides again, and whenever, finds the same. */
function isOldNews({ source, occurredAt, recordedAt }: StoredEvent): boolean {
  if (source.kind !== 'return') return false
  return addDays(dayOfTime(occurredAt ?? recordedAt), RETURN_RINGS_DAYS) < dayOfTime(recordedAt)
}

interface Copy {
  readonly role: Role
  readonly fieldSet: string
  readonly tasks?: readonly Task[]
}

const CENTRE: Copy = { role: 'CHC', fieldSet: 'alert.danger.health', tasks: ['GUARDIAN', 'CARE_GROUP'] }

/** What a role is told of behaviour of this kind; undefined for one that is told nothing. */
export function dangerFieldSet(role: Role, kind: number): string | undefined {
  // Who treats is told the same of every behaviour, whoever of them was told first.
  if (role === 'MHPC' || role === 'CHC') return CENTRE.fieldSet
  return copiesFor(kind).find((copy) => copy.role === role)?.fieldSet
}

/** Behaviour against oneself: clinicians first, and the police copy is a welfare request. */
function copiesFor(kind: number): readonly Copy[] {
  if (!SELF_DIRECTED_BEHAVIOURS.includes(kind)) return [{ role: 'POLICE', fieldSet: 'alert.danger.police' }, CENTRE]
  return [
    { role: 'MHPC', fieldSet: 'alert.danger.health' },
    CENTRE,
    { role: 'POLICE', fieldSet: 'alert.danger.welfare' },
  ]
}
