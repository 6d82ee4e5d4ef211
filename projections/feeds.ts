/** Every feed of the hub. What is not listed here is not compiled. */
import type { FeedDefinition } from '../src/policy/define-feed.js'
import { civilAffairsSemiannual } from './civil-affairs-semiannual.feed.js'
import { disabledPersonsSemiannual } from './disabled-persons-semiannual.feed.js'
import { labourSemiannual } from './labour-semiannual.feed.js'
import type { PatientHead, PatientRecord } from './patient-record.js'
import { policeQuarterly } from './police-quarterly.feed.js'
import { politicalLegalQuarterly } from './political-legal-quarterly.feed.js'

export type PatientFeed = FeedDefinition<PatientRecord, PatientHead>

export const FEEDS: readonly PatientFeed[] = [
  policeQuarterly,
  politicalLegalQuarterly,
  civilAffairsSemiannual,
  disabledPersonsSemiannual,
  labourSemiannual,
]
