/**
 * What a civil affairs office receives each half-year (W44; policy §6.2): those who applied to it, agreed, or were taken up
 * as homeless; of everyone else coarse numbers. That somebody meets the medical condition stands in the place of any diagnosis.
 */
import { applicationEvents, statedIn } from '../src/domain/stated-facts.js'
import { type Period, quartersIn } from '../src/kernel/dates.js'
import { coarse, type Group, type Open, type RowContext, type Tally } from '../src/policy/define-feed.js'
import type { Facts } from '../src/policy/disclosure.js'
import { CIVIL_AFFAIRS_AID } from '../src/policy/office-field-sets.js'
import { defineOfficeFeed } from './define-office-feed.js'
import { disputedFacts, known, memberOf } from './feed-scope.js'
import { applicationFacts, type Basis, guardianFacts, type Office, personFacts, unlessEmpty } from './office-rows.js'
import type { PatientHead } from './patient-head.js'
import { activityIn, type CountedFact, type PatientRecord } from './patient-record.js'

const OFFICE: Office = {
  role: 'CA',
  fieldSet: CIVIL_AFFAIRS_AID,
  ownDuty: ({ state }) => (state.homeless ? 'MHL 28' : undefined),
}

const POOR = 1
const NOT_POOR = 2

export const civilAffairsSemiannual = defineOfficeFeed({
  office: OFFICE,
  name: 'civil-affairs-semiannual',
  version: 1,
  label: { zh: '民政半年数据', en: 'Civil affairs semiannual' },
  clauses: ['W44', 'W12', 'W13', 'MHL 28', 'MHL 69'],
  groups: ['poor', 'notPoor', 'unknown'],
  groupOf,
  refs: ({ state: { identity, residence, guardian } }) => [identity, residence?.address, guardian?.ref],
  facts: rowFacts,
  periodFacts: (record, period) => ({ aid: known({ temporaryLivingAidOn: temporaryAid(record, period)?.at }) }),
  counts,
})

function groupOf({ state: { economicStatus } }: PatientHead): Group {
  if (economicStatus === POOR) return 'poor'
  return economicStatus === NOT_POOR ? 'notPoor' : 'unknown'
}

function rowFacts(record: PatientRecord, context: RowContext, basis: Basis, open: Open): Facts {
  const { economicStatus, flags, identity, residence, guardian, homeless } = record.state
  return known({
    basis,
    ...personFacts(record, open),
    presentAddress: memberOf(open(residence?.address), 'text'),
    ...guardianFacts(record, open),
    economicStatus,
    povertyTarget: flags?.povertyTarget?.value,
    aid: unlessEmpty({
      ...applicationFacts(record, OFFICE),
      // Nobody has said no: where no diagnosis is on record nothing is said.
      ...known({
        meetsMedicalCondition: record.state.diagnosis && true,
        temporaryLivingAidOn: temporaryAid(record, context.period)?.at,
      }),
    }),
    homeless: unlessEmpty(homelessFacts(record)),
    ...disputedFacts(record, {
      name: identity?.eventId,
      presentAddress: residence?.address?.eventId,
      guardian: guardian?.ref.eventId,
      economicStatus: economicStatus === undefined ? undefined : statedIn(record, 'economicStatus'),
      povertyTarget: record.stated.povertyTarget,
      aid: [
        ...applicationEvents(record, OFFICE.role),
        record.state.diagnosis && record.stated.diagnosis,
        temporaryAid(record, context.period)?.eventId,
      ],
      homeless: homeless && [record.stated.homeless, homeless.kinFound ? undefined : record.stated.readiness],
    }),
  })
}

/** The last aid of the period. */
function temporaryAid(record: PatientRecord, period: Period): CountedFact | undefined {
  return quartersIn(period)
    .flatMap((quarter) => activityIn(record, quarter).temporaryLivingAid)
    .at(-1)
}

/** Whether a person without found kin may leave hospital: what the office has to know to take them in (W13). */
function homelessFacts({ state: { homeless, stay } }: PatientRecord): Facts {
  if (!homeless) return {}
  const isReady = stay !== undefined && stay.dischargedOn === undefined && stay.readyOn !== undefined
  return {
    since: homeless.since,
    kinFound: homeless.kinFound,
    ...(homeless.kinFound ? {} : { dischargeReady: isReady }),
  }
}

function counts({
  rows,
  closings,
  groups: { poor = 0, notPoor = 0, unknown = 0 },
}: Tally): Readonly<Record<string, unknown>> {
  return { rows, closings, poor: coarse(poor), notPoor: coarse(notPoor), unknown: coarse(unknown) }
}
