/**
 * The demo: a fresh simulated store, a county of people who do not exist, two quarters driven to their close, three agencies
 * that receive, and then what each of them came to know. It leaves nothing behind, neither processes nor data, unless told to.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drivenClock } from '../kernel/clock.js'
import { dayOf } from '../kernel/dates.js'
import { type Checked, checkArrivals } from './demo-check.js'
import { type Pasteable, pasteableCommands } from './demo-commands.js'
import { type InDocuments, personInDocuments } from './demo-documents.js'
import { playLetters } from './demo-letters.js'
import type { DemoHub, DemoOptions, DemoScreen, OpenDemoHub } from './demo-port.js'
import type { Receiver } from './demo-receivers.js'
import { mostToldSubjects, type SideBySide, sideBySide } from './demo-side-by-side.js'
import { END_MS, LIVE_MS, PERIODS, type Stage, setStage } from './demo-stage.js'
import { type Tally, tallyOf } from './demo-tally.js'

export interface DemoReport {
  readonly patients: number
  /** Seconds on the wall clock: to the county being live, and from there to both quarters closed. */
  readonly seconds: { readonly history: number; readonly quarters: number }
  readonly tally: Tally
  readonly checked: Checked
  readonly sent: { readonly overHttp: number; readonly inProcess: number }
  readonly historyEvents: number
  readonly rings: readonly { readonly agency: string; readonly byQuarter: readonly number[] }[]
  /** Absent where no person was told of in an alarm. */
  readonly person?: SideBySide & { readonly patientId: string }
  /** Somebody whom most of the five feeds know, as the newest document of each says it. */
  readonly inDocuments?: InDocuments
  readonly agencyNames: ReadonlyMap<string, string>
  readonly commands: readonly Pasteable[]
}

export interface DemoDeps {
  readonly openHub: OpenDemoHub
  readonly screen: DemoScreen
  /** Shows the report; then the demo stays up until `stopped`, unless `exit`. */
  readonly show: (report: DemoReport) => void
  /** Resolves when somebody wants it to end. */
  readonly stopped: Promise<void>
}

export const DEFAULT_PATIENTS = 3000
export const DEFAULT_SEED = 7
const CANDIDATES = 20
/** So long nothing more may arrive before what is missing counts as missing. */
const SILENCE_MS = 10_000

/** @returns 0 where everything expected arrived, else 1 */
export async function runDemo(options: DemoOptions & { readonly exit?: boolean }, deps: DemoDeps): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lianhu-demo-'))
  const receivers: Receiver[] = []
  let hub: DemoHub | undefined
  let isStopping = false
  deps.stopped.then(() => {
    isStopping = true
  })
  try {
    const passphraseFile = join(dataDir, 'passphrase')
    writeFileSync(passphraseFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
    const calendar = drivenClock(LIVE_MS)
    hub = await deps.openHub({ dataDir, passphraseFile, calendar, port: options.port ?? 0 })
    const { patients = DEFAULT_PATIENTS, seed = DEFAULT_SEED } = options
    const report = await rehearse(
      hub,
      calendar,
      { patients, seed, dataDir, receivers, isStopping: () => isStopping },
      deps,
    )
    deps.screen.stop()
    deps.show(report)
    const code = report.checked.faults.length === 0 ? 0 : 1
    if (!options.exit) await deps.stopped
    return code
  } catch (error) {
    if (isStopping) return 1
    throw error
  } finally {
    deps.screen.stop()
    await Promise.all(receivers.map((receiver) => receiver.stop()))
    await hub?.stop()
    if (!options.keepData) rmSync(dataDir, { recursive: true, force: true })
  }
}

interface PatientAnswer {
  readonly state: { readonly responsibleUnit?: string; readonly died?: unknown }
}

interface Setting {
  readonly patients: number
  readonly seed: number
  readonly dataDir: string
  readonly receivers: Receiver[]
  readonly isStopping: () => boolean
}

