/**
 * The people of a synthetic nation, written straight into the read model's file and the vault: a few are registered through the one
 * way in, and the others are their records with another id, place and health centre. Whoever a document names is sealed anew under
 * keys of their own, so that every value that a compile opens is really opened; what is never opened stays the sample's.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'
import { type KeptBlob, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import type { RowHead } from '../../src/domain/define-projection.js'
import type { SealedEntry } from '../../src/domain/event.js'
import { patientStream } from '../../src/domain/streams.js'
import { seal } from '../../src/vault/sealing.js'
import { wrap } from '../../src/vault/wrapping.js'
import { say } from './measure.js'

/** One registered person as the pattern of many. */
export interface Sample {
  readonly level: number
  readonly patient: string
  readonly township: string
  readonly unit: string
  readonly record: PatientRecord
  /** `<event id>/<subject>` to what the blob opened to. */
  readonly opened: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

export interface Nation {
  readonly patients: number
  /** A township for each police station. */
  readonly townships: readonly string[]
  /** Their health centres, each for several of them in turn. */
  readonly units: readonly string[]
  readonly samples: readonly Sample[]
  /** Level to its share. */
  readonly mix: readonly (readonly [level: number, share: number])[]
  /** Levels from this one on are named in documents: their blobs are sealed anew. */
  readonly namedFrom: number
}

export interface NationFiles {
  /** The projection's file, which nobody has open. */
  readonly records: string
  /** The vault's file, which nobody has open. */
  readonly vault: string
  readonly master: Uint8Array
}

const PER_COMMIT = 20_000
const PER_WORD = 500_000
/** Spreads levels and places evenly over the order of ids. */
const GOLDEN = 0.618_033_988_749_895
const ID_SPACE = 2 ** 48

/** Writes everybody in the order of their ids. The files are whole only when it returns. */
export function writeNation(nation: Nation, files: NationFiles): void {
  const records = openFast(files.records)
  const vault = openFast(files.vault)
  const addRow = records.prepare('INSERT INTO rows (key, row) VALUES (?, ?)')
  const heads = headsToSort(records)
  const addKey = vault.prepare('INSERT INTO key (kid, owner, wrapped, made_at) VALUES (?, ?, ?, ?)')
  const patterns = new Map(nation.samples.map((sample) => [sample.level, patternOf(sample)]))
  const newKey = (owner: string): { readonly kid: string; readonly key: Uint8Array } => {
    const [kid, key] = [randomUUID(), randomBytes(32)]
    addKey.run(kid, owner, wrap(files.master, `key:${kid}`, key), Date.now())
    return { kid, key }
  }
  for (let from = 0; from < nation.patients; from += PER_COMMIT) {
    for (const database of [records, vault]) database.exec('BEGIN')
    for (let n = from; n < Math.min(nation.patients, from + PER_COMMIT); n++) {
      const pattern = patterns.get(levelOf(nation, n))
      if (!pattern) throw new Error('writeNation: a level without a sample')
      const id = idOf(nation, n)
      const place = placeOf(nation, n)
      const isNamed = pattern.sample.level >= nation.namedFrom
      const sealed = isNamed ? sealedAnew(pattern.sample, id, newKey) : pattern.sample.record.sealed
      addRow.run(
        id,
        pattern.row(place).replace(SEALED_MARK, () => JSON.stringify(sealed)),
      )
      heads.add(id, pattern.head(place))
    }
    for (const database of [records, vault]) database.exec('COMMIT')
    if (from % PER_WORD === 0 && from > 0) say(`  ${from} people written`)
  }
  heads.finish()
  for (const database of [records, vault]) {
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.close()
  }
}

function openFast(file: string): Database.Database {
  const database = new Database(file, { fileMustExist: true })
  database.pragma('synchronous = OFF')
  database.pragma('cache_size = -262144')
  return database
}

/** Heads lie by place and come by id: written as they come they would touch every page of the table over and over. */
function headsToSort(records: Database.Database): { add(key: string, head: RowHead): void; finish(): void } {
  const indexes = records
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'heads' AND sql IS NOT NULL",
    )
    .all()
  for (const { name } of indexes) records.exec(`DROP INDEX ${name}`)
  records.exec('CREATE TEMP TABLE unsorted (shelf TEXT, key TEXT, touched TEXT, head TEXT)')
  const add = records.prepare('INSERT INTO unsorted VALUES (?, ?, ?, ?)')
  return {
    add: (key, { shelf, touched, value }) => void add.run(shelf, key, touched, JSON.stringify(value)),
    finish() {
      records.exec('INSERT INTO heads (shelf, key, touched, head) SELECT * FROM unsorted ORDER BY shelf, key')
      records.exec('DROP TABLE unsorted')
      for (const { sql } of indexes) records.exec(sql)
    },
  }
}

const SEALED_MARK = '"@SEALED@"'

interface Place {
  readonly township: string
  readonly unit: string
}

interface Pattern {
  readonly sample: Sample
  /** The record's text with a mark where its blobs belong. */
  row(place: Place): string
  head(place: Place): RowHead
}

function patternOf(sample: Sample): Pattern {
  const { record } = sample
  const marked = JSON.stringify({ ...record, sealed: '@SEALED@' })
  const filled =
    (text: string) =>
    ({ township, unit }: Place): string =>
      text.replaceAll(sample.township, township).replaceAll(sample.unit, unit)
  const head = filled(JSON.stringify(patientRecord.head?.(record)))
  return { sample, row: filled(marked), head: (place) => JSON.parse(head(place)) as RowHead }
}

function sealedAnew(
  { record, opened }: Sample,
  patient: string,
  newKey: (owner: string) => { readonly kid: string; readonly key: Uint8Array },
): PatientRecord['sealed'] {
  const stream = patientStream(patient)
  const sealed: Record<string, KeptBlob> = {}
  for (const [at, { type, version, entry }] of Object.entries(record.sealed)) {
    const [id = ''] = at.split('/')
    const key = newKey(`${entry.subject}:${stream}:${id}`)
    const anew: SealedEntry = seal({ stream, id, type, version, subject: entry.subject }, key, opened.get(at) ?? {})
    sealed[at] = { type, version, entry: anew }
  }
  return sealed
}

function levelOf({ mix }: Nation, n: number): number {
  let rest = (n * GOLDEN) % 1
  for (const [level, share] of mix) {
    if (rest < share) return level
    rest -= share
  }
  return mix[0]?.[0] ?? 0
}

/** Evenly spread over all ids, as derived ones are, and rising with `n`. */
function idOf({ patients }: Nation, n: number): string {
  const first = Math.floor(((n + 0.5) / patients) * ID_SPACE)
    .toString(16)
    .padStart(12, '0')
  return `${first.slice(0, 8)}-${first.slice(8)}-8${randomUUID().slice(15)}`
}

function placeOf({ townships, units }: Nation, n: number): Place {
  const at = (n * 7919) % townships.length
  return { township: townships[at] ?? '', unit: units[at % units.length] ?? '' }
}
