/** Every feed of the hub, each version of it. What is not listed here is not compiled. */
import type { FeedDefinition } from '../src/policy/define-feed.js'
import { civilAffairsSemiannual } from './civil-affairs-semiannual.feed.js'
import { disabledPersonsSemiannual } from './disabled-persons-semiannual.feed.js'
import { labourSemiannual } from './labour-semiannual.feed.js'
import type { PatientHead } from './patient-head.js'
import type { PatientRecord } from './patient-record.js'
import { policeQuarterly, policeQuarterly1 } from './police-quarterly.feed.js'
import { politicalLegalQuarterly, politicalLegalQuarterly1 } from './political-legal-quarterly.feed.js'

export type PatientFeed = FeedDefinition<PatientRecord, PatientHead>

export const FEEDS: readonly PatientFeed[] = [
  policeQuarterly1,
  politicalLegalQuarterly1,
  policeQuarterly,
  politicalLegalQuarterly,
  civilAffairsSemiannual,
  disabledPersonsSemiannual,
  labourSemiannual,
]
