/**
 * Appends the hub's own events: derived ones into their determined slots, where any node may derive them and one lands, and
 * people's acts on small streams after whatever stands there. Members marked personal are sealed like any other.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { definitionOf } from '../domain/catalogue.js'
import { derivedEventId } from '../domain/derived-ids.js'
import type { NewEvent, Receipt, RecordedBy, StoredEvent } from '../domain/event.js'
import type { Clock } from '../kernel/clock.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { uuidv7 } from '../kernel/ids.js'
import { faultsOf } from '../kernel/zod-faults.js'
import type { EventLog, Expected } from '../log/port.js'
import type { Vault } from '../vault/port.js'
import type { ClockGuard } from './clock-guard.js'
import type { HubEvent, HubRecorder, Principal } from './port.js'
import { contentOf, openedData } from './same-content.js'
import { openEvent, sealEvent } from './seal-event.js'
import { shapeEvent } from './shape-event.js'

export interface HubRecorderDeps {
  readonly logId: string
  readonly log: EventLog
  /**
   * Where the log is elsewhere, the copy of it on this node: a slot that is taken there needs no append to learn so. What it lacks
   * the log decides. Absent where nobody else appends.
   */
  readonly copy?: { eventAt(stream: string, revision: number): StoredEvent | undefined }
  readonly vault: Vault
  readonly clockGuard: ClockGuard
  readonly wall: Clock
}

const HUB: RecordedBy = { agency: 'hub', role: 'HUB' }
const DERIVED = { kind: 'derived' } as const
const API = { kind: 'api' } as const
const ATTEMPTS = 5
const SETTLING_PAUSE_MS = 50

export function createHubRecorder({ logId, log, copy, vault, clockGuard, wall }: HubRecorderDeps): HubRecorder {
  const build = async (event: HubEvent, id: string, floor: string): Promise<NewEvent> => {
    const definition = definitionOf(event.type, 1)
    const checked = definition.parseData(event.data)
    if (!checked.success) {
      throw new HubError('HUB_INVALID_EVENT', `${event.type} does not fit its schema`, {
        faults: faultsOf(checked.error, event.data, '/data'),
      })
    }
    const shaped = shapeEvent(
      {
        type: event.type,
        version: definition.version,
        id,
        data: checked.data,
        ...(event.occurredAt === undefined ? {} : { occurredAt: event.occurredAt }),
        ...(event.corrects === undefined ? {} : { corrects: event.corrects }),
      },
      definition.moment,
      definition.subjects,
    )
    const place = {
      stream: event.stream,
      recordedAt: clockGuard.recordedAt(floor),
      recordedBy: event.by ? recordedBy(event.by) : HUB,
      source: event.by ? API : DERIVED,
      ...(event.causation === undefined ? {} : { causation: event.causation }),
      ownerOf: (subject: string) => `${subject}:${event.stream}:${id}`,
    }
    return sealEvent(openEvent(shaped, place), event.stream, vault)
  }

  /** The same bytes with the same expectation until the log answers, or does not for longer than anybody waits. */
  const appended = async (stream: string, built: NewEvent, expected: Expected): Promise<readonly Receipt[]> => {
    let unknown: unknown
    for (let attempt = 1; ; attempt++) {
      try {
        return await log.append(stream, [built], expected)
      } catch (error) {
        if (isHubError(error, 'HUB_OUTCOME_UNKNOWN')) unknown = error
        // Once an append may have landed, a log that is away answers nothing about it.
        else if (unknown === undefined || !isHubError(error, 'HUB_LOG_AWAY')) throw error
        if (attempt === ATTEMPTS) throw unknown
        await delay(SETTLING_PAUSE_MS)
      }
    }
  }

  /** @throws HUB_DIFFERENT_CONTENT where the slot holds what this node does not derive */
  const taken = async (event: HubEvent, winner: StoredEvent, built: NewEvent, cause?: unknown): Promise<Receipt> => {
    const own = { ...built, stream: winner.stream, revision: winner.revision }
    const same =
      contentOf({ ...winner, data: await openedData(winner, vault) }) ===
      contentOf({ ...own, data: await openedData(own, vault) })
    if (same || (await event.isServedBy?.(winner))) return receiptOf(winner)
    throw new HubError(
      'HUB_DIFFERENT_CONTENT',
      `slot ${winner.revision} of a derived stream holds other content than this node derives`,
      { cause },
    )
  }

  return {
    async appendAt(slot, event) {
      const { stream } = event
      const revision = slot === 'new' ? 0 : slot.after + 1
      const built = await build(event, derivedEventId(logId, stream, revision), event.floor ?? '')
      const standing = copy?.eventAt(stream, revision)
      if (standing) return { outcome: 'taken', receipt: await taken(event, standing, built) }
      try {
        const [receipt] = await appended(stream, built, slot === 'new' ? 'new' : { revision: slot.after })
        clockGuard.saw(built.recordedAt)
        return { outcome: 'landed', receipt: receipt ?? receiptOf({ ...built, stream, revision }) }
      } catch (error) {
        if (!isHubError(error, 'HUB_ID_KNOWN') && !isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
        const winner = await eventAt(log, stream, revision)
        if (!winner) throw error
        return { outcome: 'taken', receipt: await taken(event, winner, built, error) }
      }
    },
    async appendNext(event, check) {
      for (let attempt = 1; ; attempt++) {
        const events: StoredEvent[] = []
        if (check) for await (const stored of log.readStream(event.stream)) events.push(stored)
        const tail = check ? events.at(-1) : await log.readTail(event.stream)
        check?.(events)
        const built = await build(event, uuidv7(wall.now()), tail?.recordedAt ?? '')
        try {
          const [receipt] = await appended(event.stream, built, tail ? { revision: tail.revision } : 'new')
          clockGuard.saw(built.recordedAt)
          return receipt ?? receiptOf({ ...built, stream: event.stream, revision: (tail?.revision ?? -1) + 1 })
        } catch (error) {
          // Its id is nobody else's: it is known because an answer was lost on the way.
          const [own] = isHubError(error, 'HUB_ID_KNOWN') ? (error.data.known as readonly { revision: number }[]) : []
          if (own) return receiptOf({ ...built, stream: event.stream, revision: own.revision })
          if (!isHubError(error, 'HUB_WRONG_EXPECTATION') || attempt === ATTEMPTS) throw error
        }
      }
    },
  }
}

function recordedBy({ agency, role, person, client }: Principal): RecordedBy {
  return { agency, role, ...(person === undefined ? {} : { person }), client }
}

async function eventAt(log: EventLog, stream: string, revision: number): Promise<StoredEvent | undefined> {
  for await (const event of log.readStream(stream, revision)) return event
  return undefined
}

function receiptOf({ id, stream, revision, recordedAt }: StoredEvent): Receipt {
  return { id, stream, revision, recordedAt }
}
