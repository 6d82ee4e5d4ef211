/**
 * Effective history: what stands of a life once corrections and retractions are applied, in the order in which it
 * happened (design §3). Everything that speaks of a person folds this, never the raw stream.
 *
 * Events come in the order of their recording. A correction replaces the version in force of its fact, whole;
 * `RecordRetracted` takes back a version (what it replaced stands again) or a whole fact; a retraction may itself be
 * retracted, once, while what it left in force still is. Any other `corrects` is ignored: recording refuses it.
 */
import { compareText } from '../kernel/text-order.js'

/** The members of an event on which order and corrections depend. */
export interface HistoryEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly recordedAt: string
  readonly occurredAt?: string
  readonly corrects?: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Fact<E> {
  readonly root: E
  /** Versions in the order in which they came into force; the last is in force; empty when withdrawn. */
  versions: readonly E[]
}

interface Retraction<E> {
  readonly fact: Fact<E>
  readonly before: readonly E[]
  readonly after: readonly E[]
}

export type Applied = 'added' | 'replaced' | 'withdrew' | 'restored' | 'ignored'

/** How a stream's corrections stand: grows with each event. One per stream set that is folded. */
export interface CorrectionLedger<E extends HistoryEvent> {
  /** Takes the next event in recording order and says what it did; `ignored` where its `corrects` names nothing in force. */
  apply(event: E): Applied
  /** True where `apply` would accept this `corrects` for this type. */
  accepts(event: Pick<E, 'stream' | 'type' | 'corrects'>): boolean
  /** The version in force that a correction of this id would replace; undefined where it is not in force. */
  inForce(stream: string, id: string): E | undefined
  /** The first event of the chain that this id belongs to. */
  rootOf(stream: string, id: string): E | undefined
  /** What stands, in the order of the life. */
  effective(): readonly E[]
}

export function correctionLedger<E extends HistoryEvent>(): CorrectionLedger<E> {
  const facts: Fact<E>[] = []
  const factOf = new Map<string, Fact<E>>()
  const retractions = new Map<string, Retraction<E>>()
  const key = (stream: string, id: string): string => `${stream} ${id}`

  const inForceFact = (stream: string, id: string): Fact<E> | undefined => {
    const fact = factOf.get(key(stream, id))
    return fact && fact.versions.at(-1)?.id === id && fact.versions.at(-1)?.stream === stream ? fact : undefined
  }
  const undoable = (stream: string, id: string): Retraction<E> | undefined => {
    const retraction = retractions.get(key(stream, id))
    return retraction && retraction.fact.versions === retraction.after ? retraction : undefined
  }
  const accepts: CorrectionLedger<E>['accepts'] = (event) => {
    if (event.corrects === undefined) return event.type !== 'RecordRetracted'
    const fact = inForceFact(event.stream, event.corrects)
    if (event.type === 'RecordRetracted')
      return fact !== undefined || undoable(event.stream, event.corrects) !== undefined
    return fact?.root.type === event.type
  }

  return {
    accepts,
    apply(event) {
      if (!accepts(event)) return 'ignored'
      if (event.corrects === undefined) {
        const fact: Fact<E> = { root: event, versions: [event] }
        facts.push(fact)
        factOf.set(key(event.stream, event.id), fact)
        return 'added'
      }
      const fact = inForceFact(event.stream, event.corrects)
      if (event.type === 'RecordRetracted') {
        const undone = undoable(event.stream, event.corrects)
        const target = fact ?? undone?.fact
        if (!target) return 'ignored'
        if (undone) {
          target.versions = [...undone.before]
          return 'restored'
        }
        const before = target.versions
        target.versions = event.data.scope === 'FACT' ? [] : before.slice(0, -1)
        retractions.set(key(event.stream, event.id), { fact: target, before, after: target.versions })
        return 'withdrew'
      }
      if (!fact) return 'ignored'
      fact.versions = [...fact.versions, event]
      factOf.set(key(event.stream, event.id), fact)
      return 'replaced'
    },
    inForce: (stream, id) => inForceFact(stream, id)?.versions.at(-1),
    rootOf: (stream, id) => factOf.get(key(stream, id))?.root,
    effective() {
      const standing: { readonly order: LifeOrder; readonly event: E }[] = []
      for (const fact of facts) {
        const event = fact.versions.at(-1)
        if (event) standing.push({ order: lifeOrder(event, fact.root), event })
      }
      return standing.sort((a, b) => compareLifeOrder(a.order, b.order)).map(({ event }) => event)
    },
  }
}

/** What stands of these events (given in recording order), in the order of the life. */
export function effectiveHistory<E extends HistoryEvent>(events: Iterable<E>): readonly E[] {
  const ledger = correctionLedger<E>()
  for (const event of events) ledger.apply(event)
  return ledger.effective()
}

/** (moment, recordedAt, stream, revision), the last three of the first event of the chain. */
export interface LifeOrder {
  readonly moment: string
  readonly recordedAt: string
  readonly stream: string
  readonly revision: number
}

/** Where a fact stands in a life: correcting it never moves it, but for the moment that it now states. */
export function lifeOrder(inForce: HistoryEvent, root: HistoryEvent): LifeOrder {
  return {
    moment: momentInLife(inForce.occurredAt ?? root.recordedAt, root.recordedAt),
    recordedAt: root.recordedAt,
    stream: root.stream,
    revision: root.revision,
  }
}

export function compareLifeOrder(a: LifeOrder, b: LifeOrder): number {
  return (
    compareText(a.moment, b.moment) ||
    compareText(a.recordedAt, b.recordedAt) ||
    compareText(a.stream, b.stream) ||
    a.revision - b.revision
  )
}

/** A bare date counts as the earlier of the end of its day and the moment at which it was first recorded. */
function momentInLife(occurredAt: string, firstRecordedAt: string): string {
  if (occurredAt.length > 10) return occurredAt
  const endOfDay = `${occurredAt}T23:59:59.999+08:00`
  return endOfDay < firstRecordedAt ? endOfDay : firstRecordedAt
}
