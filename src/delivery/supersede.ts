/** Which earlier messages of an outbox a new one takes the place of. Pure. */
import type { Recall } from '../domain/recalls.js'
import type { EarlierMessage } from './port.js'
import { recalledMessages } from './recall.js'

/** Kinds that end everything that was said about a person. */
const ENDING = 'ending'
const TOPIC: Readonly<Record<string, string>> = {
  'risk-assessed': 'risk',
  moved: 'risk',
  'loss-of-contact': 'contact',
  'contact-regained': 'contact',
  danger: 'danger',
  'discharge-ready': 'discharge',
  died: ENDING,
  withdrawn: ENDING,
  // What stands again is said anew, in the place of the end.
  reinstated: ENDING,
}

interface Superseding {
  readonly kind: string
  readonly recall?: Recall | undefined
  /** Whether the person waits to leave a hospital as of the cause: no end of the programme takes that away. */
  readonly waits: boolean
}

/**
 * The last earlier message of the same topic; a death or the end of management takes the place of the last of every topic that
 * it ends, a recall of all that it covers.
 * `earlier` are the messages to the same subscription about the same person, by sequence.
 */
export function supersededBy(
  { kind, recall, waits }: Superseding,
  earlier: readonly Pick<EarlierMessage, 'sequence' | 'kind' | 'fieldSet'>[],
  before: number,
): readonly number[] {
  if (recall) return recalledMessages(recall, earlier, before)
  const topic = TOPIC[kind]
  if (topic === undefined) return []
  const last = new Map<string, number>()
  for (const message of earlier) {
    if (message.sequence >= before) continue
    const about = TOPIC[message.kind]
    if (topic === ENDING && about === 'discharge' && waits) continue
    if (about !== undefined && (topic === ENDING || about === topic)) last.set(about, message.sequence)
  }
  return [...last.values()].sort((a, b) => a - b)
}
