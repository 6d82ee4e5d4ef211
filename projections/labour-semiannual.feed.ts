/**
 * What a labour office receives each half-year (W44; MHL 58, 70; policy §6.2): those who applied to it or agreed, and nobody
 * by a duty of its own; of everyone else coarse numbers. Nothing in it says why the person is known to the hub.
 */
import { applicationEvents, statedIn } from '../src/domain/stated-facts.js'
import { coarse, type Group, type Open, type RowContext, type Tally } from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import { LABOUR_EMPLOYMENT } from '../src/policy/office-field-sets.js'
import { defineOfficeFeed } from './define-office-feed.js'
import { disputedFacts, known } from './feed-scope.js'
import { applicationFacts, type Basis, type Office, personFacts, unlessEmpty } from './office-rows.js'
import type { PatientHead } from './patient-head.js'
import type { PatientRecord } from './patient-record.js'

const OFFICE: Office = { role: 'LABOUR', fieldSet: LABOUR_EMPLOYMENT }

/** Laid off or without work (policy §4.6). */
const WITHOUT_WORK = 4
const NOT_KNOWN = 9

export const labourSemiannual = defineOfficeFeed({
  office: OFFICE,
  name: 'labour-semiannual',
  version: 1,
  label: { zh: '劳动保障半年数据', en: 'Labour office semiannual' },
  clauses: ['W44', 'MHL 58', 'MHL 70', 'Shandong 33'],
  groups: ['withoutWork', 'other', 'unknown'],
  groupOf,
  refs: ({ state: { identity } }) => [identity],
  facts: rowFacts,
  counts,
})

function groupOf({ state: { employment } }: PatientHead): Group {
  if (employment === undefined || employment === NOT_KNOWN) return 'unknown'
  return employment === WITHOUT_WORK ? 'withoutWork' : 'other'
}

function rowFacts(record: PatientRecord, _context: RowContext, basis: Basis, open: Open): Facts {
  const { employment, functionAssessed, identity } = record.state
  return known({
    basis,
    ...personFacts(record, open),
    employment,
    function: functionAssessed && { fit: functionAssessed.fit, assessedOn: functionAssessed.on },
    aid: unlessEmpty(applicationFacts(record, OFFICE)),
    ...disputedFacts(record, {
      name: identity?.eventId,
      employment: employment === undefined ? undefined : statedIn(record, 'employment'),
      function: functionAssessed?.id,
      aid: applicationEvents(record, OFFICE.role),
    }),
  })
}

function counts({
  rows,
  closings,
  groups: { withoutWork = 0, other = 0, unknown = 0 },
}: Tally): Readonly<Record<string, unknown>> {
  return { rows, closings, withoutWork: coarse(withoutWork), other: coarse(other), unknown: coarse(unknown) }
}
