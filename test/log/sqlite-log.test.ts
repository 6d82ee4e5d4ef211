import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { START } from '../../src/log/port.js'
import { LOG_FILE, openLogForWriting } from '../../src/log/sqlite-schema.js'
import { eventLogContract } from '../contract/event-log.js'
import {
  asStored,
  collect,
  follow,
  fullEvent,
  newEvent,
  newEvents,
  newStream,
  readWhole,
  recordsIn,
  refused,
  take,
} from '../contract/log-events.js'
import { openTempStore, tempDirectory } from '../fixtures/store.js'

// A store for each test: a busy machine takes its time to open them.
t.setTimeout(5 * 60_000)

eventLogContract(t, 'sqlite', async (t) => (await openTempStore(t)).store.log)

t.test('has nothing and starts at START before the first append', async (t) => {
  const { log } = (await openTempStore(t)).store

  t.equal(await log.head(), START)
  t.strictSame(await collect(log.readAll(START)), [])
})

t.test('keeps everything through a restart: events, places, positions, ids and expectations', async (t) => {
  const temp = await openTempStore(t)
  const [one, two] = [newStream(), newStream()]
  const events = [fullEvent(), newEvent(), fullEvent()]
  const { log } = temp.store
  await log.append(one, events.slice(0, 2), 'new')
  await log.append(two, events, 'new')
  await log.append(one, events.slice(2), { revision: 1 })
  const before = await collect(log.readAll(START))

  const { log: reopened } = await temp.reopen()

  t.strictSame(await collect(reopened.readAll(START)), before)
  t.strictSame(await readWhole(reopened, one), asStored(one, events))
  t.equal(await reopened.head(), before.at(-1)?.position)
  await refused(t, reopened.append(two, events, 'new'), 'HUB_ID_KNOWN', 'a resend after the restart')
  await refused(t, reopened.append(two, newEvents(1), 'new'), 'HUB_WRONG_EXPECTATION', 'a stream from before')
  const follower = follow(t, reopened, before[2]?.position ?? START)
  const next = newEvent()
  await reopened.append(two, [next], { revision: 2 })
  t.strictSame(
    (await take(follower, 4, [one, two])).map(({ event }) => event),
    [...before.slice(3).map(({ event }) => event), ...asStored(two, [next], 3)],
    'a follower goes on where it was',
  )
})

t.test(
  'counts events in log order from 0 without a gap, whatever was refused in between and over a restart',
  async (t) => {
    const temp = await openTempStore(t)
    const [one, two] = [newStream(), newStream()]
    await temp.store.log.append(one, newEvents(2), 'new')
    await refused(t, temp.store.log.append(one, newEvents(3), 'new'), 'HUB_WRONG_EXPECTATION', 'takes no number')
    await temp.store.log.append(two, newEvents(3), 'new')
    const { log } = await temp.reopen()
    await log.append(one, newEvents(1), { revision: 1 })
    const inOrder = (await collect(log.readAll(START))).map(({ event }) => event)

    const placed = [...log.reader.placedStream(one), ...log.reader.placedStream(two)]

    t.strictSame(
      placed.map(({ leafIndex }) => leafIndex),
      [0, 1, 5, 2, 3, 4],
    )
    for (const { leafIndex, event } of placed) t.strictSame(event, inOrder[leafIndex])
    t.strictSame(log.reader.placedTail(one), log.reader.placedStream(one).at(-1))
    t.strictSame(log.reader.placedStream(newStream()), [])
    t.equal(log.reader.placedTail(newStream()), undefined)
  },
)

t.test('refuses ids in any spelling but that of a UUID in lower case', async (t) => {
  const { log } = (await openTempStore(t)).store
  const { id } = newEvent()

  for (const bad of ['', 'x', id.toUpperCase(), id.slice(1), `${id}0`, id.replaceAll('-', ''), `${id}\n`]) {
    await refused(t, log.append(newStream(), [newEvent({ id: bad })], 'new'), 'HUB_INVALID_EVENT', JSON.stringify(bad))
    const correction = newEvent({ corrects: bad })
    await refused(
      t,
      log.append(newStream(), [correction], 'new'),
      'HUB_INVALID_EVENT',
      `corrects ${JSON.stringify(bad)}`,
    )
  }
  for (const bad of ['', 'patient-1\npatient-2']) {
    await refused(t, log.append(bad, [newEvent()], 'new'), 'HUB_INVALID_EVENT', `stream ${JSON.stringify(bad)}`)
  }
  t.equal(await log.head(), START)
})

