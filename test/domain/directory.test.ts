import fc from 'fast-check'
import t from 'tap'
import { createDirectory, type Directory, restoreDirectory } from '../../src/domain/directory.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { agencyStream, HUB_STREAM, patientStream, subscriptionStream } from '../../src/domain/streams.js'
import { exampleId } from '../fixtures/stored-examples.js'

const POLICE_A = '00000000-0000-7000-8000-00000000000a'
const POLICE_B = '00000000-0000-7000-8000-00000000000b'
const CENTRE = '00000000-0000-7000-8000-00000000000c'
const BUREAU = '00000000-0000-7000-8000-00000000000d'
const SUBSCRIPTION = '00000000-0000-7000-8000-0000000000e0'
const KEY = '00000000-0000-7000-8000-0000000000f0'

let next = 0

function event(
  stream: string,
  type: string,
  data: Record<string, unknown>,
  more: Partial<StoredEvent> = {},
): StoredEvent {
  const revision = next++
  return {
    id: exampleId(revision),
    type,
    version: 1,
    stream,
    revision,
    recordedAt: '2026-01-01T09:00:00.000+08:00',
    recordedBy: { agency: BUREAU, role: 'SUBDISTRICT' },
    source: { kind: 'api' },
    seed: 'AAAAAAAAAAAAAAAAAAAAAA',
    data,
    sealed: [],
    ...more,
  }
}

const enrolled = (id: string, role: string, more: Record<string, unknown> = {}): StoredEvent =>
  event(agencyStream(id), 'AgencyEnrolled', { role, name: `单位${id.slice(-1)}`, phone: '0631-0000000', ...more })
const assigned = (
  id: string,
  areas: readonly string[],
  from = '2026-01-01',
  to?: string,
  more: Partial<StoredEvent> = {},
): StoredEvent =>
  event(agencyStream(id), 'AgencyAreaAssigned', { areas, from, ...(to === undefined ? {} : { to }) }, more)
const opened = (id: string, agency: string, more: Record<string, unknown> = {}): StoredEvent =>
  event(subscriptionStream(id), 'SubscriptionOpened', { agency, alerts: true, feeds: [], channel: 'mailbox', ...more })

function directoryOf(...events: readonly StoredEvent[]): Directory {
  const directory = createDirectory()
  for (const each of events) directory.apply(each)
  return directory
}

const inCharge = (directory: Directory, township: string, gridCell?: string, day = '2026-06-01'): readonly string[] =>
  directory
    .agenciesInCharge('POLICE', gridCell === undefined ? { township } : { township, gridCell }, day)
    .map(({ id }) => id)

t.test('knows agencies as they enrolled, with their areas and live day', async (t) => {
  const area = assigned(CENTRE, ['371002001'], '2026-01-01')
  const directory = directoryOf(
    enrolled(CENTRE, 'CHC', { superior: BUREAU, dutyPhone: '110' }),
    area,
    event(agencyStream(CENTRE), 'UnitWentLive', { unit: CENTRE, from: '2026-02-01' }),
  )

  t.same(directory.agency(CENTRE), {
    id: CENTRE,
    role: 'CHC',
    name: '单位c',
    phone: '0631-0000000',
    superior: BUREAU,
    dutyPhone: '110',
    liveFrom: '2026-02-01',
    areas: [{ agency: CENTRE, area: '371002001', eventId: area.id, from: '2026-01-01' }],
  })
  t.same(
    directory.agencies().map(({ id }) => id),
    [CENTRE],
  )
  t.equal(directory.agency(POLICE_A), undefined)
})

t.test('a unit is live from its day on, never before, and not without one', async (t) => {
  const directory = directoryOf(
    enrolled(CENTRE, 'CHC'),
    event(agencyStream(CENTRE), 'UnitWentLive', { unit: CENTRE, from: '2026-02-01' }),
  )

  t.notOk(directory.isLive(CENTRE, '2026-01-31'))
  t.ok(directory.isLive(CENTRE, '2026-02-01'))
  t.notOk(directory.isLive(POLICE_A, '2026-02-01'))
})

