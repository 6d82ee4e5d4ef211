/**
 * What a deployment consists of, as texts, and `docker-compose.yml` read by a strict schema: a key that is not meant to be there is
 * refused. Nothing is run.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { REPOSITORY, readRepositoryFile } from '../fixtures/repository.js'

export interface Deployment {
  /** `deploy/Caddyfile` → its text. */
  readonly files: ReadonlyMap<string, string>
}

/** What is wrong, a sentence each; nothing where all is well. */
export type DeployRule = (deployment: Deployment) => readonly string[]

export const COMPOSE_FILE = 'docker-compose.yml'

const zNames = z.array(z.string())
const zHealthCheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: zNames.min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string(),
  }),
])
const zService = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.literal('.'), dockerfile: z.string() }).optional(),
  profiles: zNames.length(1),
  user: z.string(),
  entrypoint: zNames.optional(),
  command: zNames.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: zNames.default([]),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).default([]),
  volumes: zNames.default([]),
  tmpfs: zNames.default([]),
  networks: zNames.default([]),
  network_mode: z.literal('none').optional(),
  ports: zNames.default([]),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
      }),
    )
    .default({}),
  healthcheck: zHealthCheck,
  restart: z.enum(['unless-stopped', 'no']),
  init: z.literal(true),
  read_only: z.literal(true),
  cap_drop: zNames,
  cap_add: zNames.default([]),
  security_opt: zNames,
  pids_limit: z.number(),
  cpus: z.number(),
  mem_limit: z.string().regex(/^\d+[mg]$/),
  shm_size: z.string().optional(),
  ulimits: z.unknown().optional(),
  stop_grace_period: z.string().optional(),
  stop_signal: z.string().optional(),
  logging: z.strictObject({ driver: z.literal('json-file'), options: z.record(z.string(), z.string()) }),
})
const zFile = z.strictObject({ file: z.string() })
const zCompose = z.object({
  name: z.string(),
  services: z.record(z.string(), zService),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
  configs: z.record(z.string(), zFile),
  secrets: z.record(z.string(), zFile),
})

export type Service = z.infer<typeof zService>
export type Compose = z.infer<typeof zCompose>

/** Every file of the checkout that a deployment reads. */
export function readDeployment(): Deployment {
  const below = readdirSync(join(REPOSITORY, 'deploy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(REPOSITORY.length + 1))
    .filter((path) => !path.startsWith('deploy/secrets/') || /\.(md|gitignore)$/.test(path))
  const paths = [COMPOSE_FILE, 'package.json', 'tsconfig.json', '.gitignore', ...below]
  return { files: new Map(paths.map((path) => [path, readRepositoryFile(path)])) }
}

export function textOf({ files }: Deployment, path: string): string {
  const text = files.get(path)
  if (text === undefined) throw new Error(`textOf: no ${path}`)
  return text
}

/** Throws where it is no compose file of ours. */
export function composeOf(deployment: Deployment): Compose {
  const read: unknown = parse(textOf(deployment, COMPOSE_FILE), { merge: true })
  const known = Object.entries(z.record(z.string(), z.unknown()).parse(read)).filter(([key]) => !key.startsWith('x-'))
  return zCompose.strict().parse(Object.fromEntries(known))
}

/** The syntax, and nothing but keys that are meant to be there. */
export const composeIsRead: DeployRule = (deployment) => {
  try {
    composeOf(deployment)
    return []
  } catch (error) {
    if (!(error instanceof z.ZodError)) return [`${COMPOSE_FILE}: ${String(error)}`]
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
}

export function isOneShot({ restart }: Service): boolean {
  return restart === 'no'
}

/** Services that run this hub's image, by name; `init` is none of them. */
export function hubsOf({ services }: Compose): readonly (readonly [string, Service])[] {
  return Object.entries(services).filter(([, { build, restart }]) => build !== undefined && restart !== 'no')
}

/** `es1-data:/var/lib/eventstore:ro` taken apart. */
export function mountsOf({ volumes }: Service): readonly { readonly volume: string; readonly target: string }[] {
  return volumes.map((mount) => {
    const [volume = '', target = ''] = mount.split(':')
    return { volume, target }
  })
}

/** `${NAME:-default}` becomes its default, as where `.env` says nothing. */
export function withDefaults(text: string): string {
  return text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, '$2')
}

export function isThere(path: string): boolean {
  return existsSync(join(REPOSITORY, path))
}
