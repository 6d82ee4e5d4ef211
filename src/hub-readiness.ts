/** Whether the hub records and projects, check by check, and what it does about a clock that runs behind the log (design §5). */
import type { Dispatcher } from './alerts/port.js'
import { HUB_STREAM } from './domain/streams.js'
import type { HubCore } from './hub-core.js'
import type { Readiness } from './hub-port.js'
import { SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { ReadModels } from './readmodel/port.js'

export async function readinessOf(
  core: HubCore,
  readModels: ReadModels,
  dispatcher: Dispatcher | undefined,
): Promise<Readiness> {
  const vault = await core.store.vault.check().then(
    () => undefined,
    (error: unknown) => (isHubError(error) ? error.message : 'away'),
  )
  const behindMs = core.clockGuard.behindMs()
  const unsettled = core.recorder.unsettledStreams()
  const checks = [
    { name: 'vault', isOk: vault === undefined, ...(vault === undefined ? {} : { detail: vault }) },
    {
      name: 'log',
      isOk: unsettled === 0,
      ...(unsettled === 0 ? {} : { detail: `${unsettled} streams wait for an answer of the log` }),
    },
    {
      name: 'clock',
      isOk: behindMs === 0,
      ...(behindMs === 0
        ? {}
        : { detail: `${Math.round(behindMs / SECOND)} s behind the last event: no period closes` }),
    },
    ...(dispatcher ? followersOf(readModels, dispatcher) : []),
  ]
  return { isReady: checks.every(({ isOk }) => isOk), checks }
}

function followersOf(readModels: ReadModels, dispatcher: Dispatcher): Readiness['checks'] {
  const { error } = readModels.status()
  const { state } = dispatcher.health()
  return [
    { name: 'read models', isOk: error === undefined, ...(error ? { detail: error.message } : {}) },
    { name: 'dispatcher', isOk: state === 'running', ...(state === 'running' ? {} : { detail: state }) },
  ]
}

/** Writes down that the clock is in doubt, and that it is no longer once it has passed the last event. */
export async function lookAtClock({ clockGuard, directory, hubRecorder }: HubCore): Promise<void> {
  const behindMs = clockGuard.behindMs()
  const isDoubted = directory.current.isClockDoubted()
  if (behindMs > 0 === isDoubted) return
  const event = isDoubted
    ? { type: 'ClockConfirmed', data: { by: 'clock' } }
    : { type: 'ClockDoubted', data: { behindMs: Math.round(behindMs) } }
  await directory.through(await hubRecorder.appendNext({ stream: HUB_STREAM, ...event }))
}
