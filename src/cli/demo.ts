/** `lianhu demo`: registers the command; what it shows is the rehearsal's. */
import type { Command } from 'commander'
import { type CommandLine, runCommand } from './command-line.js'

export function registerDemo(program: Command, line: CommandLine): void {
  program
    .command('demo')
    .description('演示 · a synthetic county, two quarters, three agencies that receive')
    .option('--exit', 'end after the summary, with 0 only if everything expected arrived')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      await runCommand(line, false, async () => {
        // Loaded only here: nothing of a rehearsal is part of a hub that serves.
        const { runDemo } = await import('../rehearsal/demo.js')
        return runDemo({ exit: flags.exit === true, env: line.env })
      })
    })
}
