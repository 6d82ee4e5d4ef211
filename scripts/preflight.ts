/**
 * Says what the tests need of this machine, before they run. A server that is missing is installed from Debian where this may be
 * done (as root, with apt-get); what is missing then is named and left out. Only what nothing works without ends with an error.
 */
import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { findPostgres, postgresVersion } from '../test/fixtures/postgres-server.js'
import { redisServerVersion } from '../test/fixtures/redis-server.js'

interface Need {
  readonly name: string
  readonly isMandatory: boolean
  /** What was found; undefined where it is missing. */
  readonly find: () => Promise<string | undefined>
  readonly without: string
  /** The Debian package that it comes in, where tests run on it. */
  readonly debian?: string
}

const MIB = 1024 * 1024
const SPACE_MIB = 1024
const INSTALL_MS = 180_000
const NONINTERACTIVE = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

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
    debian: 'postgresql',
  },
  {
    name: 'redis-server',
    isMandatory: false,
    find: async () => redisServerVersion(),
    without: 'tests of the jobs that several hubs share are skipped (Debian: redis-server)',
    debian: 'redis-server',
  },
  {
    name: 'wrk',
    isMandatory: false,
    find: async () => (spawnSync('wrk', ['-v']).error ? undefined : 'found'),
    without: 'tests do not need it; benchmarks use autocannon instead (Debian: wrk)',
  },
]

for (const { name, isMandatory, find, without, debian } of NEEDS) {
  const found = (await find()) ?? (debian !== undefined && isInstalled(debian) ? await find() : undefined)
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

/** Installs a package; false where that may not be done, or did not work. */
function isInstalled(debian: string): boolean {
  if (process.getuid?.() !== 0) return false
  console.log(`${debian}: missing, is installed from Debian …`)
  const run = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', args, { stdio: 'ignore', timeout: INSTALL_MS, env: NONINTERACTIVE }).status === 0
  return run('update') && run('install', '-y', '--no-install-recommends', debian)
}

function freeMiB(): number {
  const { bavail, bsize } = statfsSync(tmpdir())
  return Math.floor((bavail * bsize) / MIB)
}
