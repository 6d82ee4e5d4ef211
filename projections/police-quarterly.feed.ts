/**
 * What a police station receives each quarter (W43, W46; policy §5.4, §6.2): from level 3 the person, below it and without
 * an assessment a token under the station's own pseudonym. Never a diagnosis, self-harm, or what only the health centre counted.
 */
import type { Period } from '../src/kernel/dates.js'
import {
  type Appearance,
  defineFeed,
  type GlanceContext,
  type Open,
  type RowContext,
} from '../src/policy/define-feed.js'
import type { Facts, FieldSet } from '../src/policy/disclosure.js'
import {
  COMMUNITY_CLOSING,
  POLICE_HIGH,
  POLICE_HIGH_1,
  POLICE_TOKEN,
  POLICE_TOKEN_1,
} from '../src/policy/feed-field-sets.js'
import {
  assessmentFacts,
  centreFacts,
  communityScope,
  dayOf,
  disputedFacts,
  isCommunityConcern,
  known,
  memberOf,
  RISK_GROUPS,
  riskGroupOf,
  riskSources,
} from './feed-scope.js'
import type { PatientHead } from './patient-head.js'
import { activityIn, type CountedFact, type PatientRecord } from './patient-record.js'

interface Sets {
  readonly high: FieldSet
  readonly token: FieldSet
}

/** Frozen: it looks back at nothing, and marks nothing as disputed. */
export const policeQuarterly1 = defineFeed<PatientRecord, PatientHead>({
  name: 'police-quarterly',
  version: 1,
  label: { zh: '公安季度数据', en: 'Police quarterly' },
  audience: 'POLICE',
  cadence: 'QUARTER',
  clauses: ['W43', 'W46', 'MHL 28', 'MHL 35', 'Shandong 36'],
  fields: [POLICE_HIGH_1, POLICE_TOKEN_1],
  groups: RISK_GROUPS,
  concerns: isCommunityConcern,
  scope: communityScope,
  ...rowsBy({ high: POLICE_HIGH_1, token: POLICE_TOKEN_1 }),
  counts: ({ rows, groups }) => ({ rows, ...groups }),
})

export const policeQuarterly = defineFeed<PatientRecord, PatientHead>({
  ...policeQuarterly1,
  version: 2,
  fields: [POLICE_HIGH, POLICE_TOKEN, COMMUNITY_CLOSING],
  ...rowsBy({ high: POLICE_HIGH, token: POLICE_TOKEN }),
  follows: {
    closing: COMMUNITY_CLOSING,
    reasons: ['LEFT_AREA', 'DIED'],
    periodFacts: (record, period) => ({ policeRecorded: policeRecorded(record, period) }),
  },
  counts: ({ rows, closings, groups }) => ({ rows, closings, ...groups }),
})

function rowsBy({ high, token }: Sets) {
  const glance = (head: PatientHead, context: GlanceContext): Appearance | undefined => {
    const group = riskGroupOf(head, context)
    if (group === 'high') return undefined
    const facts = (): Facts => ({
      ...assessmentFacts(head, context),
      ...centreFacts(head, context),
      ...disputedFacts(head, riskSources(head, context)),
    })
    return { kind: 'row', group, fieldSet: token, refs: [], facts }
  }
  const row = (record: PatientRecord, context: RowContext): Appearance => {
    const counted = glance(record, context)
    if (counted) return counted
    const { identity, residence, householdAddress, guardian } = record.state
    const refs = [identity, residence?.address, householdAddress, guardian?.ref].filter((ref) => ref !== undefined)
    return { kind: 'row', group: 'high', fieldSet: high, refs, facts: (open) => highFacts(record, context, open) }
  }
  return { glance, row }
}

