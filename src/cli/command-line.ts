/**
 * What every command shares: where it reads and writes, how it ends, and the two forms of an answer. Exit codes: 0 it is as
 * asked, 1 it failed or found a difference, 2 the command line was not understood.
 */
import { HubError, isHubError, type Problem, problemOf } from '../kernel/errors.js'

export const OK = 0
export const FAILED = 1
export const USAGE = 2

export interface CommandLine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** True where a person watches: progress is drawn, questions may be asked. */
  readonly isInteractive: boolean
  /** Asks a question of the person who watches. */
  readonly ask: (question: string) => Promise<string>
  /** Sets how the process ends; the last one counts. */
  readonly exit: (code: number) => void
  /** Resolves when the process is asked to stop. */
  readonly stopped: () => Promise<void>
}

/** A refusal of the hub, as it came over HTTP or from within. */
export class RefusedByHub extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'RefusedByHub'
    this.problem = problem
  }
}

/** A command line that was understood but cannot be right, e.g. a period that is none. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** Runs a command and tells how it ended; nothing it throws gets past here. */
export async function runCommand(line: CommandLine, isJson: boolean, work: () => Promise<number>): Promise<void> {
  try {
    line.exit(await work())
  } catch (error) {
    if (error instanceof UsageError) {
      line.err(`lianhu: ${error.message}\n`)
      line.exit(USAGE)
      return
    }
    const problem = problemFor(error)
    if (isJson) line.out(`${JSON.stringify(problem)}\n`)
    else line.err(describeProblem(problem))
    line.exit(FAILED)
  }
}

/** An operator at the machine may read what a caller over HTTP may not: the text of our own errors, whatever their status. */
function problemFor(error: unknown): Problem {
  if (error instanceof RefusedByHub) return error.problem
  if (isHubError(error)) return { ...problemOf(error), detail: error.message, hint: error.hint, errors: error.faults }
  const message = error instanceof Error ? error.message : String(error)
  return { ...problemOf(new HubError('HUB_INTERNAL', '')), detail: message }
}

function describeProblem({ titleZh, title, code, detail, hint, errors }: Problem): string {
  const told = new Set((detail ?? '').split('\n'))
  const faults = (errors ?? [])
    .filter(({ message }) => !told.has(message))
    .map(({ pointer, message, messageZh }) => `  ${pointer === '' ? '/' : pointer}: ${messageZh ?? message}\n`)
  const lines = detail === undefined ? '' : `  ${detail.replaceAll('\n', '\n  ')}\n`
  return `lianhu: ${titleZh} ${title} (${code})\n${lines}${faults.join('')}  → ${hint}\n`
}

/** One answer: an object as JSON, or the lines that a person reads. */
export function tell(line: CommandLine, isJson: boolean, value: unknown, lines: () => readonly string[]): void {
  line.out(
    isJson
      ? `${JSON.stringify(value)}\n`
      : lines()
          .map((one) => `${one}\n`)
          .join(''),
  )
}
