/**
 * The fact that a correction or retraction is about: which events of the stream speak of it, and which version of it stands
 * now. Pure.
 */
import type { CorrectionLedger, HistoryEvent } from './effective-history.js'

export interface NamedFact<E> {
  /** The first version, its corrections, and every retraction along the chain. */
  readonly ids: ReadonlySet<string>
  /** The version in force; absent where the fact is withdrawn. */
  readonly standing?: E
}

/**
 * @param events of one stream, in recording order, `event` among them
 * @param ledger has applied all of them
 */
export function namedFact<E extends HistoryEvent>(
  events: readonly E[],
  event: E,
  ledger: Pick<CorrectionLedger<E>, 'inForce'>,
): NamedFact<E> {
  const rootOf = new Map<string, string>()
  // What an event corrects was recorded before it, so one pass finds every root.
  for (const { id, corrects } of events) rootOf.set(id, corrects === undefined ? id : (rootOf.get(corrects) ?? id))
  const root = rootOf.get(event.id)
  const chain = events.filter(({ id }) => rootOf.get(id) === root)
  const standing = chain.findLast(({ stream, id }) => ledger.inForce(stream, id) !== undefined)
  return { ids: new Set(chain.map(({ id }) => id)), ...(standing ? { standing } : {}) }
}
