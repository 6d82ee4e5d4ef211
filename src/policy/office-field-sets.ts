/**
 * What a row of the semiannual feeds may say (policy §6.2; W44). Each rests on an application, a separate consent or the
 * office's own duty, and says which; none says a level, a behaviour, a diagnosis or who cares for the person.
 */
import { allow, DISPUTED, defineFieldSet, generalise, pseudonymise } from './define-field-set.js'
import type { DisclosureRule } from './disclosure.js'
import { CIVIL_AFFAIRS_STAYS, FEDERATION_STAYS, LABOUR_STAYS } from './withheld.js'

const PSEUDONYM = pseudonymise('patientId', ['design §5'], 'the name under which the office records about this person')

function basis(clauses: readonly string[]): readonly DisclosureRule[] {
  return [
    ...allow(['basis.kind'], clauses, 'on what the row rests'),
    ...generalise(['basis.since'], 'DAY', clauses, 'since when it rests on it'),
  ]
}

const ASSISTANCE = ['MHL 28', 'MHL 69', 'W12', 'W13'] as const

export const CIVIL_AFFAIRS_AID = defineFieldSet({
  name: 'civil-affairs.aid',
  version: 1,
  audience: ['CA'],
  purpose: 'SOCIAL_ASSISTANCE',
  leaves: [
    PSEUDONYM,
    basis(['W44', 'policy §6.2']),
    allow(['basis.article'], ['W44', 'policy §6.2'], 'the office’s own duty, by its article'),
    allow(['name', 'idNumber'], ASSISTANCE, 'to know whom to help'),
    allow(['presentAddress'], ASSISTANCE, 'to reach the person'),
    allow(['guardian.name', 'guardian.phones'], ASSISTANCE, 'to reach the guardian'),
    allow(['economicStatus', 'povertyTarget'], ['MHL 69', 'W28'], 'whether assistance is due'),
    allow(['aid.applied', 'aid.granted'], ['W44', 'MHL 69'], 'which assistance it is about'),
    allow(['aid.meetsMedicalCondition'], ['MHL 69', 'policy §6.2'], 'yes or no, in the place of any diagnosis'),
    generalise(['aid.temporaryLivingAidOn'], 'DAY', ['W13'], 'the aid that was given'),
    allow(['homeless.kinFound', 'homeless.dischargeReady'], ['W12', 'W13'], 'fit to be discharged and no kin found'),
    generalise(['homeless.since'], 'DAY', ['W12', 'W13'], 'fit to be discharged and no kin found'),
    DISPUTED,
  ],
  stays: CIVIL_AFFAIRS_STAYS,
})

export const FEDERATION_REHABILITATION = defineFieldSet({
  name: 'disabled-persons.rehabilitation',
  version: 1,
  audience: ['DPF'],
  purpose: 'REHABILITATION',
  leaves: [
    PSEUDONYM,
    basis(['W44', 'MHL 57']),
    allow(['basis.article'], ['W44', 'policy §6.2'], 'the office’s own duty, by its article'),
    allow(['name', 'idNumber'], ['MHL 57', 'W44'], 'to know whose certificate and rehabilitation it is'),
    allow(['phones', 'guardian.name', 'guardian.phones'], ['MHL 57', 'W44'], 'to reach the person or the guardian'),
    allow(['certificate.held', 'certificate.level'], ['MHL 57', 'H33'], 'the certificate'),
    generalise(['certificate.statedOn'], 'DAY', ['MHL 57', 'H33'], 'the certificate'),
    allow(['rehabilitation.measures', 'rehabilitation.programmes'], ['MHL 57', 'H33'], 'what has been done'),
    DISPUTED,
  ],
  stays: FEDERATION_STAYS,
})

export const LABOUR_EMPLOYMENT = defineFieldSet({
  name: 'labour.employment',
  version: 1,
  audience: ['LABOUR'],
  purpose: 'EMPLOYMENT',
  leaves: [
    PSEUDONYM,
    basis(['W44', 'MHL 58']),
    allow(['name', 'idNumber', 'phones'], ['MHL 58', 'MHL 70', 'W44'], 'to know and reach who applied'),
    allow(['employment'], ['MHL 58', 'MHL 70'], 'whether there is work'),
    allow(['function.fit'], ['Shandong 33'], 'fit for work, yes or no'),
    generalise(['function.assessedOn'], 'DAY', ['Shandong 33'], 'when that was assessed'),
    allow(['aid.applied', 'aid.granted'], ['W44', 'MHL 58'], 'what the person wishes: insurance, training, work'),
    DISPUTED,
  ],
  stays: LABOUR_STAYS,
})
