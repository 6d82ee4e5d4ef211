/**
 * Every row about one person in the documents that were released, years later and whatever became of cuts and spools. A row is a
 * function of the person's own stream up to the cut and up to the release's suppressions, and of the agencies that their place
 * concerns: both are told by leaf indexes, so that neither the log nor anybody else is read. It reads; it appends nothing.
 */
import { LRUCache } from 'lru-cache'
import { areaHolders } from '../../projections/area-holders.js'
import type { Place } from '../domain/area-index.js'
import { scopedId } from '../domain/derived-ids.js'
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import { readObject, readObjects, readText } from '../domain/read-data.js'
import { documentStream, HUB_STREAM, patientStream, periodStream } from '../domain/streams.js'
import { type CalendarDate, dayOfTime, nextPeriod } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { PlacedEvent } from '../log/port.js'
import { periodOf } from '../policy/calendars.js'
import { agencyKeyName } from '../vault/port.js'
import { type AgenciesByLeaf, agenciesByLeaf } from './agencies-by-leaf.js'
import { placeOf } from './areas.js'
import { type CompileSink, opener, type PeopleCompiler, type Plan, peopleCompiler } from './compile-people.js'
import { disclosedIn } from './disclosed-fields.js'
import { deleteBy } from './document.js'
import { closingsBefore } from './earlier-cuts.js'
import { type Closing, closingOf, earlierFeed, feedAt } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import { type LifeByLeaf, lifeByLeaf } from './life-by-leaf.js'
import type { EarlierCut, Past } from './look-back.js'
import type { ReleasedRow, RowBasisSaid } from './port.js'
import { internalDocumentId } from './recipient-ids.js'
import { type Released, releasedBy } from './release.js'

/** Some five megabytes: those of a county over five years. */
const KEPT_RELEASES = 5000

export interface PlacedClosing {
  readonly closing: Closing
  readonly leafIndex: number
}

/** The function of `Feeds.releasedRows`. Closings and releases, which never change, are kept between questions. */
export function releasedRowsOf(deps: FeedsDeps): (patientId: string) => Promise<readonly ReleasedRow[]> {
  const closings = closingsInLog(deps)
  const releaseOf = releasesInLog(deps)
  return async (patientId) => {
    const life = deps.placed.placedStream(patientStream(patientId))
    if (life.some(({ event }) => event.type === ERASURE_TYPE)) return erasedRows(deps, life)
    const { person, since } = await personAndClosings(deps, closings, releaseOf, patientId)
    const rows: ReleasedRow[] = []
    for (const placed of since) if (person) rows.push(...(await rowsAt(deps, placed, person)))
    return rows
  }
}

/** A person, with the keys that there are, and the closings since their first event. */
export async function personAndClosings(
  deps: FeedsDeps,
  closings: () => readonly PlacedClosing[],
  releaseOf: ReleaseOf,
  patientId: string,
): Promise<{ readonly person?: Person; readonly since: readonly PlacedClosing[] }> {
  const life = deps.placed.placedStream(patientStream(patientId))
  const first = life[0]
  const since = first ? closings().filter(({ leafIndex }) => leafIndex > first.leafIndex) : []
  // So that whoever was in charge before the last of them is found.
  const last = since.at(-1)
  if (!last) return { since }
  if (deps.readModels.reader(areaHolders).checkpoint().leafIndex < last.leafIndex)
    await deps.readModels.through(last.leafIndex)
  const kids = new Set(life.flatMap(({ event }) => event.sealed.map(({ kid }) => kid)))
  const keys = await deps.vault.keysById([...kids])
  return { person: { patientId, life: lifeByLeaf(life), keys, agencies: agenciesByLeaf(deps), releaseOf }, since }
}

