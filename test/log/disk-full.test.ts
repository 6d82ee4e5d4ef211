import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { NO_SMALL_DISK, onSmallDisk } from '../fixtures/small-disk.js'
import { tempDirectory } from '../fixtures/store.js'
import type { DiskFullReport } from './fill-disk.js'

const SCRIPT = fileURLToPath(new URL('./fill-disk.js', import.meta.url))
const LIMIT_BYTES = 4 * 1024 * 1024

// A store for each test: a busy machine takes its time to open them.
t.setTimeout(5 * 60_000)

t.test('says read-only on a full disk, stores nothing by halves, and goes on when there is space', async (t) => {
  const report = onSmallDisk<DiskFullReport>(tempDirectory(t), 8, SCRIPT, 'filler')
  if (!report) {
    t.pass('a full disk', { skip: NO_SMALL_DISK })
    return
  }

  t.strictSame(new Set(report.refusals), new Set(['HUB_READ_ONLY']), 'a definite refusal')
  t.equal(report.vaultRefusal, 'HUB_VAULT_AWAY', 'no key that is not durable')
  checkReport(t, report)
})

t.test('leaves the outcome open where a write fails otherwise, and settles it by sending it again', async (t) => {
  const report = underLimit(tempDirectory(t))
  if (!report) {
    t.pass('a failing write', { skip: 'no prlimit here: NOT tested' })
    return
  }

  t.strictSame(new Set(report.refusals), new Set(['HUB_OUTCOME_UNKNOWN']))
  checkReport(t, report)
})

function checkReport(t: Test, report: DiskFullReport): void {
  const { acknowledged, refusedIds } = report
  t.ok(acknowledged.length > 20, `${acknowledged.length} events fitted`)
  t.strictSame(report.seenWhenFull, acknowledged, 'what was acknowledged is there, and nothing else')
  t.equal(report.resent, 'stored', 'the same bytes, sent again')
  t.strictSame(report.seenAfterwards, [...acknowledged, ...refusedIds])
  t.strictSame(report.seenAfterRestart, [...acknowledged, ...refusedIds])
  t.ok(report.isVaultBack)
}

/** Runs the script with a limit on the size of a file, which it lifts itself; undefined where it cannot be set. */
function underLimit(directory: string): DiskFullReport | undefined {
  const limited = [`--fsize=${LIMIT_BYTES}:`, process.execPath, SCRIPT, directory, 'limit']
  const { status, signal, stdout, stderr, error } = spawnSync('prlimit', limited, { encoding: 'utf8' })
  if (status === 0) return JSON.parse(stdout) as DiskFullReport
  if (error === undefined && !stderr.startsWith('prlimit:')) {
    throw new Error(`fill-disk ended with ${status ?? signal}: ${stderr}`)
  }
  return undefined
}
