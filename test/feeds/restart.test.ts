import fs, { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { patientRecord } from '../../projections/patient-record.js'
import { documentStream } from '../../src/domain/streams.js'
import type { FeedsDeps } from '../../src/feeds/feeds-deps.js'
import { internalDocumentId } from '../../src/feeds/recipient-ids.js'
import { FIRST_VERSIONS } from '../../src/hub-versions.js'
import { MINUTE } from '../../src/kernel/dates.js'
import { HubError } from '../../src/kernel/errors.js'
import { eventsOf } from '../fixtures/recording.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { type County, driveTo, LOG_ID, openCounty, Q1, STATION_1, STATION_2, STATION_3 } from './county.js'

/** Each case opens a county of its own; on a busy machine they add up to more than the runner's half minute. */
t.setTimeout(3 * MINUTE)

const POLICE = 'police-quarterly'
const NAMES = { [STATION_1]: 'station-1', [STATION_2]: 'station-2', [STATION_3]: 'station-3' }
const CLOSING = '2026-04-08T00:00:00+08:00'

/** What a step does when it is made to fail: before its effect, or after it. */
type Fault = 'failed, not persisted' | 'failed, but persisted'

function failing<A extends readonly unknown[], R>(
  act: (...args: A) => Promise<R>,
  fault: Fault,
  shouldFail: (...args: A) => boolean,
): (...args: A) => Promise<R> {
  return async (...args) => {
    if (!shouldFail(...args)) return act(...args)
    if (fault === 'failed, but persisted') await act(...args)
    throw new HubError('HUB_OUTCOME_UNKNOWN', 'killed here')
  }
}

/** Counts calls and is true from the n-th on: after a kill nothing succeeds any more. */
function fromCall(n: number): () => boolean {
  let calls = 0
  return () => ++calls >= n
}

const STEPS: Readonly<Record<string, (deps: FeedsDeps, fault: Fault) => Partial<FeedsDeps>>> = {
  'while closing': (deps, fault) => ({
    recorder: { ...deps.recorder, appendAt: failing(deps.recorder.appendAt, fault, fromCall(1)) },
  }),
  'while fetching keys for the compile': (deps, fault) => ({
    vault: { ...deps.vault, keysById: failing(deps.vault.keysById, fault, fromCall(1)) },
  }),
  // Two closings, then the first release.
  'at the first release': (deps, fault) => ({
    recorder: { ...deps.recorder, appendAt: failing(deps.recorder.appendAt, fault, fromCall(3)) },
  }),
  'between two releases': (deps, fault) => ({
    recorder: { ...deps.recorder, appendAt: failing(deps.recorder.appendAt, fault, fromCall(4)) },
  }),
  'while dropping the cut': (deps, fault) => ({
    readModels: { ...deps.readModels, dropCut: failing(deps.readModels.dropCut, fault, fromCall(1)) },
  }),
}

async function isWhole(t: Test, county: County): Promise<void> {
  for (const [agency, name] of Object.entries(NAMES)) {
    const released = await eventsOf(county.store.log, documentStream(internalDocumentId(LOG_ID, POLICE, Q1, agency)))
    t.equal(released.length, 1, `${name} is released once`)
    const { bytes } = await county.feeds.document(POLICE, Q1, agency)
    t.equal(bytes.toString(), readFileSync(join(REPOSITORY, 'test/feeds/golden', `${name}.ndjson`)).toString(), name)
  }
  t.same(county.readModels.reader(patientRecord).openCuts(), [], 'no cut stays open')
  t.equal((await county.feeds.periods(POLICE)).find(({ period }) => period === Q1)?.state, 'RELEASED')
  t.ok((await county.feeds.recompute(POLICE, Q1)).isEqual)
}

for (const [step, breaking] of Object.entries(STEPS)) {
  for (const fault of ['failed, not persisted', 'failed, but persisted'] as const) {
    t.test(`killed ${step} (${fault}), the next start ends it with the same bytes`, async (t) => {
      const county = await openCounty(t, { versions: FIRST_VERSIONS })
      const errors: unknown[] = []
      const dying = county.feedsAgain({ ...breaking(county.deps, fault), onError: (error) => errors.push(error) })
      await t.rejects(driveTo(county, CLOSING, dying))
      await dying.stop()
      t.ok(errors.length > 0)

      await driveTo(county, CLOSING)

      await isWhole(t, county)
    })
  }
}

/** A file system double: from the n-th write into a spool on there is no room, until it is told otherwise. */
function withoutRoom(t: Test): (n: number) => void {
  const { openSync } = fs
  let left = Number.POSITIVE_INFINITY
  // Whatever writes a file whole opens it here first.
  fs.openSync = (...args: Parameters<typeof openSync>) => {
    if (args[1] === 'w' && String(args[0]).includes('/spool/') && --left <= 0) {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    }
    return openSync(...args)
  }
  syncBuiltinESMExports()
  t.teardown(() => {
    fs.openSync = openSync
    syncBuiltinESMExports()
  })
  return (n) => {
    left = n
  }
}

t.test('a disk that is full at each write in turn: nothing half released, and the same bytes in the end', async (t) => {
  const county = await openCounty(t, { versions: FIRST_VERSIONS })
  const failAt = withoutRoom(t)
  const releasedOf = async (feed: string): Promise<number> =>
    (await county.feeds.periods(feed)).find(({ period }) => period === Q1)?.documents.length ?? 0
  const seen: number[] = []
  failAt(1)
  await t.rejects(driveTo(county, CLOSING), { code: 'HUB_DISK_FULL' })

  for (let attempt = 2; ; attempt++) {
    seen.push(await releasedOf(POLICE))
    failAt(attempt)
    county.feeds.tick()
    const isDone = await county.feeds.idle().then(
      () => true,
      () => false,
    )
    if (isDone) break
  }

  t.same(seen, [0, 0, 0, 0, 3], 'the police documents leave together, once all of them and their account lie there')
  await isWhole(t, county)
})

t.test('working again on a period that is out changes nothing', async (t) => {
  const county = await openCounty(t, { versions: FIRST_VERSIONS })
  await driveTo(county, CLOSING)
  const events = await county.store.log.head()

  for (let i = 0; i < 3; i++) {
    county.feeds.tick()
    await county.feeds.idle()
  }
  await driveTo(county, CLOSING, county.feedsAgain())

  t.equal(await county.store.log.head(), events)
})
