/**
 * Why a person stands in a period's documents as they do: rules, field sets, clauses and the event that decided, never a value. It
 * compiles the one person as the period did, so that it says what the accounting says. Reads only.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientRecord } from '../../projections/patient-record.js'
import { effectiveHistory } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import type { PlacedEvent } from '../log/port.js'
import type { Appearance, Open } from '../policy/define-feed.js'
import { type Facts, type FieldSet, withheldBy } from '../policy/disclosure.js'
import type { CompileInputs } from './compile.js'
import type { PeopleCompiler, Plan } from './compile-people.js'
import { type Account, UNMAPPED } from './compile-sink.js'
import { opener } from './openers.js'
import type { Explanation } from './port.js'
import { internalDocumentId } from './recipient-ids.js'
import { type AskedStanding, REASONS, type Reason, reasonOf, STANDINGS } from './why-words.js'

type Explained = Explanation['documents'][number]

/** One person as a compile of the period has them. */
export interface Explainable {
  readonly inputs: CompileInputs
  readonly compiler: PeopleCompiler
  readonly patientId: string
  readonly record: PatientRecord
  /** Of this person alone; empty where the feed does not concern them. */
  readonly plan: Plan
  /** Of the plan, and of the person's own. */
  readonly keys: ReadonlyMap<string, Uint8Array>
  /** The life through the leaf up to which suppressions counted. */
  readonly life: readonly PlacedEvent[]
  /** The leaf of the cut. */
  readonly cutLeaf: number
}

/** What is said where nobody is looked at. */
export function explainedBy(
  about: Pick<Explanation, 'feed' | 'period'>,
  outcome: 'UNKNOWN_PERSON' | 'ERASED' | 'NOT_IN_FORCE',
  life: readonly PlacedEvent[] = [],
): Explanation {
  const { words, clauses, types } = reasonOf(outcome)
  const decidedBy = lastOf(life, types)
  return { ...about, outcome, rule: outcome, words, clauses, ...(decidedBy && { decidedBy }), documents: [] }
}

/** @param asked an agency, as it stood at the cut or not at all */
export function explain(
  one: Explainable,
  asked?: { readonly agency: string; readonly row: AgencyRow | undefined },
): Explanation {
  const { inputs, record, life, cutLeaf } = one
  const { feed, edition } = inputs
  const accounts = accountsOf(one)
  const documents = accounts.flatMap(({ agency, account, fields }) => explained(one, agency, account, fields))
  const scope = feed.scope(record)
  const main = mainOf(accounts, scope ?? 'NOT_REGISTERED')
  const told = reasonFor(main, one)
  const isStopped = main.rule?.startsWith('STOPPED_') === true
  const decidedBy = decidingEvent(told, main, isStopped ? life : upTo(life, cutLeaf), inputs)
  return {
    ...{ feed: feed.name, period: edition.period },
    ...(scope === undefined ? {} : { scope }),
    ...(main.group === undefined ? {} : { group: main.group }),
    outcome: main.outcome,
    ...(main.rule === undefined ? {} : { rule: main.rule }),
    ...{ words: told.words, clauses: told.clauses },
    ...(decidedBy && { decidedBy }),
    ...(asked && { asked: standingOf(asked, one, documents) }),
    documents,
  }
}

interface AgencyAccount {
  readonly agency: string
  readonly account: Account
  /** Members of the row that was made of it. */
  readonly fields: readonly string[]
}

/** What the compile says of this person, agency by agency. */
function accountsOf({ compiler, plan, keys }: Explainable): readonly AgencyAccount[] {
  const accounts: AgencyAccount[] = []
  let fields: readonly string[] = []
  compiler.finish(plan, keys, {
    row(_agency, _row, { line }) {
      fields = pathsOf(JSON.parse(line) as Facts)
    },
    account(agency, account) {
      accounts.push({ agency, account, fields: account.row === undefined ? [] : fields })
    },
  })
  return accounts
}

interface Main {
  readonly outcome: Explanation['outcome']
  readonly rule?: string
  readonly group?: string
}

/** What stands first: a row, then a closing, then a number. Whom the feed does not concern no account speaks of. */
function mainOf(accounts: readonly AgencyAccount[], scope: string): Main {
  const first = (outcome: Account['outcome']): Account | undefined =>
    accounts.find(({ account }) => account.outcome === outcome)?.account
  const row = first('ROW')
  const group = (row ?? first('COUNTED'))?.group
  const grouped = group === undefined ? {} : { group }
  if (row) return { outcome: 'ROW', ...grouped }
  const closed = first('CLOSED')
  if (closed) return { outcome: 'CLOSED', ...grouped, ...(closed.rule === undefined ? {} : { rule: closed.rule }) }
  if (accounts.some(({ agency, account }) => agency === UNMAPPED && account.outcome === 'COUNTED'))
    return { outcome: 'UNMAPPED', rule: 'UNMAPPED', ...grouped }
  const counted = first('COUNTED')
  if (counted) return { outcome: 'COUNTED', ...grouped, ...(counted.rule === undefined ? {} : { rule: counted.rule }) }
  return { outcome: 'EXCLUDED', rule: first('EXCLUDED')?.rule ?? scope }
}

