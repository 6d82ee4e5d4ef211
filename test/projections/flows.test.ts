import t from 'tap'
import { type AgencyRow, agencies, isEnrolled } from '../../projections/agencies.js'
import { type AlertRow, alertKey, alerts, alertsAbout, alertsOf } from '../../projections/alerts.js'
import { areaHolders, everHeld } from '../../projections/area-holders.js'
import { heldWrites } from '../../projections/held-writes.js'
import { PROJECTIONS } from '../../projections/index.js'
import { recallCauses, recordedOn } from '../../projections/recall-causes.js'
import { OPEN_RECALLS, type RecallRow, recallKey, recalls, recallsOf } from '../../projections/recalls.js'
import { documentsOf, periodKey, type ReleaseRow, releases } from '../../projections/releases.js'
import { type SubscriptionRow, subscriptions } from '../../projections/subscriptions.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { type FlowProjection, projectionId } from '../../src/domain/define-projection.js'
import { createDirectory } from '../../src/domain/directory.js'
import type { StoredEvent } from '../../src/domain/event.js'

const id = (n: number): string => `0199810e-ed17-7a99-8d2f-${String(n).padStart(12, '0')}`
const STATION = id(1)
const CENTRE = id(2)
const CAUSE = id(9)

/** Events of hub streams, each in its stream's order, a minute apart. */
function said(
  ...acts: readonly (readonly [stream: string, type: string, data: object, change?: Partial<StoredEvent>])[]
) {
  const revisions = new Map<string, number>()
  return acts.map(([stream, type, data, change], i): StoredEvent => {
    const revision = (revisions.get(stream) ?? -1) + 1
    revisions.set(stream, revision)
    return {
      id: id(100 + i),
      type,
      version: 1,
      stream,
      revision,
      recordedAt: `2026-03-02T09:${String(i).padStart(2, '0')}:00.000+08:00`,
      recordedBy: { agency: CENTRE, role: 'HUB' },
      source: { kind: 'derived' },
      seed: 'AAAAAAAAAAAAAAAAAAAAAA',
      data: { ...data },
      sealed: [],
      ...change,
    }
  })
}

/** Rows by key, folded as the runner folds them. */
function rowsOf<Row>(projection: FlowProjection<Row>, events: readonly StoredEvent[]): Record<string, Row> {
  const rows = new Map<string, Row>()
  for (const event of events) {
    if (!projection.handles.has(event.type)) continue
    for (const key of projection.keys(event)) {
      const row = projection.evolve(rows.get(key) ?? projection.initial, event, key)
      if (row === undefined) rows.delete(key)
      else rows.set(key, row)
    }
  }
  return Object.fromEntries(rows)
}

const enrolled = { role: 'POLICE', name: '示例派出所', phone: '0631-1', superior: id(3) }

t.test('every projection is named once and handles only types of the catalogue', async (t) => {
  const types = new Set([...CATALOGUE.values()].map(({ type }) => type))

  t.equal(new Set(PROJECTIONS.map(projectionId)).size, PROJECTIONS.length)
  for (const { name, handles } of PROJECTIONS) {
    t.same(
      [...handles].filter((type) => !types.has(type)),
      [],
      name,
    )
    t.ok(handles.size > 0, name)
  }
})

