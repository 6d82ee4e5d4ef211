/**
 * What a real EventStoreDB server was seen to do, line by line, through the bare client: the contract of the double, and the
 * ground that the adapter stands on. Runs on the double, and on a real server where one is named.
 */
import { randomUUID } from 'node:crypto'
import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  type EventTypeToRecordedEvent,
  type JSONEventType,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import type { Test } from 'tap'

export interface ServerUnderTest {
  readonly url: string
  /** Stops and starts it with what it has stored; absent where the suite may not. */
  readonly restart?: () => Promise<void>
}

type Expected = typeof NO_STREAM | typeof ANY | typeof STREAM_EXISTS | bigint
type Fact = JSONEventType<'Fact', Record<string, unknown>>

const MAX_BYTES = 1_048_576
/** Any credentials: they make an append a unary call. */
const credentials = { username: 'anybody', password: 'anything' }
/** With an id of its own in its data, as our events have: a log on the same server reads over it. */
const fact = (data: Record<string, unknown> = { id: 'fact', n: 1 }, id: string = randomUUID()) =>
  jsonEvent<Fact>({ id, type: 'Fact', data })
const newStream = (): string => `patient-${randomUUID()}`

export async function eventStoreServerContract(
  t: Test,
  name: string,
  open: (t: Test) => Promise<ServerUnderTest>,
): Promise<void> {
  await t.test(`${name}: append`, (t) => appends(t, open))
  await t.test(`${name}: read and subscribe`, (t) => reads(t, open))
}

interface Bench extends ServerUnderTest {
  readonly client: EventStoreDBClient
  append(
    stream: string,
    events: readonly ReturnType<typeof fact>[],
    expectedRevision: Expected,
  ): Promise<{ revision: number; position: string }>
  stored(stream: string): Promise<readonly EventTypeToRecordedEvent<Fact>[]>
}

async function benchOf(t: Test, open: (t: Test) => Promise<ServerUnderTest>): Promise<Bench> {
  const server = await open(t)
  const client = EventStoreDBClient.connectionString(server.url)
  return {
    ...server,
    client,
    async append(stream, events, expectedRevision) {
      const options = { expectedRevision, credentials, requiresLeader: true }
      const { nextExpectedRevision, position } = await client.appendToStream(stream, [...events], options)
      return { revision: Number(nextExpectedRevision), position: `${position?.commit}/${position?.prepare}` }
    },
    async stored(stream) {
      const events: EventTypeToRecordedEvent<Fact>[] = []
      for await (const { event } of client.readStream<Fact>(stream)) if (event) events.push(event)
      return events
    },
  }
}

async function fails(t: Test, attempt: Promise<unknown>, type: string): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  t.match(error, { type }, `fails with ${type}`)
}

async function wrong(t: Test, attempt: Promise<unknown>, actual: bigint | 'no_stream', message: string): Promise<void> {
  const error = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof WrongExpectedVersionError)) return void t.fail(`${message}: ${String(error)}`)
  t.equal(error.type, 'wrong-expected-version', message)
  t.equal(error.actualVersion, actual, `${message}: where the stream is`)
}

