import t from 'tap'
import { FEEDS } from '../projections/feeds.js'
import { loadConfig } from '../src/config.js'
import { HUB_STREAM } from '../src/domain/streams.js'
import { openHubCore } from '../src/hub-core.js'
import { beginLog, FIRST_VERSIONS, INITIAL_VERSIONS, nameFirstVersions } from '../src/hub-versions.js'
import { drivenClock } from '../src/kernel/clock.js'
import { WEIHAI_2019 } from '../src/policy/pack.js'
import { createMemoryLog } from './fixtures/memory-log.js'
import { eventsOf } from './fixtures/recording.js'
import { openTempStore, tempDirectory } from './fixtures/store.js'

const START_MS = Date.parse('2026-03-02T09:30:00+08:00')
const DATA = INITIAL_VERSIONS.map((version) => ({ ...version }))
const RAN = FIRST_VERSIONS.map((version) => ({ ...version }))

t.test('a log begins with what it is and with the versions in force, and says so once', async (t) => {
  const config = loadConfig({ file: { dataDir: tempDirectory(t), simulated: true } })
  const open = (init: boolean) => openHubCore({ config, passphrase: 'a test', init, calendar: drivenClock(START_MS) })

  const core = await open(true)
  const events = await eventsOf(core.store.log, HUB_STREAM)
  const versions = new Map(core.directory.current.versions())
  await core.stop()
  const again = await open(false)
  t.teardown(() => again.stop())

  t.same(
    events.map(({ type }) => type),
    ['LogCreated', ...DATA.map(() => 'VersionActivated')],
  )
  t.same(
    events.slice(1).map(({ data }) => data),
    DATA,
  )
  for (const { name } of FEEDS) t.ok(versions.has(`feed:${name}`), `${name} has a version in force from the start`)
  t.equal(versions.get(`policy:${WEIHAI_2019.name}`), WEIHAI_2019.version)
  t.equal((await eventsOf(again.store.log, HUB_STREAM)).length, events.length)
})

t.test('a log of the first release, which named none, is told what it ran, once', async (t) => {
  const { store } = await openTempStore(t)
  const calendar = drivenClock(START_MS)
  const [created] = await beginLog(createMemoryLog(), { simulated: true }, calendar)
  if (!created) throw new Error('no log was begun')
  const { stream, revision: _, ...asNew } = created
  await store.log.append(stream, [asNew], 'new')

  const recordedAt = (floor: string) => floor
  await nameFirstVersions(store.log, await beginLog(store.log, { simulated: true }, calendar), recordedAt)
  const told = await beginLog(store.log, { simulated: true }, calendar)
  await nameFirstVersions(store.log, told, recordedAt)
  const again = await beginLog(store.log, { simulated: true }, calendar)

  t.same(
    told.map(({ type }) => type),
    ['LogCreated', ...RAN.map(() => 'VersionActivated')],
  )
  t.same(
    told.slice(1).map(({ data }) => data),
    RAN,
  )
  t.same(again, told)
})

t.test('a log that named versions before alerts had one is told the first of them, once, and no other', async (t) => {
  const { store } = await openTempStore(t)
  const calendar = drivenClock(START_MS)
  const [created, ...activated] = await beginLog(createMemoryLog(), { simulated: true }, calendar)
  if (!created) throw new Error('no log was begun')
  const earlier = [created, ...activated.filter(({ data }) => data.kind !== 'rules').slice(1)]
  const { stream } = created
  await store.log.append(
    stream,
    earlier.map(({ stream: _, revision: __, ...asNew }) => asNew),
    'new',
  )

  const recordedAt = (floor: string) => floor
  for (let start = 0; start < 2; start++)
    await nameFirstVersions(store.log, await beginLog(store.log, { simulated: true }, calendar), recordedAt)

  const after = (await eventsOf(store.log, HUB_STREAM)).slice(earlier.length)
  t.same(
    after.map(({ data }) => data),
    [{ kind: 'rules', name: 'alerts', version: 1 }],
  )
})
