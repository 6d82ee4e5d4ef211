/**
 * One-off disclosures as they stand, under the person they are about, so that `withPrefix(oneOffsOf(patientId))` is a person's. What
 * the letter says stays sealed in its stream. Who may know of one is for whoever reads this to ask.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { StoredEvent } from '../src/domain/event.js'
import { ONE_OFF_EVENTS } from '../src/domain/one-off-events.js'
import { evolveOneOff, type OneOff } from '../src/domain/one-offs.js'
import { findText } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'

const NOTHING: OneOff = {
  ...{ disclosure: '', eventId: '', kind: 'COURT', fields: [], until: '' },
  requestedBy: { agency: '', role: 'HUB' },
  ...{ requestedAt: '', expiresAt: '', handedOut: [] },
}

/** Stands for the person where a letter means nobody. */
const NOBODY = '-'

export const oneOffs = defineFlowProjection<OneOff>({
  name: 'one-offs',
  version: 2,
  handles: new Set(ONE_OFF_EVENTS.map(({ type }) => type)),
  initial: NOTHING,
  keys: ({ stream, data }: StoredEvent) => [oneOffsOf(findText(data, 'patient') ?? NOBODY) + streamKeyOf(stream)],
  evolve: (row, event) => evolveOneOff(row, event),
})

/** The prefix of the keys of a person's. */
export function oneOffsOf(patientId: string): string {
  return `${patientId}/`
}