function reasonFor({ outcome, rule = '' }: Main, { inputs: { feed } }: Explainable): Reason {
  if (outcome === 'ROW') return reasonOf(feed.isRowStillBased ? 'ROW_ON_BASIS' : 'ROW')
  return outcome === 'CLOSED' ? reasonOf(`CLOSED_${rule}`) : reasonOf(rule)
}

function decidingEvent(
  { types }: Reason,
  { outcome, rule }: Main,
  life: readonly PlacedEvent[],
  inputs: CompileInputs,
): Explanation['decidedBy'] {
  if (outcome !== 'CLOSED') return lastOf(life, types)
  const since = inputs.earlier.earlier[0]?.leafIndex ?? -1
  // Nothing of the person's own decided where an area has changed hands, or a level has gone stale by the day alone.
  const known = rule === 'NOT_LISTED' ? Object.values(REASONS).flatMap((one) => one.types) : types
  const last = lastOf(life, known)
  return life.some(({ event, leafIndex }) => event.id === last?.id && leafIndex > since) ? last : undefined
}

/** The last of these types that stands. */
function lastOf(life: readonly PlacedEvent[], types: readonly string[]): Explanation['decidedBy'] {
  const standing = [...effectiveHistory(life.map(({ event }) => event))]
  const last = standing.findLast((event) => types.includes(event.type) && decides(event))
  return last && { id: last.id, type: last.type }
}

/** What updates a record without a word on where the person lives decides nothing about that. */
function decides({ type, data }: StoredEvent): boolean {
  return type !== 'BasicInfoUpdated' || data.presentTownship !== undefined
}

function upTo(life: readonly PlacedEvent[], leaf: number): readonly PlacedEvent[] {
  return life.filter(({ leafIndex }) => leafIndex <= leaf)
}

function explained(
  one: Explainable,
  agency: string,
  account: Account,
  fields: readonly string[],
): readonly Explained[] {
  const { inputs, compiler, patientId, record, keys } = one
  const { outcome, rule } = account
  if (agency === UNMAPPED || outcome === 'EXCLUDED') return []
  const document = internalDocumentId(inputs.logId, inputs.feed.name, inputs.edition.period, agency)
  const named = { agency, document, outcome, ...(rule === undefined ? {} : { rule }) }
  if (outcome === 'COUNTED') return [{ ...named, disclosed: [], withheld: [] }]
  const row = compiler.idsOf(agency).rowIdOf(patientId)
  if (outcome === 'CLOSED') {
    const set = inputs.feed.follows?.closing
    return set ? [{ ...named, row, fieldSet: set.id, disclosed: disclosedBy(set, fields), withheld: [] }] : []
  }
  const { appearance } = compiler.appearanceOf(record)
  if (appearance.kind === 'counted') return []
  const facts = factsOf(appearance, opener(patientId, record, keys), patientId)
  const { fieldSet } = appearance
  return [
    {
      ...{ ...named, row, fieldSet: fieldSet.id },
      ...{ disclosed: disclosedBy(fieldSet, pathsOf(facts)), withheld: withheldBy(fieldSet, facts) },
    },
  ]
}

function factsOf(appearance: Appearance & { readonly kind: 'row' }, open: Open, patientId: string): Facts {
  return { ...appearance.facts(open), patientId }
}

function disclosedBy(fieldSet: FieldSet, fields: readonly string[]): Explained['disclosed'] {
  const present = new Set(fields)
  return fieldSet.rules
    .filter(({ field, action }) =>
      action === 'pseudonymise' ? present.has('pseudonym') || present.has(field) : present.has(field),
    )
    .filter(({ action }) => action !== 'withhold')
    .map(({ field, action, clauses }) => ({ field, action, clauses }))
}

function pathsOf(facts: Facts): readonly string[] {
  return Object.entries(facts).flatMap(([head, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
          .filter(([, inner]) => inner !== undefined)
          .map(([tail]) => `${head}.${tail}`)
      : [head],
  )
}

function standingOf(
  { agency, row }: { readonly agency: string; readonly row: AgencyRow | undefined },
  { inputs, compiler, patientId, record, keys }: Explainable,
  documents: readonly Explained[],
): Explanation['asked'] & object {
  const said = (standing: AskedStanding) => ({ agency, standing, words: STANDINGS[standing] })
  if (!row) return said('NOT_ENROLLED')
  if (row.role !== inputs.feed.audience) return said('OTHER_AUDIENCE')
  if (!compiler.recipients.some((one) => one.agency === agency)) return said('NO_AREA')
  const inCharge = compiler.inCharge(record, opener(patientId, record, keys))
  if (inCharge.some((one) => one.agency === agency)) return said('IN_CHARGE')
  return said(documents.some((one) => one.agency === agency) ? 'WAS_IN_CHARGE' : 'ELSEWHERE')
}
