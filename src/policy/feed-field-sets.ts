/** What a row of a feed may say (policy §5.4, §6.2). What is not let out here stays, for the reasons in `withheld.ts`. */
import { allow, defineFieldSet, generalise, pseudonymise } from './define-field-set.js'
import { CLOSING_STAYS, PL_STAYS, POLICE_STAYS, TOKEN_STAYS } from './withheld.js'

const POLICE_BASIS = ['MHL 28', 'MHL 35', 'Shandong 36', 'W43', 'W46'] as const
const ASSESSMENT = ['W43', 'W46'] as const

export const POLICE_HIGH = defineFieldSet({
  name: 'police.high',
  version: 1,
  audience: ['POLICE'],
  purpose: 'STOP_AND_ESCORT',
  leaves: [
    pseudonymise('patientId', ['design §5'], 'the name under which the station records about this person'),
    allow(['name', 'idNumber'], POLICE_BASIS, 'to know whom to help, stop or escort'),
    allow(['presentAddress', 'householdAddress'], POLICE_BASIS, 'to find the person'),
    allow(
      ['guardian.name', 'guardian.phones', 'guardian.relation'],
      ['MHL 28', 'Shandong 38'],
      'to reach the guardian',
    ),
    allow(['level', 'previousLevel', 'assessment'], ASSESSMENT, 'the level as the clinician stated it'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(
      [
        'policeRecorded.minorDisturbance',
        'policeRecorded.publicOrderOffence',
        'policeRecorded.criminalHarm',
        'policeRecorded.dangerToOthers',
      ],
      ['W6', 'W43'],
      'what police themselves recorded',
    ),
    allow(['lossOfContact.reason', 'lossOfContact.lastSeenOn'], ['W16', 'Shandong 45'], 'to search'),
    generalise(['lossOfContact.declaredOn'], 'DAY', ['W16', 'Shandong 45'], 'to search'),
    generalise(
      ['compulsoryStay.admittedOn', 'compulsoryStay.dischargedOn'],
      'DAY',
      ['MHL 30(2)(ii)', 'MHL 35', 'Shandong 26'],
      'police assist in stays under art. 30(2)(ii)',
    ),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43'], 'whom to call'),
  ],
  stays: POLICE_STAYS,
})

export const POLICE_TOKEN = defineFieldSet({
  name: 'police.token',
  version: 1,
  audience: ['POLICE'],
  purpose: 'STOP_AND_ESCORT',
  leaves: [
    pseudonymise('patientId', ['policy §5.4', 'PIPL 6'], 'the literal duty of W46 without naming anybody'),
    allow(['level', 'assessment'], ASSESSMENT, 'the literal duty of W46'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43'], 'whom to call'),
  ],
  stays: TOKEN_STAYS,
})

export const PL_HIGH = defineFieldSet({
  name: 'political-legal.high',
  version: 1,
  audience: ['PL'],
  purpose: 'COORDINATION',
  leaves: [
    pseudonymise('patientId', ['design §5'], 'the name under which the office records about this person'),
    allow(['name'], ['W43', 'W46'], 'coordination from level 3'),
    allow(['presentTownship', 'communityCode', 'communityName'], ['W43', 'W46'], 'the community, no address'),
    allow(['level', 'assessment'], ASSESSMENT, 'the level as the clinician stated it'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43', 'W51'], 'the responsible team'),
  ],
  stays: PL_STAYS,
})

/** What whoever was in charge of a person learns when they are no longer: so that the copy goes (design §8). */
export const COMMUNITY_CLOSING = defineFieldSet({
  name: 'community.closing',
  version: 1,
  audience: ['POLICE', 'PL'],
  purpose: 'CORRECTION',
  leaves: [
    pseudonymise('patientId', ['design §8'], 'whom it is about, by the name that the recipient was given'),
    allow(['closing.reason'], ['W47', 'PIPL 6', 'PIPL 47'], 'that the purpose has ended, and why'),
    generalise(['closing.on'], 'DAY', ['W47', 'PIPL 6'], 'since when'),
  ],
  stays: CLOSING_STAYS,
})

/** Of the offices: that a person is not listed any more, or has moved on to another's area; never that they died, nor when. */
export const OFFICE_CLOSING = defineFieldSet({
  name: 'office.closing',
  version: 1,
  audience: ['CA', 'DPF', 'LABOUR'],
  purpose: 'CORRECTION',
  leaves: [
    pseudonymise('patientId', ['design §8'], 'whom it is about, by the name that the recipient was given'),
    allow(['closing.reason'], ['PIPL 6', 'PIPL 47'], 'that the purpose has ended'),
  ],
  stays: CLOSING_STAYS,
})