/** Every closing of every feed in log order, those that came since the last question read on. */
export function closingsInLog(deps: FeedsDeps): () => readonly PlacedClosing[] {
  const known = new Map<string, PlacedClosing[]>()
  let born: CalendarDate | undefined

  function readOn(feed: string): readonly PlacedClosing[] {
    const closings = known.get(feed) ?? []
    known.set(feed, closings)
    for (;;) {
      const last = closings.at(-1)
      // A feed closes its periods one after the other, from the first of the log on.
      const next = last ? nextPeriod(last.closing.period) : firstPeriod(feed)
      const placed = deps.placed.placedTail(periodStream(feed, next))
      if (!placed) return closings
      closings.push({ closing: closingOf(deps, placed.event), leafIndex: placed.leafIndex })
    }
  }
  function firstPeriod(feed: string): string {
    const { definitions, placed } = deps
    born ??= dayOfTime(placed.placedStream(HUB_STREAM)[0]?.event.recordedAt ?? '')
    return periodOf(definitions.find(({ name }) => name === feed)?.cadence ?? 'QUARTER', born)
  }

  return () =>
    [...new Set(deps.definitions.map(({ name }) => name))].flatMap(readOn).sort((a, b) => a.leafIndex - b.leafIndex)
}

export interface Person {
  readonly patientId: string
  readonly life: LifeByLeaf
  readonly keys: ReadonlyMap<string, Uint8Array>
  readonly agencies: AgenciesByLeaf
  readonly releaseOf: ReleaseOf
}

async function rowsAt(deps: FeedsDeps, placed: PlacedClosing, person: Person): Promise<readonly ReleasedRow[]> {
  const { closing } = placed
  const rows: ReleasedRow[] = []
  for await (const { agency, released, compiler, plan } of documentsAround(deps, placed, person)) {
    compiler.finish(plan, person.keys, {
      account() {},
      row(recipient, row, { line, commitment }) {
        if (recipient !== agency) return
        const said = saidBy(closing, line)
        rows.push({ ...aboutDocument(closing, released, compiler.idsOf(agency).documentId), row, commitment, said })
      },
    } satisfies CompileSink)
  }
  return rows
}

export interface DocumentAround {
  readonly agency: string
  readonly released: Released
  readonly compiler: PeopleCompiler
  /** Of this one person, with the suppressions that the release counted. */
  readonly plan: Plan
}

/** The released documents of whoever was in charge of where the person lived at the cut, whether or not they stand in them. */
export async function* documentsAround(
  deps: FeedsDeps,
  { closing, leafIndex }: PlacedClosing,
  asked: Person,
): AsyncGenerator<DocumentAround> {
  const { patientId, life, agencies, releaseOf } = asked
  const record = life.recordAt(leafIndex)
  if (!record) return
  const { period, edition } = closing
  const { logId, vault } = deps
  const day = dayOfTime(edition.cut.at)
  const idKeys = new Map<string, Uint8Array>()
  const feed = feedAt(closing.feed, day, edition.versions)
  const past: Past = {
    trustsTouched: false,
    recordAt: (_, leaf) => life.recordAt(leaf),
    releasedThrough: (document) => releaseOf(document)?.suppressionsThrough,
  }
  const earlier = earlierOf(deps, closing, asked)
  const now = agencies.around(placeIn(asked, leafIndex), leafIndex)
  // Whom the person has left, as they stand at this cut: a closing row may be theirs.
  const left = earlier.flatMap((cut) => cut.agencies).map(({ id }) => agencies.agencyAt(id, leafIndex))
  const around = new Map([...now, ...left].flatMap((row) => (row ? [[row.id, row] as const] : [])))
  const compiler = peopleCompiler({
    ...{ feed, period, logId, day, idKeys },
    agencies: [...around.values()],
    agencyAt: (id) => agencies.agencyAt(id, leafIndex),
    earlier: { earlier, past, feedOf: (cut) => earlierFeed(deps.definitions, cut) },
  })
  const recipients = compiler.recipients.map(({ agency }) => agency)
  for (const agency of recipients) idKeys.set(agency, await vault.secret(agencyKeyName(agency)))
  for (const agency of recipients) {
    const released = releaseOf(internalDocumentId(logId, feed.name, period, agency))
    if (!released) continue
    const live = life.recordAt(Math.max(leafIndex, released.suppressionsThrough))
    yield { agency, released, compiler, plan: compiler.plan([{ key: patientId, row: record, live }]) }
  }
}

