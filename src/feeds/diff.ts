/**
 * What differs between two versions of a feed: the same people at the same cuts, compiled under both and compared row by row. It
 * appends and sends nothing, and keeps nobody: a batch of people is gone before the next one is read. Who was erased since a cut
 * is in neither of the two.
 */
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { periodStream } from '../domain/streams.js'
import { dayOf, type Moment, momentOf, type Period } from '../kernel/dates.js'
import { periodOf } from '../policy/calendars.js'
import { feedOpenings, isCorrection } from '../policy/openings.js'
import type { ReadModel } from '../readmodel/port.js'
import { batchesOf, type CompileInputs } from './compile.js'
import { type CutPerson, peopleCompiler } from './compile-people.js'
import { createDiffTally, gathered } from './diff-tally.js'
import type { Edition } from './document.js'
import { closingsBefore } from './earlier-cuts.js'
import { closingOf, compileInputs, definitionIn, feedVersionName, isInForce, policyVersionName } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { Past } from './look-back.js'
import { pastOf } from './past.js'
import type { DiffPeriod, DiffQuery, FeedDiff } from './port.js'
import { withReplay } from './recompute.js'

export interface DiffSetup {
  readonly deps: FeedsDeps
  /** The period of a feed in force that comes next. */
  readonly openPeriod: (feed: string) => Promise<Period>
  readonly signal: AbortSignal
}

type Policy = Readonly<Record<string, number>>

/** One version of the feed under one version of the policy. */
interface Side {
  readonly feed: PatientFeed
  readonly policy: Policy
}

/** Everything that both versions are compiled of. */
interface Cut {
  readonly period: Period
  readonly isClosed: boolean
  readonly id: string
  readonly at: Moment
  /** As the closing froze it, or as it is in force. */
  readonly policy: Policy
  readonly agencies: readonly AgencyRow[]
  readonly people: Iterable<CutPerson>
  readonly past: Past
}

/** Throws `HUB_NOT_FOUND` or `HUB_UNKNOWN_VERSION` for what this node does not know. */
export async function diffFeed(setup: DiffSetup, query: DiffQuery): Promise<FeedDiff> {
  const { deps, signal } = setup
  // Whoever asked may have gone while others were compared.
  signal.throwIfAborted()
  const before = query.from === undefined ? undefined : definitionIn(deps.definitions, query.feed, query.from)
  const after = definitionIn(deps.definitions, query.feed, query.to)
  const periods = await periodsOf(setup, { before, after, query })
  const opened = feedOpenings(before, after)
  const closed = before ? feedOpenings(after, before) : []
  const isAnybodyTold = periods.some(({ people }) => people.gained + people.more + people.otherwise > 0)
  const isAnyLost = periods.some(({ closings }) => closings.lost > 0)
  const { name: feed, label, audience } = after
  return {
    ...{ feed, label, audience, ...(before && { from: before.version }), to: after.version },
    ...{ isWider: opened.length > 0 || isAnybodyTold, losesCorrections: isAnyLost || closed.some(isCorrection) },
    ...{ opened, closed, periods },
  }
}

interface Asked {
  readonly before: PatientFeed | undefined
  readonly after: PatientFeed
  readonly query: DiffQuery
}

async function periodsOf(setup: DiffSetup, asked: Asked): Promise<readonly DiffPeriod[]> {
  const { deps, openPeriod } = setup
  const { name } = asked.after
  const next = isInForce(deps, name) ? await openPeriod(name) : undefined
  const closed = next === undefined ? [] : closingsBefore(deps, name, next).slice(0, asked.query.periods)
  if (closed.length === 0) return [await compareAt(setup, asked, liveCut(deps, asked.after))]
  const periods: DiffPeriod[] = []
  for (const { period, at, versions } of closed) {
    const event = await deps.log.readTail(periodStream(name, period))
    if (!event) continue
    const one = await withReplay(deps, closingOf(deps, event), -1, (replay) =>
      compareAt(setup, asked, {
        ...{ period, isClosed: true, id: event.id, at, policy: policyIn(versions), agencies: replay.agencies },
        ...{ people: replay.people(), past: pastOf(replay.log) },
      }),
    )
    periods.push(one)
  }
  return periods
}

/** The period in progress, as if it were cut now. */
function liveCut(deps: FeedsDeps, { cadence }: PatientFeed): Cut {
  const now = deps.calendar.now()
  const { readModels } = deps
  return {
    ...{ period: periodOf(cadence, dayOf(now)), isClosed: false, id: 'preview', at: momentOf(now) },
    policy: policyIn(Object.fromEntries(deps.versions())),
    agencies: Array.from(readModels.reader(agenciesProjection).all(), ({ row }) => row),
    people: livePeople(readModels.reader(patientRecord)),
    past: pastOf(deps.placed),
  }
}

function policyIn(versions: Policy): Policy {
  return Object.fromEntries(Object.entries(versions).filter(([name]) => name.startsWith(policyVersionName(''))))
}

async function compareAt({ deps, signal }: DiffSetup, asked: Asked, cut: Cut): Promise<DiffPeriod> {
  const { before, after, query } = asked
  const to = await compilerOf(deps, { feed: after, policy: { ...cut.policy, ...query.policy } }, cut)
  const from = before && (await compilerOf(deps, { feed: before, policy: cut.policy }, cut))
  const tally = createDiffTally(before ? [before, after] : [after])
  for (const batch of batchesOf(cut.people)) {
    signal.throwIfAborted()
    const plans = [from?.plan(batch), to.plan(batch)] as const
    const keys = await deps.vault.keysById([...new Set(plans.flatMap((plan) => plan?.kids ?? []))])
    const [was, now] = [gathered(), gathered()]
    if (plans[0]) from?.finish(plans[0], keys, was.sink)
    to.finish(plans[1], keys, now.sink)
    tally.add(was.rows, now.rows)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const names = new Map([...(from?.recipients ?? []), ...to.recipients].map(({ agency, name }) => [agency, name]))
  const counted = tally.agencies()
  const differing = [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([agency, name]) => {
      const told = counted.get(agency)
      return told && told.fields.length > 0 ? [{ agency, name, ...told }] : []
    })
  const { period, isClosed, at } = cut
  return {
    ...{ period, isClosed, at, ...tally.totals() },
    ...{ agencies: differing, agenciesAlike: names.size - differing.length },
  }
}

async function compilerOf(
  deps: FeedsDeps,
  { feed, policy }: Side,
  cut: Cut,
): Promise<ReturnType<typeof peopleCompiler>> {
  const { period, id, at, agencies, past } = cut
  const edition: Edition = {
    ...{ feed: feed.name, period, fieldSets: feed.fields, cut: { id, at } },
    ...{ versions: { ...policy, [feedVersionName(feed.name)]: feed.version } },
    ...{ isSimulated: deps.isSimulated, isPreview: true },
  }
  const inputs: CompileInputs = await compileInputs(
    deps,
    { feed, edition },
    { agencies, suppressionsThrough: -1, scratch: '' },
    past,
  )
  return peopleCompiler({ ...inputs, period })
}

function* livePeople(records: ReadModel<PatientRecord>): Generator<CutPerson> {
  for (const { key, row } of records.all()) yield { key, row, live: row }
}
