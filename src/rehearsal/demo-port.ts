/** What the demo needs of a hub and of a screen. The composition root makes the one, the command line the other. Types only. */
import type { AccountOf } from '../account/port.js'
import type { Delivery, Subscriptions } from '../delivery/port.js'
import type { Feeds } from '../feeds/port.js'
import type { DrivenClock } from '../kernel/clock.js'
import type { LogReader } from '../log/port.js'
import type { EnrolmentDesk } from './enrol.js'
import type { PlayHub } from './play.js'

export interface DemoHub extends Omit<PlayHub, 'principalOf'> {
  /** Where it listens. */
  readonly url: string
  readonly administration: EnrolmentDesk
  readonly feeds: Pick<Feeds, 'tick' | 'idle' | 'periods' | 'definitions' | 'document' | 'accountingManifest'>
  /** Who was given what of a person. */
  readonly account: AccountOf
  readonly subscriptions: Pick<Subscriptions, 'open'>
  readonly delivery: Pick<Delivery, 'idle'>
  readonly log: LogReader
  /** The patient whom an agency's own name means. */
  readonly resolvePseudonym: (agency: string, pseudonym: string) => Promise<string | undefined>
  /** The keyed digest of an envelope, as the outbox holds it. */
  readonly digestOf: (agency: string, body: string) => Promise<string>
  /** Resolves when everything in the log has been matched and queued. */
  readonly dispatched: () => Promise<void>
  stop(): Promise<void>
}

export interface DemoStore {
  readonly dataDir: string
  readonly passphraseFile: string
  readonly calendar: DrivenClock
  /** 0: any free port. */
  readonly port: number
}

export type OpenDemoHub = (store: DemoStore) => Promise<DemoHub>

export interface DemoScreen {
  /** A stage begins; `total` is how far its bar goes. */
  stage(label: string, total: number): void
  /** How far the stage is. */
  at(done: number): void
  /** A line that stays, above the bar. */
  line(text: string): void
  /** The bar goes away. */
  stop(): void
}

export interface DemoOptions {
  /** Defaults to 3000. */
  readonly patients?: number
  /** Defaults to 7. */
  readonly seed?: number
  /** Defaults to any free port. */
  readonly port?: number
  /** Leaves the store where it was made. Defaults to false. */
  readonly keepData?: boolean
}
