/**
 * What a labour office receives each half-year (W44; MHL 58, 70; policy §6.2): those who applied to it or agreed, and nobody
 * by a duty of its own; of everyone else coarse numbers. Nothing in it says why the person is known to the hub.
 */
import type { SealedRef } from '../src/domain/patient-state.js'
import { type Appearance, coarse, defineFeed, type Group, type Open, type Tally } from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import { OFFICE_CLOSING } from '../src/policy/feed-field-sets.js'
import { LABOUR_EMPLOYMENT } from '../src/policy/office-field-sets.js'
import { known } from './feed-scope.js'
import {
  applicationFacts,
  type Basis,
  basisOf,
  disputedFacts,
  isOfficeConcern,
  type Office,
  officeScope,
  personFacts,
  unlessEmpty,
} from './office-rows.js'
import type { PatientHead, PatientRecord } from './patient-record.js'

const OFFICE: Office = { role: 'LABOUR', fieldSet: LABOUR_EMPLOYMENT }

/** Laid off or without work (policy §4.6). */
const WITHOUT_WORK = 4
const NOT_KNOWN = 9

export const labourSemiannual = defineFeed<PatientRecord, PatientHead>({
  name: 'labour-semiannual',
  version: 1,
  label: { zh: '劳动保障半年数据', en: 'Labour office semiannual' },
  audience: 'LABOUR',
  cadence: 'HALF_YEAR',
  clauses: ['W44', 'MHL 58', 'MHL 70', 'Shandong 33'],
  fields: [LABOUR_EMPLOYMENT, OFFICE_CLOSING],
  groups: ['withoutWork', 'other', 'unknown'],
  concerns: isOfficeConcern,
  scope: officeScope,
  isRowStillBased: (head) => basisOf(OFFICE, head) !== undefined,
  glance: (head) => (basisOf(OFFICE, head) ? undefined : counted(head)),
  row: appearance,
  follows: {
    closing: OFFICE_CLOSING,
    reasons: ['LEFT_AREA'],
  },
  counts,
})

function groupOf({ state: { employment } }: PatientHead): Group {
  if (employment === undefined || employment === NOT_KNOWN) return 'unknown'
  return employment === WITHOUT_WORK ? 'withoutWork' : 'other'
}

function counted(head: PatientHead): Appearance {
  return { kind: 'counted', group: groupOf(head), rule: 'NO_BASIS' }
}

function appearance(record: PatientRecord): Appearance {
  const basis = basisOf(OFFICE, record)
  if (!basis) return counted(record)
  const { identity } = record.state
  const refs = [identity].filter((ref): ref is SealedRef => ref !== undefined)
  return {
    kind: 'row',
    group: groupOf(record),
    fieldSet: LABOUR_EMPLOYMENT,
    refs,
    facts: (open) => rowFacts(record, basis, open),
  }
}

function rowFacts(record: PatientRecord, basis: Basis, open: Open): Facts {
  const { employment, functionAssessed, identity } = record.state
  return known({
    basis,
    ...personFacts(record, open),
    employment,
    function: functionAssessed && { fit: functionAssessed.fit, assessedOn: functionAssessed.on },
    aid: unlessEmpty(applicationFacts(record, OFFICE)),
    ...disputedFacts(record, { name: identity?.eventId, function: functionAssessed?.id }),
  })
}

function counts({
  rows,
  closings,
  groups: { withoutWork = 0, other = 0, unknown = 0 },
}: Tally): Readonly<Record<string, unknown>> {
  return { rows, closings, withoutWork: coarse(withoutWork), other: coarse(other), unknown: coarse(unknown) }
}