t.test('agencies: knows of each what the directory knows', async (t) => {
  const events = said(
    [`agency-${STATION}`, 'AgencyEnrolled', enrolled],
    [`agency-${STATION}`, 'AgencyAreaAssigned', { areas: ['371002001', '371002001'], from: '2026-01-01' }],
    [
      `agency-${STATION}`,
      'AgencyAreaAssigned',
      { areas: ['371002002', 'grid:A-12'], from: '2026-02-01', to: '2026-06-30' },
    ],
    [`agency-${CENTRE}`, 'AgencyEnrolled', { role: 'CHC', name: '示例中心', phone: '0631-2', dutyPhone: '0631-3' }],
    [`agency-${id(7)}`, 'UnitWentLive', { unit: CENTRE, from: '2026-03-01' }],
    [`agency-${STATION}`, 'AgencyAreaAssigned', { areas: ['371002003'], from: '2026-01-01' }, { corrects: id(101) }],
    [`agency-${STATION}`, 'AgencyAreaAssigned', { areas: ['371002009'], from: '2026-01-01' }, { corrects: id(101) }],
    [`agency-${STATION}`, 'AgencyEnrolled', { ...enrolled, name: '示例派出所（新）' }],
    [`agency-${id(8)}`, 'AgencyAreaAssigned', { areas: ['371002'], from: '2026-01-01' }],
  )
  const directory = createDirectory()
  for (const event of events) directory.apply(event)

  const rows = rowsOf<AgencyRow>(agencies, events)

  for (const agency of [STATION, CENTRE]) {
    const row = rows[agency]
    t.ok(row && isEnrolled(row))
    const { enrolledAt, ...known } = row ?? {}
    t.same(known, directory.agency(agency))
    t.ok(enrolledAt)
  }
  t.same(
    rows[STATION]?.areas.map(({ area }) => area),
    ['371002002', 'grid:A-12', '371002003'],
  )
  t.equal(isEnrolled(rows[id(8)] ?? agencies.initial), false)
})

t.test('subscriptions: knows of each what the directory knows', async (t) => {
  const ping = 'https://a.example/ping'
  const opened = { agency: STATION, alerts: true, feeds: ['police-quarterly'], channel: 'mailbox', duty: true, ping }
  const events = said(
    ['subscription-a', 'SubscriptionOpened', opened],
    [
      'subscription-b',
      'SubscriptionOpened',
      { ...opened, alerts: false, channel: 'webhook', url: 'https://a.example' },
    ],
    [
      'subscription-a',
      'SubscriptionChanged',
      {
        feeds: [],
        channel: 'webhook',
        url: 'https://b.example',
        paused: true,
        duty: false,
        ping: '',
        heartbeats: false,
      },
    ],
    ['subscription-a', 'MessageHandedOver', { from: 0, through: 3 }],
    ['subscription-b', 'SubscriptionClosed', {}],
  )
  const directory = createDirectory()
  for (const event of events) directory.apply(event)

  const rows = rowsOf<SubscriptionRow>(subscriptions, events)

  t.same(Object.keys(rows), ['a', 'b'])
  for (const [key, { openedAt, closedAt, ...known }] of Object.entries(rows)) {
    const { secretNumber: _, ...held } = directory.subscription(key) ?? {}
    t.same(known, held)
    t.ok(openedAt)
    t.equal(closedAt === undefined, key === 'a')
  }
})

t.test('held writes: a row stands from the write to its match or rejection', async (t) => {
  const held = { heldType: 'DangerousBehaviorReported', unit: CENTRE, township: '371002001' }
  const events = said(
    ['held-a', 'WriteHeld', held, { recordedBy: { agency: STATION, role: 'POLICE' } }],
    ['held-b', 'WriteHeld', { heldType: 'ContactRegained' }],
    ['held-c', 'WriteHeld', held],
    ['held-b', 'HeldMatched', { patientId: id(5), event: { stream: `patient-${id(5)}`, id: id(6) }, by: 'staff-1' }],
    ['held-c', 'HeldRejected', { by: 'staff-1', reason: 'x' }],
  )

  const rows = rowsOf(heldWrites, events)

  t.same(rows, {
    a: {
      held: 'a',
      eventId: id(100),
      type: 'DangerousBehaviorReported',
      unit: CENTRE,
      township: '371002001',
      recordedBy: { agency: STATION, role: 'POLICE' },
      heldAt: '2026-03-02T09:00:00.000+08:00',
    },
  })
})