t.test('the longest matching area wins: grid cell, community, township, county', async (t) => {
  const directory = directoryOf(
    enrolled(POLICE_A, 'POLICE'),
    enrolled(POLICE_B, 'POLICE'),
    enrolled(CENTRE, 'CHC'),
    assigned(POLICE_A, ['371002']),
    assigned(POLICE_B, ['371002001', 'grid:G-7']),
    assigned(CENTRE, ['371002', '371002001003']),
  )

  t.same(inCharge(directory, '371002009'), [POLICE_A])
  t.same(inCharge(directory, '371002001'), [POLICE_B])
  t.same(inCharge(directory, '371002009', 'G-7'), [POLICE_B])
  t.same(inCharge(directory, '371002009', 'G-8'), [POLICE_A])
  t.same(inCharge(directory, '371002'), [POLICE_A])
  t.same(inCharge(directory, '341522001'), [])
  t.same(
    directory
      .agenciesInCharge('CHC', { township: '371002001', area: '371002001003' }, '2026-06-01')
      .map(({ id }) => id),
    [CENTRE],
  )
})

t.test('areas are dated: first and last day count, the day after falls back to the wider area', async (t) => {
  const directory = directoryOf(
    enrolled(POLICE_A, 'POLICE'),
    enrolled(POLICE_B, 'POLICE'),
    assigned(POLICE_A, ['371002']),
    assigned(POLICE_B, ['371002001'], '2026-03-01', '2026-03-31'),
  )

  t.same(inCharge(directory, '371002001', undefined, '2026-02-28'), [POLICE_A])
  t.same(inCharge(directory, '371002001', undefined, '2026-03-01'), [POLICE_B])
  t.same(inCharge(directory, '371002001', undefined, '2026-03-31'), [POLICE_B])
  t.same(inCharge(directory, '371002001', undefined, '2026-04-01'), [POLICE_A])
})

t.test('a correction of an assignment takes its place; one that names nothing in force is ignored', async (t) => {
  const first = assigned(POLICE_A, ['371002001', '371002002'])
  const corrected = assigned(POLICE_A, ['371002001'], '2026-01-01', '2026-05-31', { corrects: first.id })
  const directory = directoryOf(
    enrolled(POLICE_A, 'POLICE'),
    first,
    corrected,
    assigned(POLICE_A, ['371002003'], '2026-01-01', undefined, { corrects: first.id }),
    assigned(POLICE_B, ['371002004'], '2026-01-01', undefined, { corrects: corrected.id }),
  )

  t.same(inCharge(directory, '371002001', undefined, '2026-05-31'), [POLICE_A])
  for (const township of ['371002001', '371002002', '371002003', '371002004']) t.same(inCharge(directory, township), [])
  t.equal(directory.agency(POLICE_A)?.areas.length, 1)
})

t.test('an overlap is the same area within a role on a common day', async (t) => {
  const directory = directoryOf(
    enrolled(POLICE_A, 'POLICE'),
    enrolled(CENTRE, 'CHC'),
    assigned(POLICE_A, ['371002001', 'grid:G-7'], '2026-03-01', '2026-03-31'),
    assigned(CENTRE, ['371002001']),
  )
  const overlaps = (areas: readonly string[], from: string, to?: string): readonly string[] =>
    directory.areaOverlaps('POLICE', areas, to === undefined ? { from } : { from, to }).map(({ area }) => area)

  t.same(overlaps(['371002001'], '2026-03-31'), ['371002001'])
  t.same(overlaps(['371002001', 'grid:G-7', '371002001'], '2026-01-01', '2026-03-01'), ['371002001', 'grid:G-7'])
  t.same(overlaps(['371002001'], '2026-04-01'), [])
  t.same(overlaps(['371002001'], '2026-01-01', '2026-02-28'), [])
  t.same(overlaps(['371002'], '2026-03-01'), [], 'a wider area is no overlap: the longer one wins')
  t.equal(directory.areaOverlaps('CHC', ['371002001'], { from: '2030-01-01' }).length, 1)
})

