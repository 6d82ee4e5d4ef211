/** Gathers what a compile needs beside its people: the edition, agencies and their keys, the signer. It reads and appends nothing. */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import type { StoredEvent } from '../domain/event.js'
import { readNumbers, readText } from '../domain/read-data.js'
import { addDays, type CalendarDate, dayOfTime, type Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { GlanceContext } from '../policy/define-feed.js'
import { PACKS } from '../policy/pack.js'
import { agencyKeyName, type SIGNING_SECRET, type Vault } from '../vault/port.js'
import { jurisdictions } from './areas.js'
import type { CompileInputs } from './compile.js'
import type { CompileOrder } from './compile-messages.js'
import type { Edition } from './document.js'
import { earlierCuts } from './earlier-cuts.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { EarlierCut, Past } from './look-back.js'
import { pastOf } from './past.js'
import { createSigner, type Signer } from './signing.js'
import { SPOOL_SECRET } from './spool.js'

const SIGNING: typeof SIGNING_SECRET = 'signing'

/** The hub's own key, which signs manifests. */
export async function signerOf(vault: Pick<Vault, 'secret'>): Promise<Signer> {
  return createSigner(await vault.secret(SIGNING))
}

export const feedVersionName = (feed: string): string => `feed:${feed}`
export const policyVersionName = (pack: string): string => `policy:${pack}`

/** The definition of this name and version. Throws `HUB_NOT_FOUND` or `HUB_UNKNOWN_VERSION`. */
export function definitionIn(definitions: readonly PatientFeed[], name: string, version: number): PatientFeed {
  knownFeed(definitions, name)
  const found = definitions.find((one) => one.name === name && one.version === version)
  if (!found) throw new HubError('HUB_UNKNOWN_VERSION', `this node does not know version ${version} of ${name}`)
  return found
}

/** The definition in force: the one that the last `VersionActivated` names, however many newer ones this node knows. */
export function definitionInForce(deps: FeedsDeps, name: string): PatientFeed {
  knownFeed(deps.definitions, name)
  return definitionIn(deps.definitions, name, inForce(deps, feedVersionName(name)))
}

/** True where a version of the feed is in force: a feed that this node alone knows closes nothing. */
export function isInForce({ versions }: Pick<FeedsDeps, 'versions'>, name: string): boolean {
  return versions().has(feedVersionName(name))
}

/** The versions that a closing event freezes for its period. */
export function versionsToFreeze(deps: FeedsDeps, feed: string): Readonly<Record<string, number>> {
  const { pack } = deps
  const policy = policyVersionName(pack.name)
  const version = inForce(deps, policy)
  if (version !== pack.version) {
    throw new HubError('HUB_UNKNOWN_VERSION', `this node knows version ${pack.version} of ${policy}, not ${version}`)
  }
  return { [feedVersionName(feed)]: definitionInForce(deps, feed).version, [policy]: version }
}

/** Throws `HUB_NOT_FOUND` for a name that no definition has. */
export function knownFeed(definitions: readonly PatientFeed[], name: string): void {
  if (!definitions.some((one) => one.name === name))
    throw new HubError('HUB_NOT_FOUND', `there is no feed ${JSON.stringify(name)}`)
}

/** @param name e.g. `feed:police-quarterly` */
function inForce({ versions }: FeedsDeps, name: string): number {
  const version = versions().get(name)
  if (version !== undefined) return version
  throw new HubError('HUB_NOT_FOUND', `no version of ${name} is in force`, {
    hint: 'A log begins with the versions in force; deploying another puts none in force: see lianhu versions.',
  })
}

export interface Closing {
  readonly feed: PatientFeed
  readonly period: Period
  readonly event: StoredEvent
  readonly edition: Edition
}

/** What a closing event settles. Throws `HUB_UNKNOWN_VERSION` where this node does not know the feed's version. */
export function closingOf(deps: Pick<FeedsDeps, 'definitions' | 'isSimulated'>, event: StoredEvent): Closing {
  const versions = readNumbers(event.data, 'versions')
  const name = readText(event.data, 'feed')
  const version = versions[feedVersionName(name)]
  if (version === undefined) throw new HubError('HUB_LOG_CORRUPT', `the closing of ${name} names no version of it`)
  const feed = definitionIn(deps.definitions, name, version)
  const period = readText(event.data, 'period')
  const cut = { id: event.id, at: event.recordedAt }
  const { isSimulated } = deps
  return { feed, period, event, edition: { feed: name, period, fieldSets: feed.fields, cut, versions, isSimulated } }
}

interface CompileAt {
  readonly agencies: readonly AgencyRow[]
  readonly suppressionsThrough: number
  readonly scratch: string
}

/** Everything that a compile is a function of, but its people: as plain data. */
export async function compileOrder(
  deps: FeedsDeps,
  { feed, edition: { fieldSets: _, ...edition } }: Pick<Closing, 'feed' | 'edition'>,
  at: CompileAt,
): Promise<CompileOrder> {
  const day = dayOfTime(edition.cut.at)
  const { recipients } = jurisdictions(at.agencies, feed.audience, day)
  const [idKeys, signingSeed, spoolKey] = await Promise.all([
    idKeysOf(
      deps.vault,
      recipients.map(({ agency }) => agency),
    ),
    deps.vault.secret(SIGNING),
    deps.vault.secret(SPOOL_SECRET),
  ])
  const { name, version } = feed
  const earlier = await earlierCuts(deps, feed, edition.period, at.agencies)
  return { feed: { name, version }, edition, logId: deps.logId, day, idKeys, signingSeed, spoolKey, earlier, ...at }
}

/** The order with what cannot be sent between threads, and the feed as it reads on the day of the cut. */
export function inputsOf(definitions: FeedsDeps['definitions'], order: CompileOrder, past: Past): CompileInputs {
  const { signingSeed, spoolKey, scratch, earlier, ...rest } = order
  const feed = definitionIn(definitions, order.feed.name, order.feed.version)
  return {
    ...rest,
    feed: feedAt(feed, order.day, order.edition.versions),
    edition: { ...order.edition, fieldSets: feed.fields },
    earlier: { earlier, past, feedOf: (cut) => earlierFeed(definitions, cut) },
    signer: createSigner(signingSeed),
    scratch: { directory: scratch, key: spoolKey },
  }
}

/** The definition that an earlier cut froze, as it reads on its day. */
export function earlierFeed(definitions: FeedsDeps['definitions'], { feed, day, versions }: EarlierCut): PatientFeed {
  return feedAt(definitionIn(definitions, feed, versions[feedVersionName(feed)] ?? 0), day, versions)
}

/**
 * The feed as it reads on the day of a cut, under the versions that its closing froze: with the first day whose assessments are
 * current handed to whatever tells how somebody appears.
 */
export function feedAt(feed: PatientFeed, day: CalendarDate, versions: Edition['versions']): PatientFeed {
  const currentSince = addDays(day, -staleAfterDaysIn(versions))
  let given: GlanceContext | undefined
  let dated: GlanceContext | undefined
  return {
    ...feed,
    glance(head, context) {
      // Heads come by the million, with one context for all of them.
      if (!dated || given !== context) {
        given = context
        dated = { ...context, currentSince }
      }
      return feed.glance(head, dated)
    },
    row: (record, context) => feed.row(record, { ...context, currentSince }),
  }
}

/** The pack's own number, whatever a hub is set to: the frozen version is all that a recompute knows of it. */
function staleAfterDaysIn(versions: Edition['versions']): number {
  const pack = PACKS.find(({ name, version }) => versions[policyVersionName(name)] === version)
  if (!pack) throw new HubError('HUB_UNKNOWN_VERSION', 'this node does not know the policy of the closing event')
  return pack.staleAfterDays
}

/** Order and inputs at once, for a compile on this thread. */
export async function compileInputs(
  deps: FeedsDeps,
  closing: Pick<Closing, 'feed' | 'edition'>,
  at: CompileAt,
  past: Past = pastOf(deps.placed),
): Promise<CompileInputs> {
  return inputsOf(deps.definitions, await compileOrder(deps, closing, at), past)
}

async function idKeysOf(vault: Vault, agencies: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const keys = await Promise.all(
    agencies.map(async (agency) => [agency, await vault.secret(agencyKeyName(agency))] as const),
  )
  return new Map(keys)
}
