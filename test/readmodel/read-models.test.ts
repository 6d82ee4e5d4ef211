/** The hub's handle, with its worker thread on a real store, and in process where the log must be a double. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { PROJECTIONS } from '../../projections/index.js'
import { patientRecord } from '../../projections/patient-record.js'
import { releases } from '../../projections/releases.js'
import { type Projection, projectionId } from '../../src/domain/define-projection.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import { inProcess } from '../../src/readmodel/follower.js'
import type { OpenCut, ReadModels } from '../../src/readmodel/port.js'
import { createReadModels } from '../../src/readmodel/read-models.js'
import { inThread } from '../../src/readmodel/thread-follower.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { openTempStore, tempDirectory } from '../fixtures/store.js'
import { asJson, createCounty, foldedSlowly, isKnown, type Step } from './county.js'
import { DEATH_WISH } from './death-wish.js'

const visit: Step = { patient: 0, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 }
const ENTRY = new URL('../../src/readmodel-worker.js', import.meta.url)

/** Looks again after each turn of the loop until it is so; tap ends the test that waits for ever. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

async function inAThread(t: Test) {
  const { store, dataDir } = await openTempStore(t)
  const readModels = createReadModels({
    directory: join(dataDir, 'readmodels'),
    projections: PROJECTIONS,
    follower: inThread({ entry: ENTRY, data: { dataDir, logFile: join(dataDir, LOG_FILE) } }),
  })
  t.teardown(() => readModels.stop())
  return { store, dataDir, readModels, county: createCounty(store.log) }
}

const recordsOf = (readModels: ReadModels): unknown =>
  Object.fromEntries([...readModels.reader(patientRecord).all()].map(({ key, row }) => [key, row]))

t.test('follows a real store in its thread, and tells of cuts', async (t) => {
  const { readModels, county } = await inAThread(t)
  const cuts: OpenCut[] = []
  await readModels.start()
  const stopListening = readModels.onCut((cut) => cuts.push(cut))
  for (let i = 0; i < 20; i++) await county.take({ ...visit, patient: i % 3, what: i * 3, lateDays: i % 5, which: i })
  const cut = await county.close('police-quarterly', '2026Q1')
  const atTheCut = asJson(Object.fromEntries(foldedSlowly(county.events)))
  await county.take({ ...visit, patient: 2 })

  await readModels.through()

  t.same(recordsOf(readModels), asJson(Object.fromEntries(foldedSlowly(county.events))))
  const rows = [...readModels.reader(patientRecord).allAt(cut)]
  t.same(Object.fromEntries(rows.map(({ key, row }) => [key, row])), atTheCut)
  t.match(cuts, [{ id: cut, feed: 'police-quarterly', leafIndex: county.events.length - 2 }])
  t.match(readModels.reader(releases).get('police-quarterly/2026Q1'), { kind: 'period', closed: { cut: { id: cut } } })
  const status = readModels.status()
  t.equal(status.isCaughtUp, true)
  t.equal(status.projections.length, PROJECTIONS.length)

  await readModels.dropCut(cut)
  t.same(readModels.reader(patientRecord).openCuts(), [])
  stopListening()
  await county.close('police-quarterly', '2026Q2')
  await readModels.through()
  t.equal(cuts.length, 1)
})

t.test('is told of growth, and then needs no asking', async (t) => {
  const { readModels, county } = await inAThread(t)
  await readModels.start()
  await county.take(visit)
  const passed = readModels.through(county.events.length)

  await county.take(visit)
  readModels.notify()
  readModels.notify()

  await passed
  t.equal(readModels.reader(patientRecord).checkpoint().leafIndex, county.events.length - 1)
})

t.test('a rebuild in the thread switches what this thread reads', async (t) => {
  const { readModels, county } = await inAThread(t)
  await readModels.start()
  for (let i = 0; i < 10; i++) await county.take({ ...visit, patient: i % 3 })
  await readModels.through()
  const iterating = readModels.reader(patientRecord).all()[Symbol.iterator]()
  const first = iterating.next()

  const report = await readModels.rebuild('patient-record')
  await county.take(visit)
  await readModels.through()

  t.same([report.differing, report.compared], [0, 3])
  t.equal(first.done, false)
  t.equal([...{ [Symbol.iterator]: () => iterating }].length, 2, 'what was being read is read to its end')
  t.same(recordsOf(readModels), asJson(Object.fromEntries(foldedSlowly(county.events))))
  await t.rejects(readModels.rebuild('nothing'), { code: 'HUB_NOT_FOUND' })
})

t.test('a verification in the thread names what is wrong, as often as it is asked, and leaves it so', async (t) => {
  const { readModels, county, dataDir } = await inAThread(t)
  await readModels.start()
  for (let i = 0; i < 6; i++) await county.take({ ...visit, patient: i % 3 })
  await readModels.through()
  const directory = join(dataDir, 'readmodels')
  const file = new Database(currentFile(directory, projectionId(patientRecord)))
  file.exec(`UPDATE rows SET row = json_set(row, '$.revision', 999) WHERE key = (SELECT min(key) FROM rows)`)
  file.close()

  const first = await readModels.verify('patient-record')
  const second = await readModels.verify('patient-record')

  t.match(first, { differing: 1, compared: 3, differences: [{ kind: 'differs' }] })
  t.same(second, first)
  t.same(
    readdirSync(directory).filter((name) => name.startsWith('verify-')),
    [],
  )
  await t.rejects(readModels.verify('nothing'), { code: 'HUB_NOT_FOUND' })
})

t.test('says so in this thread when the log holds what the node does not know', async (t) => {
  const { readModels, county } = await inAThread(t)
  await county.say('hub', 'InventedNextYear', {})
  await readModels.start()

  await t.rejects(readModels.through(), { code: 'HUB_UNKNOWN_VERSION', data: { type: 'InventedNextYear' } })
  await t.rejects(readModels.through(0), { code: 'HUB_UNKNOWN_VERSION' })

  t.equal(readModels.status().error?.code, 'HUB_UNKNOWN_VERSION')
})

t.test('a stop ends the thread, twice is harmless, and a start goes on where it was', async (t) => {
  const { readModels, county, dataDir } = await inAThread(t)
  await county.take(visit)
  await readModels.start()
  await readModels.through()
  await Promise.all([readModels.stop(), readModels.stop()])
  await t.rejects(readModels.through())
  await county.take(visit)

  const again = createReadModels({
    directory: join(dataDir, 'readmodels'),
    projections: PROJECTIONS,
    follower: inThread({ entry: ENTRY, data: { dataDir, logFile: join(dataDir, LOG_FILE) } }),
  })
  t.teardown(() => again.stop())
  await again.start()
  await again.through()

  t.same(recordsOf(again), asJson(Object.fromEntries(foldedSlowly(county.events))))
})

t.test('a thread that died is replaced, and has lost nothing', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const county = createCounty(store.log)
  const readModels = createReadModels({
    directory: join(dataDir, 'readmodels'),
    projections: PROJECTIONS,
    follower: inThread({
      entry: new URL('./dying-worker.js', import.meta.url),
      data: { dataDir, logFile: join(dataDir, LOG_FILE) },
    }),
  })
  t.teardown(() => readModels.stop())
  await readModels.start()
  await county.take(visit)
  await readModels.through()

  writeFileSync(join(dataDir, DEATH_WISH), '')
  await county.take(visit)
  await t.rejects(readModels.through(), { code: 'HUB_INTERNAL' })
  t.equal(readModels.status().error?.code, 'HUB_INTERNAL')
  await until(() => readModels.status().isCaughtUp)
  await readModels.through()

  t.equal(readModels.status().error, undefined)
  t.same(recordsOf(readModels), asJson(Object.fromEntries(foldedSlowly(county.events))))
})

t.test('a thread that cannot open the log says so at the start', async (t) => {
  const dataDir = tempDirectory(t)
  const readModels = createReadModels({
    directory: join(dataDir, 'readmodels'),
    projections: PROJECTIONS,
    follower: inThread({ entry: ENTRY, data: { dataDir, logFile: join(dataDir, 'nowhere', LOG_FILE) } }),
  })
  t.teardown(() => readModels.stop())

  await t.rejects(readModels.start(), { code: 'HUB_INTERNAL' })
  t.throws(() => readModels.reader(patientRecord), { code: 'HUB_NOT_READY' })
})

t.test('refuses a reader of what it does not run', async (t) => {
  const log = createMemoryLog()
  const projections: readonly Projection[] = [patientRecord]
  const directory = join(tempDirectory(t), 'readmodels')
  const readModels = createReadModels({
    directory,
    projections,
    follower: inProcess({ log, projections, directory, isKnown }),
  })
  t.teardown(() => readModels.stop())
  t.throws(() => readModels.reader(patientRecord), { code: 'HUB_NOT_READY' })
  await readModels.start()

  t.throws(() => readModels.reader(releases), { code: 'HUB_NOT_FOUND' })
  t.equal(readModels.reader(patientRecord).count(), 0)
})

t.test('whoever waits for a leaf is answered when it is folded, or when projecting stops', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  const directory = join(tempDirectory(t), 'readmodels')
  const projections: readonly Projection[] = [patientRecord]
  const readModels = createReadModels({
    directory,
    projections,
    follower: inProcess({ log, projections, directory, isKnown }),
  })
  t.teardown(() => readModels.stop())
  await readModels.start()
  const third = readModels.through(2)
  const ninth = readModels.through(8)
  ninth.catch(() => undefined)

  for (let i = 0; i < 3; i++) await county.take(visit)
  readModels.notify()
  await third
  await county.say('hub', 'InventedNextYear', {})
  readModels.notify()

  await t.rejects(ninth, { code: 'HUB_UNKNOWN_VERSION' })
})
