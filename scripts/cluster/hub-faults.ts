/** What is done to the hubs themselves: ended, taken back to an older version, their machines' clocks set. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE } from '../../src/kernel/dates.js'
import { clusterClient } from './client.js'
import type { Fault, FaultDeps } from './fault.js'
import type { HubProcess } from './hubs.js'
import { NEWER_TYPE } from './older-catalogue.js'
import { QUARTER_END } from './story.js'

const STEP_MS = 5 * MINUTE
/** So long a hub may take to say what it owes to say. Event store and vault may be away meanwhile. */
const SAID_WITHIN_MS = 20_000
const LOOK_MS = 100

/** One of them stays, so that the load goes on. */
async function ended(end: (hub: HubProcess) => Promise<void>, longestMs: number, deps: FaultDeps): Promise<void> {
  const hub = deps.random.pick(deps.hubs)
  await end(hub)
  await delay(deps.random.whole(0, longestMs))
  await hub.start()
}

/** A clock in doubt is said, and written down nowhere as anything else; the other hub's is right. */
async function stepped(aheadMs: number, { hubs, random, blame }: FaultDeps): Promise<void> {
  const hub = random.pick(hubs)
  hub.setClock(aheadMs)
  if (aheadMs < 0 && !(await says(hub, 'clock', false)))
    blame(`${hub.name}: its clock was set back ${-aheadMs} ms and it was in no doubt`)
  await delay(random.whole(500, 4000))
  hub.setClock(0)
}

/**
 * The other hub records what this one does not know: it must stop projecting, say so and be not ready, and once it is brought up to
 * date go on from there.
 */
async function older({ hubs, story, random, blame }: FaultDeps): Promise<void> {
  const hub = random.pick(hubs)
  const newer = hubs.find((other) => other !== hub)
  if (!newer) return
  await hub.kill()
  await hub.start('older')
  const client = clusterClient([newer.url], () => 0)
  for (let times = 0; times < 3; times++) {
    const { id: patientId, key } = random.pick(story.patients)
    const id = randomUUID()
    const data = { signedBy: 'BOTH', signedOn: '2026-03-30', formRef: `演练-${id}`, explainedBy: 'staff-2' }
    await client.ask(key, 'POST', '/v1/events', { patientId, id, type: NEWER_TYPE, data })
    story.acknowledged.add(id)
  }
  if (!(await says(hub, 'read models', false)))
    blame(`${hub.name}, of an older version, met ${NEWER_TYPE} and did not say that it stopped projecting`)
  if (!(await says(hub, 'dispatcher', false)))
    blame(`${hub.name}, of an older version, met ${NEWER_TYPE} and went on raising alerts`)
  await delay(random.whole(0, 2000))
  await hub.stop()
  await hub.start()
  if (!(await says(hub, 'read models', true))) blame(`${hub.name} was brought up to date and does not project`)
}

/** Whether its readiness says so of a check, within a while. */
async function says(hub: HubProcess, check: string, isOk: boolean): Promise<boolean> {
  for (const until = Date.now() + SAID_WITHIN_MS; Date.now() < until; await delay(LOOK_MS)) {
    const readiness = await hub.readiness()
    if (readiness?.checks.some((one) => one.name === check && one.isOk === isOk)) return true
  }
  return false
}

export const HUB_FAULTS: readonly Fault[] = [
  { name: 'hub killed', breaks: 'hubs', run: (deps) => ended((hub) => hub.kill(), 1500, deps) },
  { name: 'hub stopped', breaks: 'hubs', run: (deps) => ended((hub) => hub.stop(), 500, deps) },
  { name: 'clock set back 5 minutes', breaks: 'hubs', run: (deps) => stepped(-STEP_MS, deps) },
  { name: 'clock set ahead 5 minutes', breaks: 'hubs', run: (deps) => stepped(STEP_MS, deps) },
  { name: 'hub of an older version', breaks: 'hubs', run: older },
]

/**
 * All hubs go down together and come up in the next quarter. While the last one is closed, compiled and released, each of them is
 * killed again and again, as soon as it serves and before.
 */
export async function killedOverAndOver({ hubs, random }: FaultDeps, forMs: number): Promise<number> {
  const until = Date.now() + forMs
  let kills = 0
  const kill = async (hub: HubProcess): Promise<void> => {
    if (hub.isUp()) kills++
    await hub.kill()
  }
  await Promise.all(hubs.map(kill))
  for (const hub of hubs) hub.beginAt(QUARTER_END)
  await Promise.all(
    hubs.map(async (hub) => {
      while (Date.now() < until) {
        await kill(hub)
        const serving = hub.start().then(
          () => undefined,
          () => undefined,
        )
        if (random.chance(0.6)) await serving
        await delay(random.whole(100, 700))
      }
    }),
  )
  await Promise.all(hubs.map(kill))
  await Promise.all(hubs.map((hub) => hub.start()))
  return kills
}
