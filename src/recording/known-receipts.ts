/**
 * Answers a write whose ids are known: the first receipts where every event of the group says the same and stands adjacent
 * and in order; 409 otherwise. Holds for ever and after any restart, since it asks the log.
 */
import type { Causation, RecordedBy, Source, StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { Vault } from '../vault/port.js'
import type { RecordOutcome } from './port.js'
import { contentOf, openedData } from './same-content.js'
import { shapeEvent } from './shape-event.js'
import type { ValidEvent } from './validate-event.js'

/** Undefined where none of the ids is in the stream. Throws `HUB_MIXED_GROUP`, `HUB_DIFFERENT_CONTENT`, `HUB_ERASED`. */
export async function knownReceipts(
  stream: string,
  valid: readonly ValidEvent[],
  by: { readonly recordedBy: RecordedBy; readonly source: Source; readonly causation?: Causation },
  log: LogReader,
  vault: Pick<Vault, 'keyById'>,
): Promise<RecordOutcome | undefined> {
  const wanted = new Set(valid.map(({ body }) => body.id))
  const found: StoredEvent[] = []
  for await (const event of log.readStream(stream)) if (wanted.has(event.id)) found.push(event)
  if (found.length === 0) return undefined
  const first = found[0]?.revision ?? 0
  const isWhole =
    found.length === valid.length &&
    valid.every(({ body }, i) => found[i]?.id === body.id && found[i]?.revision === first + i)
  if (!isWhole) {
    throw new HubError(
      'HUB_MIXED_GROUP',
      `${found.length} of ${valid.length} events are recorded already, in another group or order`,
      {
        data: { known: found.map(({ id, revision }) => ({ id, revision })) },
      },
    )
  }
  for (const [i, event] of found.entries()) {
    const proposed = valid[i]
    if (!proposed) continue
    const { envelope, openData } = shapeEvent(proposed.body, proposed.definition.moment, {})
    const stored = contentOf({ ...event, data: await openedData(event, vault) })
    if (stored !== contentOf({ ...envelope, ...by, data: openData })) {
      throw new HubError('HUB_DIFFERENT_CONTENT', `the id ${event.id} is known with other content`, {
        data: { id: event.id, revision: event.revision },
      })
    }
  }
  return {
    kind: 'known',
    receipts: found.map(({ id, revision, recordedAt }) => ({ id, stream, revision, recordedAt })),
  }
}
