/**
 * Reads one projection's file beside its writer, on a read-only connection of its own. It reads a page of rows per
 * statement, so that no iteration ever holds a snapshot open while somebody waits for a network.
 */
import { HubError } from '../kernel/errors.js'
import type { KeyedRow, OpenCut, ReadModel } from './port.js'
import { readCheckpoint, readCuts } from './projection-file.js'
import { openForReading } from './projection-schema.js'
import type { BuildEnd } from './survey.js'

/** Internal cuts: opened by a rebuild for its comparison, listed to nobody. */
export const PARITY_CUT_PREFIX = 'parity:'

/** A row as text. `live` is the row as it is now, where it was read at a cut. */
export interface RowText {
  readonly key: string
  readonly row: string
  readonly live: string | undefined
}

/** The head of a row, where the row stands as it did at the cut; where `head` is undefined, `textAt` has to be asked. */
export interface HeadText {
  readonly key: string
  readonly head: string | undefined
}

/** The head of a row that stands as it did. */
export interface ShelvedHead {
  readonly key: string
  readonly head: string
}

/** An open cut, and a time from which on whatever was touched is not settled; what is absent unsettles nothing. */
export interface SettledSince {
  readonly cutId?: string
  readonly touchedSince?: string | undefined
}

/** The reader with what parity needs: rows unparsed, and up to where the file was folded. */
export interface TextReader {
  /** As they stand, or at an open cut. */
  texts(cutId?: string): Iterable<RowText>
  /** Of a projection that has heads: of everybody who has a row, or at an open cut had one then or has one now. By key. */
  heads(cutId?: string): Iterable<HeadText>
  /** The shelves on which heads lie now, in order: one look-up for each, however many heads there are. */
  shelves(): Iterable<string>
  /** By key: the heads on a shelf whose rows stand as they did at the cut, and that were not touched since. */
  headsOn(shelf: string, since?: SettledSince): Iterable<ShelvedHead>
  /** The keys that `headsOn` passes over: rows that have changed since the cut, and heads that were touched since. Each once. */
  unsettled(since: SettledSince): Iterable<string>
  /** At an open cut; undefined where there was no such row then. */
  textAt(cutId: string, key: string): RowText | undefined
  textNow(key: string): string | undefined
  buildEnd(): BuildEnd
}

const PAGE = 500
/** Sorts after every text that begins with the prefix before it. */
const AFTER_ALL = '\u{10ffff}'

const HEADS_PAGE = 2000
/** No cut has this id. */
const NO_CUT = ''

const LIVE_PAGE = `SELECT key, row FROM rows WHERE key >= ? AND key < ? ORDER BY key LIMIT ${PAGE}`

// A row that lies aside stood as it lies there (NULL: it did not exist yet); any other stands as it did, and its text is read
// once. Rows deleted since the cut are found in aside alone. One statement for both would sort whole rows.
const CUT_PAGE = `
  SELECT r.key, r.row AS live, a.row AS aside, a.key IS NOT NULL AS moved
  FROM rows r LEFT JOIN aside a ON a.cut = @cut AND a.key = r.key
  WHERE r.key >= @from ORDER BY r.key LIMIT ${PAGE}`
const GONE_PAGE = `
  SELECT a.key, a.row FROM aside a
  WHERE a.cut = @cut AND a.key >= @from AND NOT EXISTS (SELECT 1 FROM rows r WHERE r.key = a.key)
  ORDER BY a.key LIMIT ${PAGE}`

const HEAD_PAGE = `
  SELECT h.key, CASE WHEN a.key IS NULL THEN h.head END
  FROM heads h LEFT JOIN aside a ON a.cut = ? AND a.key = h.key
  WHERE h.key >= ? ORDER BY h.key LIMIT ${HEADS_PAGE}`
const GONE_KEYS = `
  SELECT a.key FROM aside a
  WHERE a.cut = ? AND NOT EXISTS (SELECT 1 FROM heads h WHERE h.key = a.key) ORDER BY a.key`
