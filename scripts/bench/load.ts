/**
 * HTTP load at a fixed number of connections: wrk where it is installed, autocannon where it is not; which one is said in
 * the figure's note. Every request carries a new event id and another patient.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { uuidv7 } from '../../src/kernel/ids.js'

export interface LoadTarget {
  readonly url: string
  readonly key: string
  readonly patients: readonly string[]
  /** Distinguishes the ids of one run from those of another. */
  readonly run: number
  /** JSON of the request with `@ID@` and `@PATIENT@` where they belong. */
  readonly body: string
}

export interface LoadResult {
  readonly requestsPerSecond: number
  readonly failed: number
  readonly tool: 'wrk' | 'autocannon'
}

const CONNECTIONS = 64
export const hasWrk = spawnSync('wrk', ['-v']).error === undefined

export function load(target: LoadTarget, seconds: number): Promise<LoadResult> {
  return hasWrk ? loadWithWrk(target, seconds) : loadWithAutocannon(target, seconds)
}

async function loadWithWrk(target: LoadTarget, seconds: number): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-load-'))
  try {
    writeFileSync(join(folder, 'patients.txt'), target.patients.join('\n'))
    writeFileSync(join(folder, 'load.lua'), luaScript(folder, target))
    const output = await run('wrk', [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '-s',
      join(folder, 'load.lua'),
      target.url,
    ])
    const match = /RESULT (\d+) (\d+) (\d+)/.exec(output)
    if (!match) throw new Error(`wrk said: ${output}`)
    return { requestsPerSecond: Number(match[1]) / (Number(match[3]) / 1e6), failed: Number(match[2]), tool: 'wrk' }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function luaScript(folder: string, { key, run: runNumber, body }: LoadTarget): string {
  const [head = '', middle = '', tail = ''] = splitBody(body)
  const literal = (text: string): string => `[==[${text}]==]`
  return `
local patients = {}
for line in io.lines("${folder}/patients.txt") do patients[#patients + 1] = line end
local n, count = 0, #patients
local format, random = string.format, math.random
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer ${key}"
function request()
  n = n + 1
  local id = format("0199%04x-%04x-7%03x-8000-%012x", ${runNumber}, math.floor(n / 65536) % 65536, n % 4096, n)
  return wrk.format(nil, nil, nil, ${literal(head)} .. id .. ${literal(middle)} .. patients[random(count)] .. ${literal(tail)})
end
function done(summary)
  local e = summary.errors
  io.write(format("RESULT %d %d %d\\n", summary.requests - e.status, e.status + e.connect + e.read + e.write + e.timeout, summary.duration))
end
`
}

function splitBody(body: string): readonly string[] {
  const [head, rest] = body.split('@ID@')
  return [head ?? '', ...(rest ?? '').split('@PATIENT@')]
}

async function loadWithAutocannon(target: LoadTarget, seconds: number): Promise<LoadResult> {
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key}` },
    setupClient: (client) => {
      client.setBody(nextBody(target))
      client.on('response', () => client.setBody(nextBody(target)))
    },
  })
  const answered = result['2xx']
  return { requestsPerSecond: answered / result.duration, failed: result.non2xx + result.errors, tool: 'autocannon' }
}

function nextBody({ body, patients }: LoadTarget): string {
  const patient = patients[Math.floor(Math.random() * patients.length)] ?? ''
  return body.replace('@ID@', uuidv7(Date.now())).replace('@PATIENT@', patient)
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.on('error', reject)
    child.on('exit', () => resolve(output))
  })
}
