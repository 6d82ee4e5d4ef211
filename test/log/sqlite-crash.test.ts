import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { wallClock } from '../../src/kernel/clock.js'
import { isHubError } from '../../src/kernel/errors.js'
import { START } from '../../src/log/port.js'
import { openStore, type Store } from '../../src/store.js'
import { collect } from '../contract/log-events.js'
import { TEST_MASTER, tempDirectory } from '../fixtures/store.js'

const SCRIPT = fileURLToPath(new URL('./append-until-killed.js', import.meta.url))
/** Acknowledgements seen before the kill: before the first, in the middle of a batch, after many. */
const KILL_AFTER = [0, 7, 64, 1, 150, 300]
/** Eight writers with at most three events each may be stored and not yet acknowledged. */
const IN_FLIGHT = 24

// A store for each test: a busy machine takes its time to open them.
t.setTimeout(5 * 60_000)

t.test('keeps every acknowledged event once, group and key with it, through kill -9 after kill -9', async (t) => {
  const dataDir = tempDirectory(t)
  const acknowledged = new Set<string>()

  for (const [round, count] of KILL_AFTER.entries()) {
    const child = spawnAppender(t, dataDir)
    const lines = await linesUntil(child, count + 1, () => child.kill('SIGKILL'))
    t.equal(lines[0], 'open', `round ${round}: opens the directory that the killed one left`)
    for (const line of lines.slice(1)) acknowledged.add(line.slice('ack '.length))

    const store = await openStore(dataDir, TEST_MASTER, wallClock)
    const events = (await collect(store.log.readAll(START))).map(({ event }) => event)
    checkEvents(t, events, acknowledged, (round + 1) * IN_FLIGHT)
    await checkKeys(t, store, events)
    await store.close()
  }

  t.ok(acknowledged.size >= KILL_AFTER.reduce((sum, count) => sum + count), 'the children did append')
})

t.test('locks the data directory against a second hub, and lets go of it after kill -9', async (t) => {
  const dataDir = tempDirectory(t)
  const child = spawnAppender(t, dataDir)
  let refusal: unknown

  await linesUntil(child, 2, async () => {
    refusal = await openStore(dataDir, TEST_MASTER, wallClock).catch((error: unknown) => error)
    child.kill('SIGKILL')
  })
  const store = await openStore(dataDir, TEST_MASTER, wallClock)
  t.teardown(() => store.close())

  t.ok(isHubError(refusal, 'HUB_DATA_LOCKED'))
  t.not(await store.log.head(), START, 'opened, with what the killed one stored')
})

function spawnAppender(t: Test, dataDir: string): ChildProcess {
  const child = spawn(process.execPath, [SCRIPT, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Every whole line that a process wrote until its end; `enough` is called once, when there are so many. */
async function linesUntil(child: ChildProcess, count: number, enough: () => void): Promise<readonly string[]> {
  if (!child.stdout) throw new Error('linesUntil: the child has no output')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) enough()
  }
  return lines
}

function checkEvents(
  t: Test,
  events: readonly StoredEvent[],
  acknowledged: ReadonlySet<string>,
  mostUnacknowledged: number,
): void {
  const found = new Map<string, number>()
  const nextOf = new Map<string, number>()
  const places: unknown[] = []
  for (const { stream, revision, id, data } of events) {
    const key = `${stream} ${revision} ${id}`
    found.set(key, (found.get(key) ?? 0) + 1)
    if (revision !== (nextOf.get(stream) ?? 0)) t.fail(`${stream} has a gap before ${revision}`)
    nextOf.set(stream, revision + 1)
    places.push(data)
  }
  t.strictSame(
    [...acknowledged].filter((key) => found.get(key) !== 1),
    [],
    `${acknowledged.size} acknowledged events are there once`,
  )
  t.equal(found.size, events.length, 'no event is there twice')
  t.ok(events.length - acknowledged.size <= mostUnacknowledged, 'nothing else but what was under way')
  t.strictSame(places, wholeGroups(places), 'every group is whole, its events next to each other')
}

/** What the places must be: after `{place: 0, of: n}` the rest of its group. */
function wholeGroups(places: readonly unknown[]): readonly unknown[] {
  const whole: { place: number; of: number }[] = []
  for (let at = 0; at < places.length; ) {
    const { of } = places[at] as { of: number }
    for (let place = 0; place < of; place++) whole.push({ place, of })
    at += of
  }
  return whole
}

async function checkKeys(t: Test, store: Store, events: readonly StoredEvent[]): Promise<void> {
  const kids = events.flatMap(({ sealed }) => sealed.map(({ kid }) => kid))
  const keys = await store.vault.keysById(kids)
  t.equal(keys.size, events.length, 'no event without the key that it was sealed with')
}
