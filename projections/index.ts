/** Every read model of the hub. What is not listed here is not built. */
import type { Projection } from '../src/domain/define-projection.js'
import { agencies } from './agencies.js'
import { alerts } from './alerts.js'
import { approvals } from './approvals.js'
import { areaHolders } from './area-holders.js'
import { assessmentDays } from './assessment-days.js'
import { deliveries } from './deliveries.js'
import { disclosures } from './disclosures.js'
import { documentReturns } from './document-returns.js'
import { heldWrites } from './held-writes.js'
import { oneOffs } from './one-offs.js'
import { patientRecord } from './patient-record.js'
import { recallCauses } from './recall-causes.js'
import { recalledRows } from './recalled-rows.js'
import { recalls } from './recalls.js'
import { releases } from './releases.js'
import { restrictions } from './restrictions.js'
import { returnedFacts } from './returned-facts.js'
import { subscriptions } from './subscriptions.js'

export const PROJECTIONS: readonly Projection[] = [
  patientRecord,
  agencies,
  subscriptions,
  heldWrites,
  alerts,
  assessmentDays,
  releases,
  recalledRows,
  recallCauses,
  recalls,
  areaHolders,
  disclosures,
  deliveries,
  approvals,
  documentReturns,
  returnedFacts,
  restrictions,
  oneOffs,
]
