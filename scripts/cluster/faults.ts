/** Torments a cluster: every fault that there is, in an order that the seed chooses, two at a time, on different things. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, FaultDeps } from './fault.js'
import { HUB_FAULTS, killedOverAndOver } from './hub-faults.js'
import { RECEIVER_FAULTS } from './receiver-faults.js'
import { SERVER_FAULTS } from './server-faults.js'

export const FAULTS: readonly Fault[] = [...HUB_FAULTS, ...SERVER_FAULTS, ...RECEIVER_FAULTS]
export const RELEASE_STORM = 'hubs killed over and over in the release'
const AT_ONCE = 2
const STORM_MS = 8000
const LOOK_MS = 50

/** Until it is told to stop. @returns how often each fault ran, those too that never did */
export async function torment(deps: FaultDeps, until: () => boolean): Promise<ReadonlyMap<string, number>> {
  const { random, say } = deps
  const counts = new Map([...FAULTS.map(({ name }) => name), RELEASE_STORM].map((name) => [name, 0]))
  const count = (name: string, times = 1): void => void counts.set(name, (counts.get(name) ?? 0) + times)
  const broken = new Set<Fault['breaks']>()
  let deck: Fault[] = []
  let isReleaseDue = false

  /** Each once before any comes again. */
  const draw = (): Fault | undefined => {
    if (deck.length === 0) deck = shuffled(FAULTS, random)
    const at = deck.findIndex(({ breaks }) => !broken.has(breaks) && !(isReleaseDue && breaks === 'hubs'))
    return at < 0 ? undefined : deck.splice(at, 1)[0]
  }
  const oneAfterTheOther = async (): Promise<void> => {
    while (!until()) {
      const fault = draw()
      if (!fault) {
        await delay(LOOK_MS)
        continue
      }
      broken.add(fault.breaks)
      count(fault.name)
      say(fault.name)
      await fault.run(deps)
      broken.delete(fault.breaks)
      await delay(random.whole(50, 500))
    }
  }
  const atTheRelease = async (): Promise<void> => {
    await delay(deps.seconds * 500)
    isReleaseDue = true
    while (broken.has('hubs')) await delay(LOOK_MS)
    broken.add('hubs')
    say(RELEASE_STORM)
    count(RELEASE_STORM, await killedOverAndOver(deps, Math.min(STORM_MS, deps.seconds * 250)))
    broken.delete('hubs')
    isReleaseDue = false
  }
  await Promise.all([...Array.from({ length: AT_ONCE }, oneAfterTheOther), atTheRelease()])
  return counts
}

function shuffled<T>(list: readonly T[], random: FaultDeps['random']): T[] {
  const left = [...list]
  return list.map(() => left.splice(random.whole(0, left.length - 1), 1)[0] as T)
}
