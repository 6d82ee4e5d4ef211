/** `lianhu doctor`: whether this machine and this configuration can serve, each check with what to do about it. */
import type { Command } from 'commander'
import { optionReference } from '../config.js'
import { columns } from './columns.js'
import { type CommandLine, FAILED, OK, runCommand, tell } from './command-line.js'
import { configOf, withConfigFlags } from './config-flags.js'
import { type Check, checkMachine } from './machine-checks.js'

export function registerDoctor(program: Command, line: CommandLine): void {
  const command = program.command('doctor').description('自检 · say whether this machine and configuration can serve')
  withConfigFlags(command)
    .option('--options', 'list every option with its variable, flag and default')
    .option('--json', 'answer as JSON')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const isJson = flags.json === true
      await runCommand(line, isJson, async () => {
        if (flags.options === true) {
          const options = optionReference()
          tell(line, isJson, { options }, () =>
            options.flatMap(({ name, env, flag, doc }) => [`${name}  ${env}  ${flag}`, `  ${doc}`]),
          )
          return OK
        }
        const checks = await checkMachine(configOf(flags, line))
        const isSound = checks.every(({ state }) => state !== 'failed')
        tell(line, isJson, { isSound, checks }, () => checkLines(checks))
        return isSound ? OK : FAILED
      })
    })
}

const MARKS = { ok: '✓', warning: '!', failed: '✗' } as const

function checkLines(checks: readonly Check[]): readonly string[] {
  return columns(
    checks.map(({ name, state, detail, hint = '' }) => [MARKS[state], name, detail, hint === '' ? '' : `→ ${hint}`]),
  )
}
