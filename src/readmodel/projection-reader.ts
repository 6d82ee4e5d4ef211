/**
 * Reads one projection's file beside its writer, on a read-only connection of its own. It reads a page of rows per
 * statement, so that no iteration ever holds a snapshot open while somebody waits for a network.
 */
import { HubError } from '../kernel/errors.js'
import { type HeadReader, headReader } from './head-reader.js'
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

/** The reader with what parity needs: rows unparsed, and up to where the file was folded. */
export interface TextReader extends HeadReader {
  /** As they stand, or at an open cut. */
  texts(cutId?: string): Iterable<RowText>
  /** At an open cut; undefined where there was no such row then. */
  textAt(cutId: string, key: string): RowText | undefined
  textNow(key: string): string | undefined
  buildEnd(): BuildEnd
}

const PAGE = 500
/** Sorts after every text that begins with the prefix before it. */
const AFTER_ALL = '\u{10ffff}'

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

  const textAt = database.transaction((cutId: string, key: string): RowText | undefined => {
    requireCut(cutId)
    const live = getRow.get(key)
    const aside = getAside.get(cutId, key)
    const row = aside ? aside.row : (live ?? null)
    return row === null ? undefined : { key, row, live }
  })

  return {
    texts,
    ...headReader(database, requireCut),
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