async function rehearse(
  hub: DemoHub,
  calendar: ReturnType<typeof drivenClock>,
  setting: Setting,
  { screen }: DemoDeps,
): Promise<DemoReport> {
  const startMs = performance.now()
  const stage = await setStage({ hub, calendar, screen, ...setting })
  const liveMs = performance.now()
  screen.stage(`驱动两个季度（${PERIODS.join('、')}）`, END_MS - LIVE_MS)
  await stage.play.until(END_MS)
  const closedMs = performance.now()
  screen.stage('等待送达', 1)
  await arrived(hub, stage)
  screen.stage('核对', 1)
  const tally = await tallyOf(hub.log)
  const checked = await checkArrivals(hub, tally, stage.subscribed, stage.client.sentAt)
  const person = await personToldOf(hub, stage)
  const today = dayOf(calendar.now())
  const inDocuments = await personInDocuments(hub, tally.documents, (patientId) =>
    playLetters(hub, stage, { patientId, today }),
  )
  stage.client.close()
  const { county } = stage
  return {
    patients: setting.patients,
    seconds: { history: (liveMs - startMs) / 1000, quarters: (closedMs - liveMs) / 1000 },
    tally,
    checked,
    sent: stage.driver.counts(),
    historyEvents: stage.historyEvents,
    rings: county.ofRole('POLICE').map(({ id }) => ({
      agency: id,
      byQuarter: PERIODS.map((period) => tally.rings.get(id)?.get(period) ?? 0),
    })),
    ...(person ? { person } : {}),
    ...(inDocuments ? { inDocuments } : {}),
    agencyNames: new Map(county.agencies.map(({ id, name }) => [id, name])),
    commands: person ? commandsFor(hub, stage, setting.dataDir, person.patientId, today) : [],
  }
}

/** Resolves when every outbox is handed over, or when for a while nothing more has come. */
async function arrived(hub: DemoHub, { subscribed }: Stage): Promise<void> {
  await hub.dispatched()
  const count = (): number => subscribed.reduce((sum, { receiver }) => sum + receiver.accepted.size, 0)
  let isIdle = false
  const idle = hub.delivery.idle().then(() => {
    isIdle = true
  })
  for (let before = -1; !isIdle && count() !== before; ) {
    before = count()
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SILENCE_MS)
    })
    await Promise.race([idle, silence])
    clearTimeout(timer)
  }
  idle.catch(() => undefined)
  // What was answered is reported by another process: the last reports are still on their way.
  for (let before = -1; count() !== before; ) {
    before = count()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Somebody with a story, still cared for by the health centre that receives: the commands shown at the end work then. */
async function personToldOf(
  hub: DemoHub,
  { subscribed, county, client, enrolled }: Stage,
): Promise<DemoReport['person']> {
  const police = subscribed[0]?.receiver
  const centre = subscribed.find(({ receiver }) => county.agency(receiver.agency).role === 'CHC')?.receiver.agency ?? ''
  for (const subject of police ? mostToldSubjects(police).slice(0, CANDIDATES) : []) {
    const patientId = await hub.resolvePseudonym(police?.agency ?? '', subject)
    if (patientId === undefined) continue
    const unit = await client
      .request<PatientAnswer>('GET', `/v1/patients/${patientId}`, enrolled.keys.get(centre)?.key ?? '')
      .then(({ state }) => (state.died === undefined ? state.responsibleUnit : undefined))
      .catch(() => undefined)
    if (unit !== centre) continue
    const told = await Promise.all(
      subscribed.map(async ({ receiver }) => ({ receiver, name: await hub.pseudonymOf(receiver.agency, patientId) })),
    )
    return { patientId, ...sideBySide(told) }
  }
  return undefined
}

function commandsFor(
  hub: DemoHub,
  { county, enrolled, subscribed, mailbox }: Stage,
  dataDir: string,
  patientId: string,
  today: string,
): readonly Pasteable[] {
  const keyOf = (agency: string): string => enrolled.keys.get(agency)?.key ?? ''
  const health = subscribed.find(({ receiver }) => county.agency(receiver.agency).role === 'CHC')
  const [auditor] = county.ofRole('AUDITOR')
  return pasteableCommands({
    url: hub.url,
    dataDir,
    today,
    patientId,
    health: { name: health?.name ?? '', key: keyOf(health?.receiver.agency ?? '') },
    auditorKey: keyOf(auditor?.id ?? ''),
    mailbox: { name: mailbox.agency.name, key: keyOf(mailbox.agency.id), subscription: mailbox.subscription },
  })
}
