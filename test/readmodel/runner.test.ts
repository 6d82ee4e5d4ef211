import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { heldWrites } from '../../projections/held-writes.js'
import { patientRecord } from '../../projections/patient-record.js'
import { defineFlowProjection } from '../../src/domain/define-projection.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { openTempStore } from '../fixtures/store.js'
import { asJson, createCounty, foldedSlowly, type Step } from './county.js'
import { FOLLOWED, follow } from './following.js'

const visit: Step = { patient: 0, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 }

t.test('follows a real log, and goes on where it was after a restart', async (t) => {
  const { store } = await openTempStore(t)
  const county = createCounty(store.log)
  const log = store.log.reader
  const first = await follow(t, log)
  for (let i = 0; i < 30; i++) await county.take({ ...visit, patient: i % 4, what: i * 3, lateDays: i % 5, which: i })
  await first.runner.drain()
  t.same(first.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))

  const second = await first.reopen()
  const cut = await county.close('police-quarterly', '2026Q1')
  const atTheCut = asJson(Object.fromEntries(foldedSlowly(county.events)))
  for (let i = 0; i < 30; i++) await county.take({ ...visit, patient: i % 4, what: i * 7, lateDays: i % 5, which: i })
  await second.runner.drain()

  t.same(second.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
  t.same(second.recordsAt(cut), atTheCut)
  t.same(
    second.cuts.map(({ id, feed, period }) => [id, feed, period]),
    [[cut, 'police-quarterly', '2026Q1']],
  )
  const { projections, isCaughtUp, foldedThrough, error } = second.runner.status()
  t.same(
    projections.map(({ checkpoint }) => checkpoint.leafIndex),
    FOLLOWED.map(() => county.events.length - 1),
  )
  t.same([isCaughtUp, foldedThrough, error], [true, county.events.at(-1)?.recordedAt, undefined])
})

t.test('stops for good at a type that it does not know, after everything before it', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  await county.take(visit)
  const { runner, records } = await follow(t, log)
  await runner.drain()
  await county.take(visit)
  const before = asJson(Object.fromEntries(foldedSlowly(county.events)))
  await county.say('hub', 'InventedNextYear', {}, { version: 3 })
  await county.take(visit)

  await t.rejects(runner.drain(), { code: 'HUB_UNKNOWN_VERSION', data: { type: 'InventedNextYear', version: 3 } })
  await t.rejects(runner.drain(), { code: 'HUB_UNKNOWN_VERSION' })

  t.same(records(), before)
  t.equal(runner.status().error?.code, 'HUB_UNKNOWN_VERSION')
  t.equal(runner.status().isCaughtUp, false)
})

t.test('builds nothing past a type that it does not know', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  await county.take(visit)
  const before = asJson(Object.fromEntries(foldedSlowly(county.events)))
  await county.say('hub', 'RiskAssessed', {}, { version: 2 })
  await county.take(visit)

  const { runner, records } = await follow(t, log)

  t.same(records(), before)
  await t.rejects(runner.drain(), { code: 'HUB_UNKNOWN_VERSION' })
  t.same(records(), before)
})

t.test('throws away what it folded from a log that was since restored from a backup', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  for (let i = 0; i < 6; i++) await county.take(visit)
  const first = await follow(t, log)
  await first.runner.drain()

  log.forgetAfter(4)
  const restored = await first.reopen()
  await restored.runner.drain()

  t.same(restored.records(), asJson(Object.fromEntries(foldedSlowly(log.events))))
  t.equal(restored.runner.status().projections[0]?.checkpoint.leafIndex, 3)
})

t.test('a projection that fails stops all, says so, and is tried again', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  let isBroken = true
  const touchy = defineFlowProjection<{ count: number }>({
    name: 'touchy',
    version: 1,
    handles: new Set(['PatientRegistered']),
    initial: { count: 0 },
    keys: () => ['all'],
    evolve(row) {
      if (isBroken) throw new Error('touchy: broken')
      return { count: row.count + 1 }
    },
  })
  const { runner, read, records } = await follow(t, log, { projections: [patientRecord, touchy] })
  await county.take(visit)

  await t.rejects(runner.drain(), { code: 'HUB_INTERNAL' })
  t.equal(runner.status().error?.code, 'HUB_INTERNAL')
  isBroken = false
  await runner.drain()

  t.equal(runner.status().error, undefined)
  t.same(read<{ count: number }>(touchy).get('all'), { count: 1 }, 'once, although others had folded it before')
  t.same(records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
})

t.test('a drain that is asked for during another sees what was appended before it was asked', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  const { runner, records } = await follow(t, log, { batchSize: 1 })
  for (let i = 0; i < 5; i++) await county.take(visit)
  const first = runner.drain()
  await county.take({ ...visit, patient: 2 })
  const second = runner.drain()
  const third = runner.drain()
  await Promise.all([first, second, third])

  t.same(Object.keys(records()).length, 2)
})

t.test('a flow row that its projection lets go is gone, and still there at the cut', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  const { runner, read } = await follow(t, log, { projections: [heldWrites] })
  const stream = 'held-0199810e-ed17-7a99-8d2f-38a7285d0e21'
  await county.say(stream, 'WriteHeld', { heldType: 'DangerousBehaviorReported', township: '371002001' })
  const cut = await county.close('police-quarterly', '2026Q1')
  await county.say(stream, 'HeldRejected', { by: 'staff-1', reason: 'x' })
  await runner.drain()

  t.same([...read(heldWrites).all()], [])
  const [row] = [...read(heldWrites).allAt(cut)]
  t.match(row, { key: '0199810e-ed17-7a99-8d2f-38a7285d0e21', row: { township: '371002001' }, live: undefined })
})

t.test('dropping a cut ends it in every file, and twice is harmless', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  await county.take(visit)
  const { runner, read } = await follow(t, log)
  const cut = await county.close('police-quarterly', '2026Q1')
  await county.take(visit)
  await runner.drain()

  await runner.dropCut(cut)
  await runner.dropCut(cut)

  for (const projection of FOLLOWED) t.same(read(projection).openCuts(), [])
  t.same(
    runner.status().projections.map(({ openCuts }) => openCuts),
    FOLLOWED.map(() => []),
  )
})

t.test('removes at its start what a crash left half built', async (t) => {
  const log = createMemoryLog()
  const first = await follow(t, log)
  await first.runner.close()
  const stray = join(first.directory, 'patient-record@3.2.sqlite.building')
  const unnamed = join(first.directory, 'patient-record@3.7.sqlite')
  const other = join(first.directory, 'somebody-elses@1.sqlite')
  for (const path of [stray, unnamed, other]) writeFileSync(path, 'x')

  await first.reopen()

  t.same(
    [stray, unnamed, other].map((path) => existsSync(path)),
    [false, false, true],
  )
  t.equal(existsSync(currentFile(first.directory, 'patient-record@3')), true)
})

t.test('refuses to fold once it is closed', async (t) => {
  const { runner } = await follow(t, createMemoryLog())
  await runner.close()

  await t.rejects(runner.drain(), { code: 'HUB_STOPPING' })
})