t.test('takes a revision that no stream can have for a wrong expectation, never for another one', async (t) => {
  const { log } = (await openTempStore(t)).store
  const [empty, stream] = [newStream(), newStream()]
  await log.append(stream, newEvents(2), 'new')

  for (const revision of [-1, -2, 1.5, 2 ** 31, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const name of [empty, stream]) {
      await refused(t, log.append(name, [newEvent()], { revision }), 'HUB_WRONG_EXPECTATION', `${revision}`)
    }
  }
})

t.test('stores an event without its id, stream and revision, which are columns', async (t) => {
  const { log } = (await openTempStore(t)).store
  const stream = newStream()
  const event = fullEvent()
  await log.append(stream, [event], 'new')

  const [row] = log.reader.rawPageAfter(START, 10)

  const { id, ...rest } = event
  t.strictSame(JSON.parse(row?.json ?? ''), rest)
  t.strictSame(Buffer.from(row?.id ?? []).toString('hex'), id.replaceAll('-', ''))
  t.strictSame([row?.stream, row?.revision, row?.position], [stream, 0, '1'])
  t.notOk(row?.json.includes(id) || row?.json.includes(stream))
})

t.test('writes through to the disk with every commit', async (t) => {
  const database = openLogForWriting(join(tempDirectory(t), LOG_FILE))
  t.teardown(() => database.close())

  t.equal(database.pragma('synchronous', { simple: true }), 2, 'FULL')
  t.equal(database.pragma('journal_mode', { simple: true }), 'wal')
  t.equal(database.pragma('page_size', { simple: true }), 4096)
})

t.test('refuses to change or remove anything that is stored', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const stream = newStream()
  await store.log.append(stream, newEvents(3), 'new')
  const before = await recordsIn(store.log, [stream], START)
  const database = new Database(join(dataDir, LOG_FILE))
  t.teardown(() => database.close())

  for (const statement of [
    `UPDATE event SET json = '{}'`,
    'UPDATE event SET revision = revision + 10 WHERE pos = 2',
    'DELETE FROM event WHERE pos = 3',
    'DELETE FROM event',
    `UPDATE stream SET name = 'patient-other'`,
    'DELETE FROM stream',
  ]) {
    t.throws(() => database.exec(statement), { code: 'SQLITE_CONSTRAINT_TRIGGER' }, statement)
  }
  t.strictSame(await recordsIn(store.log, [stream], START), before)
})

t.test('refuses to replace what is stored by a connection of its own', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const stream = newStream()
  await store.log.append(stream, newEvents(3), 'new')
  const before = await recordsIn(store.log, [stream], START)
  await store.close()
  const database = openLogForWriting(join(dataDir, LOG_FILE))
  t.teardown(() => database.close())

  const replace = `INSERT OR REPLACE INTO event SELECT pos, s, revision, id, '{}' FROM event WHERE revision = 1`
  t.throws(() => database.exec(replace), { code: 'SQLITE_CONSTRAINT_TRIGGER' })
  const rows = database.prepare<[], { json: string }>('SELECT json FROM event ORDER BY pos').all()
  t.equal(rows.length, before.length)
  t.notOk(rows.some(({ json }) => json === '{}'))
})

t.test('refuses appends that would go to the ghost of a removed or replaced file', async (t) => {
  for (const replace of [false, true]) {
    const { store, dataDir } = await openTempStore(t)
    await store.log.append(newStream(), newEvents(1), 'new')
    const aside = mkdtempSync(join(dataDir, 'aside-'))
    renameSync(join(dataDir, LOG_FILE), join(aside, LOG_FILE))
    if (replace) copyFileSync(join(aside, LOG_FILE), join(dataDir, LOG_FILE))

    await refused(t, store.log.append(newStream(), newEvents(1), 'new'), 'HUB_READ_ONLY', `replaced: ${replace}`)
    rmSync(join(dataDir, LOG_FILE), { force: true })
    renameSync(join(aside, LOG_FILE), join(dataDir, LOG_FILE))

    t.equal((await store.log.append(newStream(), newEvents(1), 'new')).length, 1, 'and goes on when it is back')
  }
})

t.test('lets followers wait without holding anything for those who left', async (t: Test) => {
  const { log } = (await openTempStore(t)).store
  const stream = newStream()
  await log.append(stream, newEvents(1), 'new')
  const ending = new AbortController()
  const followers = Array.from({ length: 20 }, () => collect(log.subscribe(START, ending.signal)))

  for (let revision = 0; revision < 30; revision++) await log.append(stream, newEvents(1), { revision })
  ending.abort()

  for (const records of await Promise.all(followers)) {
    t.strictSame(
      records.map(({ event }) => event.revision),
      [...records.keys()],
    )
  }
})
