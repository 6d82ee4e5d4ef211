/** Which store a configuration names: files of this hub's own, or what the hubs of a cluster share. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterAddresses, openClusterStore } from './cluster-store.js'
import type { Config } from './config.js'
import type { Clock } from './kernel/clock.js'
import { HubError } from './kernel/errors.js'
import { REPLICA_FILE } from './log/replica-schema.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import { openStore, type Store } from './store.js'

export interface StoreOptions {
  readonly master: Uint8Array
  readonly wall: Clock
  readonly onReconnect?: (reason: string) => void
}

export function openStoreOf(config: Config, { master, wall, onReconnect }: StoreOptions): Promise<Store> {
  const { dataDir } = config
  const addresses = clusterAddressesOf(config)
  if (!addresses) return openStore(dataDir, master, wall)
  return openClusterStore({ dataDir, master, wall, addresses, ...(onReconnect && { onReconnect }) })
}

/** Where the hubs of a cluster find what they share; undefined for a hub of its own. @throws HUB_CONFIG */
export function clusterAddressesOf(config: Config): ClusterAddresses | undefined {
  const [eventStore, postgres] = [config.eventStore.url, config.postgres.url]
  if (eventStore === undefined || postgres === undefined) return undefined
  const password = secretIn('postgres.passwordFile', config.postgres.passwordFile)
  return {
    eventStore: { url: eventStore, ...credentialsIn(config.eventStore.credentialsFile) },
    postgres: { url: postgres, ...(password === undefined ? {} : { password }) },
  }
}

/** Where this hub finds the events of its log, in log order. */
export function logFileOf(config: Pick<Config, 'dataDir' | 'eventStore'>): string {
  return join(config.dataDir, config.eventStore.url === undefined ? LOG_FILE : REPLICA_FILE)
}

export function secretIn(option: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : firstLineOf(option, file)
}

/** The first line of a file that an option names. @throws HUB_CONFIG */
export function firstLineOf(option: string, file: string): string {
  const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/, 1)
  if (line === '')
    throw new HubError('HUB_CONFIG', `${option}: expected a secret on the first line of ${file}, got nothing`)
  return line
}

function credentialsIn(file: string | undefined): {
  readonly credentials?: { readonly username: string; readonly password: string }
} {
  const line = secretIn('eventStore.credentialsFile', file)
  if (line === undefined) return {}
  const colon = line.indexOf(':')
  if (colon < 1) {
    throw new HubError('HUB_CONFIG', `eventStore.credentialsFile: expected user:password on the first line of ${file}`)
  }
  return { credentials: { username: line.slice(0, colon), password: line.slice(colon + 1) } }
}
