/** Whether the hub records and projects, check by check. Whatever it says is for everybody: no path, no name, no error's text. */
import type { Dispatcher } from './alerts/port.js'
import type { HubCore } from './hub-core.js'
import type { Readiness } from './hub-port.js'
import { SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { ReadModels } from './readmodel/port.js'

const MAX_BEHIND_MS = 60 * SECOND

/** How long this hub's replica has lacked what the log held, in milliseconds; `unknown` while the log does not answer. */
export type ReplicaLag = number | 'none' | 'unknown'

export async function replicaLagOf({ store }: HubCore): Promise<ReplicaLag> {
  return store.behindMs ? store.behindMs().catch(() => 'unknown' as const) : 'none'
}

export async function readinessOf(
  core: HubCore,
  readModels: ReadModels,
  dispatcher: Dispatcher | undefined,
  replica: ReplicaLag,
): Promise<Readiness> {
  const vault = await core.store.vault.check().then(
    () => undefined,
    (error: unknown) => (isHubError(error) ? error.message : 'away'),
  )
  const isReadOnly = core.isReadOnly()
  const isClockRight = !isClockInDoubt(core)
  const unsettled = core.recorder.unsettledStreams()
  const checks = [
    { name: 'vault', isOk: vault === undefined, ...(vault === undefined ? {} : { detail: vault }) },
    {
      name: 'log',
      isOk: unsettled === 0,
      ...(unsettled === 0 ? {} : { detail: `${unsettled} streams wait for an answer of the log` }),
    },
    {
      name: 'writable',
      isOk: !isReadOnly,
      ...(isReadOnly
        ? { detail: 'the log refused the last append: free disk space; the next one that is stored ends it' }
        : {}),
    },
    ...replicaOf(replica),
    { name: 'clock', isOk: isClockRight, ...(isClockRight ? {} : { detail: doubtOf(core) }) },
    ...(dispatcher ? followersOf(readModels, dispatcher) : []),
  ]
  return { isReady: checks.every(({ isOk }) => isOk), checks }
}

/** A replica that lags for long answers reads with what was true long ago. */
function replicaOf(lag: ReplicaLag): Readiness['checks'] {
  if (lag === 'none') return []
  if (lag === 'unknown') return [{ name: 'replica', isOk: false, detail: 'the event store does not answer' }]
  if (lag < MAX_BEHIND_MS) return [{ name: 'replica', isOk: true }]
  return [{ name: 'replica', isOk: false, detail: `behind the log for ${Math.round(lag / SECOND)} s` }]
}

function followersOf(readModels: ReadModels, dispatcher: Dispatcher): Readiness['checks'] {
  const { error } = readModels.status()
  const { state } = dispatcher.health()
  return [
    { name: 'read models', isOk: error === undefined, ...(error ? { detail: error.message } : {}) },
    { name: 'dispatcher', isOk: state === 'running', ...(state === 'running' ? {} : { detail: state }) },
  ]
}

/** True while no period closes for the clock's sake: it is behind and nobody confirmed it, or that is not written down yet. */
export function isClockInDoubt({ clockGuard, directory }: Pick<HubCore, 'clockGuard' | 'directory'>): boolean {
  return clockGuard.isInDoubt() || directory.current.isClockDoubted()
}

function doubtOf({ clockGuard }: HubCore): string {
  const seconds = Math.round(clockGuard.behindMs() / SECOND)
  return `${seconds} s behind the last event: no period closes until it has passed that, or an operator confirms it`
}
