/**
 * What a disabled persons' federation receives each half-year (W44, H33; MHL 57; policy §6.2): those who applied to it or
 * agreed, and whose certificate it has itself recorded; of everyone else coarse numbers. Never a level, a behaviour or a drug.
 */
import { type Period, quartersIn } from '../src/kernel/dates.js'
import { coarse, type Group, type Open, type RowContext, type Tally } from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import { FEDERATION_REHABILITATION } from '../src/policy/office-field-sets.js'
import { defineOfficeFeed } from './define-office-feed.js'
import { disputedFacts, known } from './feed-scope.js'
import { type Basis, guardianFacts, type Office, personFacts, unlessEmpty } from './office-rows.js'
import type { PatientHead } from './patient-head.js'
import { activityIn, type PatientRecord } from './patient-record.js'

const OFFICE: Office = {
  role: 'DPF',
  fieldSet: FEDERATION_REHABILITATION,
  ownDuty: ({ state: { flags } }) =>
    flags?.disabilityCert?.held && flags.disabilityCert.byRole === 'DPF' ? 'MHL 57' : undefined,
}

export const disabledPersonsSemiannual = defineOfficeFeed({
  office: OFFICE,
  name: 'disabled-persons-semiannual',
  version: 1,
  label: { zh: '残联半年数据', en: 'Disabled persons’ federation semiannual' },
  clauses: ['W44', 'H33', 'MHL 57'],
  groups: ['certified', 'uncertified', 'unknown'],
  groupOf,
  refs: ({ state: { identity, guardian } }) => [identity, guardian?.ref],
  facts: rowFacts,
  periodFacts: (record, period) => ({ rehabilitation: rehabilitationFacts(record, period) }),
  counts,
})

function groupOf({ state: { flags } }: PatientHead): Group {
  if (!flags?.disabilityCert) return 'unknown'
  return flags.disabilityCert.held ? 'certified' : 'uncertified'
}

function rowFacts(record: PatientRecord, context: RowContext, basis: Basis, open: Open): Facts {
  const { flags, identity, guardian } = record.state
  const certificate = flags?.disabilityCert
  return known({
    basis,
    ...personFacts(record, open),
    ...guardianFacts(record, open),
    certificate: certificate && {
      held: certificate.held,
      ...known({ level: certificate.level }),
      statedOn: certificate.on,
    },
    rehabilitation: unlessEmpty(rehabilitationFacts(record, context.period)),
    ...disputedFacts(record, {
      name: identity?.eventId,
      guardian: guardian?.ref.eventId,
      certificate: certificate?.id,
      rehabilitation: quartersIn(context.period).flatMap((quarter) => activityIn(record, quarter).rehabilitationEvents),
    }),
  })
}

function rehabilitationFacts(record: PatientRecord, period: Period): Facts {
  const quarters = quartersIn(period).map((quarter) => activityIn(record, quarter))
  const each = <C>(codes: readonly C[]): readonly C[] | undefined =>
    codes.length === 0 ? undefined : [...new Set(codes)].sort()
  return known({
    measures: each(quarters.flatMap(({ rehabilitation }) => rehabilitation)),
    programmes: each(quarters.flatMap(({ rehabilitationProgrammes }) => rehabilitationProgrammes)),
  })
}

function counts({ rows, closings, groups }: Tally): Readonly<Record<string, unknown>> {
  const { certified = 0, uncertified = 0, unknown = 0 } = groups
  return { rows, closings, certified: coarse(certified), uncertified: coarse(uncertified), unknown: coarse(unknown) }
}
