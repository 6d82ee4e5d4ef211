/**
 * `lianhu verify`: the log from its raw events, read models against ones built anew, released documents against a recompute. It reads
 * the log beside a running hub, asks that hub for what only it can compare, and replaces nothing that differs.
 */
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config.js'
import type { FeedInfo, PeriodInfo } from '../feeds/port.js'
import { MASTER_KEY_FILE, readPassphrase } from '../hub-core.js'
import { wallClock } from '../kernel/clock.js'
import { openSqliteLogReader } from '../log/sqlite-reader.js'
import { clusterAddressesOf, logFileOf } from '../store-of.js'
import { openMasterKeyFile } from '../vault/master-key.js'
import { openPostgresVault } from '../vault/postgres-vault.js'
import { openSqliteVaultReader } from '../vault/sqlite-vault-reader.js'
import { VAULT_FILE } from '../vault/sqlite-vault-writer.js'
import { type VerifyReport, verifyHub } from '../verify.js'
import type { LogVerificationDeps } from '../verify-log.js'
import { type CommandLine, FAILED, OK, tell } from './command-line.js'
import { askingHub } from './commands.js'
import type { HubClient } from './hub-client.js'
import { createProgress } from './progress.js'

export function registerVerify(program: Command, line: CommandLine): void {
  const command = program
    .command('verify')
    .description('校验 · check the whole hub against its own log; ends with 1 where something differs')
  askingHub(command, line, async ({ client, config, isJson }) => {
    const source = await openSource(client, config)
    const progress = createProgress(line)
    try {
      const { projections } = await client.request<{ readonly projections: readonly { readonly name: string }[] }>(
        'GET',
        '/v1/projections',
      )
      const report = await verifyHub({
        ...source.deps,
        events: Number(await source.head()),
        projections: projections.map(({ name }) => name),
        compare: (name) => client.request('POST', `/v1/projections/${name}/verify`),
        released: await releasedPeriods(client),
        recompute: (feed, period) => client.request('POST', `/v1/feeds/${feed}/periods/${period}/verify`),
        onProgress: ({ step, name = '', done, total }) => progress.at(`${step} ${name}`, done, total),
      })
      progress.stop()
      tell(line, isJson, report, () => reportLines(report))
      return report.isSound ? OK : FAILED
    } finally {
      progress.stop()
      source.close()
    }
  })
}

interface Source {
  readonly deps: Pick<LogVerificationDeps, 'log' | 'keysById'>
  head(): Promise<string>
  close(): void
}

async function openSource({ hub }: HubClient, config: Config): Promise<Source> {
  if (hub) {
    const { reader } = hub.core.store.log
    return {
      deps: { log: reader, keysById: (kids) => hub.vault.keysById(kids) },
      head: () => reader.head(),
      close: () => {},
    }
  }
  const reader = openSqliteLogReader(logFileOf(config))
  const vault = await openVaultBeside(config)
  return {
    deps: { log: reader, ...(vault ? { keysById: vault.keysById } : {}) },
    head: () => reader.head(),
    close() {
      vault?.close()
      reader.close()
    },
  }
}

interface VaultBeside {
  readonly keysById: NonNullable<LogVerificationDeps['keysById']>
  close(): void
}

/** Without the passphrase the seals stay closed, and the report says so. */
async function openVaultBeside(config: Config): Promise<VaultBeside | undefined> {
  const { dataDir, passphraseFile } = config
  if (passphraseFile === undefined) return undefined
  const master = openMasterKeyFile(join(dataDir, MASTER_KEY_FILE), readPassphrase(passphraseFile))
  const shared = clusterAddressesOf(config)
  if (shared) {
    const vault = await openPostgresVault({ ...shared.postgres, master, wall: wallClock, maxConnections: 2 })
    return { keysById: (kids) => vault.keysById(kids), close: () => void vault.close() }
  }
  const vault = openSqliteVaultReader(join(dataDir, VAULT_FILE), master)
  return {
    async keysById(kids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
      const found = new Map<string, Uint8Array>()
      for (const kid of kids) {
        const key = vault.keyById(kid)
        if (key) found.set(kid, key)
      }
      return found
    },
    close: () => vault.close(),
  }
}

async function releasedPeriods(client: HubClient): Promise<readonly PeriodInfo[]> {
  const { feeds } = await client.request<{ readonly feeds: readonly FeedInfo[] }>('GET', '/v1/feeds')
  const periods: PeriodInfo[] = []
  for (const { name } of feeds) {
    const told = await client.request<{ readonly periods: readonly PeriodInfo[] }>('GET', `/v1/feeds/${name}/periods`)
    periods.push(...told.periods.filter(({ state }) => state === 'RELEASED'))
  }
  return periods
}

function reportLines({ isSound, log, readModels, periods, findings }: VerifyReport): readonly string[] {
  const closed = log.seals - log.openedSeals - log.erasedSeals
  const rows = readModels.reduce((sum, { compared }) => sum + compared, 0)
  return [
    `${log.events} 个事件，${log.streams} 个流，根 ${log.root}`,
    `${log.openedSeals} 处密封已核对，${log.erasedSeals} 处密钥已销毁${closed > 0 ? `，${closed} 处未打开（未提供口令）` : ''}`,
    `${readModels.length} 个读模型 ${rows} 行与重建核对，${periods.length} 个已发布周期与复算核对`,
    ...findings.map(({ check, where, message }) => `不一致 [${check}] ${where}: ${message}`),
    isSound ? '全部一致' : `发现 ${findings.length} 处不一致`,
  ]
}
