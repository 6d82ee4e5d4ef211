/**
 * The import table of ARCHITECTURE.md as data: which layer a file belongs to, what each layer may import, and the few
 * exceptions, each with its reason. Whatever is not allowed here is refused.
 */

export const CAPABILITIES = [
  'log',
  'vault',
  'recording',
  'readmodel',
  'feeds',
  'delivery',
  'alerts',
  'account',
  'oneoff',
  'erasure',
  'returns',
  'versions',
  'rehearsal',
] as const

export type Layer =
  | 'kernel'
  | 'domain'
  | 'policy'
  | 'projections'
  | 'kit'
  | (typeof CAPABILITIES)[number]
  | 'config'
  | 'hub'
  | 'http'
  | 'cli'
  | 'main'
  | 'scripts'
  | 'test'

const PURE: readonly Layer[] = ['kernel', 'domain', 'policy', 'projections']
const BELOW_EDGES: readonly Layer[] = [...PURE, ...CAPABILITIES, 'config', 'hub']

/** What a layer may import beside itself. Capabilities also see each other's `port.ts`, types only. */
export const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  kernel: [],
  domain: ['kernel'],
  policy: ['kernel', 'domain'],
  projections: ['kernel', 'domain', 'policy'],
  kit: [],
  log: PURE,
  vault: PURE,
  recording: PURE,
  readmodel: PURE,
  feeds: PURE,
  delivery: PURE,
  alerts: PURE,
  account: PURE,
  oneoff: PURE,
  erasure: PURE,
  returns: PURE,
  versions: PURE,
  rehearsal: [...PURE, 'kit'],
  config: ['kernel', 'domain', 'policy'],
  hub: [...PURE, ...CAPABILITIES, 'config'],
  http: BELOW_EDGES,
  cli: [...BELOW_EDGES, 'http'],
  main: [...BELOW_EDGES, 'http', 'cli'],
  scripts: [...BELOW_EDGES, 'http', 'cli', 'main', 'kit', 'test'],
  test: [...BELOW_EDGES, 'http', 'cli', 'main', 'kit', 'scripts'],
}

export interface ImportException {
  readonly from: RegExp
  readonly to: RegExp
  /** What may be imported as a value; anything where absent. */
  readonly names?: readonly string[]
  readonly reason: string
}

const ANY_CAPABILITY = new RegExp(`^src/(${CAPABILITIES.join('|')})/`)

/** Imports that the table refuses and that stand all the same. */
export const EXCEPTIONS: readonly ImportException[] = [
  {
    from: ANY_CAPABILITY,
    to: /^src\/vault\/sealing\.ts$/,
    reason: 'a pure format: whoever got a key from the vault seals and opens by it',
  },
  {
    from: ANY_CAPABILITY,
    to: /^src\/vault\/port\.ts$/,
    names: ['agencyKeyName', 'webhookSecretName'],
    reason: 'the name of a key is part of the contract',
  },
  {
    from: ANY_CAPABILITY,
    to: /^src\/log\/port\.ts$/,
    names: ['START'],
    reason: 'the position before the first event is part of the contract',
  },
]

/** A package that is a choice, and the files that may know it. */
export const CHOSEN_PACKAGES: Readonly<Record<string, RegExp>> = {
  pg: /^src\/vault\/postgres-/,
  'better-sqlite3':
    /^src\/(log\/sqlite-|vault\/sqlite-|readmodel\/projection-schema\.ts|alerts\/dispatch-state-sqlite\.ts|store\.ts)/,
  '@eventstore/db-client': /^src\/log\/eventstoredb-client\.ts$/,
  fastify: /^src\/http\//,
  commander: /^src\/cli\//,
  'cli-progress': /^src\/cli\//,
  undici: /^src\/delivery\//,
  bullmq: /^src\/delivery\/jobs-bullmq\.ts$/,
  jose: /^src\/delivery\/package-jwe\.ts$/,
  ioredis: /^src\/delivery\/(jobs-bullmq|redis-connection)\.ts$/,
  pino: /^src\/kernel\/logger\.ts$/,
  'prom-client': /^src\/http\/metrics\.ts$/,
  'csv-stringify': /^src\/feeds\//,
  hucre: /^src\/feeds\/xlsx\.ts$/,
  'lru-cache': /^src\//,
  zod: /^src\//,
}

/** Files of pure layers that may touch what their layer may not, with what and why. */
export const IMPURE_FILES: Readonly<Record<string, { readonly may: readonly string[]; readonly reason: string }>> = {
  'src/kernel/clock.ts': { may: ['Date.now'], reason: 'it is the clock' },
  'src/kernel/ids.ts': { may: ['node:crypto'], reason: 'random and time-ordered ids' },
  'src/kernel/hash.ts': { may: ['node:crypto'], reason: 'SHA-256 and HMAC are functions of their input' },
  'src/kernel/logger.ts': { may: ['pino'], reason: 'it writes the log of the process' },
  'src/kernel/lru.ts': { may: ['lru-cache'], reason: 'a memory is nothing outside the process' },
}

export function layerOf(path: string): Layer | undefined {
  const [top, second = '', ...rest] = path.split('/')
  if (top === 'projections' || top === 'kit' || top === 'scripts' || top === 'test') return top
  if (top !== 'src') return undefined
  if (rest.length > 0) return isLayer(second) ? second : undefined
  if (second === 'main.ts') return 'main'
  return second.startsWith('config') ? 'config' : 'hub'
}

function isLayer(name: string): name is Layer {
  return Object.hasOwn(MAY_IMPORT, name)
}
