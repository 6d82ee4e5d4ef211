/**
 * From what a client wrote to what is stored: the moment member becomes `occurredAt`, times are converted to +08:00, and
 * the members of `data` part into clear ones and sealed ones by subject. Pure; refuses `null` and unpaired surrogates.
 */
import type { EventData } from '../domain/event.js'
import { pointerTo } from '../domain/leaf.js'
import { storedTime } from '../kernel/dates.js'

/** The members of an event that its recorder sends. */
export interface EventBody {
  readonly type: string
  readonly version: number
  readonly id: string
  readonly data: EventData
  readonly occurredAt?: string
  readonly observedBy?: string
  readonly onBehalfOf?: string
  readonly legalBasis?: readonly string[]
  readonly corrects?: string
}

export interface ShapedEvent {
  /** Every member of the body but `data`, with `occurredAt` as stored. */
  readonly envelope: Omit<EventBody, 'data'>
  readonly clearData: EventData
  /** Every member of `data` but the moment: what rules judge and contents are compared by. */
  readonly openData: EventData
  /** subject → pointer → value */
  readonly sealedFields: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * @param momentMember the type's moment member, or undefined where the client sends `occurredAt`
 * @param subjects member of `data` → the subject under whose key it is sealed; members without one stay clear
 */
export function shapeEvent(
  body: EventBody,
  momentMember: string | undefined,
  subjects: Readonly<Record<string, string>>,
): ShapedEvent {
  const { data, occurredAt } = body
  const clearData: Record<string, unknown> = {}
  const openData: Record<string, unknown> = {}
  const sealedFields: Record<string, Record<string, unknown>> = {}
  let moment = occurredAt
  for (const member of Object.keys(data)) {
    const value = data[member]
    if (value === undefined) continue
    if (member === momentMember) {
      moment = String(value)
      continue
    }
    openData[member] = value
    const subject = subjects[member]
    if (subject === undefined) clearData[member] = value
    else {
      sealedFields[subject] ??= {}
      const fields = sealedFields[subject]
      fields[pointerTo('data', member)] = value
    }
  }
  return { envelope: envelopeOf(body, moment), clearData, openData, sealedFields }
}

type Envelope = ShapedEvent['envelope']

/** Member by member: a rest pattern makes an object that every later copy pays for. */
function envelopeOf(body: EventBody, moment: string | undefined): Envelope {
  const { type, version, id, observedBy, onBehalfOf, legalBasis, corrects } = body
  const envelope: { -readonly [Member in keyof Envelope]: Envelope[Member] } = { type, version, id }
  if (moment !== undefined) envelope.occurredAt = storedTime(moment)
  if (observedBy !== undefined) envelope.observedBy = observedBy
  if (onBehalfOf !== undefined) envelope.onBehalfOf = onBehalfOf
  if (legalBasis !== undefined) envelope.legalBasis = legalBasis
  if (corrects !== undefined) envelope.corrects = corrects
  return envelope
}
