/** The options of the configuration as flags of a command, and the configuration that flags, environment and file make together. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Config, loadConfig, optionReference } from '../config.js'
import { HubError } from '../kernel/errors.js'
import type { CommandLine } from './command-line.js'

/** What a command needs that only opens a store. */
export const STORE_OPTIONS: readonly string[] = ['dataDir', 'passphraseFile', 'logLevel']
/** What a command needs besides, to find a hub that runs. */
export const HUB_OPTIONS: readonly string[] = [...STORE_OPTIONS, 'host', 'port']

/** Adds a flag for each of these options (all of them where absent), and `--config`. */
export function withConfigFlags(command: Command, names?: readonly string[]): Command {
  command.option('--config <file>', 'JSON file of options; LIANHU_CONFIG names one too')
  for (const { name, flag, doc } of optionReference()) {
    if (names === undefined || names.includes(name)) command.option(`${flag} <value>`, doc)
  }
  return command
}

/**
 * Reads file, environment and flags. Throws `HUB_CONFIG` with every problem. A command may have a flag of its own that is called
 * like an option which it does not take (`agencies enrol --role`): `names` are those that it takes, all of them where absent.
 */
export function configOf(
  flags: Readonly<Record<string, unknown>>,
  { env }: CommandLine,
  names?: readonly string[],
): Config {
  const file = textOf(flags.config) ?? env.LIANHU_CONFIG
  const given: Record<string, unknown> = {}
  for (const { name, flag } of optionReference()) {
    const value = flags[camelCase(flag)]
    if (value !== undefined && (names === undefined || names.includes(name))) given[name] = value
  }
  return loadConfig({ ...(file === undefined ? {} : { file: parsedFile(file) }), env, flags: given })
}

function parsedFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new HubError('HUB_CONFIG', `${file}: expected a JSON file that can be read`, { cause })
  }
}

/** `--http-body-limit-bytes` → `httpBodyLimitBytes`, as commander names it. */
function camelCase(flag: string): string {
  return flag.slice(2).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
