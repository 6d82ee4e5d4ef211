/** The process: hands arguments, environment and streams to the command line, and ends as it says. */
import { createInterface } from 'node:readline/promises'
import { runCli } from './cli/program.js'

/** Only who waits for it takes the signals: every other command ends at once. */
const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })

await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isInteractive: process.stderr.isTTY === true && process.stdin.isTTY === true,
  async ask(question) {
    const readline = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await readline.question(question)
    } finally {
      readline.close()
    }
  },
  exit: (code) => {
    process.exitCode = code
  },
  stopped,
})
