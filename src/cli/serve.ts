/** `lianhu serve`: opens the store, listens, and stops in good order when it is asked to. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createHttp } from '../http/create-http.js'
import { MASTER_KEY_FILE } from '../hub-core.js'
import { type CommandLine, OK, runCommand } from './command-line.js'
import { configOf, withConfigFlags } from './config-flags.js'
import { loggerOf, openStoreOf } from './hub-client.js'

export function registerServe(program: Command, line: CommandLine): void {
  const command = program.command('serve').description('启动服务 · serve the hub until it is stopped')
  withConfigFlags(command)
    .option('--init', 'make master key and log where the data directory holds none')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      await runCommand(line, false, () => serve(flags, line))
    })
}

async function serve(flags: Readonly<Record<string, unknown>>, line: CommandLine): Promise<number> {
  const config = configOf(flags, line)
  const init = flags.init === true
  const isNew = init && !existsSync(join(config.dataDir, MASTER_KEY_FILE))
  const logger = loggerOf(config.logLevel)
  const hub = await openStoreOf(config, { init, logger })
  const app = createHttp(hub)
  // Before anybody is told that it serves: whoever reads that may stop it at once.
  const stopped = line.stopped()
  try {
    const address = await app.listen({ host: config.host, port: config.port })
    logger.info({ address, logId: hub.logId }, 'serving')
    line.err(`联护 Lianhu: ${address} (dataDir ${config.dataDir})\n`)
    if (isNew) {
      line.err(
        'A new store, and nobody has a key to it yet: stop it, run lianhu keys create --operator, start it again.\n',
      )
    }
    await stopped
    logger.info({}, 'stopping')
  } finally {
    // First nobody may ask any more, then what follows the log ends, then the store.
    await app.close()
    await hub.stop()
  }
  return OK
}
