/**
 * Runs test files, each in a process of its own and a few at a time, and reports on them: what tap's own runner does, without the
 * watch on every module that is loaded, which cost each thread and process that a test starts as much again as its work.
 *
 *     node dist/scripts/run-tests.js [--jobs=N] [--keep=FILE] [FILE…]     without files: everything below dist/test
 *
 * `--keep` keeps the TAP of the run. Ends with 1 where a test failed, where a file did not end well, and where there was none.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { readTap, summaryOf } from './test-report.js'

const TIMEOUT_SECONDS = 300
/** For a file to say itself what it was waiting for, before it is killed. */
const GRACE_MS = 10_000
const ENVIRONMENT = { ...process.env, TAP: '1', TAP_TIMEOUT: String(TIMEOUT_SECONDS) }
const VERSION = 'TAP version 14'
const ROOT = resolve(import.meta.dirname, '../..')

/** What a file printed, and how its process ended: `exit 0`, `exit 1`, `SIGKILL`. */
export interface FileRun {
  readonly file: string
  readonly lines: readonly string[]
  readonly ended: string
  readonly ms: number
}

/** A file's run as a subtest of the whole, e.g. `# Subtest: dist/test/a.test.js`, its lines indented, `ok 3 - dist/…`. */
export function subtestOf({ file, lines, ended, ms }: FileRun, number: number): readonly string[] {
  const faults = [...(ended === 'exit 0' ? [] : [ended]), ...planFaults(lines)]
  return [
    `# Subtest: ${file}`,
    ...lines.filter((line) => line !== VERSION).map((line) => (line === '' ? line : `    ${line}`)),
    `${faults.length === 0 ? 'ok' : 'not ok'} ${number} - ${file} # time=${ms.toFixed(0)}ms`,
    ...(faults.length === 0 ? [] : ['  ---', ...faults.map((fault) => `  ended: ${fault}`), '  ...']),
  ]
}

/** A process that ends well before its tests do, or though one failed, has proved nothing; nor has one without any. */
function planFaults(lines: readonly string[]): readonly string[] {
  const planned = lines.map((line) => /^1\.\.(\d+)/.exec(line)?.[1]).find((count) => count !== undefined)
  if (planned === undefined) return ['expected a plan of its tests, got none']
  const points = lines.filter((line) => /^(not )?ok \d/.test(line))
  const failed = points.filter((line) => line.startsWith('not ok') && !/ # (TODO|SKIP)\b/.test(line)).length
  return [
    ...(points.length === Number(planned) ? [] : [`expected ${planned} tests, got ${points.length}`]),
    ...(planned === '0' ? ['expected tests, got none: what is left out says so by a test of its own'] : []),
    ...(failed === 0 ? [] : [`${failed} failed, whatever its process said at its end`]),
  ]
}

/** How many files run at a time: one where nothing is said. Throws for what is no such number, for then none would run. */
export function jobsOf(text = '1'): number {
  const jobs = Number(text)
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new Error(`expected --jobs to be 1 or more, got ${JSON.stringify(text)}`)
  return jobs
}

async function runFile(file: string): Promise<FileRun> {
  const begun = performance.now()
  const child = spawn(process.execPath, [file], { cwd: ROOT, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] })
  const killer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_SECONDS * 1000 + GRACE_MS)
  const closed = once(child, 'close')
  const reader = createInterface({ input: child.stdout })
  // A process that it left behind may hold its output open for ever.
  const letGo = (): void => {
    reader.close()
    child.stdout.destroy()
  }
  child.once('exit', () => setTimeout(letGo, GRACE_MS).unref())
  const lines: string[] = []
  for await (const line of reader) lines.push(line)
  const [code, signal] = await closed
  clearTimeout(killer)
  return { file, lines, ended: signal ?? `exit ${code}`, ms: performance.now() - begun }
}

async function runAll(files: readonly string[], jobs: number, print: (line: string) => void): Promise<boolean> {
  print(VERSION)
  print(`1..${files.length}`)
  const waiting = files.entries()
  let number = 0
  let isWell = files.length > 0
  const work = async (): Promise<void> => {
    for (const [, file] of waiting) {
      const lines = subtestOf(await runFile(file), ++number)
      isWell &&= !lines.some((line) => line.startsWith('not ok'))
      for (const line of lines) print(line)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return isWell
}

function everyFile(): readonly string[] {
  return readdirSync(join(ROOT, 'dist/test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

async function main(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
  const named = args.filter((arg) => !arg.startsWith('--'))
  const jobs = jobsOf(option('jobs'))
  const keep = option('keep')
  if (keep !== undefined) mkdirSync(dirname(keep), { recursive: true })
  const kept = keep === undefined ? undefined : createWriteStream(keep)
  const reader = readTap((line) => console.log(line))
  const isWell = await runAll(named.length > 0 ? named : everyFile(), jobs, (line) => {
    reader.line(line)
    kept?.write(`${line}\n`)
  })
  reader.end()
  console.log(summaryOf(reader, ', each named above'))
  kept?.end()
  if (!isWell) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))
