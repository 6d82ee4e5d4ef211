/**
 * What the political-legal office receives each quarter (W43, W46; policy §6.2): from level 3 name, community, level and
 * responsible team; of everyone else coarse numbers by responsible unit. Never an ID number, an address, or anything clinical.
 */
import type { SealedRef } from '../src/domain/patient-state.js'
import { statedIn } from '../src/domain/stated-facts.js'
import {
  type Appearance,
  coarse,
  defineFeed,
  type GlanceContext,
  type RowContext,
  type Tally,
} from '../src/policy/define-feed.js'
import type { FieldSet } from '../src/policy/disclosure.js'
import { COMMUNITY_CLOSING, PL_HIGH, PL_HIGH_1 } from '../src/policy/feed-field-sets.js'
import {
  assessmentFacts,
  centreFacts,
  communityScope,
  disputedFacts,
  isCommunityConcern,
  known,
  memberOf,
  RISK_GROUPS,
  riskGroupOf,
  riskSources,
} from './feed-scope.js'
import type { PatientHead } from './patient-head.js'
import type { PatientRecord } from './patient-record.js'

/** Frozen: it looks back at nothing, and marks nothing as disputed. */
export const politicalLegalQuarterly1 = defineFeed<PatientRecord, PatientHead>({
  name: 'political-legal-quarterly',
  version: 1,
  label: { zh: '综治季度数据', en: 'Political-legal quarterly' },
  audience: 'PL',
  cadence: 'QUARTER',
  clauses: ['W43', 'W46', 'W55'],
  fields: [PL_HIGH_1],
  groups: RISK_GROUPS,
  concerns: isCommunityConcern,
  scope: communityScope,
  glance,
  row: rowBy(PL_HIGH_1),
  counts,
})

export const politicalLegalQuarterly = defineFeed<PatientRecord, PatientHead>({
  ...politicalLegalQuarterly1,
  version: 2,
  fields: [PL_HIGH, COMMUNITY_CLOSING],
  row: rowBy(PL_HIGH),
  follows: { closing: COMMUNITY_CLOSING, reasons: ['LEFT_AREA', 'DIED'] },
  counts: (tally) => ({ ...counts(tally), closings: tally.closings }),
})

function glance(head: PatientHead, context: GlanceContext): Appearance | undefined {
  const group = riskGroupOf(head, context)
  return group === 'high' ? undefined : { kind: 'counted', group, rule: 'BELOW_LEVEL_3' }
}

function rowBy(fieldSet: FieldSet) {
  return (record: PatientRecord, context: RowContext): Appearance => {
    const counted = glance(record, context)
    if (counted) return counted
    const { identity, residence } = record.state
    const refs = [identity, residence?.area].filter((ref): ref is SealedRef => ref !== undefined)
    return {
      kind: 'row',
      group: 'high',
      fieldSet,
      refs,
      facts(open) {
        const { code, name } = context.community(open)
        return known({
          ...assessmentFacts(record, context),
          ...centreFacts(record, context),
          name: memberOf(open(identity), 'name'),
          presentTownship: residence?.township,
          communityCode: code,
          communityName: name,
          ...disputedFacts(record, {
            name: identity?.eventId,
            ...riskSources(record, context),
            presentTownship: residence && statedIn(record, 'residence'),
            communityCode: code === undefined ? undefined : residence?.area?.eventId,
          }),
        })
      },
    }
  }
}

/** Rows are exact, for the office sees them; everybody else is a coarse number, and few look like none. */
function counts({ rows, groups, units }: Tally): Readonly<Record<string, unknown>> {
  const spoken = ({ high = 0, low = 0, notAssessed = 0 }: Tally['groups']): Readonly<Record<string, unknown>> => ({
    high,
    low: coarse(low),
    notAssessed: coarse(notAssessed),
  })
  const byUnit = units
    .filter(({ groups: { high = 0, low = 0, notAssessed = 0 } }) => high > 0 || low >= 5 || notAssessed >= 5)
    .map((unit) => ({ unit: unit.name, ...spoken(unit.groups) }))
  return { rows, ...spoken(groups), byUnit }
}
