/**
 * The client of `history.p99` and `disclosures.p99`, in a process of its own: in the hub's, what it reads would be collected at the hub's expense.
 * Takes `{url, key, patients, path, says}` a line; reads each record in turn and answers `{times}`, milliseconds each.
 */
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'

export interface RecordsToRead {
  /** Of the hub, without a path. */
  readonly url: string
  readonly key: string
  readonly patients: readonly string[]
  /** What is read of each: `history` … */
  readonly path: string
  /** Stands in every answer. */
  readonly says: string
}

export interface RecordsRead {
  readonly times: readonly number[]
}

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
const dispatcher = new Agent({ keepAliveTimeout: 60_000 })

say('ready')
createInterface({ input: process.stdin })
  .on('line', async (line) => say(await readAll(JSON.parse(line) as RecordsToRead)))
  .on('close', () => process.exit(0))

async function readAll({ url, key, patients, path, says }: RecordsToRead): Promise<RecordsRead> {
  const headers = { authorization: `Bearer ${key}` }
  const times: number[] = []
  for (const id of patients) {
    const started = performance.now()
    const response = await request(`${url}/v1/patients/${id}/${path}`, { headers, dispatcher })
    const text = await response.body.text()
    if (response.statusCode !== 200 || !text.includes(says))
      throw new Error(`${path}: ${response.statusCode} ${text.slice(0, 200)}`)
    times.push(performance.now() - started)
  }
  return { times }
}
