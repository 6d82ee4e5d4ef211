/**
 * Shares of a compile against the plain way of one thread: random people on a real file, who moved, left, changed since the cut, live
 * where nobody or several answer, or are owed something by an agency whose document is done already.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PatientFeed } from '../../projections/feeds.js'
import { EMPTY_RECORD, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { policeQuarterly } from '../../projections/police-quarterly.feed.js'
import { type CompileInputs, compileHere } from '../../src/feeds/compile.js'
import { isNothing, prefixesOf, together } from '../../src/feeds/compile-messages.js'
import { type CompileShare, compileShare } from '../../src/feeds/compile-share.js'
import { feedAt } from '../../src/feeds/editions.js'
import { parsePerson } from '../../src/feeds/parse-record.js'
import { openSpool } from '../../src/feeds/spool.js'
import type { Moment } from '../../src/kernel/dates.js'
import { hashedId } from '../../src/kernel/ids.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import type { OpenCut } from '../../src/readmodel/port.js'
import { headChange, openProjectionFile } from '../../src/readmodel/projection-file.js'
import { openProjectionReader } from '../../src/readmodel/projection-reader.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { tempDirectory } from '../fixtures/store.js'
import { SIGNER } from './made-document.js'

const DAY = '2026-07-08'
const LAST_CUT: Moment = '2026-04-08T00:00:00.000+08:00'
const SINCE_MARCH: Moment = '2026-03-02T09:00:00.000+08:00'
const SINCE_MAY: Moment = '2026-05-02T09:00:00.000+08:00'
const KEY = Buffer.alloc(32, 9)

const station = (name: string, areas: readonly string[]) => {
  const id = hashedId(['station', name])
  return {
    id,
    role: 'POLICE' as const,
    name,
    areas: areas.map((area) => ({ area, from: '2026-01-01', agency: id, eventId: 'a' })),
  }
}
/** Two share a township, one holds a grid cell and a township, one a whole county of which another holds a township. */
const STATIONS = [
  station('one', ['371002001']),
  station('beside', ['371002001']),
  station('two', ['371002002', '371002003']),
  station('grid', ['grid:A|1', '371002004']),
  station('county', ['371003']),
  station('within', ['371003001']),
  station('idle', ['371009001']),
]
/** As they stood at the last cut: one township was the county's still. */
const BEFORE = STATIONS.filter(({ name }) => name !== 'within')
const TOWNSHIPS = ['371002001', '371002002', '371002003', '371002004', '371003001', '371003002', '990000001', '']
/** Stands for people of whom an earlier version of the feed did not speak. */
const LEFT_OUT = 9

interface Person {
  readonly key: string
  /** At the last cut, at this one, and now. */
  readonly before: PatientRecord
  readonly row: PatientRecord
  readonly live: PatientRecord
}

function personOf(seed: number): Person {
  const random = seededRandom(seed, 'share')
  const recordIn = (township: string, change: Partial<PatientRecord['state']>, touched: Moment): PatientRecord => ({
    ...EMPTY_RECORD,
    revision: 1,
    touched,
    state: {
      ...EMPTY_RECORD.state,
      ...(random.chance(0.02)
        ? {}
        : { registered: { id: 'r', at: SINCE_MARCH, recordedAt: SINCE_MARCH, basis: 'SIX_DISEASES' } }),
      programmes: { COMMUNITY_MANAGEMENT: { open: true, since: SINCE_MARCH } },
      responsibleUnit: hashedId(['unit', String(seed % 3)]),
      ...(township === '' ? {} : { residence: { township, since: touched } }),
      ...change,
    },
  })
  const level = random.pick([0, 1, 2, 3, 4] as const)
  const risk = { eventId: 'a', level, targets: 'NONE', assessedAt: SINCE_MARCH, evidence: [] }
  const township = random.pick(TOWNSHIPS)
  const gridCell = random.chance(0.2) && township !== '' ? { gridCell: 'A|1' } : {}
  const state = { ...(random.chance(0.8) ? { risk } : {}) } as Partial<PatientRecord['state']>
  const before = recordIn(township, state, SINCE_MARCH)
  const at = (place: string, more: Partial<PatientRecord['state']>, touched: Moment): PatientRecord => ({
    ...before,
    touched,
    moves: place === township ? 0 : 1,
    state: {
      ...before.state,
      ...(place === '' ? {} : { residence: { township: place, ...gridCell, since: touched } }),
      ...more,
    },
  })
  const moved = random.pick(TOWNSHIPS)
  const row = random.pick([
    before,
    before,
    at(township, {}, SINCE_MARCH),
    at(moved, {}, SINCE_MAY),
    at(moved, { died: { on: '2026-05-02' } } as Partial<PatientRecord['state']>, SINCE_MAY),
    at(township, { programmes: { COMMUNITY_MANAGEMENT: { open: false, since: SINCE_MAY } } }, SINCE_MAY),
    // Nothing says that they moved: what an agency is owed of them is found on another one's shelf.
    at(moved, { economicStatus: LEFT_OUT }, SINCE_MARCH),
  ])
  const live = random.pick([row, row, row, at(moved, { restricted: {} } as Partial<PatientRecord['state']>, SINCE_MAY)])
  return { key: hashedId(['person', String(seed)]), before, row, live }
}

const dated = (feed: PatientFeed): PatientFeed => feedAt(feed, DAY, { 'policy:weihai-2019': WEIHAI_2019.version })
const NOW = dated({
  ...policeQuarterly,
  scope: (head) => (head.state.economicStatus === LEFT_OUT ? 'PROGRAMME_NOT_OPEN' : policeQuarterly.scope(head)),
})