const NEXT_SHELF = 'SELECT shelf FROM heads WHERE shelf > ? ORDER BY shelf LIMIT 1'
const FIRST_SHELF = 'SELECT shelf FROM heads ORDER BY shelf LIMIT 1'
const SHELF_PAGE = `
  SELECT h.key, h.head FROM heads h
  WHERE h.shelf = ? AND h.key > ? AND h.touched < ?
    AND NOT EXISTS (SELECT 1 FROM aside a WHERE a.cut = ? AND a.key = h.key)
  ORDER BY h.key LIMIT ${HEADS_PAGE}`
const ASIDE_PAGE = `SELECT key FROM aside WHERE cut = ? AND key > ? ORDER BY key LIMIT ${HEADS_PAGE}`
const TOUCHED_PAGE = `
  SELECT h.touched, h.key, h.shelf FROM heads h
  WHERE (h.touched, h.shelf, h.key) > (?, ?, ?)
    AND NOT EXISTS (SELECT 1 FROM aside a WHERE a.cut = ? AND a.key = h.key)
  ORDER BY h.touched, h.shelf, h.key LIMIT ${HEADS_PAGE}`

interface CutRow {
  readonly key: string
  readonly live: string
  readonly aside: string | null
  readonly moved: 0 | 1
}

interface PageRow {
  readonly key: string
  /** Null where it did not exist at the cut. */
  readonly row: string | null
  readonly live: string | undefined
}

