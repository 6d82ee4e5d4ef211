/** Why a person stands in a period's documents as they do: rules, field sets and clauses, never a value. Reads only. */
import type { PatientRecord } from '../../projections/patient-record.js'
import type { Period } from '../kernel/dates.js'
import type { Appearance, Open, RowContext } from '../policy/define-feed.js'
import { type Facts, type FieldSet, withheldBy } from '../policy/disclosure.js'
import type { CompileInputs } from './compile.js'
import { opener, type PeopleCompiler, peopleCompiler } from './compile-people.js'
import type { Standings } from './erased-rows.js'
import type { Explanation } from './port.js'
import { internalDocumentId } from './recipient-ids.js'

type Explained = Explanation['documents'][number]

/**
 * @param keys the person's own, as far as they exist
 * @param standings of a person who was erased: the agencies in whose documents they stand, since where they lived is gone
 */
export function explain(
  inputs: CompileInputs,
  patientId: string,
  record: PatientRecord | undefined,
  keys: ReadonlyMap<string, Uint8Array>,
  standings?: Standings,
): Explanation {
  const { feed, edition } = inputs
  const about = { feed: feed.name, period: edition.period }
  if (!record) return { ...about, outcome: 'UNKNOWN_PERSON', documents: [] }
  const compiler = peopleCompiler({ ...inputs, period: edition.period })
  const scope = feed.scope(record)
  if (scope !== undefined) return { ...about, scope, outcome: 'EXCLUDED', rule: scope, documents: [] }

  const open = opener(patientId, record, keys)
  const { appearance, context } = compiler.appearanceOf(record)
  const agencies = standings ? [...standings.keys()] : compiler.inCharge(record, open).map(({ agency }) => agency)
  const { group } = appearance
  if (agencies.length === 0) return { ...about, group, outcome: 'UNMAPPED', rule: 'UNMAPPED', documents: [] }
  const documents = agencies.map((agency) =>
    explained(compiler, { inputs, agency, patientId, period: edition.period, appearance, context, open }),
  )
  if (appearance.kind === 'counted') return { ...about, group, outcome: 'COUNTED', rule: appearance.rule, documents }
  return { ...about, group, outcome: 'ROW', documents }
}

interface Asked {
  readonly inputs: CompileInputs
  readonly agency: string
  readonly patientId: string
  readonly period: Period
  readonly appearance: Appearance
  readonly context: RowContext
  readonly open: Open
}

function explained(compiler: PeopleCompiler, asked: Asked): Explained {
  const { inputs, agency, patientId, period, appearance, open } = asked
  const document = internalDocumentId(inputs.logId, inputs.feed.name, period, agency)
  if (appearance.kind === 'counted') return { agency, document, disclosed: [], withheld: [] }
  const facts = { ...appearance.facts(open), patientId }
  return {
    agency,
    document,
    row: compiler.idsOf(agency).rowIdOf(patientId),
    fieldSet: appearance.fieldSet.id,
    disclosed: disclosedBy(appearance.fieldSet, facts),
    withheld: withheldBy(appearance.fieldSet, facts),
  }
}

function disclosedBy(fieldSet: FieldSet, facts: Facts): Explained['disclosed'] {
  const present = new Set(pathsOf(facts))
  return fieldSet.rules
    .filter(({ field, action }) => action !== 'withhold' && present.has(field))
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