/** The cuts of the feed before this one, each with the agencies that the person's place then concerned. */
function earlierOf(deps: FeedsDeps, { feed, period }: Closing, asked: Person): readonly EarlierCut[] {
  if (!feed.follows) return []
  const { agencies } = asked
  return closingsBefore(deps, feed.name, period).map((cut) => ({
    ...cut,
    agencies: agencies.around(placeIn(asked, cut.leafIndex), cut.leafIndex),
  }))
}

function placeIn({ patientId, life, keys }: Person, leafIndex: number): Place {
  const record = life.recordAt(leafIndex)
  if (!record) return { township: '' }
  return placeOf(record, opener(patientId, record, keys)(record.state.residence?.area))
}

/** What the erasure kept of the rows, in its order: a document's release names everything else. */
async function erasedRows(deps: FeedsDeps, life: readonly PlacedEvent[]): Promise<readonly ReleasedRow[]> {
  const kept = life.flatMap(({ event }) => (event.type === ERASURE_TYPE ? readObjects(event.data, 'rows') : []))
  const rows: ReleasedRow[] = []
  for (const data of kept) {
    const document = readText(data, 'document')
    const release = deps.placed.placedTail(documentStream(document))?.event
    if (!release) throw new HubError('HUB_LOG_CORRUPT', 'an erasure names a document that was never released')
    const feed = readText(release.data, 'feed')
    const period = readText(release.data, 'period')
    const closing = deps.placed.placedTail(periodStream(feed, period))?.event
    if (!closing) throw new HubError('HUB_LOG_CORRUPT', 'a document was released of a period that was never closed')
    const released = releasedBy(release)
    const key = await deps.vault.secret(agencyKeyName(released.agency))
    const about = { period, edition: { feed, cut: { id: closing.id, at: closing.recordedAt } } }
    rows.push({
      ...aboutDocument(about, released, scopedId(key, 'document', document)),
      row: readText(data, 'row'),
      commitment: readText(data, 'commitment'),
    })
  }
  return rows
}

/** The release of a document by its id in the log; undefined while there is none. */
type ReleaseOf = (document: string) => Released | undefined

export function releasesInLog({ placed }: FeedsDeps): ReleaseOf {
  const known = new LRUCache<string, Released>({ max: KEPT_RELEASES })
  return (document) => {
    const kept = known.get(document)
    if (kept) return kept
    const found = placed.placedTail(documentStream(document))
    const released = found && releasedBy(found.event)
    if (released) known.set(document, released)
    return released
  }
}

interface AboutClosing {
  readonly period: string
  readonly edition: Pick<Closing['edition'], 'feed' | 'cut'>
}

function aboutDocument(
  { period, edition: { feed, cut } }: AboutClosing,
  { agency, document, releasedAt }: Released,
  documentId: string,
): Omit<ReleasedRow, 'row' | 'commitment'> {
  return { feed, period, agency, document, documentId, cut, releasedAt, deleteBy: deleteBy(period) }
}

function saidBy({ feed }: Closing, line: Buffer): NonNullable<ReleasedRow['said']> {
  const row: Readonly<Record<string, unknown>> = JSON.parse(line.toString('utf8'))
  const fieldSet = feed.fields.find(({ id }) => id === row.fieldSet)
  if (!fieldSet) throw new Error(`releasedRows: ${feed.name} has no field set of its row`)
  const { kind, since } = readObject(row, 'basis')
  const basis = kind === undefined ? {} : { basis: { kind, ...(since === undefined ? {} : { since }) } as RowBasisSaid }
  return { fieldSet: fieldSet.id, fields: disclosedIn(fieldSet, row), ...basis }
}