function inputsOf(people: readonly Person[], scratch: string): CompileInputs {
  const byKey = new Map(people.map((person) => [person.key, person]))
  return {
    feed: NOW,
    edition: {
      feed: NOW.name,
      period: '2026Q2',
      fieldSets: NOW.fields,
      cut: { id: 'q2', at: '2026-07-08T00:00:00.000+08:00' },
      versions: {},
      isSimulated: true,
    },
    logId: 'log',
    day: DAY,
    agencies: STATIONS,
    idKeys: new Map(STATIONS.map(({ id }, i) => [id, Buffer.alloc(32, i)])),
    earlier: {
      earlier: [
        {
          period: '2026Q1',
          at: LAST_CUT,
          day: '2026-04-08',
          leafIndex: 10,
          feed: NOW.name,
          versions: {},
          agencies: BEFORE,
        },
      ],
      feedOf: () => dated(policeQuarterly),
      past: {
        trustsTouched: true,
        recordAt: (key) => byKey.get(key)?.before,
        releasedThrough: () => 10,
      },
    },
    signer: SIGNER,
    suppressionsThrough: 20,
    scratch: { directory: scratch, key: KEY },
  }
}

/** The read model: everybody as they stood at the cut, then those who have changed since. */
function writeRecords(path: string, people: readonly Person[]): void {
  const file = openProjectionFile(path)
  const commit = (some: readonly (readonly [string, PatientRecord])[], leafIndex: number, cut?: OpenCut): void => {
    const at = { position: String(leafIndex), leafIndex, eventId: `e${leafIndex}`, before: '' }
    const rows = some.map(([key, record]) => [key, JSON.stringify(record)] as const)
    const heads = some.flatMap(([key, record]) => {
      const head = patientRecord.head?.(record)
      return head ? [[key, headChange(head)] as const] : []
    })
    file.commit(new Map(rows), at, cut, new Map(heads))
  }
  const cut = { id: 'q2', feed: NOW.name, period: '2026Q2', position: '15', leafIndex: 15, closedAt: LAST_CUT }
  commit(
    people.map(({ key, row }) => [key, row]),
    15,
    cut,
  )
  commit(
    people.filter(({ row, live }) => row !== live).map(({ key, live }) => [key, live]),
    20,
  )
  file.close()
}

/** One step after the other, each of all shares, as the threads' coordinator has them done. */
async function compileInShares(shares: readonly CompileShare[], missing: readonly string[]) {
  const collected = await Promise.all(shares.map((share) => share.collect()))
  const unmapped = collected.reduce((sum, one) => sum + one.unmapped, 0)
  const finished = await Promise.all(
    shares.map((share, part) =>
      share.finish({
        ...{ unmapped, missing, suppressionsThrough: 20 },
        runs: together(collected.flatMap((one) => one.parts[part] ?? [])),
      }),
    ),
  )
  const amended = await Promise.all(
    shares.map((share, part) => share.amend(together(finished.flatMap(({ astray }) => astray[part] ?? [])))),
  )
  return { unmapped, astray: finished.flatMap(({ astray }) => astray), amended: amended.flat() }
}

t.test(
  'any number of shares makes the documents of one thread, to the byte, those owed across places too',
  async (t) => {
    let strays = 0
    for (const [round, parts] of [1, 2, 3].entries()) {
      const people = Array.from({ length: 400 }, (_, i) => personOf(round * 1000 + i))
      const directory = tempDirectory(t)
      const path = join(directory, 'p@1.sqlite')
      const [scratch, spoolDirectory] = [join(directory, 'runs'), join(directory, 'spool')]
      mkdirSync(scratch)
      writeRecords(path, people)
      const inputs = inputsOf(people, scratch)
      const snapshot = openProjectionReader<PatientRecord>(path, { snapshot: true })
      const plain = await compileHere(inputs, Array.from(snapshot.texts('q2'), parsePerson), async () => new Map())
      const expected = [...plain.documents()]
      const unmapped = Buffer.concat([...plain.unmappedAccounting()]).toString('utf8')
      plain.discard()

      const made = await compileInShares(
        Array.from({ length: parts }, (_, part) =>
          compileShare({
            ...{ inputs, cutId: 'q2', snapshot, part, parts, spoolDirectory },
            keysById: async () => new Map(),
            rest: () => undefined,
            prefixes: prefixesOf(part, parts),
            name: `share-${part}`,
          }),
        ),
        expected.map(({ summary }) => summary.document),
      )
      snapshot.close()

      strays += made.amended.length
      t.equal(made.astray.every(isNothing), made.amended.length === 0)
      t.equal(made.unmapped, plain.unmapped)
      t.ok(made.unmapped > 10)
      t.equal(expected.length, STATIONS.length)
      const spool = openSpool(spoolDirectory, KEY)
      for (const { summary, ndjson, manifest, accounting } of expected) {
        const name = STATIONS.find(({ id }) => id === summary.agency)?.name ?? summary.agency
        const document = spool.get(NOW.name, '2026Q2', summary.document)
        t.same(document?.ndjson.toString('utf8').split('\n'), ndjson.toString('utf8').split('\n'), name)
        t.equal(document?.accounting.toString('utf8'), accounting.toString('utf8'), name)
        t.equal(document?.manifest.toString('utf8'), manifest.toString('utf8'), name)
        t.same(document?.summary, summary, name)
      }
      t.equal(Buffer.concat([...(spool.getUnmapped(NOW.name, '2026Q2') ?? [])]).toString('utf8'), unmapped)
    }
    t.ok(strays > 3, `${strays} documents were made again`)
  },
)
