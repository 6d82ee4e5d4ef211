/** The EventStoreDB adapter among the faults of server and network, on the double. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog, type EventStoreLog, type EventStoreLogOptions } from '../../src/log/eventstoredb-log.js'
import { START } from '../../src/log/port.js'
import {
  asStored,
  collect,
  follow,
  newEvent,
  newEvents,
  newStream,
  readWhole,
  refused,
  take,
} from '../contract/log-events.js'
import { type DoubleOptions, type EventStoreDouble, startEventStoreDouble } from '../fixtures/eventstoredb/double.js'
import { startTcpProxy } from '../fixtures/tcp-proxy.js'

t.setTimeout(5 * 60_000)

const MIB = 1024 * 1024

async function open(t: Test, options: DoubleOptions = {}, log: EventStoreLogOptions = {}): Promise<OpenDouble> {
  const double = await startEventStoreDouble(options)
  t.teardown(() => double.close())
  const connect = async (options: EventStoreLogOptions = log, url = double.url): Promise<EventStoreLog> => {
    const opened = createEventStoreLog(await openEventStoreClient({ url }), options)
    t.teardown(() => opened.close())
    return opened
  }
  return { double, connect, log: await connect() }
}

interface OpenDouble {
  readonly double: EventStoreDouble
  readonly log: EventStoreLog
  connect(options?: EventStoreLogOptions, url?: string): Promise<EventStoreLog>
}

t.test('settles an append whose answer was lost by sending the same bytes again, once stored', async (t) => {
  const { double, log } = await open(t)
  for (const fault of ['lost-before', 'lost-after', 'not-leader'] as const) {
    const stream = newStream()
    const group = newEvents(3)
    double.failNext(fault, fault)
    t.equal((await log.append(stream, group, 'new')).length, 3, fault)
    t.equal(double.pendingFaults(), 0, 'both faults were met')
    t.strictSame(await readWhole(log, stream), asStored(stream, group))
  }
})

t.test('says that the outcome is unknown when patience ends, and knows it later', async (t) => {
  const { double, log, connect } = await open(t, {}, { patienceMs: 0 })
  const stream = newStream()
  const event = newEvent()
  double.failNext('lost-after')
  await refused(t, log.append(stream, [event], 'new'), 'HUB_OUTCOME_UNKNOWN', 'the answer is lost')
  t.equal((await log.append(stream, [event], 'new'))[0]?.revision, 0, 'the same bytes: the first receipt')
  const other = await connect()
  const again = await refused(t, other.append(stream, [event], { revision: 0 }), 'HUB_ID_KNOWN', 'at another node')
  t.strictSame(again.known, [{ id: event.id, revision: 0 }])
  t.equal((await readWhole(log, stream)).length, 1)
})

t.test('takes what the server says about rights and size for a refusal: nothing was stored', async (t) => {
  const { double, log } = await open(t)
  const stream = newStream()
  for (const fault of ['no-rights', 'no-user'] as const) {
    double.failNext(fault)
    await refused(t, log.append(stream, newEvents(1), 'new'), 'HUB_READ_ONLY', fault)
  }
  const large = newEvent({ data: { text: 'x'.repeat(MIB) } })
  await refused(t, log.append(stream, [large], 'new'), 'HUB_INVALID_EVENT', 'more than a server takes')
  t.equal(await log.readTail(stream), undefined)
})

t.test('calls a refusal unknown where an earlier try may have landed', async (t) => {
  const { double, log } = await open(t)
  const stream = newStream()
  const [event] = newEvents(1)
  if (!event) throw new Error('one event was asked for')
  double.failNext('lost-after', 'no-rights')
  await refused(t, log.append(stream, [event], 'new'), 'HUB_OUTCOME_UNKNOWN', 'it has landed')
  t.equal((await log.append(stream, [event], 'new'))[0]?.revision, 0, 'the same bytes settle it')
  t.equal((await readWhole(log, stream)).length, 1)
})

t.test('stops a follower and a reader at an event that is none of ours', async (t) => {
  const { double, log } = await open(t)
  const stream = newStream()
  await log.append(stream, newEvents(1), 'new')
  const foreign = { id: randomUUID(), type: 'Foreign', contentType: 'application/json', metadata: new Uint8Array() }
  double.store.append('somebody-elses', 'no-stream', [{ ...foreign, data: Buffer.from('[1]') }])
  await log.append(stream, newEvents(1), { revision: 0 })
  const seen: string[] = []
  const following = (async () => {
    for await (const record of log.subscribe(START)) seen.push(record.stream)
  })()
  await refused(t, following, 'HUB_LOG_CORRUPT', 'a follower')
  await refused(t, collect(log.readAll(START)), 'HUB_LOG_CORRUPT', 'a reader')
  t.same(seen, [stream], 'nothing after it was passed on')
})

t.test('refuses a known id at a node that has never seen the stream, whatever the expectation', async (t) => {
  const { log, connect } = await open(t)
  const stream = newStream()
  const events = newEvents(3)
  await log.append(stream, events, 'new')
  const known = [{ id: events[1]?.id, revision: 1 }]
  for (const expected of ['new', { revision: 2 }, { revision: 7 }] as const) {
    const other = await connect()
    const data = await refused(
      t,
      other.append(stream, events.slice(1, 2), expected),
      'HUB_ID_KNOWN',
      JSON.stringify(expected),
    )
    t.strictSame(data.known, known)
  }
})

t.test('stores one id once when two nodes send it in the same instant, with other content', async (t) => {
  const { log, connect } = await open(t)
  const other = await connect()
  for (let round = 0; round < 20; round++) {
    const stream = newStream()
    const event = newEvent()
    await log.append(stream, newEvents(1), 'new')
    const outcomes = await Promise.allSettled([
      log.append(stream, [event], { revision: 0 }),
      other.append(stream, [{ ...event, data: { form: 4 } }], { revision: 0 }),
    ])
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    const [loser] = outcomes.filter(({ status }) => status === 'rejected')
    t.match(loser, { reason: { code: 'HUB_ID_KNOWN', data: { known: [{ id: event.id, revision: 1 }] } } })
    t.equal((await readWhole(log, stream)).length, 2)
  }
})

t.test('reads nothing before an append to a stream whose ids nobody chooses, and still settles races', async (t) => {
  const { log, connect, double } = await open(t, {}, { holdsClientIds: () => false })
  const stream = newStream()
  const [first, second] = [newEvent(), newEvent()]
  await log.append(stream, [first], 'new')
  const other = await connect()
  t.equal((await other.append(stream, [second], { revision: 0 }))[0]?.revision, 1)
  const known = await refused(
    t,
    log.append(stream, [{ ...second, data: {} }], { revision: 0 }),
    'HUB_ID_KNOWN',
    'taken',
  )
  t.strictSame(known.known, [{ id: second.id, revision: 1 }])
  const lost = await refused(
    t,
    log.append(stream, newEvents(1), { revision: 0 }),
    'HUB_WRONG_EXPECTATION',
    'by another',
  )
  t.equal(lost.actualRevision, 1)
  double.failNext('lost-after')
  t.equal((await log.append(stream, newEvents(1), { revision: 1 }))[0]?.revision, 2)
})

t.test('goes on after the server was stopped or killed: readers, followers and writers', async (t) => {
  const { double, log } = await open(t)
  const stream = newStream()
  const start = await log.head()
  const follower = follow(t, log, start)
  let revision = -1
  for (const end of ['stop', 'kill', 'stop', 'kill'] as const) {
    await log.append(stream, newEvents(5), revision < 0 ? 'new' : { revision })
    revision += 5
    await double[end]()
    const writing = log.append(stream, newEvents(5), { revision })
    const reading = readWhole(log, stream)
    await delay(50)
    await double.restart()
    t.equal((await writing).length, 5, `${end}: an append that was under way`)
    t.ok((await reading).length >= revision + 1, `${end}: a reading`)
    revision += 5
  }
  const seen = await take(follower, 40, [stream])
  t.same(
    seen.map(({ event }) => event.revision),
    [...seen.keys()],
    'each once, in order',
  )
})

t.test('says that the log is away when a reading gets no answer', async (t) => {
  const { double, log } = await open(t, {}, { patienceMs: 200 })
  const stream = newStream()
  await log.append(stream, newEvents(1), 'new')
  await double.kill()
  await refused(t, readWhole(log, stream), 'HUB_LOG_AWAY', 'a stream')
  await refused(t, log.readTail(stream), 'HUB_LOG_AWAY', 'its tail')
  await refused(t, log.head(), 'HUB_LOG_AWAY', 'the head')
  await refused(t, log.append(stream, newEvents(1), { revision: 0 }), 'HUB_OUTCOME_UNKNOWN', 'an append')
  await double.restart()
  t.equal((await readWhole(log, stream)).length, 1)
})

t.test('waits no longer for a server that is away because the clock was set back', async (t) => {
  const { double, log } = await open(t, {}, { patienceMs: 200 })
  await double.kill()
  const machineNow = Date.now
  t.teardown(() => {
    Date.now = machineNow
  })
  const begun = performance.now()
  const asked = refused(t, log.append(newStream(), newEvents(1), 'new'), 'HUB_OUTCOME_UNKNOWN', 'an append')
  Date.now = () => machineNow() - 60_000
  await asked
  t.ok(performance.now() - begun < 30_000)
})

t.test('finds another leader of three when the leader is killed, with eight writers', async (t) => {
  const { double, log } = await open(t, { nodes: 3 })
  const streams = Array.from({ length: 8 }, newStream)
  const follower = follow(t, log, START)
  let isOver = false
  const acknowledged = streams.map(async (stream) => {
    let revision = -1
    while (!isOver) {
      await log.append(stream, newEvents(1), revision < 0 ? 'new' : { revision })
      revision++
    }
    return revision + 1
  })
  for (let round = 0; round < 2; round++) {
    await delay(150)
    const leader = double.leader()
    await double.kill(leader)
    t.not(double.leader(), leader)
    await delay(300)
    await double.restart(leader)
  }
  await delay(150)
  isOver = true
  const counts = await Promise.all(acknowledged)
  const total = counts.reduce((sum, count) => sum + count, 0)
  t.ok(total > 8, `${total} acknowledged`)
  for (const [i, stream] of streams.entries()) t.equal((await readWhole(log, stream)).length, counts[i])
  const seen = await take(follower, total, streams)
  t.equal(new Set(seen.map(({ event }) => event.id)).size, total, 'a follower saw each once')
})

/** A thousand take more than a minute: `SOAK_CUTS=1000` before a release. */
const CUTS = Number(process.env.SOAK_CUTS ?? 120)
/** Until then connections, pools and caches fill up. */
const WARM_CUTS = 50

