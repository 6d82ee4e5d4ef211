/** What the stream of the hub says of versions: which activation of a name is the last, and which came after another one. Pure. */
import type { StoredEvent } from '../domain/event.js'
import { readNumber } from '../domain/read-data.js'
import type { Proposal } from './port.js'

export const ACTIVATED = 'VersionActivated'

type Named = Pick<Proposal, 'kind' | 'name'>

/** Undefined where nothing of the name was ever in force. */
export function lastActivation(events: readonly StoredEvent[], named: Named): StoredEvent | undefined {
  return activationsOf(events, named).at(-1)
}

export function versionIn(activation: StoredEvent | undefined): number | undefined {
  return activation && readNumber(activation.data, 'version')
}

/**
 * The first activation after the one that a proposal follows, whichever version it put in force: what was agreed to is gone with it,
 * also where the version from before is in force again.
 */
export function overtakerOf(
  events: readonly StoredEvent[],
  { follows, ...named }: Named & Pick<Proposal, 'follows'>,
): StoredEvent | undefined {
  const activations = activationsOf(events, named)
  return activations[activations.findIndex(({ id }) => id === follows) + 1]
}

function activationsOf(events: readonly StoredEvent[], { kind, name }: Named): readonly StoredEvent[] {
  return events.filter(({ type, data }) => type === ACTIVATED && data.kind === kind && data.name === name)
}
