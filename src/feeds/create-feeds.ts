/**
 * The feeds of a hub: one line of work that closes what is due, compiles and releases what is cut, and answers questions
 * beside it. It owns no truth: killed at any moment, it finds in the log where it was.
 */
import { agencies as agenciesProjection } from '../../projections/agencies.js'
import { patientRecord } from '../../projections/patient-record.js'
import { dayOf, SECOND } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { createTurns } from '../kernel/turns.js'
import { createCloser } from './close.js'
import { threadedCompiler } from './compile-threads.js'
import { diffFeed } from './diff.js'
import { deleteBy } from './document.js'
import { definitionInForce, isInForce, signerOf } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import { periodsOf } from './periods.js'
import type { FeedInfo, Feeds } from './port.js'
import { previewFeed } from './preview.js'
import { processCut } from './process-cut.js'
import { recomputePeriod } from './recompute.js'
import { releasedFiles } from './released-files.js'
import { releasedRowsOf } from './released-rows.js'
import { releasedStandingsOf } from './released-standings.js'
import { clearPassing, openSpool, SPOOL_SECRET, type Spool } from './spool.js'
import { whyInPeriod } from './why.js'

/** After a failed attempt the next one waits so long. */
export const RETRY_MS = 5 * SECOND
/** Comparisons under way or waiting: each takes minutes, so that whoever is further back is told at once to come later. */
export const MOST_DIFFS = 4

export function createFeeds(deps: FeedsDeps): Feeds {
  const { readModels, definitions, vault } = deps
  const names = [...new Set(definitions.map(({ name }) => name))]
  const closer = createCloser(deps)
  const files = releasedFiles(deps, async () => {
    const key = await vault.secret(SPOOL_SECRET)
    clearPassing(deps.spoolDirectory)
    return openSpool(deps.spoolDirectory, key)
  })
  const threads = deps.threads && threadedCompiler(deps.threads, (kids) => vault.keysById(kids))
  const stopping = new AbortController()
  /** Two comparisons at once would take no less time, and twice the room. */
  const diffs = createTurns()
  let comparing = 0
  let work: Promise<void> = Promise.resolve()
  let isPending = false
  let failure: unknown
  let retry: NodeJS.Timeout | undefined
  let unsubscribe: (() => void) | undefined

  /** Closes what is due and works off open cuts until neither is left. */
  async function workOff(): Promise<void> {
    const spool = await files.spool()
    expire(spool)
    for (;;) {
      // A closing that this process or a dead one appended opens its cut only once the read models have passed it.
      await caughtUp()
      await files.purge()
      const cuts = openCuts()
      for (const cutId of cuts) {
        stopping.signal.throwIfAborted()
        // So that a suppression recorded by now counts.
        await caughtUp()
        await processCut({ deps, spool, threads }, cutId, stopping.signal)
      }
      const closed = await Promise.all(names.map((name) => closer.closeDue(name)))
      if (cuts.length === 0 && closed.every((outcome) => outcome === undefined)) return
    }
  }

  /** What its recipients must have deleted is not kept here either; the log can still yield it. */
  function expire(spool: Spool): void {
    const today = dayOf(deps.calendar.now())
    for (const { feed, period } of spool.list()) if (deleteBy(period) < today) spool.remove(feed, period)
  }

  function caughtUp(): Promise<void> {
    readModels.notify()
    return readModels.through()
  }

  /** The cuts that every table that a compile reads has opened. */
  function openCuts(): readonly string[] {
    const people = new Set(readModels.reader(patientRecord).openCuts())
    return readModels
      .reader(agenciesProjection)
      .openCuts()
      .filter((id) => people.has(id))
  }

  /** Attempts never overlap: whatever asks meanwhile is served by one more. */
  function schedule(): void {
    if (isPending || stopping.signal.aborted || !unsubscribe) return
    isPending = true
    work = work.then(attempt)
  }

  async function attempt(): Promise<void> {
    isPending = false
    clearTimeout(retry)
    try {
      await workOff()
      failure = undefined
      deps.onSettled?.()
    } catch (error) {
      if (stopping.signal.aborted) return
      failure = error
      deps.onError?.(error)
      retry = setTimeout(schedule, RETRY_MS)
    }
  }

  /** The version in force, or, where none is, the newest that this node knows. */
  const infoOf = (feed: string): FeedInfo => {
    const known = isInForce(deps, feed)
      ? definitionInForce(deps, feed)
      : definitions.findLast((one) => one.name === feed)
    if (!known) throw new HubError('HUB_NOT_FOUND', `there is no feed ${JSON.stringify(feed)}`)
    const { name, version, label, audience, cadence, clauses, fields } = known
    return { name, version, label, audience, cadence, clauses, fieldSets: fields.map(({ id }) => id) }
  }

  return {
    async start() {
      unsubscribe ??= readModels.onCut(schedule)
      schedule()
    },
    definitions: () => names.map(infoOf),
    signingKey: async () => (await signerOf(vault)).publicKey,
    periods: async (feed) => periodsOf(deps, closer, definitionInForce(deps, feed)),
    async close(feed, period, by) {
      if (stopping.signal.aborted) throw new HubError('HUB_STOPPING', 'feeds are stopping')
      const outcome = await closer.closeByHand(by, feed, period, async () => {
        await caughtUp()
        const reader = readModels.reader(agenciesProjection)
        return reader.openCuts().some((id) => reader.cut(id)?.feed === feed)
      })
      schedule()
      return outcome
    },
    document: (feed, period, agency, format = 'ndjson') => files.document(feed, period, agency, format),
    returnSheet: (feed, period, agency) => files.returnSheet(feed, period, agency),
    readReturnSheet: (bytes, by) => files.readReturnSheet(bytes, by),
    recipientManifest: (feed, period, agency) => files.manifest(feed, period, agency),
    accountingManifest: (feed, period, agency) => files.accounting(feed, period, agency),
    preview: async (feed, agency) =>
      previewFeed(deps, definitionInForce(deps, feed), await closer.openPeriod(feed), agency),
    async diff(query, caller) {
      if (comparing >= MOST_DIFFS) throw new HubError('HUB_OVERLOADED', 'too many comparisons are under way or wait')
      comparing++
      const signal = caller ? AbortSignal.any([stopping.signal, caller]) : stopping.signal
      try {
        return await diffs.take('diff', () => diffFeed({ deps, openPeriod: closer.openPeriod, signal }, query))
      } catch (error) {
        if (caller?.aborted) throw new HubError('HUB_STOPPING', 'whoever asked for the comparison has gone')
        throw error
      } finally {
        comparing--
      }
    },
    why: (feed, period, patientId, agency) => whyInPeriod(deps, { feed, period, patientId, agency }),
    releasedRows: releasedRowsOf(deps),
    recompute: (feed, period) => recomputePeriod(deps, feed, period),
    releasedStandings: releasedStandingsOf(deps),
    async purge() {
      await caughtUp()
      await files.purge()
    },
    tick: schedule,
    async idle() {
      for (let seen: Promise<void> | undefined; seen !== work; ) {
        seen = work
        await work
      }
      if (failure !== undefined) throw failure
    },
    async stop() {
      unsubscribe?.()
      stopping.abort(new HubError('HUB_STOPPING', 'feeds are stopping'))
      clearTimeout(retry)
      await work
      await Promise.all([threads?.close(), files.close()])
    },
  }
}
