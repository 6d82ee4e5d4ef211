/** What a fault is: it breaks one real thing, mends it after a while, and may say what it found wrong meanwhile. */
import type { SeededRandom } from '../../src/rehearsal/seeded-random.js'
import type { HubProcess } from './hubs.js'
import type { ClusterServers } from './servers.js'
import type { Story } from './story.js'

export interface FaultDeps {
  readonly hubs: readonly HubProcess[]
  readonly servers: ClusterServers
  readonly story: Story
  readonly random: SeededRandom
  readonly say: (text: string) => void
  /** Something that a hub owes and did not do. */
  readonly blame: (text: string) => void
  /** How long the whole run is meant to be. */
  readonly seconds: number
}

export interface Fault {
  readonly name: string
  /** Two faults never break the same thing at once: one would mend what the other broke. */
  readonly breaks: 'hubs' | 'redis' | 'postgres' | 'event store' | 'receivers'
  readonly run: (deps: FaultDeps) => Promise<void>
}
