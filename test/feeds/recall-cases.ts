/** Lives of one person, what was released and told of them, and what is to be asked back, as `<cause> <agency> <reason> <sets> <rows>`. */
import type { StoredEvent } from '../../src/domain/event.js'
import type { HeldRow, ToldByMessage } from '../../src/feeds/recall-rules.js'
import { addDays } from '../../src/kernel/dates.js'
import type { PlacedEvent } from '../../src/log/port.js'

const STREAM = 'patient-p'
export const TODAY = '2026-07-20'
export const FEDERATION = {
  recipientRole: 'DPF',
  purposeCode: 'REHABILITATION',
  fieldSetId: 'disabled-persons.rehabilitation@1',
}
export const CIVIL = { recipientRole: 'CA', purposeCode: 'SOCIAL_ASSISTANCE', fieldSetId: 'civil-affairs.aid@1' }

/** Events of one person, ten leaves apart. */
export function lived(...acts: readonly (readonly [type: string, data?: object, change?: Partial<StoredEvent>])[]) {
  return acts.map(
    ([type, data = {}, change], i): PlacedEvent => ({
      leafIndex: 10 * i,
      event: {
        ...{ id: `e${i}`, type, version: 1, stream: STREAM, revision: i, recordedAt: '2026-07-15T09:00:00.000+08:00' },
        ...{ recordedBy: { agency: 'c', role: 'CHC' }, source: { kind: 'api' }, seed: '', sealed: [] },
        data: { ...data },
        ...change,
      },
    }),
  )
}

export function row(change: Partial<HeldRow> = {}): HeldRow {
  return {
    ...{ agency: 'federation', audience: 'DPF', document: 'd1', row: 'r1', commitment: 'sha256:1' },
    ...{ fieldSet: FEDERATION.fieldSetId, purpose: FEDERATION.purposeCode, standsThrough: 5, deleteBy: '2027-03-31' },
    basis: { kind: 'CONSENT', since: '2026-03-11' },
    ...change,
  }
}

const POLICE_ROW = row({ agency: 'station', audience: 'POLICE', document: 'd2', row: 'r2', fieldSet: 'police.high@1' })
const { basis: _, ...POLICE } = POLICE_ROW
const WITHDRAWN = ['DataConsentWithdrawn', FEDERATION] as const
const EXCLUDED = ['DiagnosisExcluded'] as const
const FIRST = ['PatientRegistered'] as const
const GIVEN = ['DataConsentGiven', FEDERATION, { occurredAt: '2026-03-11' }] as const
const toFederation = (day: string, data: object = {}, corrects?: string) =>
  [
    'ServiceApplied',
    { recipientRole: 'DPF', programme: 'REHABILITATION', ...data },
    { occurredAt: day, ...(corrects && { corrects }) },
  ] as const
const APPLIED = toFederation('2026-03-11')
const APPLICANT = row({ basis: { kind: 'APPLICATION', since: '2026-03-11' } })
const REFUSED = ['ApplicationDecided', { ...APPLIED[1], decision: 'REFUSED' }, { occurredAt: '2026-03-12' }] as const
const taken = (id: string, scope = 'FACT') => ['RecordRetracted', { scope }, { corrects: id }] as const
const IN_ERROR = ['e2 federation SENT_IN_ERROR disabled-persons.rehabilitation@1 r1']
const RECALL = ['e1 federation CONSENT_WITHDRAWN disabled-persons.rehabilitation@1 r1']
const told = (agency: string, role: ToldByMessage['role'], revision = 0): ToldByMessage => ({ agency, role, revision })

const STRAY = { agency: 'station', what: 'DOCUMENT', fields: ['name'], containment: 'READ' }
const ASTRAY = ['MisdirectedDisclosure', { ...STRAY, fieldSet: 'police.high@1' }] as const
const ON_PAPER = ['MisdirectedDisclosure', STRAY] as const
const askedBy = (id: string, data: object = {}) =>
  ['RecallSent', { agency: 'station', ...data }, { causation: { stream: STREAM, id } }] as const