t.test('finds a key by its hash with the role of its agency, and says when it is revoked', async (t) => {
  const hash = `sha256:${'k'.repeat(43)}`
  const issued = event(agencyStream(CENTRE), 'ApiKeyIssued', { keyId: KEY, keyHash: hash, person: 'staff-1' })
  const directory = directoryOf(enrolled(CENTRE, 'CHC'), issued)

  t.same(directory.keyByHash(hash), {
    keyId: KEY,
    keyHash: hash,
    agency: CENTRE,
    person: 'staff-1',
    isOperator: false,
    revoked: false,
    role: 'CHC',
  })
  t.equal(directory.keyByHash('sha256:unknown'), undefined)

  directory.apply(event(agencyStream(CENTRE), 'ApiKeyRevoked', { keyId: KEY }))

  t.equal(directory.keyByHash(hash)?.revoked, true)
  t.same(
    directory.keysOf(CENTRE).map(({ keyId }) => keyId),
    [KEY],
  )
})

t.test('an enrolment code is used by the key that names it', async (t) => {
  const codeHash = `sha256:${'c'.repeat(43)}`
  const directory = directoryOf(
    enrolled(CENTRE, 'CHC'),
    event(agencyStream(CENTRE), 'EnrolmentOpened', { codeHash, expiresAt: '2026-02-01' }),
  )

  t.same(directory.enrolmentByHash(codeHash), { codeHash, agency: CENTRE, expiresAt: '2026-02-01', used: false })
  directory.apply(
    event(agencyStream(CENTRE), 'ApiKeyIssued', {
      keyId: KEY,
      keyHash: `sha256:${'k'.repeat(43)}`,
      enrolment: codeHash,
    }),
  )
  t.equal(directory.enrolmentByHash(codeHash)?.used, true)
})

t.test('a superior stands above, however far, and a circle ends', async (t) => {
  const directory = directoryOf(
    enrolled(CENTRE, 'CHC', { superior: POLICE_A }),
    enrolled(POLICE_A, 'POLICE', { superior: BUREAU }),
    enrolled(BUREAU, 'SUBDISTRICT', { superior: POLICE_A }),
  )

  t.ok(directory.isSuperior(POLICE_A, CENTRE))
  t.ok(directory.isSuperior(BUREAU, CENTRE))
  t.notOk(directory.isSuperior(CENTRE, POLICE_A))
  t.notOk(directory.isSuperior(POLICE_B, CENTRE))
})

t.test('subscriptions open, change and close, and are found by what they take', async (t) => {
  const other = '00000000-0000-7000-8000-0000000000e1'
  const directory = directoryOf(
    opened(SUBSCRIPTION, POLICE_A, { feeds: ['police-quarterly'], duty: true }),
    opened(other, CENTRE, { channel: 'webhook', url: 'https://chc.example/hook' }),
  )
  const ids = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id)

  t.same(ids(directory.subscriptionsFor({ alerts: true })), [SUBSCRIPTION, other])
  t.same(ids(directory.subscriptionsFor({ alerts: true, agency: CENTRE })), [other])
  t.same(ids(directory.subscriptionsFor({ feed: 'police-quarterly' })), [SUBSCRIPTION])
  t.match(directory.subscription(other), {
    channel: 'webhook',
    url: 'https://chc.example/hook',
    paused: false,
    secretNumber: 1,
    isOpen: true,
  })

  directory.apply(event(subscriptionStream(other), 'SubscriptionChanged', { alerts: false, paused: true }))
  directory.apply(event(subscriptionStream(SUBSCRIPTION), 'MessageHandedOver', { from: 0, through: 3 }))
  directory.apply(event(subscriptionStream(SUBSCRIPTION), 'SubscriptionClosed', {}))

  t.match(directory.subscription(other), { alerts: false, paused: true, channel: 'webhook' })
  t.same(ids(directory.openSubscriptions()), [other])
  t.same(directory.subscriptionsFor({ alerts: true }), [])
  t.same(ids(directory.subscriptionsOf(POLICE_A)), [SUBSCRIPTION])
})

