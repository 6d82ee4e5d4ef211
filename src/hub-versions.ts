/**
 * How a log begins: with what it is, and with the versions of feeds, policy and alerts in force. Another version takes effect by a
 * `VersionActivated` alone: a node that knows a newer one goes on at the version in force. Other rules have no version of their own.
 */
import type { NewEvent, StoredEvent } from './domain/event.js'
import { HUB_STREAM } from './domain/streams.js'
import { type Clock, wallClock } from './kernel/clock.js'
import { collect } from './kernel/collect.js'
import { momentOf } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import { toBase64url } from './kernel/hash.js'
import { uuidv7 } from './kernel/ids.js'
import type { EventLog } from './log/port.js'
import { randomSeed } from './vault/sealing.js'

export interface InitialVersion {
  readonly kind: 'feed' | 'policy' | 'rules'
  readonly name: string
  readonly version: number
}

/** What every release told in alerts before it had a version. */
const FIRST_ALERTS: InitialVersion = { kind: 'rules', name: 'alerts', version: 1 }

/** What 0.1.0 ran. A log of it names none and is given these; what they let out has changed since (see the changelog). */
export const FIRST_VERSIONS: readonly InitialVersion[] = [
  { kind: 'feed', name: 'police-quarterly', version: 1 },
  { kind: 'feed', name: 'political-legal-quarterly', version: 1 },
  { kind: 'policy', name: 'weihai-2019', version: 1 },
  FIRST_ALERTS,
]

/** What a log begins with. To one that began earlier the later feeds and versions disclose nothing: who gains by a feed is asked for first. */
export const INITIAL_VERSIONS: readonly InitialVersion[] = [
  { kind: 'feed', name: 'police-quarterly', version: 2 },
  { kind: 'feed', name: 'political-legal-quarterly', version: 2 },
  { kind: 'policy', name: 'weihai-2019', version: 1 },
  { kind: 'feed', name: 'civil-affairs-semiannual', version: 1 },
  { kind: 'feed', name: 'disabled-persons-semiannual', version: 1 },
  { kind: 'feed', name: 'labour-semiannual', version: 1 },
  { kind: 'rules', name: 'alerts', version: 2 },
]

/** The `hub` stream; where there is none it is begun, with what the log is and the versions in force in one append. */
export async function beginLog(
  log: EventLog,
  { simulated }: { readonly simulated: boolean },
  calendar: Clock,
): Promise<readonly StoredEvent[]> {
  const known = await hubEventsOf(log)
  if (known.length > 0) return known
  const now = momentOf(calendar.now())
  const data = { logId: uuidv7(wallClock.now()), format: 1, simulated }
  const first = [hubEvent('LogCreated', data, now), ...versionEvents(INITIAL_VERSIONS, now)]
  await unlessTaken(log.append(HUB_STREAM, first, 'new'))
  return hubEventsOf(log)
}

/**
 * Tells a log of the first release, which names no version at all, those that it ran; and a later one that names none of the alerts
 * the one that it told them by.
 * @param recordedAt the moment of an event that follows one recorded at this floor
 */
export async function nameFirstVersions(
  log: EventLog,
  hubEvents: readonly StoredEvent[],
  recordedAt: (floor: string) => string,
): Promise<void> {
  const tail = hubEvents.at(-1)
  const activations = hubEvents.filter(({ type }) => type === 'VersionActivated')
  if (!tail || activations.some(({ data }) => data.kind === FIRST_ALERTS.kind && data.name === FIRST_ALERTS.name))
    return
  const ran = activations.length === 0 ? FIRST_VERSIONS : [FIRST_ALERTS]
  const versions = versionEvents(ran, recordedAt(tail.recordedAt))
  await unlessTaken(log.append(HUB_STREAM, versions, { revision: tail.revision }))
}

/** Where several hubs begin together, one of them does it. */
async function unlessTaken(append: Promise<unknown>): Promise<void> {
  try {
    await append
  } catch (error) {
    if (!isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
  }
}

function versionEvents(versions: readonly InitialVersion[], recordedAt: string): readonly NewEvent[] {
  return versions.map((data) => hubEvent('VersionActivated', { ...data }, recordedAt))
}

/** An event of the hub's own before there is a recorder to append it. */
function hubEvent(type: string, data: Readonly<Record<string, unknown>>, recordedAt: string): NewEvent {
  return {
    id: uuidv7(wallClock.now()),
    type,
    version: 1,
    recordedAt,
    recordedBy: { agency: 'hub', role: 'HUB' },
    source: { kind: 'derived' },
    seed: toBase64url(randomSeed()),
    data,
    sealed: [],
  }
}

function hubEventsOf(log: EventLog): Promise<readonly StoredEvent[]> {
  return collect(log.readStream(HUB_STREAM))
}
