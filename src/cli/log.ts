/** `lianhu log copy`: moves a hub's own log and vault into the event store and the PostgreSQL that hubs share. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config.js'
import { copyLog, type LogCopied } from '../copy-log.js'
import { MASTER_KEY_FILE, readPassphrase } from '../hub-core.js'
import { HubError } from '../kernel/errors.js'
import { openEventStoreClient } from '../log/eventstoredb-client.js'
import { createEventStoreLog } from '../log/eventstoredb-log.js'
import { openSqliteLogReader } from '../log/sqlite-reader.js'
import { LOG_FILE } from '../log/sqlite-schema.js'
import { lockDataDirectory } from '../store.js'
import { clusterAddressesOf } from '../store-of.js'
import { openMasterKeyFile } from '../vault/master-key.js'
import { importVault, type VaultMoved } from '../vault/postgres-import.js'
import { openVaultRows } from '../vault/sqlite-vault-rows.js'
import { VAULT_FILE } from '../vault/sqlite-vault-writer.js'
import { type CommandLine, FAILED, OK, runCommand, tell, UsageError } from './command-line.js'
import { configOf, STORE_OPTIONS, withConfigFlags } from './config-flags.js'
import { createProgress } from './progress.js'

/** What tells where the hubs' shared servers are. */
const TARGET_OPTIONS: readonly string[] = [
  ...STORE_OPTIONS,
  'eventStore.url',
  'eventStore.credentialsFile',
  'postgres.url',
  'postgres.passwordFile',
  'redis.url',
  'redis.passwordFile',
]

export function registerLog(program: Command, line: CommandLine): void {
  const log = program.command('log').description('日志 · the log as a whole')
  const copy = log
    .command('copy')
    .requiredOption('--from <directory>', 'data directory of the hub that is moved; it must be stopped')
    .option('--json', 'answer as JSON')
    .description(
      '迁移 · copy log and vault of one hub into what the hubs of a cluster share; equal roots say it is whole',
    )
  withConfigFlags(copy, TARGET_OPTIONS).action(async (flags: Readonly<Record<string, unknown>>) => {
    const isJson = flags.json === true
    await runCommand(line, isJson, async () => {
      const moved = await move(configOf(flags, line), String(flags.from), line)
      const isEqual = moved.root === moved.copiedRoot
      tell(line, isJson, { ...moved, isEqual }, () => [
        `日志 ${moved.events} 条，其中新写入 ${moved.appended} 条；密钥 ${moved.keys}、证件占用 ${moved.claims}、密文 ${moved.secrets}`,
        `源日志根 ${moved.root}`,
        `新日志根 ${moved.copiedRoot}`,
        isEqual ? '两者相同：迁移完整。' : '两者不同：迁移不完整，请勿启用。',
      ])
      return isEqual ? OK : FAILED
    })
  })
}

async function move(config: Config, from: string, line: CommandLine): Promise<LogCopied & VaultMoved> {
  const addresses = clusterAddressesOf(config)
  if (!addresses)
    throw new UsageError('log copy: name the shared servers with eventStore.url, postgres.url and redis.url')
  if (config.passphraseFile === undefined) throw new UsageError('log copy: name the passphrase with --passphrase-file')
  if (!existsSync(join(from, LOG_FILE))) throw new UsageError(`log copy: expected a log in ${from}, got none`)
  const master = openMasterKeyFile(join(from, MASTER_KEY_FILE), readPassphrase(config.passphraseFile))
  const unlock = lockDataDirectory(from)
  const progress = createProgress(line)
  const source = openSqliteLogReader(join(from, LOG_FILE))
  const rows = openVaultRows(join(from, VAULT_FILE))
  const target = createEventStoreLog(await openEventStoreClient(addresses.eventStore))
  try {
    const total = Number(await source.head())
    // Keys first: no event may stand there whose key does not.
    const vault = await importVault({ ...addresses.postgres, master }, rows)
    const log = await copyLog({ source, target, onProgress: (events) => progress.at('copy', events, total) })
    giveMasterKey(join(from, MASTER_KEY_FILE), config.dataDir)
    return { ...log, ...vault }
  } finally {
    progress.stop()
    await target.close()
    rows.close()
    source.close()
    unlock()
  }
}

/** The hubs go on with the master key of the one that was moved. */
function giveMasterKey(file: string, dataDir: string): void {
  const place = join(dataDir, MASTER_KEY_FILE)
  if (existsSync(place)) {
    if (readFileSync(place).equals(readFileSync(file))) return
    throw new HubError('HUB_CONFIG', `dataDir: expected no master key in ${dataDir}, or the same one; got another`, {
      hint: 'Log and vault are copied. Give the hub a data directory of its own, and the master key file of the old one.',
    })
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  copyFileSync(file, place)
}
