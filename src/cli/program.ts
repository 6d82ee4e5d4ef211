/** Every command of `lianhu`. What is not registered here does not exist. */
import { Command, CommanderError } from 'commander'
import { registerAgencies } from './agencies.js'
import { registerClock } from './clock.js'
import { type CommandLine, OK, USAGE } from './command-line.js'
import { registerDemo } from './demo.js'
import { registerDisclosures } from './disclosures.js'
import { registerDoctor } from './doctor.js'
import { registerErase } from './erase.js'
import { registerFeed } from './feed.js'
import { registerKeys } from './keys.js'
import { registerLetters } from './letters.js'
import { registerLog } from './log.js'
import { registerPackages } from './packages.js'
import { registerRebuild } from './rebuild.js'
import { registerRecalls } from './recalls.js'
import { registerReplay } from './replay.js'
import { registerReturns } from './returns.js'
import { registerSandbox } from './sandbox.js'
import { registerServe } from './serve.js'
import { registerVerify } from './verify.js'
import { registerVersions } from './versions.js'

/** Runs one command line, e.g. `['keys', 'create', '--operator']`; how it ended is told to `line.exit`. */
export async function runCli(args: readonly string[], line: CommandLine): Promise<void> {
  const program = createProgram(line)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    line.exit(error.exitCode === 0 ? OK : USAGE)
  }
}

/** All commands, none of them run: what the reference pages read too. */
export function createProgram(line: CommandLine): Command {
  const program = new Command('lianhu')
    .description('联护 Lianhu：严重精神障碍患者信息交换与协同服务')
    .addHelpText(
      'after',
      '\nExit codes: 0 as asked, 1 failed or found a difference, 2 the command line was not understood.',
    )
  register(program, line)
  quiet(program, line)
  return program
}

function register(program: Command, line: CommandLine): void {
  registerServe(program, line)
  registerDemo(program, line)
  registerDoctor(program, line)
  registerReplay(program, line)
  registerDisclosures(program, line)
  registerFeed(program, line)
  registerVersions(program, line)
  registerRecalls(program, line)
  registerReturns(program, line)
  registerAgencies(program, line)
  registerKeys(program, line)
  registerErase(program, line)
  registerLetters(program, line)
  registerClock(program, line)
  registerRebuild(program, line)
  registerVerify(program, line)
  registerSandbox(program, line)
  registerLog(program, line)
  registerPackages(program, line)
}

/** No command ends the process by itself or writes past the command line. */
function quiet(command: Command, line: CommandLine): void {
  command.exitOverride().configureOutput({ writeOut: line.out, writeErr: line.err })
  for (const sub of command.commands) quiet(sub, line)
}