/** What is asked for, in a life, of whom somebody holds what. */
export const CASES: readonly (readonly [
  what: string,
  life: readonly PlacedEvent[],
  held: { readonly rows?: readonly HeldRow[]; readonly told?: readonly ToldByMessage[] },
  expected: readonly string[],
])[] = [
  [
    'what went astray, of whoever got it alone',
    lived(FIRST, ASTRAY),
    { rows: [row(), POLICE] },
    ['e1 station SENT_IN_ERROR police.high@1 r2'],
  ],
  ['what went astray on paper', lived(FIRST, ON_PAPER), {}, ['e1 station SENT_IN_ERROR ALL']],
  ['once', lived(FIRST, ON_PAPER, askedBy('e1')), { rows: [POLICE] }, []],
  ['once, corrected', lived(FIRST, ON_PAPER, askedBy('e1'), [...ON_PAPER, { corrects: 'e1' }]), {}, []],
  [
    'another agency than was recorded first',
    lived(FIRST, ON_PAPER, askedBy('e1'), [ON_PAPER[0], { ...STRAY, agency: 'school-office' }, { corrects: 'e1' }]),
    {},
    ['e3 school-office SENT_IN_ERROR ALL'],
  ],
  [
    'a second time it goes astray',
    lived(FIRST, ON_PAPER, askedBy('e1'), ON_PAPER),
    {},
    ['e3 station SENT_IN_ERROR ALL'],
  ],
  [
    'nothing of what was retracted',
    lived(FIRST, ON_PAPER, ['RecordRetracted', { scope: 'FACT' }, { corrects: 'e1' }]),
    {},
    [],
  ],
  [
    'no row of another field set',
    lived(FIRST, ASTRAY),
    { rows: [{ ...POLICE, fieldSet: 'police.token@1' }] },
    ['e1 station SENT_IN_ERROR police.high@1'],
  ],
  ['a row that rested on the consent', lived(FIRST, WITHDRAWN), { rows: [row(), POLICE] }, RECALL],
  ['nothing without a withdrawal', lived(FIRST, ['DataConsentGiven', FEDERATION]), { rows: [row()] }, []],
  [
    'nothing that rests on an application',
    lived(FIRST, WITHDRAWN),
    { rows: [row({ basis: { kind: 'APPLICATION' } })] },
    [],
  ],
  ['nor on the office’s own duty', lived(FIRST, WITHDRAWN), { rows: [row({ basis: { kind: 'OWN_DUTY' } })] }, []],
  ['nothing of another recipient', lived(FIRST, ['DataConsentWithdrawn', CIVIL]), { rows: [row()] }, []],
  [
    'nothing of another purpose',
    lived(FIRST, ['DataConsentWithdrawn', { ...FEDERATION, purposeCode: 'EMPLOYMENT' }]),
    { rows: [row()] },
    [],
  ],
  [
    'nothing of another version of the fields',
    lived(FIRST, ['DataConsentWithdrawn', { ...FEDERATION, fieldSetId: 'disabled-persons.rehabilitation@2' }]),
    { rows: [row()] },
    [],
  ],
  ['a row whose release did not know of it', lived(FIRST, WITHDRAWN), { rows: [row({ standsThrough: 9 })] }, RECALL],
  ['nothing whose release knew of it', lived(FIRST, WITHDRAWN), { rows: [row({ standsThrough: 10 })] }, []],
  ['a copy that is due today', lived(FIRST, WITHDRAWN), { rows: [row({ deleteBy: TODAY })] }, RECALL],
  ['nothing that is past its day', lived(FIRST, WITHDRAWN), { rows: [row({ deleteBy: addDays(TODAY, -1) })] }, []],
  [
    'nothing that rests on a consent given after a withdrawal that was recorded late',
    lived(FIRST, ['DataConsentWithdrawn', FEDERATION, { occurredAt: '2026-03-10' }]),
    { rows: [row()] },
    [],
  ],
  [
    'what rested on it the same day',
    lived(FIRST, ['DataConsentWithdrawn', FEDERATION, { occurredAt: '2026-03-11T08:00:00.000+08:00' }]),
    { rows: [row()] },
    RECALL,
  ],
  [
    'nothing of a withdrawal that was taken back before anybody looked',
    lived(FIRST, WITHDRAWN, ['RecordRetracted', { scope: 'FACT' }, { corrects: 'e1' }]),
    { rows: [row()] },
    [],
  ],
  [
    'what the correction of a withdrawal withdraws, and not what it first said',
    lived(FIRST, ['DataConsentWithdrawn', CIVIL], ['DataConsentWithdrawn', FEDERATION, { corrects: 'e1' }]),
    {
      rows: [
        row(),
        row({ agency: 'civil', audience: 'CA', row: 'r3', fieldSet: CIVIL.fieldSetId, purpose: CIVIL.purposeCode }),
      ],
    },
    ['e2 federation CONSENT_WITHDRAWN disabled-persons.rehabilitation@1 r1'],
  ],
  [
    'nothing that was asked for',
    lived(FIRST, WITHDRAWN, [
      'RecallSent',
      { agency: 'federation', fieldSets: ['x'], rows: [{ document: 'd1', row: 'r1' }] },
    ]),
    { rows: [row()] },
    [],
  ],
  [
    'the row of a release that came in after the asking',
    lived(FIRST, WITHDRAWN, [
      'RecallSent',
      { agency: 'federation', fieldSets: ['x'], rows: [{ document: 'd1', row: 'r1' }] },
    ]),
    { rows: [row(), row({ document: 'd9', row: 'r9' })] },
    ['e1 federation CONSENT_WITHDRAWN disabled-persons.rehabilitation@1 r9'],
  ],
  [
    'every row after an exclusion, once for each agency',
    lived(FIRST, EXCLUDED),
    { rows: [row(), row({ document: 'd3', row: 'r3' }), POLICE] },
    ['e1 federation DIAGNOSIS_EXCLUDED ALL r1 r3', 'e1 station DIAGNOSIS_EXCLUDED ALL r2'],
  ],
  [
    'after an exclusion whoever was told by message, but for those who treat',
    lived(FIRST, EXCLUDED),
    {
      told: [
        told('station', 'POLICE'),
        told('centre', 'CHC'),
        told('prevention', 'MHPC'),
        told('committee', 'COMMUNITY'),
      ],
    },
    ['e1 committee DIAGNOSIS_EXCLUDED ALL', 'e1 station DIAGNOSIS_EXCLUDED ALL'],
  ],
  ['not who was told by the exclusion itself', lived(FIRST, EXCLUDED), { told: [told('station', 'POLICE', 1)] }, []],
  [
    'nobody twice, who was asked for all',
    lived(FIRST, EXCLUDED, ['RecallSent', { agency: 'station' }], EXCLUDED),
    { told: [told('station', 'POLICE'), told('station', 'POLICE', 2)] },
    ['e3 station DIAGNOSIS_EXCLUDED ALL'],
  ],
  [
    'every row and message after a registration that was retracted',
    lived(FIRST, taken('e0')),
    { rows: [row(), POLICE], told: [told('committee', 'COMMUNITY'), told('centre', 'CHC'), told('late', 'PL', 1)] },
    ['e1 committee SENT_IN_ERROR ALL', 'e1 federation SENT_IN_ERROR ALL r1', 'e1 station SENT_IN_ERROR ALL r2'],
  ],
  ['nothing where that was taken back', lived(FIRST, taken('e0'), taken('e1')), { rows: [row(), POLICE] }, []],
  [
    'nothing where a correction of the registration was taken back, and the first stands',
    lived(FIRST, ['PatientRegistered', {}, { corrects: 'e0' }], taken('e1', 'VERSION')),
    { rows: [row(), POLICE] },
    [],
  ],
  [
    'what left under the registration that was none, not under the one that came after',
    lived(FIRST, taken('e0'), FIRST),
    { rows: [row(), row({ row: 'r8', standsThrough: 20 })] },
    ['e1 federation SENT_IN_ERROR ALL r1'],
  ],
  ['a row that rested on a consent that was retracted', lived(GIVEN, FIRST, taken('e0')), { rows: [row()] }, IN_ERROR],
  ['nothing where that was taken back too', lived(GIVEN, taken('e0'), taken('e1')), { rows: [row()] }, []],
  [
    'nothing of a consent that was retracted and on which nothing rested',
    lived(GIVEN, taken('e0')),
    {
      rows: [
        row({ basis: { kind: 'APPLICATION', since: '2026-03-11' } }),
        row({ basis: { kind: 'CONSENT', since: '2026-03-12' } }),
        POLICE,
      ],
    },
    [],
  ],
  [
    'nothing where another consent of the same day stands',
    lived(GIVEN, GIVEN, taken('e0')),
    { rows: [row({ standsThrough: 15 })] },
    [],
  ],
  [
    'what rested on a consent that was corrected to another recipient',
    lived(GIVEN, FIRST, ['DataConsentGiven', CIVIL, { corrects: 'e0', occurredAt: '2026-03-11' }]),
    { rows: [row()] },
    IN_ERROR,
  ],
  [
    'nothing where the corrected consent still covers it, though of another day',
    lived(GIVEN, ['DataConsentGiven', FEDERATION, { corrects: 'e0', occurredAt: '2026-03-09' }]),
    { rows: [row()] },
    [],
  ],
  [
    'what rested on a correction that was taken back, and not what rested on what stands again',
    lived(GIVEN, ['DataConsentGiven', CIVIL, { corrects: 'e0', occurredAt: '2026-03-11' }], taken('e1', 'VERSION')),
    {
      rows: [
        row(),
        row({
          ...{ agency: 'civil', audience: 'CA', row: 'r3', fieldSet: CIVIL.fieldSetId, purpose: CIVIL.purposeCode },
          standsThrough: 15,
        }),
      ],
    },
    ['e2 civil SENT_IN_ERROR civil-affairs.aid@1 r3'],
  ],
  [
    'a row that rested on an application that was retracted',
    lived(APPLIED, FIRST, taken('e0')),
    { rows: [APPLICANT] },
    IN_ERROR,
  ],
  [
    'nothing where that was taken back, an application',
    lived(APPLIED, taken('e0'), taken('e1')),
    { rows: [APPLICANT] },
    [],
  ],
  [
    'nothing of an application that was retracted and on which nothing rested',
    lived(APPLIED, FIRST, taken('e0')),
    {
      rows: [
        row(),
        { ...APPLICANT, audience: 'CA' },
        { ...APPLICANT, basis: { kind: 'APPLICATION', since: '2026-03-10' } },
        { ...APPLICANT, basis: { kind: 'OWN_DUTY' } },
      ],
    },
    [],
  ],
  [
    'what rested on an application that was corrected to another office',
    lived(APPLIED, FIRST, toFederation('2026-03-11', { recipientRole: 'CA', programme: 'LOW_INCOME' }, 'e0')),
    { rows: [APPLICANT] },
    IN_ERROR,
  ],
  [
    'nothing where the corrected application is to that office still, of another day',
    lived(APPLIED, toFederation('2026-03-09', {}, 'e0')),
    { rows: [APPLICANT] },
    [],
  ],
  [
    'nothing where another application that the row knew of stands',
    lived(APPLIED, toFederation('2026-03-13', { programme: 'CERTIFICATE' }), taken('e0')),
    { rows: [{ ...APPLICANT, standsThrough: 15 }] },
    [],
  ],
  [
    'a row that knew of no other, though one was made since',
    lived(APPLIED, toFederation('2026-03-13', { programme: 'CERTIFICATE' }), taken('e0')),
    { rows: [APPLICANT] },
    IN_ERROR,
  ],
  [
    'a row whose other application was refused by then',
    lived(
      toFederation('2026-03-10', { programme: 'CERTIFICATE' }),
      ['ApplicationDecided', { recipientRole: 'DPF', programme: 'CERTIFICATE', decision: 'REFUSED' }],
      APPLIED,
      taken('e2'),
    ),
    { rows: [{ ...APPLICANT, standsThrough: 25 }] },
    ['e3 federation SENT_IN_ERROR disabled-persons.rehabilitation@1 r1'],
  ],
  [
    'nothing of a decision that was retracted: nothing rests on one',
    lived(APPLIED, REFUSED, taken('e1')),
    { rows: [{ ...APPLICANT, standsThrough: 15 }] },
    [],
  ],
  ['no message after a withdrawal', lived(FIRST, WITHDRAWN), { told: [told('federation', 'DPF')] }, []],
  ['nothing when processing is restricted', lived(FIRST, ['ProcessingRestricted']), { rows: [row(), POLICE] }, []],
  [
    'nothing beside an erasure, which asks everybody',
    lived(FIRST, EXCLUDED, ['IdentityErased']),
    { rows: [POLICE] },
    [],
  ],
]
