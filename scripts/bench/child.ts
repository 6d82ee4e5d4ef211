/** Server processes of benchmarks: started from the compiled tree, asked by lines, ended by closing their standard input. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export interface BenchChild<Hello> {
  readonly hello: Hello
  /** Sends a line, answers with the next line that comes. */
  ask<Answer>(line?: string): Promise<Answer>
  stop(): Promise<void>
}

/** The limits that the package's own commands run under. */
const { config } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  config: { node: string }
}

/** @param script beside this file, e.g. `ingest-server.js` */
export async function startChild<Hello>(script: string, args: readonly string[]): Promise<BenchChild<Hello>> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...config.node.split(' '), new URL(script, import.meta.url).pathname, ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  if (!child.stdout || !child.stdin) throw new Error('startChild: no pipes')
  const { stdin } = child
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${script} ended before it answered`)
    return JSON.parse(value) as T
  }
  const hello = await next<Hello>()
  return {
    hello,
    ask(line = '') {
      stdin.write(`${line}\n`)
      return next()
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      stdin.end()
      await gone
    },
  }
}
