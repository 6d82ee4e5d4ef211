/**
 * A hub that has nothing to do, in a process of its own. Arguments: its data directory; `seed`, then so many agencies, then so many
 * webhooks among them; or `open`. Says `{}` when it has come to rest, then answers each line of standard input with its resident
 * memory and the processor time that it has used; ends with its standard input.
 */
import { createInterface } from 'node:readline'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { openEmptyHub } from './bench-hub.js'

export interface IdleAnswer {
  readonly rssMiB: number
  /** Of all threads, since the process began. */
  readonly cpuMs: number
}

const CONCURRENT = 256
const [dataDir = '', mode = 'open', agencies = '0', subscriptions = '0'] = process.argv.slice(2)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

const { hub, close } = await openEmptyHub({ dataDir, follow: mode === 'seed' ? 'recording' : 'everything' })
if (mode === 'seed') await seed(Number(agencies), Number(subscriptions))
else {
  await hub.readModels.through()
  await hub.dispatcher.idle()
  await hub.delivery.idle()
}
say({})
createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage()
    say({ rssMiB: process.memoryUsage.rss() / 1048576, cpuMs: (user + system) / 1000 } satisfies IdleAnswer)
  })
  .on('close', async () => {
    await close()
    process.exit(0)
  })

/** A directory that holds the agencies already is given the webhooks alone. */
async function seed(count: number, webhooks: number): Promise<void> {
  const { administration, directory } = hub
  const agency = operatorAgencyId(hub.logId)
  const client = directory().keysOf(agency)[0]?.keyId ?? (await administration.createOperatorKey('运维')).keyId
  const operator: Principal = { agency, role: 'HUB', client, isOperator: true }
  const stations = () =>
    directory()
      .agencies()
      .filter(({ role }) => role === 'POLICE')
  await many(count - stations().length, async (n) => {
    await administration.enrolAgency(operator, { role: 'POLICE', name: `测试派出所${n}`, phone: '0000-0000002' })
  })
  const ids = stations()
  await many(webhooks, async (n) => {
    const url = `http://127.0.0.1:9/${n}`
    const draft = { alerts: true, feeds: ['police-quarterly'], channel: 'webhook', url } as const
    await hub.subscriptions.open(operator, draft, ids[n % ids.length]?.id)
  })
}

async function many(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: CONCURRENT }, one))
}
