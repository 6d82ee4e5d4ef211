/**
 * `eventstoredb.append` and `eventstoredb.read`: the adapter against the bare client making the same calls in the same run, with
 * a warm tail. On a double in a process of its own, and on the server that `EVENTSTOREDB_URL` names.
 */
import { randomUUID } from 'node:crypto'
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import type { NewEvent } from '../../src/domain/event.js'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog } from '../../src/log/eventstoredb-log.js'
import { START } from '../../src/log/port.js'
import { newEvent } from '../../test/contract/log-events.js'
import { forkEventStoreDouble } from '../../test/fixtures/eventstoredb/double-process.js'
import { type Figure, figure, median, say } from './measure.js'

const RUNS = 5
const WRITERS = 8
const APPENDS = 2000
const OVERHEAD_TARGET = 1.15
const PER_STREAM = 25

interface Server {
  readonly name: string
  readonly url: string
  close(): Promise<void>
}

export async function eventStoreDb(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const server of await servers()) {
    try {
      figures.push(...(await measureOn(server)))
    } finally {
      await server.close()
    }
  }
  return figures
}

async function servers(): Promise<readonly Server[]> {
  const double = await forkEventStoreDouble()
  const named = process.env.EVENTSTOREDB_URL
  return [
    { name: 'a double', url: double.url, close: double.close },
    ...(named === undefined ? [] : [{ name: 'a real server', url: named, close: async () => {} }]),
  ]
}

async function measureOn({ name, url }: Server): Promise<readonly Figure[]> {
  const bare = EventStoreDBClient.connectionString(url)
  const log = createEventStoreLog(await openEventStoreClient({ url }))
  const credentials = { username: 'bench', password: 'bench' }
  const appendBare = async (stream: string, event: NewEvent, at: number): Promise<void> => {
    await bare.appendToStream(stream, [jsonEvent({ id: event.id, type: event.type, data: { ...event } })], {
      expectedRevision: at === 0 ? NO_STREAM : BigInt(at - 1),
      credentials,
      requiresLeader: true,
    })
  }
  const appendOurs = async (stream: string, event: NewEvent, at: number): Promise<void> => {
    await log.append(stream, [event], at === 0 ? 'new' : { revision: at - 1 })
  }
  const readBare = async (): Promise<number> => {
    let seen = 0
    for await (const { event } of bare.readAll()) if (event && !event.streamId.startsWith('$')) seen++
    return seen
  }
  const readOurs = async (): Promise<number> => {
    let seen = 0
    for await (const _ of log.readAll(START)) seen++
    return seen
  }
  await appendAll(appendBare)
  await appendAll(appendOurs)
  const [ours, theirs, reading, readingBare]: number[][] = [[], [], [], []]
  for (let run = 0; run < RUNS; run++) {
    theirs?.push(await appendAll(appendBare))
    ours?.push(await appendAll(appendOurs))
    readingBare?.push(await rate(readBare))
    reading?.push(await rate(readOurs))
    say(`  ${name} ${run + 1}/${RUNS}: append ${Math.round(ours?.at(-1) ?? 0)} of ${Math.round(theirs?.at(-1) ?? 0)}/s`)
  }
  await log.close()
  await bare.dispose()
  const note = `on ${name}, ${WRITERS} at once, single events of ${JSON.stringify(newEvent()).length} bytes`
  return [
    overhead('eventstoredb.append', median(ours ?? []), median(theirs ?? []), note),
    overhead('eventstoredb.read', median(reading ?? []), median(readingBare ?? []), `on ${name}, all events in order`),
  ]
}

function overhead(name: string, ours: number, bare: number, note: string): Figure {
  return figure(
    name,
    {
      value: 1 / ours,
      unit: 's an event',
      baseline: 1 / bare,
      note: `${note}; ${Math.round(ours)} of ${Math.round(bare)}/s`,
    },
    { atMost: OVERHEAD_TARGET },
  )
}

/** Events a second: each writer fills one stream after the other, so that all but the first append meet a warm tail. */
async function appendAll(append: (stream: string, event: NewEvent, at: number) => Promise<void>): Promise<number> {
  const started = performance.now()
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      let stream = ''
      for (let i = 0; i < APPENDS / WRITERS; i++) {
        const at = i % PER_STREAM
        if (at === 0) stream = `patient-${randomUUID()}`
        await append(stream, newEvent(), at)
      }
    }),
  )
  return APPENDS / ((performance.now() - started) / 1000)
}

async function rate(read: () => Promise<number>): Promise<number> {
  const started = performance.now()
  const events = await read()
  return events / ((performance.now() - started) / 1000)
}
