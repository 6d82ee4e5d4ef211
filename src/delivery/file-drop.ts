/**
 * The file drop: one run of a subscription's job writes what its outbox holds into packages, each handed over when it stands
 * whole under its name, and takes the acknowledgements that came back. It writes only while its lease is held; a disk that
 * takes nothing pauses this subscription and no other, on the schedule of webhooks.
 */
import type { Subscription } from '../domain/directory.js'
import { readText } from '../domain/read-data.js'
import { outboxStream } from '../domain/streams.js'
import { isHubError } from '../kernel/errors.js'
import { sha256 } from '../kernel/hash.js'
import type { LogReader } from '../log/port.js'
import { takeAcknowledgements } from './acknowledgement-files.js'
import { backoffMs } from './backoff.js'
import { type FileFolder, openFileFolder } from './file-folder.js'
import type { Lease, Rest } from './jobs.js'
import type { LaneMessage } from './lane.js'
import { addressOf, pausedUntil, scheduleFrom } from './lane-schedule.js'
import type { MailboxDeps } from './mailbox.js'
import { type PackageIndex, packageName, packageText, parsePackageName } from './package-format.js'
import { sealPackage } from './package-jwe.js'
import type { RenderedMessage } from './port.js'
import { messagesAt } from './resend.js'
import type { Timers } from './timers.js'
import { isBehind, isSending, measure, readOn, type Track } from './track.js'

export interface FileDropDeps extends Pick<MailboxDeps, 'recorder' | 'calendar'> {
  readonly log: LogReader
  readonly timers: Timers
  /** Undefined where the operator named none. */
  readonly directory: string | undefined
  readonly render: (track: Track, sequence: number) => Promise<RenderedMessage>
  readonly secrets: (subscription: Subscription) => Promise<readonly Uint8Array[]>
  readonly onHandedOver: () => void
  readonly onParked: (reason: string) => void
  readonly onProblem: (subscription: string, error: unknown) => void
}

export type FileDrop = (track: Track, lease: Lease) => Promise<Rest | undefined>

export const PACKAGE_MESSAGES = 500
const PACKAGE_CHARACTERS = 4 * 1024 * 1024

/** Which address the schedule of a subscription speaks of: another key is tried at once. */
function dropAddress({ publicKey }: Subscription): string {
  return `files:${publicKey?.thumbprint}`
}

