/**
 * Says what the tests need of this machine and what is missing, before they run. What is optional is named and left out;
 * only what nothing works without ends with an error.
 */
import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { findPostgres, postgresVersion } from '../test/fixtures/postgres-server.js'

interface Need {
  readonly name: string
  readonly isMandatory: boolean
  /** What was found; undefined where it is missing. */
  readonly find: () => Promise<string | undefined>
  readonly without: string
}

const MIB = 1024 * 1024
const SPACE_MIB = 1024

const NEEDS: readonly Need[] = [
  {
    name: 'better-sqlite3',
    isMandatory: true,
    find: sqliteVersion,
    without: 'run npm ci; building it from source takes python3, make and g++ (Debian: build-essential python3)',
  },
  {
    name: 'temporary files',
    isMandatory: false,
    find: async () => (freeMiB() >= SPACE_MIB ? `${freeMiB()} MiB free` : undefined),
    without: `fewer than ${SPACE_MIB} MiB are free; set TMPDIR to a larger place`,
  },
  {
    name: 'postgres',
    isMandatory: false,
    find: async () => {
      const binaries = findPostgres()
      return binaries && `${postgresVersion(binaries)} in ${binaries}`
    },
    without: 'the vault is not tested on a real PostgreSQL, and those tests are named as skipped (Debian: postgresql)',
  },
  {
    name: 'redis-server',
    isMandatory: false,
    find: async () => redisVersion(),
    without: 'tests of the jobs that several hubs share are skipped (Debian: redis-server)',
  },
  {
    name: 'wrk',
    isMandatory: false,
    find: async () => (spawnSync('wrk', ['-v']).error ? undefined : 'found'),
    without: 'tests do not need it; benchmarks use autocannon instead (Debian: wrk)',
  },
]

for (const { name, isMandatory, find, without } of NEEDS) {
  const found = await find()
  if (found !== undefined) console.log(`${name}: ${found}`)
  else console.log(`${name}: missing${isMandatory ? '' : ', goes on without'}: ${without}`)
  if (found === undefined && isMandatory) process.exitCode = 1
}

async function sqliteVersion(): Promise<string | undefined> {
  try {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(':memory:')
    const version = database.prepare('select sqlite_version()').pluck().get()
    database.close()
    return `SQLite ${version}`
  } catch {
    return undefined
  }
}

function redisVersion(): string | undefined {
  const { error, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  return error ? undefined : (/v=[\d.]+/.exec(stdout)?.[0] ?? 'found')
}

function freeMiB(): number {
  const { bavail, bsize } = statfsSync(tmpdir())
  return Math.floor((bavail * bsize) / MIB)
}
