/**
 * Sets the stage of the demo: the county's agencies in a fresh hub, two years of history imported in one night, receivers
 * that listen, and subscriptions for them. From the last line on the county is live.
 */

import { join } from 'node:path'
import type { DrivenClock } from '../kernel/clock.js'
import { epochMsOf } from '../kernel/dates.js'
import { careOf } from './care.js'
import { type County, type CountyAgency, createCounty } from './county.js'
import type { Subscribed } from './demo-check.js'
import { createDriver, type Driver, firstDay, lastClosingDay } from './demo-drive.js'
import { createDemoClient, type DemoClient } from './demo-http.js'
import type { DemoHub, DemoScreen } from './demo-port.js'
import { type Receiver, startReceiver } from './demo-receivers.js'
import { type EnrolledCounty, enrolCounty, goLive } from './enrol.js'
import { createPlay, type Play } from './play.js'

export const PERIODS = ['2026Q1', '2026Q2'] as const
/** Two years before the first quarter. */
const HISTORY_FROM = '2024-01-01'
const IMPORT_CONCURRENCY = 64
/** A day's work comes in at once; more would only measure how long a queue can be. */
const DRIVE_CONCURRENCY = 16
const RECEIVER_LINES = 12

export const LIVE_MS = midnight(firstDay(PERIODS))
/** Noon of the day on which the last quarter closes. */
export const END_MS = midnight(lastClosingDay(PERIODS)) + 12 * 3_600_000

export interface Stage {
  readonly county: County
  readonly enrolled: EnrolledCounty
  readonly client: DemoClient
  readonly play: Play
  readonly driver: Driver
  readonly subscribed: readonly Subscribed[]
  /** An agency that fetches its messages itself. */
  readonly mailbox: { readonly agency: CountyAgency; readonly subscription: string }
  readonly historyEvents: number
}

export interface StageOptions {
  readonly hub: DemoHub
  readonly calendar: DrivenClock
  readonly screen: DemoScreen
  readonly patients: number
  readonly seed: number
  /** Where receivers keep how far they have come. */
  readonly dataDir: string
  /** Every receiver that was started, as soon as it is: whatever happens, somebody must end it. */
  readonly receivers: Receiver[]
  /** True as soon as somebody wants the demo to end. */
  readonly isStopping: () => boolean
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const { hub, calendar, screen, patients, seed, dataDir, receivers } = options
  const county = createCounty({ seed, patients })
  const historyFromMs = midnight(HISTORY_FROM)
  screen.stage('单位注册、辖区划定', 1)
  const enrolled = await enrolCounty(hub.administration, county, historyFromMs)
  screen.at(1)

  const client = createDemoClient(hub.url)
  const driver = createDriver(hub, client, (agency) => enrolled.keys.get(agency)?.key ?? '', PERIODS)
  const span = { fromMs: historyFromMs, toMs: END_MS, liveFromMs: LIVE_MS }
  let acts = 0
  const play = createPlay(careOf(county, span, 'BY_PERSON'), {
    hub: { ...hub, principalOf: enrolled.principalOf },
    calendar,
    concurrency: IMPORT_CONCURRENCY,
    send: driver.send,
    onDay: driver.onDay,
    onAct(act) {
      driver.noteAct(act)
      acts += 1
      if (acts % 50 === 0) screen.at(calendar.now() === LIVE_MS ? act.person : calendar.now() - LIVE_MS)
    },
    isStopping: options.isStopping,
  })
  screen.stage(`导入两年历史（${patients} 名患者）`, patients)
  await play.until(LIVE_MS)
  const historyEvents = play.counts.events
  await hub.dispatched()

  const subscribed: Subscribed[] = []
  for (const agency of receivingAgencies(county)) {
    const receiver = await startReceiver(agency.id, (text) => screen.line(text))
    receivers.push(receiver)
    const feeds =
      agency.role === 'POLICE' ? ['police-quarterly'] : agency.role === 'PL' ? ['political-legal-quarterly'] : []
    const { subscription, secret = '' } = await hub.subscriptions.open(enrolled.principalOf(agency.id), {
      alerts: true,
      feeds,
      channel: 'webhook',
      url: receiver.url,
    })
    const key = enrolled.keys.get(agency.id)?.key ?? ''
    const stateFile = join(dataDir, `receiver-${agency.id}.json`)
    receiver.begin({ name: agency.name, subscription, secret, key, hubUrl: hub.url, stateFile, lines: RECEIVER_LINES })
    subscribed.push({ receiver, name: agency.name, subscription })
  }
  const mailbox = mailboxAgency(county)
  const { subscription } = await hub.subscriptions.open(enrolled.principalOf(mailbox.id), {
    alerts: true,
    feeds: ['police-quarterly'],
    channel: 'mailbox',
  })
  await goLive(hub.administration, county, enrolled.operator, LIVE_MS)
  play.workWith(DRIVE_CONCURRENCY)
  return {
    county,
    enrolled,
    client,
    play,
    driver,
    subscribed,
    mailbox: { agency: mailbox, subscription },
    historyEvents,
  }
}

/** The station, the political-legal office and the health centre of the first township. */
function receivingAgencies(county: County): readonly CountyAgency[] {
  const township = county.townships[0]?.code ?? ''
  return (['POLICE', 'PL', 'CHC'] as const).map((role) => {
    const agency = county.inCharge(role, { township })
    if (!agency) throw new Error(`demo: no ${role} in the first township`)
    return agency
  })
}

function mailboxAgency(county: County): CountyAgency {
  const agency = county.inCharge('POLICE', { township: county.townships[1]?.code ?? '' })
  if (!agency) throw new Error('demo: no police station in the second township')
  return agency
}

function midnight(day: string): number {
  return epochMsOf(`${day}T00:00:00.000+08:00`)
}
