/**
 * A compile that is killed with -9 at random points, quarter after quarter: the next one ends it with the bytes of one that was
 * never killed.
 */
import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import type { Role, StoredEvent } from '../../src/domain/event.js'
import { digestOf } from '../../src/feeds/document.js'
import { type Follow, openHub, type RunningHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { MINUTE } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { createLogger, personalMembers } from '../../src/kernel/logger.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { loggedIn } from '../fixtures/log-file.js'
import { tempDirectory } from '../fixtures/store.js'

t.setTimeout(5 * MINUTE)

const PASSPHRASE = 'a test'
const KILLS = 20
const STATIONS = 4
const PEOPLE = 12
const SEED = Number(process.env.KILL_SEED ?? 20260401)
const IN_Q1 = Date.parse('2026-03-20T09:00:00+08:00')
/** One in so many compiles in threads. */
const THREADED = 5
/** The morning of the day on which a quarter closes by itself: 0 is the first of 2026. */
const closing = (quarter: number): number => Date.UTC(2026, 3 + quarter * 3, 8, 1)

t.test(
  'killed at twenty random points, every document is released once, with the bytes of a compile that was never killed',
  async (t) => {
    const directory = tempDirectory(t)
    const [dataDir, twinDir] = [join(directory, 'killed'), join(directory, 'twin')]
    await prepare(dataDir)
    // The first quarter makes the agencies' keys, and tells how many points there are.
    const points = (await compileIn(dataDir, closing(0))) ?? 0
    cpSync(dataDir, twinDir, { recursive: true })
    const random = randomFrom(SEED)
    const killedAt: number[] = []
    const mornings: number[] = []

    while (killedAt.length < KILLS) {
      const point = 1 + Math.floor(random() * points)
      const way = mornings.length % THREADED === 0 ? 'threads' : 'here'
      mornings.push(closing(mornings.length + 1))
      if ((await compileIn(dataDir, mornings.at(-1) ?? 0, { point, way })) === undefined) killedAt.push(point)
    }
    mornings.push(closing(mornings.length + 1))
    t.ok(await compileIn(dataDir, mornings.at(-1) ?? 0), `killed at ${killedAt.join(', ')} of ${points} (seed ${SEED})`)
    await compileHere(twinDir, mornings)

    const [events, twins] = [await loggedIn(dataDir), await loggedIn(twinDir)]
    const released = releasesAmong(events)
    t.equal(new Set(released.map(({ stream }) => stream)).size, released.length, 'none is released twice')
    t.ok(released.length > mornings.length * (STATIONS + 1))
    const said = released.map(({ data }) => saidOf(data)).sort()
    t.same(
      said,
      releasesAmong(twins)
        .map(({ data }) => saidOf(data))
        .sort(),
      'the same documents, to the byte',
    )
    await eachIsSentOnce(t, dataDir, mornings.at(-1) ?? 0, released)
  },
)

function open(dataDir: string, morning: number, follow?: Follow, calendar = drivenClock(morning)): Promise<RunningHub> {
  return openHub({
    config: loadConfig({ file: { dataDir, simulated: true, logLevel: 'error' } }),
    logger: createLogger({ level: 'error', redact: personalMembers(CATALOGUE.values()) }),
    passphrase: PASSPHRASE,
    init: true,
    calendar,
    ...(follow ? { follow } : {}),
  })
}

const operatorOf = ({ logId }: RunningHub): Principal => ({
  agency: operatorAgencyId(logId),
  role: 'HUB',
  client: 'test',
  isOperator: true,
})
const townshipOf = (station: number): string => `99990100${station + 1}`

/** Stations, an office and a health centre, each station with a mailbox, and people at every level. */
async function prepare(dataDir: string): Promise<void> {
  const hub = await open(dataDir, IN_Q1, 'reading')
  const operator = operatorOf(hub)
  const enrol = async (role: Role, areas: readonly string[]): Promise<string> => {
    const { agencyId: agency } = await hub.administration.enrolAgency(operator, { role, name: '测试', phone: '0000-1' })
    await hub.administration.assignAreas(operator, [{ agency, areas: [...areas], from: '2020-01-01' }])
    await hub.administration.goLive(operator, agency, '2020-01-01')
    return agency
  }
  const centre = await enrol('CHC', ['999901'])
  const owed: (readonly [agency: string, role: Role, feed: string])[] = [
    [await enrol('PL', ['999901']), 'PL', 'political-legal-quarterly'],
  ]
  for (let i = 0; i < STATIONS; i++) owed.push([await enrol('POLICE', [townshipOf(i)]), 'POLICE', 'police-quarterly'])
  for (const [agency, role, feed] of owed) {
    const draft = { alerts: false, feeds: [feed], channel: 'mailbox' } as const
    await hub.subscriptions.open({ agency, role, client: 'test', person: 'staff-1', isOperator: false }, draft)
  }
  const doctor: Principal = { agency: centre, role: 'CHC', client: 'test', person: 'staff-1', isOperator: false }
  for (let i = 0; i < PEOPLE; i++) await recordSomebody(hub, doctor, i)
  await hub.stop()
}

async function recordSomebody(hub: RunningHub, by: Principal, i: number): Promise<void> {
  const identity = { name: `测试${i}`, idType: '1', status: 'UNKNOWN', sex: '1' }
  const address = { text: `测试路${i}号` }
  const registration = {
    ...{ identity, householdAddress: address, presentAddress: address },
    ...{ householdTownship: townshipOf(0), presentTownship: townshipOf(i % STATIONS), responsibleUnit: by.agency },
    ...{ registrationBasis: 'SIX_DISEASES', programme: 'COMMUNITY_MANAGEMENT', householdType: 2, economicStatus: 3 },
  }
  const registered = await hub.recorder.record(by, {
    events: [{ id: uuidv7(IN_Q1 + i), type: 'PatientRegistered', occurredAt: '2026-01-05', data: registration }],
  })
  if (registered.kind === 'held') throw new Error('killed-compile: held')
  const patientId = (registered.receipts[0]?.stream ?? '').slice('patient-'.length)
  const level = i % 6
  const risk = {
    ...{ level, assessedAt: '2026-03-19', evidence: level === 0 ? ['NONE'] : [] },
    targets: level === 0 ? 'NONE' : 'PROPERTY',
  }
  await hub.recorder.record(by, {
    patientId,
    events: [{ id: uuidv7(IN_Q1 + 1000 + i), type: 'RiskAssessed', data: risk }],
  })
}

interface Kill {
  readonly point: number
  readonly way: 'threads' | 'here'
}

/** @returns how many points it came by, or undefined where it was killed */
async function compileIn(dataDir: string, morning: number, kill?: Kill): Promise<number | undefined> {
  const file = new URL('compile-process.js', import.meta.url).pathname
  const given = [file, dataDir, String(morning), PASSPHRASE, kill?.way ?? 'here', ...(kill ? [String(kill.point)] : [])]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, given)
    return (JSON.parse(stdout) as { points: number }).points
  } catch (error) {
    if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return undefined
    throw error
  }
}

