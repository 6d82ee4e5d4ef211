/** Starts, kills and asks the hub process of `hub-process.ts`: what a client of a hub that dies sees. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'

export interface HubProcess {
  readonly url: string
  readonly keys: Readonly<Record<string, { readonly agency: string; readonly key: string }>>
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>
  get(path: string, role: string): Promise<unknown>
  post(path: string, role: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>
}

const PASSPHRASE = 'a test'

/** @param stations how many police stations a new store has beside the first */
export async function startHub(dataDir: string, calendarMs: number, stations = 0): Promise<HubProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [new URL('hub-process.js', import.meta.url).pathname, dataDir, String(calendarMs), PASSPHRASE, String(stations)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  if (!child.stdout) throw new Error('startHub: no pipe')
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const hello = await new Promise<{ url: string; keys: HubProcess['keys'] }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code} before it listened`)))
    if (child.stdout) createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))
  })
  const headers = (role: string): Record<string, string> => ({ authorization: `Bearer ${hello.keys[role]?.key}` })
  return {
    ...hello,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async get(path, role) {
      const answer = await fetch(hello.url + path, { headers: headers(role) })
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
      return answer.json()
    },
    async post(path, role, body) {
      const answer = await fetch(hello.url + path, {
        method: 'POST',
        headers: { ...headers(role), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: await answer.json() }
    },
  }
}

/** What the log says of the close of a period while it is under way. */
export interface CloseSeen {
  readonly isClosed: boolean
  readonly released: number
}

/**
 * Closes a period by hand, watches the log beside the hub, and kills the hub as soon as it has seen what it waits for; answers
 * what the log holds when the hub is gone, which may be more.
 */
export async function killDuringClose(
  hub: HubProcess,
  dataDir: string,
  { feed, period }: { readonly feed: string; readonly period: string },
  isMoment: (seen: CloseSeen) => boolean,
): Promise<CloseSeen> {
  const log = openSqliteLogReader(join(dataDir, LOG_FILE))
  let position = await log.head()
  let seen: CloseSeen = { isClosed: false, released: 0 }
  const look = (): void => {
    for (const { position: at, event } of log.pageAfter(position, 1000)) {
      position = at
      if (event.data.feed !== feed || event.data.period !== period) continue
      if (event.type === 'FeedPeriodClosed') seen = { ...seen, isClosed: true }
      if (event.type === 'FeedReleased') seen = { ...seen, released: seen.released + 1 }
    }
  }
  const closing = hub
    .post(`/v1/feeds/${feed}/periods/${period}/close`, 'OPERATOR', { confirm: period })
    .catch(() => undefined)
  const deadline = Date.now() + 30_000
  for (look(); !isMoment(seen); look()) {
    if (Date.now() > deadline) throw new Error(`killDuringClose: still ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await hub.kill()
  await closing
  look()
  log.close()
  return seen
}

/** Posts lines as a batch and kills the hub once so many answers have come; answers what had come by then. */
export async function postBatch(
  hub: HubProcess,
  lines: readonly unknown[],
  killAfter?: number,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  try {
    const response = await fetch(`${hub.url}/v1/events/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.keys.CHC?.key}`, 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    })
    let rest = ''
    for await (const chunk of response.body ?? []) {
      const parts = (rest + Buffer.from(chunk).toString('utf8')).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) if (part !== '') answers.push(JSON.parse(part))
      if (killAfter !== undefined && answers.length >= killAfter) await hub.kill()
    }
  } catch (error) {
    // A killed hub breaks the connection: what was answered before stands.
    if (killAfter === undefined) throw error
  }
  return answers
}

export interface Answer {
  readonly line?: number
  readonly receipts?: readonly {
    readonly id: string
    readonly stream: string
    readonly revision: number
    readonly recordedAt: string
  }[]
  readonly code?: string
}

export async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (isDone(answer)) return answer
    if (Date.now() > deadline) throw new Error(`until: still ${JSON.stringify(answer).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