/** Opens a reader; with `snapshot` it sees the file as it is now until it is closed. The file must exist. */
export function openProjectionReader<Row>(
  path: string,
  options: { snapshot?: boolean } = {},
): ReadModel<Row> & TextReader {
  const database = openForReading(path)
  if (options.snapshot) database.exec('BEGIN; SELECT 1 FROM checkpoint')
  const getRow = database.prepare<[string], string>('SELECT row FROM rows WHERE key = ?').pluck()
  const getAside = database.prepare<[string, string], { row: string | null }>(
    'SELECT row FROM aside WHERE cut = ? AND key = ?',
  )
  const count = database.prepare<[], number>('SELECT count(*) FROM rows').pluck()
  const livePage = database.prepare<[string, string], { key: string; row: string }>(LIVE_PAGE)
  const cutRows = database.prepare<[{ cut: string; from: string }], CutRow>(CUT_PAGE)
  const goneRows = database.prepare<[{ cut: string; from: string }], { key: string; row: string | null }>(GONE_PAGE)
  const cutPage = database.transaction((at: { cut: string; from: string }): readonly PageRow[] => {
    const standing = cutRows.all(at).map(({ key, live, aside, moved }) => ({ key, row: moved ? aside : live, live }))
    const gone = goneRows.all(at).map(({ key, row }) => ({ key, row, live: undefined }))
    if (gone.length === 0) return standing
    return [...standing, ...gone].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, PAGE)
  })

  const headPage = database.prepare<[string, string], [string, string | null]>(HEAD_PAGE).raw()
  const goneKeys = database.prepare<[string], string>(GONE_KEYS).pluck()
  const nextShelf = database.prepare<[string], string>(NEXT_SHELF).pluck()
  const firstShelf = database.prepare<[], string>(FIRST_SHELF).pluck()
  const shelfPage = database.prepare<[string, string, string, string], [string, string]>(SHELF_PAGE).raw()
  const asidePage = database.prepare<[string, string], string>(ASIDE_PAGE).pluck()
  const touchedPage = database
    .prepare<[string, string, string, string], [touched: string, key: string, shelf: string]>(TOUCHED_PAGE)
    .raw()

  const findCut = (id: string): OpenCut | undefined => readCuts(database).find((cut) => cut.id === id)
  const isOpen = database.prepare<[string], number>('SELECT 1 FROM cuts WHERE id = ?').pluck()
  const requireCut = (id: string): void => {
    if (isOpen.get(id) === undefined)
      throw new HubError('HUB_NOT_FOUND', 'the cut is not open (any more)', { data: { cut: id } })
  }

  const livePageOf = (from: string, prefix: string): readonly PageRow[] =>
    livePage.all(from, prefix + AFTER_ALL).map(({ key, row }) => ({ key, row, live: row }))

  function* texts(cutId?: string, prefix = ''): Generator<RowText> {
    if (cutId !== undefined) requireCut(cutId)
    for (let from = prefix; ; ) {
      const page = cutId === undefined ? livePageOf(from, prefix) : cutPage({ cut: cutId, from })
      // A cut that was dropped while the page was read would silently have turned into the live rows.
      if (cutId !== undefined) requireCut(cutId)
      for (const { key, row, live } of page) if (row !== null) yield { key, row, live }
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      from = `${last.key}\0`
    }
  }
  function* rows(prefix: string): Generator<KeyedRow<Row>> {
    for (const { key, row } of texts(undefined, prefix)) yield { key, row: parse(row) }
  }

  function* heads(cutId?: string): Generator<HeadText> {
    if (cutId !== undefined) requireCut(cutId)
    for (let from = ''; ; ) {
      const page = headPage.all(cutId ?? NO_CUT, from)
      if (cutId !== undefined) requireCut(cutId)
      for (const [key, head] of page) yield { key, head: head ?? undefined }
      const last = page.at(-1)
      if (!last || page.length < HEADS_PAGE) break
      from = `${last[0]}\0`
    }
    for (const key of goneKeys.all(cutId ?? NO_CUT)) yield { key, head: undefined }
  }
  function* shelves(): Generator<string> {
    for (let shelf = firstShelf.get(); shelf !== undefined; shelf = nextShelf.get(shelf)) yield shelf
  }
  function* headsOn(shelf: string, { cutId, touchedSince = AFTER_ALL }: SettledSince = {}): Generator<ShelvedHead> {
    if (cutId !== undefined) requireCut(cutId)
    for (let from = ''; ; ) {
      const page = shelfPage.all(shelf, from, touchedSince, cutId ?? NO_CUT)
      if (cutId !== undefined) requireCut(cutId)
      for (const [key, head] of page) yield { key, head }
      const last = page.at(-1)
      if (!last || page.length < HEADS_PAGE) return
      from = last[0]
    }
  }
  function* unsettled({ cutId, touchedSince }: SettledSince): Generator<string> {
    if (cutId !== undefined) requireCut(cutId)
    for (let from = ''; cutId !== undefined; ) {
      const page = asidePage.all(cutId, from)
      requireCut(cutId)
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < HEADS_PAGE) break
      from = last
    }
    // What is touched at that very time is after the time with nothing behind it.
    for (let after = { touched: touchedSince, shelf: '', key: '' }; after.touched !== undefined; ) {
      const page = touchedPage.all(after.touched, after.shelf, after.key, cutId ?? NO_CUT)
      if (cutId !== undefined) requireCut(cutId)
      for (const [, key] of page) yield key
      const last = page.at(-1)
      if (!last || page.length < HEADS_PAGE) return
      after = { touched: last[0], shelf: last[2], key: last[1] }
    }
  }
  const textAt = database.transaction((cutId: string, key: string): RowText | undefined => {
    requireCut(cutId)
    const live = getRow.get(key)
    const aside = getAside.get(cutId, key)
    const row = aside ? aside.row : (live ?? null)
    return row === null ? undefined : { key, row, live }
  })

  return {
    texts,
    heads,
    shelves,
    headsOn,
    unsettled,
    textAt,
    textNow: (key) => getRow.get(key),
    get(key) {
      const text = getRow.get(key)
      return text === undefined ? undefined : parse(text)
    },
    all: () => rows(''),
    withPrefix: rows,
    count: () => count.get() ?? 0,
    checkpoint() {
      const { position, leafIndex } = readCheckpoint(database)
      return { position, leafIndex }
    },
    getAt(cutId, key) {
      const text = textAt(cutId, key)
      return text === undefined ? undefined : parse(text.row)
    },
    *allAt(cutId) {
      for (const { key, row, live } of texts(cutId)) {
        const parsed: Row = parse(row)
        yield { key, row: parsed, live: live === undefined ? undefined : live === row ? parsed : parse(live) }
      }
    },
    openCuts: () =>
      readCuts(database)
        .map(({ id }) => id)
        .filter((id) => !id.startsWith(PARITY_CUT_PREFIX)),
    cut: findCut,
    buildEnd() {
      const cuts = readCuts(database).filter(({ id }) => !id.startsWith(PARITY_CUT_PREFIX))
      return { ...readCheckpoint(database), cuts }
    },
    close: () => database.close(),
  }
}

/** Rows were written by the projection that reads them: a file of another version is another file. */
function parse<Row>(text: string): Row {
  return JSON.parse(text) as Row
}
