/** The page of commands, read from the command line's own registrations. */
import type { Command, Option } from 'commander'
import { createProgram } from '../../src/cli/program.js'
import { optionReference } from '../../src/config.js'
import { code, type Page, type Section } from './page.js'

export interface DocumentedCommand {
  /** `feed close` */
  readonly name: string
  /** `feed close <feed> <period>` */
  readonly usage: string
  readonly description: string
  readonly options: readonly Option[]
}

/** Every command, in the order of registration; a group stands before what is in it. */
export function allCommands(): readonly DocumentedCommand[] {
  const program = createProgram({
    env: {},
    out: () => undefined,
    err: () => undefined,
    isInteractive: false,
    ask: async () => '',
    exit: () => undefined,
    stopped: () => Promise.resolve(),
  })
  return program.commands.flatMap((command) => documented(command, ''))
}

const COLUMNS = ['Option', 'What it does']
const CONFIG_FLAGS: readonly string[] = optionReference().map(({ flag }) => flag)
/** Long names of options that most commands take; one that says something else in a command is listed there too. */
const SHARED: readonly string[] = ['--config', '--url', '--json']

export function commandsPage(): Page {
  const commands = allCommands()
  const shared = SHARED.flatMap(
    (long) => commands.flatMap(({ options }) => options).find((one) => one.long === long) ?? [],
  )
  return {
    path: 'docs/reference/commands.md',
    title: 'Commands 命令',
    intro:
      'From a checkout: `npm run -s lianhu -- <command>`. Exit codes: 0 as asked, 1 failed or found a difference, 2 the command line was not understood. Flags of the configuration stand in [options](options.md).',
    sections: [
      { heading: 'Options of many commands', columns: COLUMNS, rows: shared.map(rowOf) },
      ...commands.map((command) => sectionOf(command, shared)),
    ],
  }
}

function documented(command: Command, group: string): readonly DocumentedCommand[] {
  const name = group === '' ? command.name() : `${group} ${command.name()}`
  const words = command.registeredArguments.map((argument) => {
    const shown = argument.variadic ? `${argument.name()}…` : argument.name()
    return argument.required ? `<${shown}>` : `[${shown}]`
  })
  const own = {
    name,
    usage: [name, ...words].join(' '),
    description: command.description(),
    options: command.options,
  }
  return [own, ...command.commands.flatMap((sub) => documented(sub, name))]
}

function sectionOf({ usage, description, options }: DocumentedCommand, shared: readonly Option[]): Section {
  const isElsewhere = (option: Option): boolean =>
    CONFIG_FLAGS.includes(option.long ?? '') ||
    shared.some(({ long, description: said }) => option.long === long && option.description === said)
  const also = options.filter(isElsewhere).flatMap(({ long }) => long ?? [])
  const flags = also.filter((long) => CONFIG_FLAGS.includes(long))
  const named = [
    ...also.filter((long) => SHARED.includes(long)).map(code),
    ...(flags.length === CONFIG_FLAGS.length ? ['every flag of the configuration'] : flags.map(code)),
  ]
  return {
    heading: code(usage),
    text: named.length > 0 ? `${description}\n\nAlso takes ${named.join(', ')}.` : description,
    columns: COLUMNS,
    rows: options.filter((option) => !isElsewhere(option)).map(rowOf),
  }
}

function rowOf({ flags, description, mandatory }: Option): readonly string[] {
  return [code(flags), mandatory ? `${description} (required)` : description]
}
