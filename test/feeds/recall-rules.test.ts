/** Whom a withdrawal, an exclusion or a mistake asks to delete what, by a person's stream and what was released and told of them. */
import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { type DueRecall, dueRecalls, type HeldRow, type ToldByMessage } from '../../src/feeds/recall-rules.js'
import { addDays } from '../../src/kernel/dates.js'
import type { PlacedEvent } from '../../src/log/port.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'

const STREAM = 'patient-p'
const TODAY = '2026-07-20'
const FEDERATION = {
  recipientRole: 'DPF',
  purposeCode: 'REHABILITATION',
  fieldSetId: 'disabled-persons.rehabilitation@1',
}
const CIVIL = { recipientRole: 'CA', purposeCode: 'SOCIAL_ASSISTANCE', fieldSetId: 'civil-affairs.aid@1' }

/** Events of one person, ten leaves apart. */
function lived(...acts: readonly (readonly [type: string, data?: object, change?: Partial<StoredEvent>])[]) {
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

function row(change: Partial<HeldRow> = {}): HeldRow {
  return {
    ...{ agency: 'federation', audience: 'DPF', document: 'd1', row: 'r1', commitment: 'sha256:1' },
    ...{ fieldSet: FEDERATION.fieldSetId, purpose: FEDERATION.purposeCode, standsThrough: 5, deleteBy: '2027-03-31' },
    basis: { kind: 'CONSENT', since: '2026-03-11' },
    ...change,
  }
}

const POLICE_ROW = row({ agency: 'station', audience: 'POLICE', document: 'd2', row: 'r2', fieldSet: 'police.high@1' })
const { basis: _, ...POLICE } = POLICE_ROW
const asked = (due: readonly DueRecall[]) =>
  due.map(({ cause, agency, reason, fieldSets, rows }) =>
    [cause.id, agency, reason, fieldSets?.join() ?? 'ALL', ...rows.map((one) => one.row)].join(' '),
  )

const WITHDRAWN = ['DataConsentWithdrawn', FEDERATION] as const
const EXCLUDED = ['DiagnosisExcluded'] as const
const FIRST = ['PatientRegistered'] as const
const GIVEN = ['DataConsentGiven', FEDERATION, { occurredAt: '2026-03-11' }] as const
const taken = (id: string, scope = 'FACT') => ['RecordRetracted', { scope }, { corrects: id }] as const
const IN_ERROR = ['e2 federation SENT_IN_ERROR disabled-persons.rehabilitation@1 r1']
const RECALL = ['e1 federation CONSENT_WITHDRAWN disabled-persons.rehabilitation@1 r1']
const told = (agency: string, role: ToldByMessage['role'], revision = 0): ToldByMessage => ({ agency, role, revision })

const STRAY = { agency: 'station', what: 'DOCUMENT', fields: ['name'], containment: 'READ' }
const ASTRAY = ['MisdirectedDisclosure', { ...STRAY, fieldSet: 'police.high@1' }] as const
const ON_PAPER = ['MisdirectedDisclosure', STRAY] as const
const askedBy = (id: string, data: object = {}) =>
  ['RecallSent', { agency: 'station', ...data }, { causation: { stream: STREAM, id } }] as const

const CASES: readonly (readonly [
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
  ['no message after a withdrawal', lived(FIRST, WITHDRAWN), { told: [told('federation', 'DPF')] }, []],
  ['nothing when processing is restricted', lived(FIRST, ['ProcessingRestricted']), { rows: [row(), POLICE] }, []],
  [
    'nothing beside an erasure, which asks everybody',
    lived(FIRST, EXCLUDED, ['IdentityErased']),
    { rows: [POLICE] },
    [],
  ],
]

for (const [what, life, { rows = [], told = [] }, expected] of CASES) {
  t.test(`asks for ${what}`, async (t) => {
    t.same(asked(dueRecalls(life, { rows, told }, TODAY)), expected)
  })
}

/**
 * Stories of consents, applications and releases. The model holds each row to the consent that it was cut under, so that what
 * must be asked back is known without any rule: rows whose consent was withdrawn, or was none, while their copies might be held.
 */
t.test('asks for the rows that rested on a withdrawn consent, all of them, no other and none twice', async (t) => {
  let recalled = 0
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(seed, 'recalls')
    const life: PlacedEvent[] = []
    let leafIndex = 0
    let day = '2026-01-01'
    const append = (type: string, data: object, change: Partial<StoredEvent> = {}): string => {
      const at = `${day}T09:00:00.000+08:00`
      const event = { ...(lived([type, data])[0] as PlacedEvent).event, id: `e${life.length}`, revision: life.length }
      life.push({ leafIndex: leafIndex++, event: { ...event, recordedAt: at, occurredAt: at, ...change } })
      return event.id
    }
    const offices = [FEDERATION, CIVIL].map((office) => ({
      office,
      /** Those that stand, the last in force; the id is that of its version in force. */
      consents: [] as { id: string; readonly since: string }[],
      hasApplied: false,
    }))
    const rows: HeldRow[] = []
    const under = new Map<HeldRow, object>()
    /** It is looked at on its day. */
    const expect = (consents: readonly object[]): void => {
      for (const one of rows)
        if (consents.includes(under.get(one) ?? rows) && one.deleteBy >= day) expected.add(one.row)
    }
    const expected = new Set<string>()
    const found: string[] = []
    for (let step = 0; step < 40; step++) {
      day = addDays(day, random.whole(1, 40))
      leafIndex += random.whole(0, 3)
      const place = random.pick(offices)
      const { office } = place
      const act = random.pick(['give', 'apply', 'withdraw', 'retract', 'correct', 'release', 'release', 'look'])
      const inForce = place.consents.at(-1)
      if (act === 'give') {
        // Given again while it stands it is renewed: what rested on it before goes with a withdrawal too.
        place.consents.push({ id: append('DataConsentGiven', office), since: day })
      } else if (act === 'apply') {
        place.hasApplied = !place.hasApplied
      } else if (act === 'release' && (inForce || place.hasApplied)) {
        const one = row({
          ...{ agency: office.recipientRole, audience: office.recipientRole === 'CA' ? 'CA' : 'DPF' },
          ...{ document: `d${step}`, row: `r${step}`, fieldSet: office.fieldSetId, purpose: office.purposeCode },
          basis: place.hasApplied ? { kind: 'APPLICATION' } : { kind: 'CONSENT', since: inForce?.since ?? '' },
          standsThrough: leafIndex++,
          deleteBy: addDays(day, 270),
        })
        rows.push(one)
        if (!place.hasApplied && inForce) under.set(one, inForce)
      } else if (act === 'withdraw' && inForce) {
        append('DataConsentWithdrawn', office)
        expect(place.consents)
        place.consents = []
      } else if (act === 'retract' && inForce) {
        const retraction = append('RecordRetracted', { scope: 'FACT' }, { corrects: inForce.id })
        // Taken back before anybody looks it takes nothing.
        if (random.whole(0, 2) === 0) append('RecordRetracted', {}, { corrects: retraction })
        else expect([place.consents.pop() ?? place])
      } else if (act === 'correct' && inForce) {
        const isOther = random.whole(0, 1) === 0
        const data = isOther ? { ...office, fieldSetId: 'another@9' } : office
        const occurredAt = `${inForce.since}T09:00:00.000+08:00`
        inForce.id = append('DataConsentGiven', data, { corrects: inForce.id, occurredAt })
        if (isOther) expect([place.consents.pop() ?? place])
      }
      for (const due of dueRecalls(life, { rows, told: [] }, day)) {
        found.push(...due.rows.map((one) => one.row))
        const { agency, reason, fieldSets } = due
        append('RecallSent', { agency, reason, fieldSets, rows: due.rows })
      }
    }
    t.same([...found].sort(), [...expected].sort(), `seed ${seed}`)
    recalled += found.length
  }
  t.ok(recalled > 300, 'there was something to ask for')
})