t.test(`keeps its memory through ${CUTS} cut connections, and loses nothing`, async (t) => {
  const double = await startEventStoreDouble()
  t.teardown(() => double.close())
  const proxy = await startTcpProxy(double.ports[0] ?? 0)
  t.teardown(() => proxy.close())
  let reconnects = 0
  const client = await openEventStoreClient({ url: `esdb://127.0.0.1:${proxy.port}?tls=false` })
  const log = createEventStoreLog(client, { onReconnect: () => reconnects++ })
  t.teardown(() => log.close())
  const stream = newStream()
  const follower = follow(t, log, START)
  let revision = -1
  let before = 0
  for (let round = 0; round < CUTS; round++) {
    await log.append(stream, newEvents(1), revision < 0 ? 'new' : { revision })
    revision++
    const [record] = await take(follower, 1, [stream])
    if (record?.event.revision !== revision) return t.equal(record?.event.revision, revision, 'the next event')
    proxy.cut()
    if (round === WARM_CUTS) before = heapBytes()
  }
  const grown = heapBytes() - before
  t.ok(reconnects >= 0.9 * CUTS, `${reconnects} broken followers were made anew`)
  t.ok(grown < 16 * MIB, `the heap grew by ${(grown / MIB).toFixed(1)} MiB, the double's own events among them`)
  return t.equal((await readWhole(log, stream)).length, CUTS)
})

t.test('leaves nothing open at the server when readers and followers leave early', async (t) => {
  const { double, log } = await open(t)
  const stream = newStream()
  await log.append(stream, newEvents(500), 'new')
  for (let round = 0; round < 50; round++) {
    for await (const _ of log.readStream(stream)) break
    for await (const _ of log.readAll(START)) break
    for await (const _ of log.subscribe(START)) break
  }
  for (let waited = 0; double.openCalls() > 0 && waited < 5000; waited += 50) await delay(50)
  t.equal(double.openCalls(), 0)
})

t.test('knows whether a position still belongs to this log', async (t) => {
  const { log } = await open(t)
  const stream = newStream()
  const events = newEvents(2)
  await log.append(stream, events, 'new')
  const head = await log.head()
  t.equal((await log.recordAt(head))?.event.id, events[1]?.id)
  t.equal(await log.recordAt('999999999/999999999'), undefined, 'beyond the end')
  const [commit = ''] = head.split('/')
  const between = String(BigInt(commit) - 1n)
  t.equal(await log.recordAt(`${between}/${between}`), undefined, 'where no event starts')
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
