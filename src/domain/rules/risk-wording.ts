/**
 * Does what was seen fit the official wording of the level that the clinician states? It answers yes or no about the one
 * level that it is given. It computes no level and must never be turned into something that does.
 */
import type { EventData } from '../event.js'
import { readNumber, readTexts } from '../read-data.js'

interface Seen {
  readonly threat: boolean
  readonly smashing: boolean
  readonly smashingAnywhere: boolean
  /** Undefined where nobody said. */
  readonly stoppable: boolean | undefined
  readonly againstPerson: boolean
  readonly againstSelf: boolean
  readonly weapon: boolean
  readonly arson: boolean
}

/** Level → true where the wording of policy §4.1 covers what was seen. */
const WORDINGS: readonly ((seen: Seen) => boolean)[] = [
  (seen) => !seen.threat && !seen.smashing && !isGrave(seen),
  (seen) => seen.threat && !seen.smashing && !isGrave(seen),
  (seen) => seen.smashing && !seen.smashingAnywhere && seen.stoppable !== false && !isGrave(seen),
  (seen) => seen.smashingAnywhere && seen.stoppable !== true && !isGrave(seen),
  // Self-harm with a weapon is here and not below: the fifth wording speaks of violence against persons.
  (seen) =>
    (seen.againstPerson || seen.againstSelf || (seen.smashingAnywhere && seen.stoppable !== true)) &&
    !seen.arson &&
    !(seen.weapon && seen.againstPerson),
  (seen) => seen.arson || (seen.weapon && seen.againstPerson),
]

/** False where evidence, target, place or weapon contradict each other or the stated level. */
export function fitsWording(data: EventData): boolean {
  const seen = seenIn(data)
  const isTargetStated = data.targets !== 'NONE'
  const isActSeen = seen.smashing || isGrave(seen)
  if (data.targets === 'NONE' && isActSeen) return false
  if (isTargetStated && !isActSeen && !seen.threat) return false
  // Violence against others is told as such; whoever sets fire or an explosion endangers them too.
  if (data.targets === 'SELF' && (seen.againstPerson || seen.arson)) return false
  if (data.targets === 'PROPERTY' && seen.againstPerson) return false
  return WORDINGS[readNumber(data, 'level')]?.(seen) ?? false
}

function seenIn(data: EventData): Seen {
  const evidence = new Set(readTexts(data, 'evidence'))
  return {
    threat: evidence.has('VERBAL_THREAT'),
    smashing: evidence.has('SMASHING_AT_HOME') || evidence.has('SMASHING_ANYWHERE'),
    smashingAnywhere: evidence.has('SMASHING_ANYWHERE') || (evidence.has('SMASHING_AT_HOME') && data.place === 'ANY'),
    stoppable: evidence.has('NOT_STOPPABLE') ? false : typeof data.stoppable === 'boolean' ? data.stoppable : undefined,
    againstPerson: evidence.has('AGAINST_PERSON'),
    againstSelf: evidence.has('SELF_HARM'),
    weapon: evidence.has('WEAPON') || data.weapon === true,
    arson: evidence.has('ARSON_OR_EXPLOSION'),
  }
}

function isGrave(seen: Seen): boolean {
  return seen.againstPerson || seen.againstSelf || seen.weapon || seen.arson
}
