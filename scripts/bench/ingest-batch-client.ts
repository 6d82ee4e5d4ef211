/**
 * The client of `ingest.batch`, in a process of its own: on the hub's main thread its work would count as the hub's.
 * Takes `{url, key, file}` a line; posts the file and answers `{seconds, answers, failed, firstFailure}`.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { request } from 'undici'

export interface BatchToPost {
  readonly url: string
  readonly key: string
  readonly file: string
}

export interface BatchPosted {
  /** From the first byte sent to the last answer. */
  readonly seconds: number
  readonly answers: number
  readonly failed: number
  readonly firstFailure?: string
}

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

say('ready')
createInterface({ input: process.stdin })
  .on('line', async (line) => say(await post(JSON.parse(line) as BatchToPost)))
  .on('close', () => process.exit(0))

async function post({ url, key, file }: BatchToPost): Promise<BatchPosted> {
  const body = readFileSync(file)
  const started = performance.now()
  const response = await request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body,
  })
  const bytes = Buffer.from(await response.body.arrayBuffer())
  const seconds = (performance.now() - started) / 1000
  const answers = bytes.toString().trim().split('\n')
  const failed = answers.filter((answer) => !answer.includes('"receipts"'))
  return {
    seconds,
    answers: answers.length,
    failed: failed.length,
    ...(failed[0] === undefined ? {} : { firstFailure: failed[0] }),
  }
}
