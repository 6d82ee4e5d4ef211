/**
 * Counts how the documents of two versions differ, a few people at a time: rows, fields and people, and never whose. Pure. All
 * rows of a person lie in one batch, so that nothing is kept of anybody once it is counted.
 */
import type { PatientFeed } from '../../projections/feeds.js'
import type { FieldSet } from '../policy/disclosure.js'
import { labelAsLeft } from '../policy/facts.js'
import type { CompileSink } from './compile-sink.js'
import type { DiffAgency, DiffCounts, DiffField, DiffPeople } from './port.js'

/** A row as it was compiled: the salt depends on its id alone, so that two rows that say the same are the same bytes. */
interface Row {
  readonly agency: string
  readonly patient: string
  readonly isClosing: boolean
  readonly fieldSet: string
  readonly line: string
}

/** By `<agency> <row id>`. */
export type Rows = ReadonlyMap<string, Row>

/** Takes the rows of one batch under one version. */
export function gathered(): { readonly sink: CompileSink; readonly rows: Rows } {
  const lines = new Map<string, string>()
  const rows = new Map<string, Row>()
  return {
    rows,
    sink: {
      row: (agency, rowId, { line }) => lines.set(`${agency} ${rowId}`, line),
      account(agency, { patient, outcome, row, fieldSet = '' }) {
        if (row === undefined) return
        const key = `${agency} ${row}`
        rows.set(key, { agency, patient, isClosing: outcome === 'CLOSED', fieldSet, line: lines.get(key) ?? '' })
      },
    },
  }
}

export interface DiffTally {
  add(from: Rows, to: Rows): void
  totals(): Pick<DiffAgency, 'rows' | 'closings' | 'fields'> & { readonly people: DiffPeople }
  /** Of each agency with a row under either version. */
  agencies(): ReadonlyMap<string, Pick<DiffAgency, 'rows' | 'closings' | 'fields'>>
}

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] }
type FieldCounts = Mutable<Pick<DiffField, 'gained' | 'lost' | 'changed'>>

interface Counting {
  readonly rows: Mutable<DiffCounts>
  readonly closings: Mutable<DiffCounts>
  /** `<field set> <field>` */
  readonly fields: Map<string, FieldCounts>
}

/** What became of one person between the two. */
interface Standing {
  isListedBefore: boolean
  isListedAfter: boolean
  isMore: boolean
  isLess: boolean
  isOtherwise: boolean
}

export function createDiffTally(feeds: readonly PatientFeed[]): DiffTally {
  const sets = new Map<string, FieldSet>(feeds.flatMap(({ fields }) => fields.map((set) => [set.id, set] as const)))
  const all = noCounts()
  const people: Mutable<DiffPeople> = { ...noChange(), more: 0, less: 0, otherwise: 0 }
  const byAgency = new Map<string, Counting>()

  function countingOf(agency: string): Counting {
    const known = byAgency.get(agency)
    if (known) return known
    const made = noCounts()
    byAgency.set(agency, made)
    return made
  }

  /** Counts one row under both versions and answers with how its fields differ. */
  function compare(before: Row | undefined, after: Row | undefined, agency: string): readonly FieldChange[] {
    const countings = [all, countingOf(agency)]
    for (const counting of countings) {
      count(counting.rows, before?.isClosing === false, after?.isClosing === false)
      count(counting.closings, before?.isClosing === true, after?.isClosing === true)
    }
    const changes = before?.line === after?.line ? [] : changesOf(before, after)
    for (const { fieldSet, field, kind } of changes) {
      for (const { fields } of countings) {
        const key = `${fieldSet} ${field}`
        const counts = fields.get(key) ?? { gained: 0, lost: 0, changed: 0 }
        counts[kind]++
        fields.set(key, counts)
      }
    }
    return changes
  }

  const told = ({ rows, closings, fields }: Counting) => ({ rows, closings, fields: fieldsTold(fields, sets) })
  return {
    add(from, to) {
      const standings = new Map<string, Standing>()
      for (const key of new Set([...from.keys(), ...to.keys()])) {
        const [before, after] = [from.get(key), to.get(key)]
        const { agency, patient } = before ?? after ?? { agency: '', patient: '' }
        const standing = standings.get(patient) ?? { ...NOWHERE }
        const changes = compare(before, after, agency)
        standing.isListedBefore ||= before?.isClosing === false
        standing.isListedAfter ||= after?.isClosing === false
        standing.isMore ||= changes.some(({ kind }) => kind === 'gained')
        standing.isLess ||= changes.some(({ kind }) => kind === 'lost')
        standing.isOtherwise ||= changes.some(({ kind }) => kind === 'changed')
        standings.set(patient, standing)
      }
      for (const standing of standings.values()) countPerson(people, standing)
    },
    totals: () => ({ ...told(all), people }),
    agencies: () => new Map([...byAgency].map(([agency, counting]) => [agency, told(counting)])),
  }
}

