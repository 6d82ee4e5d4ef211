/** Whom a withdrawal or an exclusion asks to delete what, by a person's stream and what was released and told of them. */
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
const RECALL = ['e1 federation CONSENT_WITHDRAWN disabled-persons.rehabilitation@1 r1']
const told = (agency: string, role: ToldByMessage['role'], revision = 0): ToldByMessage => ({ agency, role, revision })

const CASES: readonly (readonly [
  what: string,
  life: readonly PlacedEvent[],
  held: { readonly rows?: readonly HeldRow[]; readonly told?: readonly ToldByMessage[] },
  expected: readonly string[],
])[] = [
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
 * must be asked back is known without any rule: rows whose consent was withdrawn while their copies might be held.
 */
t.test('asks for the rows that rested on a withdrawn consent, all of them, no other and none twice', async (t) => {
  let recalled = 0
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(seed, 'recalls')
    const life: PlacedEvent[] = []
    let leafIndex = 0
    let day = '2026-01-01'
    const append = (type: string, data: object): void => {
      const at = `${day}T09:00:00.000+08:00`
      const event = { ...(lived([type, data])[0] as PlacedEvent).event, id: `e${life.length}`, revision: life.length }
      life.push({ leafIndex: leafIndex++, event: { ...event, recordedAt: at, occurredAt: at } })
    }
    const offices = [FEDERATION, CIVIL].map((office) => ({
      office,
      consent: undefined as { since: string } | undefined,
      hasApplied: false,
    }))
    const rows: HeldRow[] = []
    const under = new Map<HeldRow, object>()
    const expected = new Set<string>()
    const found: string[] = []
    for (let step = 0; step < 40; step++) {
      day = addDays(day, random.whole(1, 40))
      leafIndex += random.whole(0, 3)
      const place = random.pick(offices)
      const { office } = place
      const act = random.pick(['give', 'apply', 'withdraw', 'release', 'release', 'look'])
      if (act === 'give') {
        // Given again while it stands it is renewed: what rested on it before goes with it too.
        place.consent ??= { since: day }
        place.consent.since = day
        append('DataConsentGiven', office)
      } else if (act === 'apply') {
        place.hasApplied = !place.hasApplied
      } else if (act === 'release' && (place.consent || place.hasApplied)) {
        const one = row({
          ...{ agency: office.recipientRole, audience: office.recipientRole === 'CA' ? 'CA' : 'DPF' },
          ...{ document: `d${step}`, row: `r${step}`, fieldSet: office.fieldSetId, purpose: office.purposeCode },
          basis: place.hasApplied ? { kind: 'APPLICATION' } : { kind: 'CONSENT', since: place.consent?.since ?? '' },
          standsThrough: leafIndex++,
          deleteBy: addDays(day, 270),
        })
        rows.push(one)
        if (!place.hasApplied && place.consent) under.set(one, place.consent)
      } else if (act === 'withdraw' && place.consent) {
        const { consent } = place
        append('DataConsentWithdrawn', office)
        place.consent = undefined
        // It is looked at on its day.
        for (const one of rows) if (under.get(one) === consent && one.deleteBy >= day) expected.add(one.row)
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
