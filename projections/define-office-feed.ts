/** What the three feeds of the half-year are alike in: who appears as a row, who as a number, and how a row is closed. Pure. */
import type { SealedRef } from '../src/domain/patient-state.js'
import {
  type Appearance,
  defineFeed,
  type FeedDefinition,
  type Follows,
  type Group,
  type Open,
  type RowContext,
} from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import { OFFICE_CLOSING } from '../src/policy/feed-field-sets.js'
import { type Basis, basisOf, isOfficeConcern, type Office, officeScope } from './office-rows.js'
import type { PatientHead } from './patient-head.js'
import type { PatientRecord } from './patient-record.js'

type Feed = FeedDefinition<PatientRecord, PatientHead>

export interface OfficeFeedDraft extends Pick<Feed, 'name' | 'version' | 'label' | 'clauses' | 'groups' | 'counts'> {
  readonly office: Office
  readonly groupOf: (head: PatientHead) => Group
  /** The sealed members that `facts` opens. */
  readonly refs: (record: PatientRecord) => readonly (SealedRef | undefined)[]
  readonly facts: (record: PatientRecord, context: RowContext, basis: Basis, open: Open) => Facts
  readonly periodFacts?: Follows<PatientRecord>['periodFacts']
}

export function defineOfficeFeed({ office, groupOf, refs, facts, periodFacts, ...named }: OfficeFeedDraft): Feed {
  const { role, fieldSet } = office
  const counted = (head: PatientHead): Appearance => ({ kind: 'counted', group: groupOf(head), rule: 'NO_BASIS' })
  const isBased = (head: PatientHead): boolean => basisOf(office, head) !== undefined
  return defineFeed<PatientRecord, PatientHead>({
    ...named,
    audience: role,
    cadence: 'HALF_YEAR',
    fields: [fieldSet, OFFICE_CLOSING],
    concerns: isOfficeConcern,
    scope: officeScope,
    isRowStillBased: isBased,
    glance: (head) => (isBased(head) ? undefined : counted(head)),
    row(record, context) {
      const basis = basisOf(office, record)
      if (!basis) return counted(record)
      return {
        kind: 'row',
        group: groupOf(record),
        fieldSet,
        refs: refs(record).filter((ref): ref is SealedRef => ref !== undefined),
        facts: (open) => facts(record, context, basis, open),
      }
    },
    follows: { closing: OFFICE_CLOSING, reasons: ['LEFT_AREA'], ...(periodFacts && { periodFacts }) },
  })
}