async function appends(t: Test, open: (t: Test) => Promise<ServerUnderTest>): Promise<void> {
  await t.test('answers with the revision and position of the last event written', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const stream = newStream()
    t.equal((await append(stream, [fact()], NO_STREAM)).revision, 0)
    const { revision, position } = await append(stream, [fact(), fact()], 0n)
    t.equal(revision, 2)
    const events = await stored(stream)
    t.equal(events.length, 3)
    t.match(position, /^\d+\/\d+$/)
  })

  await t.test(
    'takes the same id at the same place for the same append, however late and after a restart',
    async (t) => {
      const { append, stored, restart } = await benchOf(t, open)
      const stream = newStream()
      const [one, two] = [fact(), fact()]
      const first = await append(stream, [one], NO_STREAM)
      const second = await append(stream, [two], 0n)
      await append(stream, [fact()], 1n)
      const again = async (): Promise<void> => {
        t.same(await append(stream, [one], NO_STREAM), first)
        t.same(await append(stream, [two], 0n), second)
        t.same(
          await append(stream, [fact({ id: 'fact', other: true }, two.id)], 0n),
          second,
          'other data is dropped in silence',
        )
        t.equal((await stored(stream)).length, 3)
        t.same((await stored(stream))[1]?.data, two.data)
      }
      await again()
      if (restart) {
        await restart()
        await again()
      }
    },
  )

  await t.test('stores the same id a second time where the expectation is true right now', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const stream = newStream()
    const one = fact()
    await append(stream, [one], NO_STREAM)
    t.equal((await append(stream, [one], 0n)).revision, 1)
    t.same(
      (await stored(stream)).map(({ id }) => id),
      [one.id, one.id],
    )
  })

  await t.test('forgets what it compares "any" with when it is restarted', async (t) => {
    const { append, stored, restart } = await benchOf(t, open)
    const stream = newStream()
    const one = fact()
    const first = await append(stream, [one], ANY)
    t.same(await append(stream, [one], ANY), first)
    if (!restart) return
    await restart()
    t.equal((await append(stream, [one], ANY)).revision, 1)
    t.equal((await stored(stream)).length, 2)
  })

  await t.test('compares a group from its first event on', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const stream = newStream()
    const [one, two] = [fact(), fact()]
    const first = await append(stream, [one, two], NO_STREAM)
    t.same(await append(stream, [one, two], NO_STREAM), first)
    t.equal((await append(stream, [one], NO_STREAM)).revision, 0, 'the first alone')
    await wrong(t, append(stream, [one, fact()], NO_STREAM), 1n, 'the first, and a new one')
    t.equal((await stored(stream)).length, 2)
  })

  await t.test('stores an id twice in one append, and in another stream', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const [stream, other] = [newStream(), newStream()]
    const one = fact()
    t.equal((await append(stream, [one, one], NO_STREAM)).revision, 1)
    t.equal((await append(other, [one], NO_STREAM)).revision, 0)
    t.equal((await stored(stream)).length, 2)
  })

  await t.test('answers an empty append with success, and has no stream afterwards', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const stream = newStream()
    t.equal((await append(stream, [], NO_STREAM)).revision, 0)
    await fails(t, stored(stream), 'stream-not-found')
  })

  await t.test('names where the stream is when the expectation is wrong', async (t) => {
    const { append } = await benchOf(t, open)
    const [stream, absent] = [newStream(), newStream()]
    await append(stream, [fact(), fact()], NO_STREAM)
    await wrong(t, append(stream, [fact()], NO_STREAM), 1n, 'no stream')
    await wrong(t, append(stream, [fact()], 0n), 1n, 'too early')
    await wrong(t, append(stream, [fact()], 7n), 1n, 'too late')
    await wrong(t, append(absent, [fact()], STREAM_EXISTS), 'no_stream', 'a missing stream must exist')
    await wrong(t, append(absent, [fact()], 3n), 'no_stream', 'a missing stream at a revision')
  })

  await t.test('takes 1 MiB of event data in one append, and not a byte more', async (t) => {
    const { append, stored } = await benchOf(t, open)
    const stream = newStream()
    const filled = (bytes: number): Record<string, unknown> => ({
      id: 'x'.repeat(bytes - '{"id":""}'.length),
    })
    const error = await append(stream, [fact(filled(MAX_BYTES + 1))], NO_STREAM).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(error instanceof MaxAppendSizeExceededError)) return void t.fail(`too large: ${String(error)}`)
    t.equal(error.maxAppendSize, MAX_BYTES)
    t.equal((await append(stream, [fact(filled(MAX_BYTES))], NO_STREAM)).revision, 0)
    t.equal((await stored(stream)).length, 1)
  })

  await t.test('refuses an id that is no UUID and a stream without a name; takes any other name', async (t) => {
    const { append, stored } = await benchOf(t, open)
    await fails(t, append(newStream(), [fact(undefined, 'no-uuid')], NO_STREAM), 'unknown')
    await fails(t, append('', [fact()], NO_STREAM), 'unknown')
    for (const id of ['01998100-0000-7000-8000-000000000001', '01998100-0000-8000-8000-000000000001']) {
      const stream = `/ ? # 患者 ${randomUUID()}`
      await append(stream, [fact(undefined, id)], NO_STREAM)
      t.equal((await stored(stream))[0]?.id, id)
      t.equal((await stored(stream))[0]?.streamId, stream)
    }
  })

  await t.test('goes on at the next revision after a soft delete, and never after a tombstone', async (t) => {
    const { client, append, stored } = await benchOf(t, open)
    const stream = newStream()
    await append(stream, [fact(), fact()], NO_STREAM)
    await client.deleteStream(stream)
    await fails(t, stored(stream), 'stream-not-found')
    t.equal((await append(stream, [fact()], NO_STREAM)).revision, 2)
    const buried = newStream()
    await append(buried, [fact()], NO_STREAM)
    await client.tombstoneStream(buried)
    await fails(t, append(buried, [fact()], NO_STREAM), 'stream-deleted')
  })
}

