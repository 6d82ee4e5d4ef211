/** `lianhu demo`: a synthetic county of people who do not exist, two quarters, three agencies that receive, and what each knows. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type CommandLine, FAILED, OK, runCommand, UsageError } from './command-line.js'

const LIMITS = { patients: [20, 100_000], seed: [0, 1_000_000], port: [0, 65_535] } as const

export function registerDemo(program: Command, line: CommandLine): void {
  program
    .command('demo')
    .description('演示 · a synthetic county, two quarters, three agencies that receive')
    .option('--patients <count>', 'synthetic patients. Defaults to 3000')
    .option('--seed <number>', 'the same seed tells the same story. Defaults to 7')
    .option('--port <port>', 'port to listen on. Defaults to any free one')
    .option('--cluster', 'two hubs on one log, one Redis, one PostgreSQL, one hub killed; only from a checkout')
    .option('--keep-data', 'leave the store where it was made')
    .option('--exit', 'end after the summary, with 0 only if everything expected arrived')
    .option('--json', 'answer as JSON')
    .action(async (flags: Readonly<Record<string, string | boolean | undefined>>) => {
      await runCommand(line, flags.json === true, () => demo(flags, line))
    })
}

async function demo(flags: Readonly<Record<string, string | boolean | undefined>>, line: CommandLine): Promise<number> {
  if (flags.cluster === true) return demoCluster(flags)
  const isJson = flags.json === true
  const isExit = flags.exit === true
  // Loaded only here: nothing of a rehearsal is part of a hub that serves.
  const [{ runDemo }, { openDemoHub }, { createDemoScreen }, { commandsText, demoJson, demoText }] = await Promise.all([
    import('../rehearsal/demo.js'),
    import('./demo-hub.js'),
    import('./demo-screen.js'),
    import('./demo-text.js'),
  ])
  const tell = (lines: readonly string[]): void => line.out(lines.map((one) => `${one}\n`).join(''))
  const code = await runDemo(
    {
      ...numberFlag(flags, 'patients'),
      ...numberFlag(flags, 'seed'),
      ...numberFlag(flags, 'port'),
      keepData: flags.keepData === true,
      exit: isExit,
    },
    {
      openHub: openDemoHub,
      screen: createDemoScreen(isJson ? { ...line, out: () => {} } : line),
      stopped: line.stopped(),
      show(report) {
        if (isJson) line.out(`${JSON.stringify(demoJson(report))}\n`)
        else tell(demoText(report))
        if (!isExit && !isJson) tell(commandsText(report))
      },
    },
  )
  return code === 0 ? OK : FAILED
}

/** A chore of the checkout, which needs the tests' servers: it runs beside this process, never in it. */
function demoCluster(flags: Readonly<Record<string, string | boolean | undefined>>): Promise<number> {
  const file = fileURLToPath(new URL('../../scripts/cluster/demo.js', import.meta.url))
  if (!existsSync(file)) throw new UsageError('demo --cluster: expected a checkout that is built, got none')
  const { seed } = numberFlag(flags, 'seed')
  const given = [
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(flags.keepData === true ? ['--keep-data'] : []),
  ]
  const child = spawn(process.execPath, [file, ...given], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0 ? OK : FAILED)))
}

function numberFlag(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  name: keyof typeof LIMITS,
): Readonly<Partial<Record<keyof typeof LIMITS, number>>> {
  const text = flags[name]
  if (typeof text !== 'string') return {}
  const [min, max] = LIMITS[name]
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new UsageError(`--${name}: expected a whole number from ${min} to ${max}, got ${text}`)
  }
  return { [name]: value }
}
