/**
 * What takes back a letter’s document, and with it every copy (policy §6.3; PIPL 46, 47; MHL 35). Pure: by the person’s stream, and by
 * what the decision says of the document.
 *
 * - An erasure takes back all that was ever handed out of the person.
 * - A diagnosis that was excluded takes back every document: what all of it is about was never so.
 * - A fact that was retracted takes back what told it; a registration that was, everything. A fact that was corrected does not: the copy
 *   said what was known, and who needs the new version asks for it.
 * - A consent that was withdrawn takes back what left by the field set that it was given to. No set of letters rests on one as yet.
 *
 * A document that was compiled after the cause knew of it and stays. A cause that no longer stands takes back nothing.
 */
import type { RecallReason } from '../domain/code-lists/hub.js'
import { correctionLedger, effectiveHistory } from '../domain/effective-history.js'
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import type { StoredEvent } from '../domain/event.js'
import type { OneOffDecided } from '../domain/one-offs.js'
import { foldPatient } from '../domain/patient-fold.js'
import { statedBy } from '../domain/stated-facts.js'
import { toldBy } from './facts.js'

export interface TakenBackBy {
  readonly event: StoredEvent
  /** Of an erasure none. */
  readonly reason?: RecallReason
}

/** Those of the person’s stream that say by themselves that it is so. */
const EXCLUDED = 'DiagnosisExcluded'
const WITHDRAWN = 'DataConsentWithdrawn'
const REGISTRATION = 'PatientRegistered'

/** @param life the person’s whole stream */
export function takenBackBy(
  life: readonly StoredEvent[],
  { document, fields }: Pick<OneOffDecided, 'document' | 'fields'>,
): TakenBackBy | undefined {
  if (!document) return undefined
  const erasure = life.find(({ type }) => type === ERASURE_TYPE)
  if (erasure) return { event: erasure }
  const { asOf, fieldSet } = document
  if (!life.some(({ revision }) => revision > asOf.person)) return undefined
  const { stated, retractions, rootOf } = standingIn(life)
  const isLater = (event: StoredEvent): boolean => rootOf(event).revision > asOf.person
  for (const event of stated.filter(isLater)) {
    if (event.type === EXCLUDED) return { event, reason: 'DIAGNOSIS_EXCLUDED' }
    if (event.type === WITHDRAWN && event.data.fieldSetId === fieldSet) return { event, reason: 'CONSENT_WITHDRAWN' }
  }
  const standing = new Set(stated.map(({ id }) => id))
  const told = toldIn(life, asOf.person, fields).filter(({ id }) => !standing.has(id))
  const gone = new Set(told.map((event) => rootOf(event).id))
  const retraction = retractions.find(({ event, root }) => event.revision > asOf.person && gone.has(root))
  return retraction && { event: retraction.event, reason: 'SENT_IN_ERROR' }
}

/** What stands, the retractions that do, and the first version of each fact. */
function standingIn(life: readonly StoredEvent[]) {
  const ledger = correctionLedger<StoredEvent>()
  const rootOf = (event: StoredEvent): StoredEvent => ledger.rootOf(event.stream, event.id) ?? event
  const retractions = new Map<string, { readonly event: StoredEvent; readonly root: string }>()
  for (const event of life) {
    const { id, stream, corrects } = event
    const root = corrects === undefined ? undefined : ledger.rootOf(stream, corrects)?.id
    const applied = ledger.apply(event)
    if (applied === 'withdrew' && root !== undefined) retractions.set(id, { event, root })
    if (applied === 'restored' && corrects !== undefined) retractions.delete(corrects)
  }
  return { stated: ledger.effective(), retractions: [...retractions.values()], rootOf }
}

/** The events that state what the document told, and the registration, without which it told of nobody. */
function toldIn(life: readonly StoredEvent[], asOf: number, fields: readonly string[]): readonly StoredEvent[] {
  const history = effectiveHistory(life.filter(({ revision }) => revision <= asOf))
  const told = toldBy({ state: foldPatient(history), stated: statedBy(history) }, fields)
  return history.filter(({ id, type }) => type === REGISTRATION || told.has(id))
}