function highFacts(record: PatientRecord, context: RowContext, open: Open): Facts {
  const { identity, residence, householdAddress, guardian, lossOfContact } = record.state
  const person = open(identity)
  const named = guardian ? open(guardian.ref) : undefined
  // Member by member: spreading them took a fifth of a named row's time (measured).
  const { assessment, level, assessedOn, targets, previousLevel } = assessmentFacts(record, context)
  const { healthCentre } = centreFacts(record, context)
  return known({
    assessment,
    level,
    assessedOn,
    targets,
    previousLevel,
    healthCentre,
    name: memberOf(person, 'name'),
    idNumber: memberOf(person, 'idNumber'),
    presentAddress: memberOf(open(residence?.address), 'text'),
    householdAddress: memberOf(open(householdAddress), 'text'),
    guardian: guardian && {
      name: memberOf(named, 'name'),
      phones: memberOf(named, 'phones'),
      relation: guardian.relation,
      kind: guardian.kind,
    },
    policeRecorded: policeRecorded(record, context.period),
    lossOfContact: lossOfContact && {
      reason: lossOfContact.reason,
      lastSeenOn: lossOfContact.lastSeenOn,
      declaredOn: lossOfContact.declaredAt,
    },
    compulsoryStay: compulsoryStay(record, context)?.facts,
    ...disputedFacts(record, highSources(record, context)),
  })
}

function highSources(record: PatientRecord, context: RowContext) {
  const { identity, residence, householdAddress, guardian, lossOfContact, previousRisk } = record.state
  const { policeEvents } = activityIn(record, context.period)
  return {
    name: identity?.eventId,
    presentAddress: residence?.address?.eventId,
    householdAddress: householdAddress?.eventId,
    guardian: guardian?.ref.eventId,
    ...riskSources(record, context),
    previousLevel: previousRisk?.eventId,
    policeRecorded: policeEvents,
    lossOfContact: lossOfContact?.id,
    compulsoryStay: compulsoryStay(record, context)?.events,
  }
}

/** Counts by the day on which it happened, within the period. */
function policeRecorded(record: PatientRecord, period: Period): Facts {
  const { incidents, dangerReportsByPolice } = activityIn(record, period)
  return {
    minorDisturbance: incidents['1'] ?? 0,
    publicOrderOffence: incidents['2'] ?? 0,
    criminalHarm: incidents['3'] ?? 0,
    dangerToOthers: dangerReportsByPolice,
  }
}

interface Stay {
  readonly facts: Facts
  /** The events that state it. */
  readonly events: readonly (string | undefined)[]
}

/** The last stay under article 30(2)(ii) that is open at the cut or ended within the period or since, whatever stay came after it. */
function compulsoryStay(record: PatientRecord, context: RowContext): Stay | undefined {
  const { stay } = record.state
  if (stay?.route !== 'ART30_2') return earlierStay(record, context)
  const { id, admittedOn, dischargedOn } = stay
  if (dischargedOn === undefined) return { facts: { admittedOn }, events: [id] }
  if (dayOf(dischargedOn) < context.firstDay) return undefined
  return { facts: { admittedOn, dischargedOn }, events: [id, record.stated.discharge] }
}

/** One that another stay has followed: only the counts of the quarters still know it. */
function earlierStay({ activity }: PatientRecord, { period }: RowContext): Stay | undefined {
  const since = (from: string, kind: 'art30Admissions' | 'art30Discharges'): readonly CountedFact[] =>
    Object.keys(activity)
      .filter((quarter) => quarter >= from)
      .sort()
      .flatMap((quarter) => activity[quarter]?.[kind] ?? [])
  const discharge = since(period, 'art30Discharges').at(-1)
  const admissions = since('', 'art30Admissions')
  const admission = admissions.filter(({ at }) => discharge === undefined || dayOf(at) <= dayOf(discharge.at)).at(-1)
  if (discharge) {
    const facts = known({ admittedOn: admission?.at, dischargedOn: discharge.at })
    return { facts, events: [admission?.eventId, discharge.eventId] }
  }
  // Without a discharge of its own it ended with the admission that followed.
  const inPeriod = since(period, 'art30Admissions').at(-1)
  return inPeriod && { facts: { admittedOn: inPeriod.at }, events: [inPeriod.eventId] }
}
