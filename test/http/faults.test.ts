import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { MINUTE } from '../../src/kernel/dates.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { NO_SMALL_DISK, onSmallDisk } from '../fixtures/small-disk.js'
import { tempDirectory } from '../fixtures/store.js'
import type { FullHubReport } from './full-hub.js'
import type { FullSpoolReport } from './full-spool.js'
import { openRealHub, START_MS } from './real-hub.js'

const FULL_HUB = fileURLToPath(new URL('./full-hub.js', import.meta.url))
const FULL_SPOOL = fileURLToPath(new URL('./full-spool.js', import.meta.url))

t.test('records nothing while the vault is gone, says so, and goes on when it is back', async (t) => {
  const { call, dataDir, enrol, register } = await openRealHub(t)
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const file = join(dataDir, VAULT_FILE)
  renameSync(file, `${file}.away`)

  const refused = await call(doctor, 'POST', '/v1/events', exampleBody('PatientRegistered'))
  const readiness = await call(undefined, 'GET', '/readyz')
  renameSync(`${file}.away`, file)

  t.match(refused.json, { status: 503, code: 'HUB_VAULT_AWAY' })
  t.notOk('detail' in refused.json, 'the text of a 5xx stays inside')
  t.equal(readiness.status, 503)
  t.match(
    readiness.json.checks.filter(({ isOk }: { isOk: boolean }) => !isOk),
    [{ name: 'vault' }],
  )
  t.ok(await register(doctor))
  t.equal((await call(undefined, 'GET', '/readyz')).status, 200)
})

t.test(
  'says that it is read-only on a full disk, wherever it is asked, and no longer once there is space',
  async (t) => {
    const report = onSmallDisk<FullHubReport>(tempDirectory(t), 24, FULL_HUB)
    if (!report) {
      t.pass('a full disk', { skip: NO_SMALL_DISK })
      return
    }

    const fine = { posted: 201, code: '', readyz: 200, unmet: [], gauge: 'lianhu_read_only 0' }
    t.same(report.before, fine)
    t.same(report.full, {
      posted: 503,
      code: 'HUB_READ_ONLY',
      readyz: 503,
      unmet: ['writable'],
      gauge: 'lianhu_read_only 1',
    })
    t.same(report.after, fine)
  },
)

t.test('a full disk while documents are spooled: an alarm, nothing released, and it goes on by itself', async (t) => {
  const dataDir = join(tempDirectory(t), 'data')
  const spool = join(dataDir, 'spool')
  mkdirSync(spool, { recursive: true })
  const report = onSmallDisk<FullSpoolReport>(spool, 1, FULL_SPOOL, dataDir)
  if (!report) {
    t.pass('a full disk', { skip: NO_SMALL_DISK })
    return
  }

  const fine = { document: 200, code: '', releases: 1, readyz: 200, failing: '' }
  const failing = 'lianhu_feed_failing{code="HUB_DISK_FULL"} 1'
  t.same(report.full, { ...fine, document: 404, code: 'HUB_NOT_FOUND', releases: 0, failing })
  t.same(report.said, ['HUB_DISK_FULL'])
  t.same(report.after, fine)
  t.same(report.lost, { ...fine, document: 503, code: 'HUB_DISK_FULL' }, 'a spool that is lost while the disk is full')
  t.same(report.found, fine)
})

t.test('records with a clock a little behind, not with one far behind', async (t) => {
  let behindMs = 0
  const { call, enrol, register } = await openRealHub(t, {}, { now: () => START_MS - behindMs })
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const patientId = await register(doctor)
  const assess = (day: string) =>
    call(doctor, 'POST', '/v1/events', { patientId, ...exampleBody('RiskAssessed', { assessedAt: day }) })

  behindMs = 9 * MINUTE
  const little = await assess('2026-03-01')
  const doubted = await call(undefined, 'GET', '/readyz')
  behindMs = 11 * MINUTE
  const far = await assess('2026-03-02')
  behindMs = 0
  const right = await assess('2026-03-02')

  t.equal(little.status, 201)
  t.equal(little.json.receipts[0].recordedAt, '2026-04-20T09:30:00.000+08:00', 'never before what stands there')
  t.match(
    doubted.json.checks.filter(({ isOk }: { isOk: boolean }) => !isOk),
    [{ name: 'clock' }],
  )
  t.match(far.json, { status: 503, code: 'HUB_CLOCK_BEHIND' })
  t.equal(right.status, 201)
})
