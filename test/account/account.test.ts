/** The account of hand-made events: alerts that climb and come back, relays, held writes, refused messages, recalls in part. */
import t from 'tap'
import { alerts } from '../../projections/alerts.js'
import { deliveries } from '../../projections/deliveries.js'
import { disclosures } from '../../projections/disclosures.js'
import { oneOffs } from '../../projections/one-offs.js'
import { subscriptions } from '../../projections/subscriptions.js'
import { createAccount } from '../../src/account/create-account.js'
import type { Account } from '../../src/account/port.js'
import type { FlowProjection } from '../../src/domain/define-projection.js'
import type { Directory } from '../../src/domain/directory.js'
import type { RecordedBy, StoredEvent } from '../../src/domain/event.js'
import { wallClock } from '../../src/kernel/clock.js'
import type { ReadModel, ReadModels } from '../../src/readmodel/port.js'

const id = (n: number): string => `0199810e-ed17-7a99-8d2f-${String(n).padStart(12, '0')}`
const PATIENT = id(1)
const STATION = id(2)
const SUPERIOR = id(3)
const CENTRE = id(4)
const MAILBOX = id(5)
const DUTY = id(6)
const HELD = id(7)
const CAUSE = id(8)
const ALERT = `${CAUSE}-${STATION}`

type Act = readonly [stream: string, type: string, data: object, by?: RecordedBy]

/** Each in its stream's order, a minute apart; the n-th has the id `id(100 + n)`. */
function said(acts: readonly Act[]): readonly StoredEvent[] {
  const revisions = new Map<string, number>()
  return acts.map(([stream, type, data, by], i): StoredEvent => {
    const revision = (revisions.get(stream) ?? -1) + 1
    revisions.set(stream, revision)
    return {
      ...{ id: id(100 + i), type, version: 1, stream, revision },
      recordedAt: `2026-03-02T09:${String(i).padStart(2, '0')}:00.000+08:00`,
      recordedBy: by ?? { agency: 'hub', role: 'HUB' },
      ...{ source: { kind: 'derived' }, seed: 'AAAAAAAAAAAAAAAAAAAAAA', data: { ...data }, sealed: [] },
    }
  })
}

function readerOf<Row>(projection: FlowProjection<Row>, events: readonly StoredEvent[]): Partial<ReadModel<Row>> {
  const rows = new Map<string, Row>()
  for (const event of events) {
    if (!projection.handles.has(event.type)) continue
    for (const key of projection.keys(event)) {
      const row = projection.evolve(rows.get(key) ?? projection.initial, event, key)
      if (row !== undefined) rows.set(key, row)
    }
  }
  return {
    checkpoint: () => ({ position: '', leafIndex: events.length - 1 }),
    get: (key) => rows.get(key),
    withPrefix: (prefix) => [...rows].filter(([key]) => key.startsWith(prefix)).map(([key, row]) => ({ key, row })),
  }
}

const NAMES: Readonly<Record<string, { readonly name: string; readonly role: string }>> = {
  [STATION]: { name: '示例派出所', role: 'POLICE' },
  [SUPERIOR]: { name: '示例公安局', role: 'POLICE' },
  [CENTRE]: { name: '示例中心', role: 'CHC' },
}
const AGENCY_OF: Readonly<Record<string, string>> = { [MAILBOX]: STATION, [DUTY]: SUPERIOR }

async function accountOf(acts: readonly Act[]): Promise<Account> {
  const events = said(acts)
  const projections = [alerts, disclosures, deliveries, subscriptions, oneOffs] as readonly FlowProjection<unknown>[]
  const opened = said(
    [MAILBOX, DUTY].map((one) => [`subscription-${one}`, 'SubscriptionOpened', { agency: AGENCY_OF[one] }]),
  )
  const readers = new Map(projections.map((one) => [one.name, readerOf(one, [...opened, ...events])]))
  const account = createAccount({
    log: { head: async () => '' },
    placed: {
      placedStream: (stream) =>
        events.flatMap((event, leafIndex) => (event.stream === stream ? [{ event, leafIndex }] : [])),
      placedTail: () => undefined,
    },
    readModels: {
      reader: (({ name }: { readonly name: string }) => readers.get(name)) as unknown as ReadModels['reader'],
      through: async () => {},
    },
    feeds: { releasedRows: async () => [], definitions: () => [] },
    oneOffsTold: async () => [],
    calendar: wallClock,
    directory: () => ({ agency: (agency) => NAMES[agency] }) as Partial<Directory> as Directory,
  })
  return account(PATIENT)
}

