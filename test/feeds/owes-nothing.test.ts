/** Of whom a compile reads the head alone is owed nothing: whatever the clocks of two nodes, and the versions of the feed, say. Pure. */
import t from 'tap'
import type { PatientFeed } from '../../projections/feeds.js'
import { patientHead } from '../../projections/patient-head.js'
import { policeQuarterly } from '../../projections/police-quarterly.feed.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { jurisdictions } from '../../src/feeds/areas.js'
import { feedAt } from '../../src/feeds/editions.js'
import { lifeByLeaf } from '../../src/feeds/life-by-leaf.js'
import { type LookBack, lookBack } from '../../src/feeds/look-back.js'
import { internalDocumentId } from '../../src/feeds/recipient-ids.js'
import { DAY, HOUR, MINUTE, momentOf } from '../../src/kernel/dates.js'
import type { PlacedEvent } from '../../src/log/port.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'

const STATION = '0199bbbb-0000-7000-8000-000000000002'
const AREA = { area: '371002001', from: '2026-01-01', agency: STATION, eventId: 'a' }
const STATIONS = [{ id: STATION, role: 'POLICE' as const, areas: [AREA] }]
const CUT_LEAF = 10
const MIDNIGHT_MS = Date.parse('2026-04-01T00:00:00+08:00')
const CONTEXT = { period: '2026Q2', firstDay: '2026-04-01', unit: () => undefined }

function happened(leafIndex: number, type: string, recordedAt: string, occurredAt: string, data: object): PlacedEvent {
  const event: StoredEvent = {
    ...{ id: `e${leafIndex}`, type, version: 1, stream: 'patient-p', revision: leafIndex, recordedAt, occurredAt },
    ...{ recordedBy: { agency: STATION, role: 'POLICE' }, source: { kind: 'api' }, seed: '', sealed: [] },
    data: { ...data },
  }
  return { leafIndex, event }
}

const REGISTERED = happened(0, 'PatientRegistered', '2026-01-05T09:00:00.000+08:00', '2026-01-04', {
  ...{ programme: 'COMMUNITY_MANAGEMENT', presentTownship: '371002001', registrationBasis: 'SIX_DISEASES' },
})
const ASSESSED = happened(1, 'RiskAssessed', '2026-03-02T09:00:00.000+08:00', '2026-03-01', {
  ...{ level: 4, targets: 'PROPERTY', evidence: [] },
})
const incident = (leafIndex: number, recordedMs: number, occurredMs: number): PlacedEvent =>
  happened(leafIndex, 'PublicSafetyIncidentRecorded', momentOf(recordedMs), momentOf(occurredMs), { kind: 2 })

const dated = (feed: PatientFeed, day: string) => feedAt(feed, day, { 'policy:weihai-2019': WEIHAI_2019.version })

interface Told {
  readonly isPassedOver: boolean
  readonly amendments: number
}

/** What a compile would do by the head of this life, and what a recompute, which reads it whole, finds owed. */
function told(more: readonly PlacedEvent[], cutMs: number, feed: PatientFeed = policeQuarterly): Told {
  const life = [REGISTERED, ASSESSED, ...more]
  const lives = lifeByLeaf(life)
  const cut = { period: '2026Q1', at: momentOf(cutMs), day: '2026-04-01', leafIndex: CUT_LEAF, feed: feed.name }
  const back: LookBack = lookBack({
    ...{ logId: 'log', feed: dated(feed, '2026-07-08'), earlier: [{ ...cut, versions: {}, agencies: STATIONS }] },
    feedOf: () => dated(policeQuarterly, cut.day),
    past: { trustsTouched: true, recordAt: (_, leaf) => lives.recordAt(leaf), releasedThrough: () => CUT_LEAF },
    audience: jurisdictions(STATIONS, 'POLICE', '2026-07-08'),
  })
  const record = lives.recordAt(Number.MAX_SAFE_INTEGER)
  if (!record) throw new Error('told: an empty life')
  const looked = back.look('p', record)
  const owed = looked && back.owed('p', looked, () => () => undefined)
  return {
    isPassedOver: back.owesNothing(patientHead(record), CONTEXT),
    amendments: owed?.amendments.get(STATION)?.length ?? 0,
  }
}