t.test('alerts: raised, acknowledged once, relayed, answered, under the key of the recipient', async (t) => {
  const stream = `alert-${CAUSE}-${STATION}`
  const raised = {
    agency: STATION,
    cause: { stream: `patient-${id(5)}`, id: id(6) },
    kind: 'risk-assessed',
    class: 'ALARM',
    message: { stream: 'outbox-a', revision: 0 },
    tasks: ['GUARDIAN'],
  }
  const acts = said(
    [stream, 'AlertRaised', raised],
    [stream, 'AlertRelayed', { by: 'p-1', to: 'DUTY_OFFICER', means: 'TELEPHONE' }, { occurredAt: '2026-03-02' }],
    [stream, 'AlertAcknowledged', { by: 'p-2' }, { occurredAt: '2026-03-02T09:31:00.000+08:00' }],
    [stream, 'AlertAcknowledged', { by: 'p-3' }],
    [stream, 'AlertOutcomeReported', { by: 'p-2', outcome: 'HANDLED' }],
    [stream, 'AlertAcknowledged', { by: 'p-4' }],
    [stream, 'AlertRelayed', { by: 'p-2', to: 'GUARDIAN', means: 'TELEPHONE' }, { occurredAt: '2026-03-02' }],
  )
  const key = `${STATION}/${CAUSE}`
  const states = acts.map((_, i) => rowsOf<AlertRow>(alerts, acts.slice(0, i + 1))[key]?.state)

  const row = rowsOf<AlertRow>(alerts, acts)[key]

  t.same(states.slice(0, 4), ['OPEN', 'RELAYED', 'ACKNOWLEDGED', 'ACKNOWLEDGED'])
  t.same(states.slice(4), ['ACKNOWLEDGED', 'ACKNOWLEDGED', 'ANSWERED'], 'answered when the guardian has been told')
  t.match(row, {
    ...raised,
    alert: `${CAUSE}-${STATION}`,
    acknowledged: { by: 'p-2', at: '2026-03-02T09:31:00.000+08:00' },
    openTasks: [],
    relayed: [{ by: 'p-1', to: 'DUTY_OFFICER', means: 'TELEPHONE', at: '2026-03-02' }, { to: 'GUARDIAN' }],
    outcome: { by: 'p-2', outcome: 'HANDLED' },
  })
  t.equal(alertKey(`${CAUSE}-${STATION}`), key)
  t.ok(key.startsWith(alertsOf(STATION)))
  t.ok(rowsOf<AlertRow>(alerts, acts)[`${alertsAbout(id(5))}${CAUSE}-${STATION}`], 'and who caused it finds it')
})

t.test('releases: a row per period and one per document, the documents under the period', async (t) => {
  const period = { feed: 'police-quarterly', period: '2026Q1' }
  const closing = { stream: 'period-police-quarterly-2026Q1', id: id(100) }
  const released = (agency: string, rows: number) => ({
    ...period,
    agency,
    cut: closing,
    rows,
    counts: { people: rows },
    root: 'sha256:r',
    accountingDigest: 'sha256:a',
    documentDigest: 'sha256:d',
    fieldSet: 'police-3',
    versions: { 'feed:police-quarterly': 1 },
    suppressionsThrough: 7,
  })
  const events = said(
    [closing.stream, 'FeedPeriodClosed', { ...period, by: 'HAND', versions: { 'feed:police-quarterly': 1 } }],
    ['document-x', 'FeedReleased', released(STATION, 3)],
    ['document-y', 'FeedReleased', released(CENTRE, 0)],
  )

  const rows = rowsOf<ReleaseRow>(releases, events)

  const key = periodKey('police-quarterly', '2026Q1')
  t.same(rows[key], {
    kind: 'period',
    ...period,
    closed: { cut: closing, at: events[0]?.recordedAt, by: 'HAND', versions: { 'feed:police-quarterly': 1 } },
    documents: 2,
    rows: 3,
    lastReleasedAt: events[2]?.recordedAt,
  })
  const documents = Object.entries(rows).filter(([name]) => name.startsWith(documentsOf('police-quarterly', '2026Q1')))
  t.match(
    documents.map(([, row]) => row),
    [
      { kind: 'document', agency: STATION, document: 'x', rows: 3, counts: { people: 3 }, suppressionsThrough: 7 },
      { kind: 'document', agency: CENTRE, document: 'y', rows: 0, cut: closing, eventId: id(102) },
    ],
  )
  t.equal(Object.keys(rows).length, 3)
})