const queued = (subscription: string, cause: Act[0], causeId: string, kind: string, fieldSet: string): Act => [
  `outbox-${subscription}`,
  'MessageQueued',
  { cause: { stream: cause, id: causeId }, kind, class: 'ALARM', fieldSet },
]
const raised = (alert: string, agency: string, cause: Act[0], causeId: string, change: object = {}): Act => [
  `alert-${alert}`,
  'AlertRaised',
  { agency, cause: { stream: cause, id: causeId }, kind: 'danger', class: 'ALARM', ...change },
]
const LIFE = `patient-${PATIENT}`

t.test('follows an alert wherever it climbed to and came back from', async (t) => {
  const back = `${id(9)}-${CENTRE}`
  const { entries } = await accountOf([
    [LIFE, 'DangerousBehaviorReported', {}],
    queued(MAILBOX, LIFE, id(100), 'danger', 'alert.danger.police@1'),
    raised(ALERT, STATION, LIFE, id(100), { message: { stream: `outbox-${MAILBOX}`, revision: 0 } }),
    [`alert-${ALERT}`, 'AlertEscalated', { step: 'SUPERIOR', to: SUPERIOR }],
    queued(DUTY, `alert-${ALERT}`, id(103), 'danger', 'alert.danger.police@1'),
    [`alert-${ALERT}`, 'AlertRelayed', { by: 'staff-9', to: 'DUTY_OFFICER', means: 'TELEPHONE' }],
    [`alert-${ALERT}`, 'AlertOutcomeReported', { by: 'staff-9', outcome: 'NOT_OURS' }],
    raised(back, CENTRE, `alert-${ALERT}`, id(106), { kind: 'returned' }),
    // Somebody else's.
    queued(MAILBOX, `patient-${id(99)}`, id(1), 'danger', 'alert.danger.police@1'),
  ])

  t.match(entries, [
    { kind: 'MESSAGE', id: `alert:${back}`, to: { name: '示例中心' }, about: 'returned', said: undefined },
    { kind: 'MESSAGE', id: `message:${DUTY}:0`, to: { name: '示例公安局' }, relayed: [] },
    {
      ...{ kind: 'MESSAGE', id: `message:${MAILBOX}:0`, to: { name: '示例派出所', role: 'POLICE' } },
      relayed: [{ to: 'DUTY_OFFICER', means: 'TELEPHONE' }],
    },
  ])
  t.equal(entries.length, 3)
  t.notMatch(JSON.stringify(entries), 'staff-9')
})

t.test('tells the reading of a held write to whom it turned out to name, and of no other', async (t) => {
  const doctor: RecordedBy = { agency: CENTRE, role: 'CHC', person: 'staff-1' }
  const view = (subject: object): Act => [
    `views-${CENTRE}-2026-03-02`,
    'RecordViewed',
    { viewer: 'staff-1', ...subject, purpose: 'CARE', kind: 'HELD' in subject ? 'HELD' : 'STATE' },
    doctor,
  ]
  const { entries } = await accountOf([
    view({ held: HELD }),
    view({ held: id(98) }),
    view({ patient: id(99) }),
    [`held-${HELD}`, 'HeldMatched', { patientId: PATIENT, event: { stream: LIFE, id: id(1) }, by: 'staff-1' }],
    view({ patient: PATIENT }),
  ])

  t.match(
    entries.map((entry) => [entry.kind, entry.at.slice(11, 16), 'to' in entry && entry.to.role]),
    [
      ['VIEW', '09:04', 'CHC'],
      ['VIEW', '09:00', 'CHC'],
    ],
  )
  t.notMatch(JSON.stringify(entries), 'staff-1')
})