t.test(
  'what another clock records right before the end of a quarter, after its cut, is passed over by nobody',
  async (t) => {
    for (let seed = 0; seed < 500; seed++) {
      const random = seededRandom(seed, 'midnight')
      // Closed by hand soon after midnight, and recorded by a node whose clock is behind.
      const cutMs = MIDNIGHT_MS + random.whole(0, 90) * MINUTE + random.whole(0, 999)
      const recordedMs = cutMs - random.whole(0, HOUR - 1)
      const occurredMs = Math.min(recordedMs, MIDNIGHT_MS - 1) - random.whole(0, 3 * HOUR)
      const late = told([incident(CUT_LEAF + 1, recordedMs, occurredMs)], cutMs)
      t.same(late, { isPassedOver: false, amendments: 1 }, `seed ${seed}`)
      t.equal(told([incident(CUT_LEAF - 1, recordedMs, occurredMs)], cutMs).amendments, 0, 'in time')
    }
    const earlier = MIDNIGHT_MS - 2 * HOUR
    t.same(told([incident(2, earlier, earlier)], MIDNIGHT_MS), { isPassedOver: true, amendments: 0 })
  },
)

t.test('who is listed no longer by another version of the feed is looked at without an event', async (t) => {
  const escorted = happened(2, 'HomelessSuspectedPatientEscorted', '2026-02-01T09:00:00.000+08:00', '2026-02-01', {
    kinFound: false,
  })
  const narrower: PatientFeed = {
    ...policeQuarterly,
    scope: (head) => (head.state.homeless ? 'PROGRAMME_NOT_OPEN' : policeQuarterly.scope(head)),
  }
  const elsewhere: PatientFeed = { ...policeQuarterly, concerns: (head) => head.state.homeless === undefined }

  for (const feed of [narrower, elsewhere]) {
    t.equal(told([escorted], MIDNIGHT_MS, feed).isPassedOver, false)
    t.equal(told([], MIDNIGHT_MS, feed).isPassedOver, true)
  }
  t.equal(told([escorted], MIDNIGHT_MS).isPassedOver, true)
})

t.test('an agency that comes back is told of whom it listed before, where nobody answered meanwhile', async (t) => {
  const lives = lifeByLeaf([REGISTERED, ASSESSED])
  const holding = (...areas: readonly string[]) => [
    { ...STATIONS[0], id: STATION, role: 'POLICE' as const, areas: areas.map((area) => ({ ...AREA, area })) },
  ]
  const cuts = [
    { period: '2026Q2', at: momentOf(MIDNIGHT_MS + 91 * DAY), day: '2026-07-01', leafIndex: 20, agencies: holding() },
    { period: '2026Q1', at: momentOf(MIDNIGHT_MS), day: '2026-04-01', leafIndex: 10, agencies: holding(AREA.area) },
  ]
  const lookedBack = (areas: readonly string[]): LookBack =>
    lookBack({
      ...{ logId: 'log', feed: dated(policeQuarterly, '2026-10-08') },
      earlier: cuts.map((cut) => ({ ...cut, feed: policeQuarterly.name, versions: {} })),
      feedOf: ({ day }) => dated(policeQuarterly, day),
      past: {
        trustsTouched: true,
        recordAt: (_, leaf) => lives.recordAt(leaf),
        releasedThrough: (document) =>
          document === internalDocumentId('log', policeQuarterly.name, '2026Q1', STATION) ? CUT_LEAF : undefined,
      },
      audience: jurisdictions(holding(...areas), 'POLICE', '2026-10-08'),
    })
  const record = lives.recordAt(20)
  if (!record) throw new Error('an empty life')

  const back = lookedBack(['371009001'])
  const looked = back.look('p', record)
  t.ok(looked && back.owed('p', looked, () => () => undefined).listedBefore.has(STATION))
  t.equal(back.owesNothing(patientHead(record), CONTEXT), false)
  t.equal(lookedBack([]).owesNothing(patientHead(record), CONTEXT), true, 'it is owed no document')
})
