import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { patientRecord } from '../../projections/patient-record.js'
import { releases } from '../../projections/releases.js'
import type { LogRecord } from '../../src/log/port.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import type { FollowedLog } from '../../src/readmodel/log-reads.js'
import { verifyProjection } from '../../src/readmodel/rebuild.js'
import { createMemoryLog, type MemoryLog } from '../fixtures/memory-log.js'
import { openTempStore } from '../fixtures/store.js'
import { asJson, type County, createCounty, foldedSlowly, idOf, type Step } from './county.js'
import { type Following, follow } from './following.js'

const visit: Step = { patient: 0, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 }

async function busyCounty(t: Test): Promise<{ log: MemoryLog; county: County; following: Following; cut: string }> {
  const log = createMemoryLog()
  const county = createCounty(log)
  const following = await follow(t, log)
  for (let i = 0; i < 40; i++) await county.take({ ...visit, patient: i % 5, what: i * 3, lateDays: i % 7, which: i })
  const cut = await county.close('police-quarterly', '2026Q1')
  for (let i = 0; i < 40; i++) await county.take({ ...visit, patient: i % 5, what: i * 7, lateDays: i % 7, which: i })
  await following.runner.drain()
  return { log, county, following, cut }
}

/** Changes a live file behind the runner's back. */
function tamper(following: Following, sql: string): void {
  const database = new Database(currentFile(following.directory, 'patient-record@3'))
  database.exec(sql)
  database.close()
}

t.test('names every row that a live file has wrong, missing or too many, and every such row at a cut', async (t) => {
  const { log, following, cut } = await busyCounty(t)
  tamper(
    following,
    `UPDATE rows SET row = json_set(row, '$.revision', 999) WHERE key = '${idOf('a', 1)}';
     DELETE FROM rows WHERE key = '${idOf('a', 2)}';
     INSERT INTO rows VALUES ('zz', '{}');
     UPDATE aside SET row = json_set(row, '$.revision', 999) WHERE key = '${idOf('a', 3)}'`,
  )

  const report = await verifyProjection({ log, directory: following.directory, projection: patientRecord })

  t.equal(report.projection, 'patient-record@3')
  t.equal(report.differing, report.differences.length)
  t.same(report.differences, [
    { key: idOf('a', 1), kind: 'differs' },
    { key: idOf('a', 2), kind: 'missing' },
    { key: 'zz', kind: 'extra' },
    { key: idOf('a', 3), kind: 'differs', cut },
    { key: 'zz', kind: 'extra', cut },
  ])
})

t.test('a rebuild reports what was wrong, takes the live file’s place and is right, cuts included', async (t) => {
  const { county, following, cut } = await busyCounty(t)
  const atTheCut = following.recordsAt(cut)
  tamper(following, `DELETE FROM rows WHERE key = '${idOf('a', 2)}'`)
  const before = currentFile(following.directory, 'patient-record@3')

  const report = await following.runner.rebuild('patient-record')
  await county.take(visit)
  await following.runner.drain()

  t.same(report.differences, [{ key: idOf('a', 2), kind: 'missing' }])
  t.same(following.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
  t.same(following.recordsAt(cut), atTheCut)
  t.same(following.switched, ['patient-record@3'])
  const after = currentFile(following.directory, 'patient-record@3')
  t.same([basename(before), basename(after)], ['patient-record@3.sqlite', 'patient-record@3.2.sqlite'])
  t.equal(existsSync(before), false)
  t.same(following.read().openCuts(), [cut], 'the cut of the comparison is gone')
  const reopened = await following.reopen()
  t.same(reopened.records(), asJson(Object.fromEntries(foldedSlowly(county.events))), 'the pointer holds')
})

t.test('a rebuild catches up with what is recorded, closed and dropped meanwhile', async (t) => {
  const { log, county, following, cut } = await busyCounty(t)
  let meanwhile: Promise<string> | undefined
  // The build reads the log from its beginning; that is when the county moves on.
  const readAll = log.readAll.bind(log)
  log.readAll = async function* (after) {
    if (after === '' && !meanwhile) {
      meanwhile = (async () => {
        await county.take(visit)
        const second = await county.close('police-quarterly', '2026Q2')
        await county.take({ ...visit, patient: 3 })
        await following.runner.drain()
        await following.runner.dropCut(cut)
        return second
      })()
      await meanwhile
    }
    yield* readAll(after)
  }

  const report = await following.runner.rebuild('patient-record')

  t.equal(report.differing, 0)
  t.same(following.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
  const second = await meanwhile
  t.same(following.read().openCuts(), [second])
  const closing = county.events.findIndex(({ id }) => id === second)
  t.same(following.recordsAt(second ?? ''), asJson(Object.fromEntries(foldedSlowly(county.events.slice(0, closing)))))
})

t.test('a flow projection is rebuilt too, with its cuts', async (t) => {
  const { following, cut } = await busyCounty(t)

  const report = await following.runner.rebuild('releases')

  t.equal(report.differing, 0)
  t.equal(report.compared, 2, 'the one row, now and at the cut')
  t.same(following.read(releases).openCuts(), [cut])
})

t.test('rebuilds that are asked for at once follow one another', async (t) => {
  const { county, following } = await busyCounty(t)

  const names = ['patient-record', 'patient-record', 'releases', 'patient-record']
  const reports = await Promise.all(names.map((name) => following.runner.rebuild(name)))

  t.same(
    reports.map(({ differing }) => differing),
    [0, 0, 0, 0],
  )
  t.same(following.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
  t.equal(basename(currentFile(following.directory, 'patient-record@3')), 'patient-record@3.4.sqlite')
})

t.test('refuses to rebuild what does not exist', async (t) => {
  const { runner } = await follow(t, createMemoryLog())

  await t.rejects(runner.rebuild('nothing-of-the-kind'), { code: 'HUB_NOT_FOUND' })
})

t.test('a log read unparsed and a log that only its port offers give the same rows', async (t) => {
  const { store } = await openTempStore(t)
  const county = createCounty(store.log)
  for (let i = 0; i < 60; i++) await county.take({ ...visit, patient: i % 4, what: i * 3, lateDays: i % 7, which: i })
  const reader = store.log.reader
  const plain: FollowedLog = {
    readStream: reader.readStream,
    readTail: reader.readTail,
    readAll: reader.readAll,
    head: reader.head,
  }
  const expected = asJson(Object.fromEntries(foldedSlowly(county.events)))

  const unparsed = await follow(t, reader)
  const parsed = await follow(t, plain)

  t.same(unparsed.records(), expected)
  t.same(parsed.records(), expected)
})

t.test('stops a rebuild when the runner is closed, and leaves the live file as it was', async (t) => {
  const { county, log, following } = await busyCounty(t)
  let begun: () => void = () => {}
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  log.readAll = async function* (): AsyncGenerator<LogRecord> {
    begun()
    for (let i = 0; ; i = (i + 1) % county.events.length) {
      const event = county.events[i]
      if (event) yield { position: String(i + 1), stream: event.stream, event }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const rebuilding = following.runner.rebuild('releases')
  rebuilding.catch(() => undefined)
  await hasBegun

  await following.runner.close()

  await t.rejects(rebuilding, { code: 'HUB_STOPPING' })
  t.equal(basename(currentFile(following.directory, 'releases@1')), 'releases@1.sqlite')
})