t.test('knows log, versions and a doubted clock, and ignores the streams of persons', async (t) => {
  const directory = directoryOf(
    event(HUB_STREAM, 'LogCreated', { logId: BUREAU, format: 1, simulated: true }),
    event(HUB_STREAM, 'VersionActivated', { kind: 'feed', name: 'police-quarterly', version: 1 }),
    event(HUB_STREAM, 'VersionActivated', { kind: 'feed', name: 'police-quarterly', version: 2 }),
    event(HUB_STREAM, 'ClockDoubted', { behindMs: 70000 }),
    event(patientStream(CENTRE), 'RiskAssessed', { level: 3 }),
  )

  t.equal(directory.logId(), BUREAU)
  t.ok(directory.isSimulated())
  t.same([...directory.versions()], [['feed:police-quarterly', 2]])
  t.ok(directory.isClockDoubted())
  directory.apply(event(HUB_STREAM, 'ClockConfirmed', { by: 'staff-1' }))
  t.notOk(directory.isClockDoubted())
  t.equal(createDirectory().logId(), undefined)
})

t.test('a restored directory is the one that was kept, and goes on', async (t) => {
  const hash = `sha256:${'k'.repeat(43)}`
  const first = assigned(POLICE_A, ['371002001', '371002002'])
  const events = [
    event(HUB_STREAM, 'LogCreated', { logId: BUREAU, format: 1, simulated: false }),
    event(HUB_STREAM, 'VersionActivated', { kind: 'policy', name: 'weihai-2019', version: 1 }),
    enrolled(POLICE_A, 'POLICE'),
    first,
    event(agencyStream(POLICE_A), 'UnitWentLive', { unit: POLICE_A, from: '2026-02-01' }),
    event(agencyStream(POLICE_A), 'ApiKeyIssued', { keyId: KEY, keyHash: hash, isOperator: true }),
    opened(SUBSCRIPTION, POLICE_A),
  ]
  const kept = directoryOf(...events)

  const restored = restoreDirectory(JSON.parse(JSON.stringify(kept.snapshot())))

  t.same(restored.snapshot(), kept.snapshot())
  for (const directory of [kept, restored]) {
    directory.apply(
      assigned(POLICE_A, ['371002002'], '2026-01-01', undefined, { corrects: first.id, id: exampleId(999) }),
    )
    directory.apply(event(subscriptionStream(SUBSCRIPTION), 'SubscriptionClosed', {}))
    t.same(inCharge(directory, '371002001'), [])
    t.same(inCharge(directory, '371002002'), [POLICE_A])
    t.equal(directory.keyByHash(hash)?.isOperator, true)
    t.ok(directory.isLive(POLICE_A, '2026-02-01'))
  }
  t.same(restored.snapshot(), kept.snapshot())
})

t.test('refuses to restore another shape', async (t) => {
  for (const strange of [undefined, null, [], {}, { format: 'directory-0' }, 'x']) {
    t.throws(() => restoreDirectory(strange), /directory-3/)
  }
})

t.test('who is in charge is what a scan over all assignments would say', async (t) => {
  const area = fc.constantFrom('371002', '371002001', '371002002', 'grid:G-1', '341522')
  const day = fc.constantFrom('2026-01-01', '2026-03-01', '2026-06-01', '2026-09-01')
  const assignment = fc.record({
    agency: fc.constantFrom(POLICE_A, POLICE_B, CENTRE),
    areas: fc.uniqueArray(area, { minLength: 1, maxLength: 3 }),
    from: day,
    to: fc.option(day, { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(assignment, { maxLength: 8 }), day, fc.boolean(), (assignments, on, hasCell) => {
      const directory = directoryOf(
        enrolled(POLICE_A, 'POLICE'),
        enrolled(POLICE_B, 'POLICE'),
        enrolled(CENTRE, 'CHC'),
        ...assignments.map(({ agency, areas, from, to }) => assigned(agency, areas, from, to)),
      )
      const matching = assignments.flatMap(({ agency, areas, from, to }) =>
        areas
          .filter((held) => (held.startsWith('grid:') ? hasCell && held === 'grid:G-1' : '371002001'.startsWith(held)))
          .filter(() => agency !== CENTRE && from <= on && (to === undefined || on <= to))
          .map((held) => ({ agency, rank: held.startsWith('grid:') ? 99 : held.length })),
      )
      const best = Math.max(...matching.map(({ rank }) => rank))
      const expected = new Set(matching.filter(({ rank }) => rank === best).map(({ agency }) => agency))

      t.same(new Set(inCharge(directory, '371002001', hasCell ? 'G-1' : undefined, on)), expected)
    }),
    { numRuns: 200 },
  )
})