export function createFileDrop(deps: FileDropDeps): FileDrop {
  const { log, timers, directory } = deps

  const park = ({ progress, ledger }: Track, sequence: number, key: string, reason: string): void => {
    progress.park(sequence, key)
    ledger.parked(sequence, key, reason)
    deps.onParked(reason)
  }

  /**
   * Renders messages until a package is full. What cannot be rendered now waits, with what follows about the same person; what
   * never can is parked. Alerts never wait for a document.
   */
  const gather = async (track: Track, messages: AsyncIterable<LaneMessage>, { waiting, parked }: Keys) => {
    const gathered: { readonly sequence: number; readonly body: string }[] = []
    let size = 0
    for await (const { sequence, key } of messages) {
      if (waiting.has(key)) continue
      if (parked.has(key)) {
        park(track, sequence, key, 'BEHIND')
        continue
      }
      try {
        const { body } = await deps.render(track, sequence)
        gathered.push({ sequence, body })
        size += body.length
      } catch (error) {
        deps.onProblem(track.subscription.id, error)
        if (isHubError(error, 'HUB_LOG_CORRUPT')) {
          parked.add(key)
          park(track, sequence, key, error.code)
        } else waiting.add(key)
      }
      if (gathered.length >= PACKAGE_MESSAGES || size >= PACKAGE_CHARACTERS) break
    }
    return gathered
  }

  const again = async function* (track: Track): AsyncGenerator<LaneMessage> {
    const asked = track.progress.redriving()
    if (asked.size > 0) yield* await messagesAt(log, track.subscription.id, asked)
  }

  const waitingIn = async function* (track: Track, through: number): AsyncGenerator<LaneMessage> {
    const { progress, subscription } = track
    for await (const { revision, data } of log.readStream(outboxStream(subscription.id), progress.cursor())) {
      if (revision > through) return
      if (!progress.isDone(revision)) yield { sequence: revision, key: readText(data, 'key') }
    }
  }

  /** Where a crash came between name and record, the package is written again with the same messages. */
  const throughOf = async (folder: FileFolder, { progress }: Track): Promise<number> => {
    const from = progress.nextOpen(0)
    for (const name of await folder.packages()) {
      const found = parsePackageName(name)
      if (found && !found.isAgain && found.from === from) return found.through
    }
    return Number.POSITIVE_INFINITY
  }

  /** False where nothing more can be written now. */
  const writeNext = async (track: Track, folder: FileFolder, lease: Lease, waiting: Set<string>): Promise<boolean> => {
    const { progress, subscription } = track
    // What somebody asked for again goes first, and past what is parked.
    const asked = { waiting, parked: new Set<string>() }
    const owed = { waiting, parked: new Set(progress.parked().values()) }
    let gathered = await gather(track, again(track), asked)
    const isAgain = gathered.length > 0
    if (!isAgain) gathered = await gather(track, waitingIn(track, await throughOf(folder, track)), owed)
    if (gathered.length === 0) gathered = await gather(track, waitingIn(track, Number.POSITIVE_INFINITY), owed)
    const [first, last] = [gathered[0], gathered.at(-1)]
    if (!first || !last || !subscription.publicKey) return false
    const sequences = gathered.map(({ sequence }) => sequence)
    const index: PackageIndex = {
      ...{ format: 1, subscription: subscription.id, from: first.sequence, through: last.sequence },
      messages: gathered.length,
      parked: [...progress.parked().keys()],
    }
    const bodies = gathered.map(({ body }) => body)
    const text = packageText(index, bodies, await deps.secrets(subscription))
    const digest = isAgain ? sha256(sequences.join()).toString('hex').slice(0, 8) : undefined
    const name = packageName(index.from, index.through, digest)
    const isWritten = await folder.put(name, await sealPackage(text, subscription.publicKey), () => lease.isHeld())
    if (!isWritten) return false
    for (const sequence of sequences) {
      progress.handedOver(sequence, sequence)
      track.ledger.handedOver(sequence)
      deps.onHandedOver()
    }
    return true
  }

  const run = async (track: Track, lease: Lease): Promise<Rest | undefined> => {
    if (directory === undefined) throw Object.assign(new Error('no directory is named'), { code: 'NO_DIRECTORY' })
    const folder = await openFileFolder(directory, track.subscription.id)
    await takeAcknowledgements(deps, track, folder)
    const waiting = new Set<string>()
    const mayGoOn = (): boolean => lease.isHeld() && !lease.signal.aborted && isSending(track.subscription)
    while (mayGoOn() && isBehind(track)) {
      if (!(await writeNext(track, folder, lease, waiting))) break
      await measure(log, track)
    }
    track.pausedUntil = 0
    return mayGoOn() && isBehind(track) && waiting.size > 0 ? { afterMs: backoffMs(1) } : undefined
  }

  return async (track, lease) => {
    await readOn(log, track)
    await measure(log, track)
    // A lane that was open to a webhook sends nothing here any more.
    await track.lane?.stop()
    track.lane = undefined
    if (!isSending(track.subscription)) return undefined
    const address = dropAddress(track.subscription)
    const schedule = scheduleFrom(lease.left, address)
    const pauseMs = schedule ? pausedUntil(schedule, timers.now()) - timers.now() : 0
    if (pauseMs > 0) {
      track.pausedUntil = timers.now() + pauseMs
      return { afterMs: pauseMs, left: lease.left }
    }
    try {
      return await run(track, lease)
    } catch (error) {
      deps.onProblem(track.subscription.id, error)
      const rounds = (schedule?.rounds ?? 0) + 1
      const afterMs = backoffMs(rounds)
      track.pausedUntil = timers.now() + afterMs
      const left = { to: addressOf(address), rounds, until: track.pausedUntil, reason: reasonOf(error), late: [] }
      return { afterMs, left }
    } finally {
      track.loaded = track.progress.cursor()
      if (!lease.isLasting) await track.ledger.flush()
    }
  }
}

/** Keys whose messages wait for the next run, and keys behind which messages park. */
interface Keys {
  readonly waiting: Set<string>
  readonly parked: Set<string>
}

/** A code, `ENOSPC` or `HUB_VAULT_AWAY`: never a path. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'FILES_FAILED'
}

/** What the schedule of a receiver that takes nothing is kept for. */
export function addressTo(subscription: Subscription): string {
  return subscription.channel === 'files' ? dropAddress(subscription) : (subscription.url ?? '')
}
