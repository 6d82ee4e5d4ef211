/**
 * Reads the heads of one projection's rows, a page per statement: all of them, those of one shelf, and the keys of those that are not
 * settled. It knows heads as JSON text; whoever opened the connection closes it.
 */
import type { Sqlite } from './projection-schema.js'

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

export interface HeadReader {
  /** Of a projection that has heads: of everybody who has a row, or at an open cut had one then or has one now. By key. */
  heads(cutId?: string): Iterable<HeadText>
  /** The shelves on which heads lie now, in order: one look-up for each, however many heads there are. */
  shelves(): Iterable<string>
  /** By key: the heads on a shelf whose rows stand as they did at the cut, and that were not touched since. */
  headsOn(shelf: string, since?: SettledSince): Iterable<ShelvedHead>
  /** The keys that `headsOn` passes over: rows that have changed since the cut, and heads that were touched since. Each once. */
  unsettled(since: SettledSince): Iterable<string>
}

const HEADS_PAGE = 2000
/** No cut has this id. */
const NO_CUT = ''
/** Sorts after every time. */
const AFTER_ALL = '\u{10ffff}'

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

/** @param requireCut throws where a cut is not open (any more) */
export function headReader(database: Sqlite, requireCut: (id: string) => void): HeadReader {
  const headPage = database.prepare<[string, string], [string, string | null]>(HEAD_PAGE).raw()
  const goneKeys = database.prepare<[string], string>(GONE_KEYS).pluck()
  const nextShelf = database.prepare<[string], string>(NEXT_SHELF).pluck()
  const firstShelf = database.prepare<[], string>(FIRST_SHELF).pluck()
  const shelfPage = database.prepare<[string, string, string, string], [string, string]>(SHELF_PAGE).raw()
  const asidePage = database.prepare<[string, string], string>(ASIDE_PAGE).pluck()
  const touchedPage = database
    .prepare<[string, string, string, string], [touched: string, key: string, shelf: string]>(TOUCHED_PAGE)
    .raw()

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

  return { heads, shelves, headsOn, unsettled }
}