t.test('tells how far each message has come', async (t) => {
  const subscription = `subscription-${MAILBOX}`
  const { entries } = await accountOf([
    ...[0, 1, 2, 3].map(() => queued(MAILBOX, LIFE, id(1), 'risk-assessed', 'alert.police.high@1')),
    [subscription, 'MessageHandedOver', { from: 0, through: 1 }],
    [subscription, 'MessageParked', { sequence: 2, key: 'k', reason: '422' }],
    [subscription, 'MessageParked', { sequence: 1, key: 'k', reason: '422' }],
    [subscription, 'MessageHandedOver', { from: 1, through: 1 }],
    [subscription, 'MessageOpened', { sequences: [0], by: 'staff-9' }],
    [subscription, 'MessageCollected', { through: 1 }],
    [subscription, 'MessageAcknowledged', { through: 0 }],
    [subscription, 'MessageRedriven', { sequences: [2] }],
  ])
  const states = entries
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((entry) => (entry.kind === 'MESSAGE' ? entry.delivery : undefined))

  t.match(states, [
    { handedOverAt: /09:04/, openedAt: /09:08/, isCollected: true, isAcknowledged: true, parkedAt: undefined },
    { handedOverAt: /09:07/, isCollected: true, isAcknowledged: false, parkedAt: undefined },
    { handedOverAt: undefined, parkedAt: /09:05/, isCollected: false },
    { handedOverAt: undefined, isCollected: false, isAcknowledged: false },
  ])
})

t.test('a recall takes back what that agency was told before it, by the field sets that it names', async (t) => {
  const recall = { agency: STATION, reason: 'CONSENT_WITHDRAWN', deleteBy: '2026-05-01' }
  const { entries } = await accountOf([
    [LIFE, 'RiskAssessed', {}],
    queued(MAILBOX, LIFE, id(100), 'risk-assessed', 'alert.police.high@1'),
    queued(DUTY, LIFE, id(100), 'risk-assessed', 'alert.police.high@1'),
    [LIFE, 'LossOfContactDeclared', {}],
    queued(MAILBOX, LIFE, id(103), 'loss-of-contact', 'alert.loss-of-contact.police@1'),
    [LIFE, 'RecallSent', { ...recall, fieldSets: ['alert.police.high@1'] }],
    queued(MAILBOX, LIFE, id(105), 'recalled', 'alert.recalled-part@1'),
    [`subscription-${MAILBOX}`, 'MessageAcknowledged', { through: 2 }],
    [LIFE, 'RiskAssessed', {}],
    queued(MAILBOX, LIFE, id(108), 'risk-assessed', 'alert.police.high@1'),
  ])
  const takenBack = entries.flatMap((entry) => ('takenBack' in entry && entry.takenBack ? [entry.id] : []))

  t.same(takenBack, [`message:${MAILBOX}:0`])
  t.match(
    entries.filter(({ kind }) => kind === 'RECALL'),
    [
      {
        to: { name: '示例派出所' },
        by: 'RECALL',
        fieldSets: ['alert.police.high@1'],
        deliveries: [{ isAcknowledged: true }],
      },
    ],
  )
  t.notOk(
    entries.some((entry) => entry.kind === 'MESSAGE' && entry.about === 'recalled'),
    'the request is the recall',
  )
})

t.test('an erasure asks whoever was told, each once', async (t) => {
  const { entries, erasedAt } = await accountOf([
    [LIFE, 'RiskAssessed', {}],
    queued(MAILBOX, LIFE, id(100), 'risk-assessed', 'alert.police.high@1'),
    [LIFE, 'IdentityErased', { keyId: id(1), authority: 'UNLAWFUL', deleteBy: '2026-05-01' }],
    queued(MAILBOX, LIFE, id(102), 'recalled', 'alert.recalled@1'),
    queued(MAILBOX, LIFE, id(102), 'recalled', 'alert.recalled@1'),
    queued(DUTY, LIFE, id(102), 'recalled', 'alert.recalled@1'),
  ])

  t.match(erasedAt, '09:02')
  t.match(
    entries.flatMap((entry) => (entry.kind === 'RECALL' ? [[entry.to.agency, entry.by]] : [])),
    [
      [STATION, 'ERASURE'],
      [SUPERIOR, 'ERASURE'],
    ],
  )
  t.match(
    entries.find(({ id: name }) => name === `message:${MAILBOX}:0`),
    { takenBack: { deleteBy: '2026-05-01' } },
  )
})

t.test('of a person whom nobody knows there is nothing to tell', async (t) => {
  t.same(await accountOf([]), { entries: [] })
})