t.test('whoever was ever in charge of an area is found under it, also after a correction', async (t) => {
  const [assigned, corrected] = said(
    [`agency-${STATION}`, 'AgencyAreaAssigned', { areas: ['371002001', '371002001'], from: '2026-01-01' }],
    [`agency-${STATION}`, 'AgencyAreaAssigned', { areas: ['371002002', 'grid:A-12'], from: '2026-01-01' }],
  )
  if (!assigned || !corrected) throw new Error('no events')

  const rows = rowsOf(areaHolders, [assigned, { ...corrected, corrects: assigned.id }])

  t.same(
    Object.keys(rows).sort(),
    ['371002001', '371002002', 'grid:A-12'].map((area) => everHeld(area) + STATION),
  )
  t.same(rows[everHeld('371002001') + STATION], { agency: STATION })
})

t.test('recalls: each under its agency and while it is open, answered once', async (t) => {
  const [first, second, answer] = said(
    [
      `patient-${id(50)}`,
      'RecallSent',
      {
        ...{ agency: STATION, reason: 'CONSENT_WITHDRAWN', fieldSets: ['x'], deleteBy: '2026-04-15' },
        rows: [{ document: id(60), row: id(61), commitment: 'sha256:x' }],
      },
    ],
    [`patient-${id(50)}`, 'RecallSent', { agency: CENTRE, reason: 'SENT_IN_ERROR', deleteBy: '2026-04-16' }],
    [`recall-${id(100)}`, 'RecallAcknowledged', { by: 'p-2' }, { occurredAt: '2026-03-05T09:31:00.000+08:00' }],
  )
  if (!first || !second || !answer) throw new Error('no events')

  const before = rowsOf(recalls, [first, second])
  const after = rowsOf(recalls, [first, second, answer])

  t.match(before[recallKey(first.id)], { agency: STATION, isPart: true, rows: [{ document: id(60), row: id(61) }] })
  t.match(before[recallKey(second.id)], { patientId: id(50), isPart: false, rows: [], deleteBy: '2026-04-16' })
  const namedBy = (rows: Record<string, RecallRow>, prefix: string) =>
    Object.entries(rows).flatMap(([key, { recall }]) => (key.startsWith(prefix) ? [recall] : []))
  t.same(namedBy(before, recallsOf(STATION)), [first.id])
  t.same(namedBy(before, OPEN_RECALLS), [first.id, second.id])
  t.same(namedBy(after, OPEN_RECALLS), [second.id])
  t.same(namedBy(after, recallsOf(STATION)), [first.id])
  t.same(after[recallKey(first.id)]?.acknowledged, { by: 'p-2', at: '2026-03-05T09:31:00.000+08:00' })
})

t.test('what may ask something back lies under the day on which it was recorded', async (t) => {
  const rows = rowsOf(
    recallCauses,
    said(
      [`patient-${id(50)}`, 'DataConsentWithdrawn', {}, { occurredAt: '2026-01-05' }],
      [`patient-${id(51)}`, 'DiagnosisExcluded', {}, { recordedAt: '2026-03-03T00:10:00.000+08:00' }],
      [`patient-${id(50)}`, 'ServiceConsentWithdrawn', {}],
      [`patient-${id(52)}`, 'ServiceApplied', {}],
      [`patient-${id(52)}`, 'ServiceApplied', {}, { corrects: id(103) }],
    ),
  )

  t.same(rows, {
    [`${recordedOn('2026-03-02')}${id(50)}/0`]: { patientId: id(50) },
    [`${recordedOn('2026-03-03')}${id(51)}/0`]: { patientId: id(51) },
    [`${recordedOn('2026-03-02')}${id(52)}/1`]: { patientId: id(52) },
  })
})