async function reads(t: Test, open: (t: Test) => Promise<ServerUnderTest>): Promise<void> {
  await t.test('reads a stream from a revision on, that one included, in both directions', async (t) => {
    const { client, append } = await benchOf(t, open)
    const stream = newStream()
    await append(stream, [fact(), fact(), fact()], NO_STREAM)
    const revisions = async (options: object): Promise<readonly number[]> => {
      const found: number[] = []
      for await (const { event } of client.readStream(stream, options)) found.push(Number(event?.revision))
      return found
    }
    t.same(await revisions({ fromRevision: 1n }), [1, 2])
    t.same(await revisions({ fromRevision: 1n, direction: BACKWARDS }), [1, 0])
    t.same(await revisions({ fromRevision: END, direction: BACKWARDS, maxCount: 1 }), [2])
    t.same(await revisions({ fromRevision: 9n }), [])
  })

  await t.test('says that a missing stream is not found, from both ends', async (t) => {
    const { client } = await benchOf(t, open)
    const reading = async (options: object): Promise<void> => {
      for await (const _ of client.readStream(newStream(), options)) t.fail('nothing is there')
    }
    await fails(t, reading({}), 'stream-not-found')
    await fails(t, reading({ fromRevision: END, direction: BACKWARDS }), 'stream-not-found')
  })

  await t.test('reads everything from a position on: included forwards, left out backwards', async (t) => {
    const { client, append } = await benchOf(t, open)
    const stream = newStream()
    await append(stream, [fact(), fact(), fact()], NO_STREAM)
    const positions = await positionsIn(client, stream)
    t.equal(new Set(positions.map(({ commit }) => commit)).size, 3, 'each event of an append has a position of its own')
    const [first, second, third] = positions
    if (!first || !second || !third) throw new Error('three events are stored')
    t.ok(first.commit < second.commit && second.commit < third.commit)
    t.same(await readFrom(client, stream, { fromPosition: second }), [1, 2])
    t.same(await readFrom(client, stream, { fromPosition: second, direction: BACKWARDS, maxCount: 1 }), [0])
    const between = { commit: second.commit + 1n, prepare: second.prepare + 1n }
    await fails(t, readFrom(client, stream, { fromPosition: between }), 'unknown')
    const beyond = { commit: third.commit + 10_000_000n, prepare: third.prepare + 10_000_000n }
    t.same(await readFrom(client, stream, { fromPosition: beyond }), [])
  })

  await t.test('leaves out the event at the position that a subscription starts from', async (t) => {
    const { client, append } = await benchOf(t, open)
    const stream = newStream()
    await append(stream, [fact(), fact(), fact()], NO_STREAM)
    const [first] = await positionsIn(client, stream)
    if (!first) throw new Error('three events are stored')
    const ofAll = client.subscribeToAll({ fromPosition: first, filter: streamNameFilter({ prefixes: [stream] }) })
    t.same(await revisionsOf(ofAll, 2), [1, 2])
    await ofAll.unsubscribe()
    const ofOne = client.subscribeToStream(stream, { fromRevision: 0n })
    t.same(await revisionsOf(ofOne, 2), [1, 2])
    await append(stream, [fact()], 2n)
    t.same(await revisionsOf(ofOne, 1), [3], 'and what comes')
    await ofOne.unsubscribe()
  })

  await t.test('confirms a subscription, and says when it has caught up', async (t) => {
    const { client, append } = await benchOf(t, open)
    const stream = newStream()
    await append(stream, [fact()], NO_STREAM)
    const seen: string[] = []
    const subscription = client.subscribeToStream(stream)
    subscription.on('confirmation', () => seen.push('confirmation'))
    subscription.on('data', () => seen.push('data'))
    await new Promise<void>((resolve) => subscription.on('caughtUp', resolve))
    await subscription.unsubscribe()
    t.same(seen, ['confirmation', 'data'])
  })

  await t.test('gives an event back as it was: JSON in order, no metadata as undefined', async (t) => {
    const { client, append, stored } = await benchOf(t, open)
    const stream = newStream()
    const data = { id: 'fact', z: '患者', a: 0.1, none: null, list: [1, { b: 2 }] }
    const one = fact(data)
    await append(stream, [one], NO_STREAM)
    const [event] = await stored(stream)
    t.equal(JSON.stringify(event?.data), JSON.stringify(data))
    t.equal(event?.metadata, undefined)
    t.equal(event?.isJson, true)
    t.equal(event?.type, 'Fact')
    t.equal(event?.revision, 0n)
    t.ok(event?.created instanceof Date)
    for await (const { event } of client.readAll({ maxCount: 1 }))
      t.match(event?.streamId, /^\$/, 'everything begins with an event of the system')
  })
}

interface Position {
  readonly commit: bigint
  readonly prepare: bigint
}

async function positionsIn(client: EventStoreDBClient, stream: string): Promise<readonly Position[]> {
  const positions: Position[] = []
  for await (const { event } of client.readAll()) if (event?.streamId === stream) positions.push(event.position)
  return positions
}

async function readFrom(client: EventStoreDBClient, stream: string, options: object): Promise<readonly number[]> {
  const revisions: number[] = []
  for await (const { event } of client.readAll(options))
    if (event?.streamId === stream) revisions.push(Number(event.revision))
  return revisions
}

async function revisionsOf(
  events: AsyncIterable<{ readonly event?: { readonly revision: bigint } | undefined }>,
  count: number,
): Promise<readonly number[]> {
  const revisions: number[] = []
  const reading = events[Symbol.asyncIterator]()
  while (revisions.length < count) {
    const { value } = await reading.next()
    if (value?.event) revisions.push(Number(value.event.revision))
  }
  return revisions
}
