/** Every feed of the hub. What is not listed here is not compiled. */
import type { FeedDefinition } from '../src/policy/define-feed.js'
import type { PatientRecord } from './patient-record.js'
import { policeQuarterly } from './police-quarterly.feed.js'
import { politicalLegalQuarterly } from './political-legal-quarterly.feed.js'

export const FEEDS: readonly FeedDefinition<PatientRecord>[] = [policeQuarterly, politicalLegalQuarterly]
