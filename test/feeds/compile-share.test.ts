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
import { compileShare } from '../../src/feeds/compile-share.js'
import { feedAt } from '../../src/feeds/editions.js'
import { parsePerson } from '../../src/feeds/parse-record.js'
import { openSpool } from '../../src/feeds/spool.js'
import type { Moment } from '../../src/kernel/dates.js'
import { hashedId } from '../../src/kernel/ids.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
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

t.test(
  'any number of shares makes the documents of one thread, to the byte, those owed across places too',
  async (t) => {
    let strays = 0
    for (const [round, parts] of [1, 2, 3].entries()) {
      const people = Array.from({ length: 400 }, (_, i) => personOf(round * 1000 + i))
      const directory = tempDirectory(t)
      const scratch = join(directory, 'runs')
      mkdirSync(scratch)
      const path = join(directory, 'p@1.sqlite')
      const file = openProjectionFile(path)
      const at = (leafIndex: number) => ({
        position: String(leafIndex),
        leafIndex,
        eventId: `e${leafIndex}`,
        before: '',
      })
      const written = (of: (person: Person) => PatientRecord) =>
        [
          new Map(people.map((person) => [person.key, JSON.stringify(of(person))])),
          new Map(
            people.flatMap((person) => {
              const head = patientRecord.head?.(of(person))
              return head ? [[person.key, headChange(head)]] : []
            }),
          ),
        ] as const
      const [rows, heads] = written(({ row }) => row)
      const cut = { id: 'q2', feed: NOW.name, period: '2026Q2', position: '15', leafIndex: 15, closedAt: LAST_CUT }
      file.commit(rows, at(15), cut, heads)
      const changed = people.filter(({ row, live }) => row !== live)
      const [laterRows, laterHeads] = written(({ live }) => live)
      const isChanged = new Set(changed.map(({ key }) => key))
      const onlyChanged = <V>(all: ReadonlyMap<string, V>) => new Map([...all].filter(([key]) => isChanged.has(key)))
      file.commit(onlyChanged(laterRows), at(20), undefined, onlyChanged(laterHeads))
      t.teardown(() => file.close())
      const inputs = inputsOf(people, scratch)

      const reader = openProjectionReader<PatientRecord>(path, { snapshot: true })
      const plain = await compileHere(inputs, Array.from(reader.texts('q2'), parsePerson), async () => new Map())
      const expected = new Map([...plain.documents()].map((document) => [document.summary.agency, document]))
      const unmapped = Buffer.concat([...plain.unmappedAccounting()]).toString('utf8')
      plain.discard()

      const shares = Array.from({ length: parts }, (_, part) =>
        compileShare({
          ...{ inputs, cutId: 'q2', snapshot: reader, part, parts, spoolDirectory: join(directory, 'spool') },
          keysById: async () => new Map(),
          rest: () => undefined,
          prefixes: prefixesOf(part, parts),
          name: `share-${part}`,
        }),
      )
      const collected = await Promise.all(shares.map((share) => share.collect()))
      const told = {
        unmapped: collected.reduce((sum, one) => sum + one.unmapped, 0),
        suppressionsThrough: 20,
        missing: [...expected.values()].map(({ summary }) => summary.document),
      }
      const finished = await Promise.all(
        shares.map((share, part) =>
          share.finish({ ...told, runs: together(collected.flatMap((one) => one.parts[part] ?? [])) }),
        ),
      )
      const amended = await Promise.all(
        shares.map((share, part) => share.amend(together(finished.flatMap(({ astray }) => astray[part] ?? [])))),
      )
      strays += amended.flat().length
      t.equal(
        finished.every(({ astray }) => astray.every(isNothing)),
        amended.flat().length === 0,
      )

      t.equal(told.unmapped, plain.unmapped)
      t.ok(told.unmapped > 10)
      const spool = openSpool(join(directory, 'spool'), KEY)
      for (const [agency, document] of expected) {
        const name = STATIONS.find(({ id }) => id === agency)?.name ?? agency
        const made = spool.get(NOW.name, '2026Q2', document.summary.document)
        t.same(made?.ndjson.toString('utf8').split('\n'), document.ndjson.toString('utf8').split('\n'), name)
        t.equal(made?.accounting.toString('utf8'), document.accounting.toString('utf8'), name)
        t.equal(made?.manifest.toString('utf8'), document.manifest.toString('utf8'), name)
        t.same(made?.summary, document.summary, name)
      }
      t.equal(Buffer.concat([...(spool.getUnmapped(NOW.name, '2026Q2') ?? [])]).toString('utf8'), unmapped)
      reader.close()
    }
    t.ok(strays > 3, `${strays} documents were made again`)
  },
)
