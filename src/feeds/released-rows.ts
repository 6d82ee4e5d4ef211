/**
 * Every row about one person in the documents that were released, years later and whatever became of cuts and spools. A row is a
 * function of the person's own stream up to the cut and up to the release's suppressions, and of the agencies that their place
 * concerns: both are told by leaf indexes, so that neither the log nor anybody else is read. It reads; it appends nothing.
 */
import { areaHolders } from '../../projections/area-holders.js'
import type { Place } from '../domain/area-index.js'
import { scopedId } from '../domain/derived-ids.js'
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import { readObject, readObjects, readText } from '../domain/read-data.js'
import { documentStream, patientStream, periodStream, streamKeyOf } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import type { PlacedEvent } from '../log/port.js'
import { agencyKeyName } from '../vault/port.js'
import { type AgenciesByLeaf, agenciesByLeaf } from './agencies-by-leaf.js'
import { placeOf } from './areas.js'
import { type PeopleCompiler, type Plan, peopleCompiler } from './compile-people.js'
import type { CompileSink } from './compile-sink.js'
import { amendedIn, disclosedIn } from './disclosed-fields.js'
import { deleteBy } from './document.js'
import { type Closing, earlierFeed } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import { type LifeByLeaf, lifeByLeaf } from './life-by-leaf.js'
import type { EarlierCut, Past } from './look-back.js'
import { type OpenerOf, openerOfOne } from './openers.js'
import type { ReleasedRow, RowBasisSaid } from './port.js'
import { internalDocumentId } from './recipient-ids.js'
import { type Released, releasedBy } from './release.js'
import { type PlacedClosing, type ReleasedPast, type ReleaseOf, releasedPast } from './released-past.js'

/** The function of `Feeds.releasedRows`. */
export function releasedRowsOf(deps: FeedsDeps): (patientId: string) => Promise<readonly ReleasedRow[]> {
  const kept = releasedPast(deps)
  return async (patientId) => {
    const life = deps.placed.placedStream(patientStream(patientId))
    if (life.some(({ event }) => event.type === ERASURE_TYPE)) return erasedRows(deps, life)
    const { person, since } = await personAndClosings(deps, kept, life)
    const rows: ReleasedRow[] = []
    for (const placed of since) if (person) rows.push(...(await rowsAt(deps, placed, person)))
    return rows
  }
}

/** One person with the keys that there are, as far as the question goes. */
export interface Person {
  readonly patientId: string
  readonly life: LifeByLeaf
  readonly keys: ReadonlyMap<string, Uint8Array>
  readonly openerOf: OpenerOf
  readonly agencies: AgenciesByLeaf
  readonly releaseOf: ReleaseOf
  /** A cut with the agencies that the person's place then concerned: several documents look back at it. */
  readonly cutOf: (placed: PlacedClosing) => EarlierCut
}

/**
 * The person of a stream, and the closings since their first event.
 * @param events the whole stream, in stream order
 */
export async function personAndClosings(
  deps: FeedsDeps,
  { closings, releaseOf, historyOf }: ReleasedPast,
  events: readonly PlacedEvent[],
): Promise<{ readonly person?: Person; readonly since: readonly PlacedClosing[] }> {
  const first = events[0]
  const since = first ? closings().filter(({ leafIndex }) => leafIndex > first.leafIndex) : []
  // So that whoever was in charge before the last of them is found.
  const last = since.at(-1)
  if (!first || !last) return { since }
  if (deps.readModels.reader(areaHolders).checkpoint().leafIndex < last.leafIndex)
    await deps.readModels.through(last.leafIndex)
  const kids = new Set(events.flatMap(({ event }) => event.sealed.map(({ kid }) => kid)))
  const keys = await deps.vault.keysById([...kids])
  const who = { patientId: streamKeyOf(first.event.stream), life: lifeByLeaf(events), keys, openerOf: openerOfOne() }
  const agencies = agenciesByLeaf(deps.readModels, historyOf, last.leafIndex)
  const cuts = new Map<PlacedClosing, EarlierCut>()
  const cutOf = (placed: PlacedClosing): EarlierCut => {
    const cut =
      cuts.get(placed) ?? earlierCut(placed, agencies.around(placeIn(who, placed.leafIndex), placed.leafIndex))
    cuts.set(placed, cut)
    return cut
  }
  return { person: { ...who, agencies, releaseOf, cutOf }, since }
}