/** One quarter after the other, and nothing dies. */
async function compileHere(dataDir: string, mornings: readonly number[]): Promise<void> {
  const calendar = drivenClock(closing(0))
  const hub = await open(dataDir, closing(0), 'closing', calendar)
  for (const morning of mornings) {
    calendar.advanceTo(morning)
    hub.feeds.tick()
    await hub.feeds.idle()
  }
  await hub.stop()
}

const releasesAmong = (events: readonly StoredEvent[]): readonly StoredEvent[] =>
  events.filter(({ type }) => type === 'FeedReleased')

function saidOf({ feed, period, agency, rows, root, documentDigest }: StoredEvent['data']): string {
  return canonicalJson({ feed, period, agency, rows, root, documentDigest })
}

/** What is handed out has the released digest, and each mailbox holds one message for each document, also after another start. */
async function eachIsSentOnce(
  t: Test,
  dataDir: string,
  morning: number,
  released: readonly StoredEvent[],
): Promise<void> {
  for (const start of ['first', 'second']) {
    const hub = await open(dataDir, morning)
    await hub.dispatcher.idle()
    for (const { data } of start === 'first' ? released : []) {
      const [feed, period, agency] = [data.feed, data.period, data.agency].map(String)
      const { bytes } = await hub.feeds.document(feed ?? '', period ?? '', agency ?? '')
      if (digestOf(bytes) !== data.documentDigest) t.fail(`${feed} ${period} ${agency} is handed out otherwise`)
    }
    await hub.stop()
    const causes = (await loggedIn(dataDir)).flatMap(({ type, data }) =>
      type === 'MessageQueued' && data.kind === 'document' ? [canonicalJson(data.cause)] : [],
    )
    t.equal(causes.length, released.length, `one message for each document, after the ${start} start`)
    t.equal(new Set(causes).size, released.length)
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