const NOWHERE: Standing = {
  isListedBefore: false,
  isListedAfter: false,
  isMore: false,
  isLess: false,
  isOtherwise: false,
}

const noChange = (): Mutable<DiffCounts> => ({ from: 0, to: 0, gained: 0, lost: 0 })
const noCounts = (): Counting => ({ rows: noChange(), closings: noChange(), fields: new Map() })

function count(counts: Mutable<DiffCounts>, isBefore: boolean, isAfter: boolean): void {
  if (isBefore) counts.from++
  if (isAfter) counts.to++
  if (isAfter && !isBefore) counts.gained++
  if (isBefore && !isAfter) counts.lost++
}

/** Who is gained or lost is not counted again as somebody of whom more or less is said. */
function countPerson(people: Mutable<DiffPeople>, standing: Standing): void {
  const { isListedBefore, isListedAfter, isMore, isLess, isOtherwise } = standing
  count(people, isListedBefore, isListedAfter)
  if (isMore && (isListedBefore || !isListedAfter)) people.more++
  if (isLess && (isListedAfter || !isListedBefore)) people.less++
  if (isOtherwise) people.otherwise++
}

interface FieldChange {
  readonly fieldSet: string
  readonly field: string
  readonly kind: 'gained' | 'lost' | 'changed'
}

function changesOf(before: Row | undefined, after: Row | undefined): readonly FieldChange[] {
  const [was, now] = [saidIn(before), saidIn(after)]
  const changes: FieldChange[] = []
  for (const [field, value] of now) {
    const then = was.get(field)
    if (then === value) continue
    changes.push({ fieldSet: after?.fieldSet ?? '', field, kind: then === undefined ? 'gained' : 'changed' })
  }
  for (const field of was.keys()) {
    if (!now.has(field)) changes.push({ fieldSet: before?.fieldSet ?? '', field, kind: 'lost' })
  }
  return changes
}

/** What every row has, and says nothing of anybody. */
const FRAME: ReadonlySet<string> = new Set(['id', 'salt', 'fieldSet'])

/** Field → its value as text: `guardian.name` → `"王父示例"`. */
function saidIn(row: Row | undefined): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  if (!row) return said
  for (const [head, value] of Object.entries(JSON.parse(row.line) as Readonly<Record<string, unknown>>)) {
    if (FRAME.has(head)) continue
    if (typeof value !== 'object' || value === null || Array.isArray(value)) said.set(head, JSON.stringify(value))
    else for (const [tail, inner] of Object.entries(value)) said.set(`${head}.${tail}`, JSON.stringify(inner))
  }
  return said
}

const AMENDMENTS = { label: { zh: '对以往各期的更正', en: 'Amendments of older periods' }, clauses: ['design §8'] }

function fieldsTold(
  fields: ReadonlyMap<string, FieldCounts>,
  sets: ReadonlyMap<string, FieldSet>,
): readonly DiffField[] {
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, counts]) => {
      const [fieldSet = '', field = ''] = key.split(' ')
      const set = sets.get(fieldSet)
      if (!set) throw new Error(`diff: no field set ${fieldSet}`)
      return { field, ...wordsOf(set, field), fieldSet, purpose: set.purpose, ...counts }
    })
}

function wordsOf(set: FieldSet, field: string): Pick<DiffField, 'label' | 'clauses' | 'basis'> {
  if (field === 'amendments') return { ...AMENDMENTS, basis: 'what an older document said is corrected' }
  const isPseudonym = field === 'pseudonym'
  const rule = set.rules.find((one) => (isPseudonym ? one.action === 'pseudonymise' : one.field === field))
  if (!rule) throw new Error(`diff: ${set.id} lets out ${field} by no rule`)
  return {
    label: labelAsLeft(rule),
    clauses: rule.clauses,
    basis: rule.basis,
  }
}