async function rowsAt(deps: FeedsDeps, placed: PlacedClosing, person: Person): Promise<readonly ReleasedRow[]> {
  const { closing } = placed
  const rows: ReleasedRow[] = []
  for await (const { agency, released, compiler, plan } of documentsAround(deps, placed, person)) {
    compiler.finish(plan, person.keys, {
      account() {},
      row(recipient, row, { line, commitment }) {
        if (recipient !== agency) return
        const said = saidBy(deps, closing, line)
        const isClosing = said.fieldSet === closing.feed.follows?.closing.id
        const about = aboutDocument(closing, released, compiler.idsOf(agency).documentId)
        rows.push({ ...about, row, commitment, isClosing, said })
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
  { closing: { period }, leafIndex, day, feed, earlier: placedEarlier }: PlacedClosing,
  asked: Person,
): AsyncGenerator<DocumentAround> {
  const { patientId, life, agencies, releaseOf } = asked
  const record = life.recordAt(leafIndex)
  if (!record) return
  const { logId, vault } = deps
  const idKeys = new Map<string, Uint8Array>()
  const past: Past = {
    trustsTouched: false,
    recordAt: (_, leaf) => life.recordAt(leaf),
    releasedThrough: (document) => releaseOf(document)?.suppressionsThrough,
  }
  const earlier = placedEarlier.map(asked.cutOf)
  const now = agencies.around(placeIn(asked, leafIndex), leafIndex)
  // Whom the person has left, as they stand at this cut: a closing row may be theirs.
  const left = new Set(earlier.flatMap((cut) => cut.agencies.map(({ id }) => id)))
  for (const { id } of now) left.delete(id)
  const gone = [...left].flatMap((id) => agencies.agencyAt(id, leafIndex) ?? [])
  const around = [...now, ...gone]
  if (!around.some(({ role }) => role === feed.audience)) return
  const compiler = peopleCompiler({
    ...{ feed, period, logId, day, idKeys, openerOf: asked.openerOf },
    agencies: around,
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

function earlierCut({ closing, leafIndex, day }: PlacedClosing, agencies: EarlierCut['agencies']): EarlierCut {
  const { period, edition } = closing
  return { period, at: edition.cut.at, day, leafIndex, feed: edition.feed, versions: edition.versions, agencies }
}

function placeIn(
  { patientId, life, keys, openerOf }: Pick<Person, 'patientId' | 'life' | 'keys' | 'openerOf'>,
  leafIndex: number,
): Place {
  const record = life.recordAt(leafIndex)
  if (!record) return { township: '' }
  return placeOf(record, openerOf(patientId, record, keys)(record.state.residence?.area))
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
      isClosing: data.closing !== undefined,
    })
  }
  return rows
}

interface AboutClosing {
  readonly period: string
  readonly edition: Pick<Closing['edition'], 'feed' | 'cut'>
}

function aboutDocument(
  { period, edition: { feed, cut } }: AboutClosing,
  { agency, document, releasedAt }: Released,
  documentId: string,
): Omit<ReleasedRow, 'row' | 'commitment' | 'isClosing'> {
  return { feed, period, agency, document, documentId, cut, releasedAt, deleteBy: deleteBy(period) }
}

function saidBy({ definitions }: FeedsDeps, { feed }: Closing, line: string): NonNullable<ReleasedRow['said']> {
  const row: Readonly<Record<string, unknown>> = JSON.parse(line)
  const fieldSet = feed.fields.find(({ id }) => id === row.fieldSet)
  if (!fieldSet) throw new Error(`releasedRows: ${feed.name} has no field set of its row`)
  const { kind, since } = readObject(row, 'basis')
  const basis = kind === undefined ? {} : { basis: { kind, ...(since === undefined ? {} : { since }) } as RowBasisSaid }
  const versions = [feed, ...definitions.filter(({ name }) => name === feed.name)]
  const amendments = amendedIn(
    versions.flatMap(({ fields }) => fields),
    row,
  )
  return {
    ...{ fieldSet: fieldSet.id, fields: disclosedIn(fieldSet, row) },
    ...(amendments.length === 0 ? {} : { amendments }),
    ...basis,
  }
}
