/** What every command is registered with, and how one that asks a hub is put together. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Config } from '../config.js'
import { type CommandLine, OK, runCommand, tell, UsageError } from './command-line.js'
import { configOf, HUB_OPTIONS, withConfigFlags } from './config-flags.js'
import { type ActingAs, type HubClient, type Needs, openClient } from './hub-client.js'

export interface Asking {
  readonly client: HubClient
  readonly config: Config
  readonly isJson: boolean
}

export interface AskingOptions {
  /** As whom an opened store is asked; the operator where absent. */
  readonly actingAs?: (flags: Flags) => ActingAs
  /** What an opened store must follow; reading where absent. Nothing that a command opens raises alerts or delivers. */
  readonly needs?: Needs
  /** Does what needs no hub and says how it ended; undefined where a hub is to be asked. */
  readonly withoutHub?: (isJson: boolean, args: readonly string[], flags: Flags) => Promise<number | undefined>
}

/** Asked with a key of the person who acts, `LIANHU_KEY`, whoever may open the store. */
export const WITH_OWN_KEY: AskingOptions = { actingAs: () => 'key' }

export type Flags = Readonly<Record<string, string | boolean | undefined>>

/** Adds the flags of a command that asks a hub, and runs it with a client that is closed whatever happens. */
export function askingHub(
  command: Command,
  line: CommandLine,
  work: (asking: Asking, args: readonly string[], flags: Flags) => Promise<number>,
  { actingAs, needs = 'reading', withoutHub }: AskingOptions = {},
): Command {
  withConfigFlags(command, HUB_OPTIONS)
    .option('--url <address>', 'the running hub; LIANHU_URL names one too. Defaults to host and port')
    .option('--json', 'answer as JSON')
  return command.action(async (...given: unknown[]) => {
    const args = given.flat().filter((one): one is string => typeof one === 'string')
    const flags = command.opts<Flags>()
    const isJson = flags.json === true
    await runCommand(line, isJson, async () => {
      const answered = await withoutHub?.(isJson, args, flags)
      if (answered !== undefined) return answered
      const config = configOf(flags, line, HUB_OPTIONS)
      const client = await openClient({
        config,
        line,
        needs,
        ...(typeof flags.url === 'string' ? { url: flags.url } : {}),
        ...(actingAs ? { actingAs: actingAs(flags) } : {}),
      })
      try {
        return await work({ client, config, isJson }, args, flags)
      } finally {
        await client.close()
      }
    })
  })
}

/** A flag that the command cannot do without was checked by the parser; this only tells the compiler. */
export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** Fetches a file of the hub’s and writes it, never over one that is there. */
export async function fetchToFile(
  { client, isJson }: Asking,
  { path, file }: { readonly path: string; readonly file: string },
  line: CommandLine,
): Promise<number> {
  const { bytes } = await client.raw('GET', path)
  writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
  tell(line, isJson, { file, bytes: bytes.length }, () => [`${file}: ${bytes.length} 字节`])
  return OK
}

/** Throws `UsageError` where there is no such file. */
export function readGivenFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new UsageError(`expected a file that can be read, got ${file}`)
  }
}
