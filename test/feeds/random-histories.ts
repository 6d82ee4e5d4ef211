/**
 * Random histories of the small county over a year: what happens in each quarter, what between its cut and its release, and who is
 * erased after it. Played through recording, read models and feeds as a hub does it; told again as one line for each file that left.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { agencyStream } from '../../src/domain/streams.js'
import { digestOf } from '../../src/feeds/document.js'
import type { FeedsWorkerData } from '../../src/feeds-worker.js'
import { DAY } from '../../src/kernel/dates.js'
import { HubError, isHubError } from '../../src/kernel/errors.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import type { Cleanup } from '../fixtures/store.js'
import { type County, doctor, driveTo, OFFICE, STATION_1, STATION_2, STATION_3 } from './county.js'
import { erasePatient } from './erase.js'
import { CA, DPF, LABOUR_FEED, openHalfYear } from './half-year.js'
import { AREA_HOLDERS, CELLS, FACTS, registration, TOWNSHIPS } from './random-facts.js'

export const FEEDS = ['police-quarterly', 'political-legal-quarterly', CA, DPF, LABOUR_FEED] as const

const QUARTERS = [
  { closes: '2026-04-08', lived: '2026-03-28', periods: ['2026Q1'] },
  { closes: '2026-07-08', lived: '2026-05-20', periods: ['2026Q2', '2026H1'] },
  { closes: '2026-10-08', lived: '2026-08-20', periods: ['2026Q3'] },
  { closes: '2027-01-08', lived: '2026-11-20', periods: ['2026Q4', '2026H2'] },
] as const

export interface Act {
  readonly what: string
  readonly who: number
  readonly n: number
  /** Days before the day on which it is recorded. */
  readonly late: number
}

export interface Quarter {
  readonly within: readonly Act[]
  /** After the cut and before the release. */
  readonly between: readonly Act[]
  /** People who are erased once everything is out. */
  readonly erased: readonly number[]
}

export type History = readonly Quarter[]

/** Beside the facts of people: somebody new, what is corrected or taken back, and who holds which area. */
const OTHERS = ['register', 'correct', 'retract', 'area']
/** What feeds turn on comes more often than what ends a life in the documents. */
const OFTEN = ['assess', 'assess', 'assess', 'move', 'incident', 'danger', 'apply', 'agree', 'rehabilitate', 'register']
const KINDS = [...Object.keys(FACTS), ...OTHERS, ...OFTEN, ...OFTEN, ...OFTEN, 'correct', 'retract']

const act: fc.Arbitrary<Act> = fc
  .tuple(fc.constantFrom(...KINDS), fc.nat(23), fc.nat(59), fc.constantFrom(0, 0, 0, 1, 30, 70, 160))
  .map(([what, who, n, late]) => ({ what, who, n, late }))

export const histories: fc.Arbitrary<History> = fc.tuple(
  ...QUARTERS.map(() =>
    fc
      .tuple(
        fc.array(act, { maxLength: 120, size: 'max' }),
        fc.array(act, { maxLength: 10, size: 'max' }),
        fc.array(fc.nat(23), { maxLength: 2, size: 'max' }),
      )
      .map(([within, between, erased]) => ({ within, between, erased })),
  ),
)

export interface Played {
  readonly county: County
  /** `2026Q1 police-quarterly <agency> <document> <manifest> <accounting>`, the digests of the files. */
  readonly files: readonly string[]
}

/** What was recorded of somebody, for corrections. */
interface Known {
  readonly id: string
  readonly what: string
}

interface Play {
  readonly county: County
  readonly patients: string[]
  readonly erased: Set<string>
  readonly known: Map<string, Known[]>
}

export interface Playing {
  /** Compiles in threads, as a hub does with many people; else on this thread. */
  readonly inThreads: boolean
  /** Told of every quarter after its release, before anybody is erased. */
  readonly check?: (county: County, periods: readonly string[]) => Promise<void>
}

export async function play(t: Cleanup, history: History, { inThreads, check }: Playing): Promise<Played> {
  const county = await openHalfYear(t)
  const state: Play = {
    county,
    patients: Object.values(county.people),
    erased: new Set(),
    known: new Map(),
  }
  const files: string[] = []
  for (const [i, { within, between, erased }] of history.entries()) {
    const quarter = QUARTERS[i]
    if (!quarter) break
    county.calendar.advanceTo(Date.parse(`${quarter.lived}T09:00:00+08:00`))
    await takeAll(state, within)
    await closedOn(county, quarter.closes)
    county.calendar.advanceTo(Date.parse(`${quarter.closes}T10:00:00+08:00`))
    await takeAll(state, between)
    // Others than those of the quarter before, which would have compiled as soon as the cut was open.
    const feeds = inThreads ? threaded(county) : county.feedsAgain()
    await driveTo(county, `${quarter.closes}T11:00:00+08:00`, feeds)
    files.push(...(await filesOf(county, quarter.periods)))
    await check?.(county, quarter.periods)
    await feeds.stop()
    for (const who of erased) await eraseOne(state, who)
  }
  return { county, files }
}

/** Whose document of which of these periods there is. */
export async function documentsOf(
  { feeds }: County,
  periods: readonly string[],
): Promise<readonly { readonly feed: string; readonly period: string; readonly agency: string }[]> {
  const found = await Promise.all(
    FEEDS.map(async (feed) =>
      (await feeds.periods(feed))
        .filter(({ period }) => periods.includes(period))
        .flatMap(({ period, documents }) => documents.map(({ agency }) => ({ feed, period, agency }))),
    ),
  )
  return found.flat()
}

async function filesOf(county: County, periods: readonly string[]): Promise<readonly string[]> {
  const { feeds } = county
  const lines: string[] = []
  for (const { feed, period, agency } of await documentsOf(county, periods)) {
    const [header = '', ...accounts] = (await feeds.accountingManifest(feed, period, agency))
      .toString('utf8')
      .split('\n')
    const manifest = JSON.parse((await feeds.recipientManifest(feed, period, agency)).toString('utf8'))
    // How far the log was when a cut was worked off is no part of what happened, nor what hangs on it.
    const { suppressionsThrough: _, ...head } = JSON.parse(header)
    const { accountingDigest: _digest, signature: _signature, ...said } = manifest
    const files = [
      (await feeds.document(feed, period, agency)).bytes,
      canonicalJson(said),
      [canonicalJson(head), ...accounts].join('\n'),
    ]
    lines.push([period, feed, agency, ...files.map((file) => digestOf(Buffer.from(file)))].join(' '))
  }
  return lines.sort()
}

/** The county's own feeds are asked: they read the same spool. */
function threaded(county: County): County['feeds'] {
  const { vaultFile } = county.store
  const data: FeedsWorkerData = {
    readModelsDirectory: join(county.directory, 'readmodels'),
    logFile: join(county.directory, LOG_FILE),
    ...(vaultFile ? { vaultFile } : {}),
  }
  const entry = new URL('../../src/feeds-worker.js', import.meta.url)
  return county.feedsAgain({ threads: { entry, data, count: 2 }, threadsFrom: 0 })
}

/** Closes what is due and releases nothing of it. */
async function closedOn(county: County, day: string): Promise<void> {
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await driveTo(county, `${day}T00:00:00+08:00`, stuck).catch(() => undefined)
  await stuck.stop()
}

/** What a rule refuses did not happen. */
async function takeAll(state: Play, acts: readonly Act[]): Promise<void> {
  for (const one of acts) {
    try {
      await take(state, one)
    } catch (error) {
      if (!isHubError(error)) throw error
    }
  }
  await state.county.readModels.through()
}

async function take(state: Play, { what, who, n, late }: Act): Promise<void> {
  const { county, patients, known } = state
  const day = new Date(county.calendar.now() + 8 * 3_600_000 - late * DAY).toISOString().slice(0, 10)
  if (what === 'area') return assignArea(county, who, n, day)
  if (what === 'register') {
    const { by, type, data, at } = registration(day, n, `T${String(patients.length).padStart(8, '0')}`)
    patients.push(await county.record(by, '', type, data, at))
    return
  }
  const patient = patients[who % patients.length] ?? ''
  const told = known.get(patient) ?? []
  const earlier = told[n % Math.max(1, told.length)]
  if (what === 'retract') {
    if (earlier)
      await county.record(doctor, patient, 'RecordRetracted', { scope: 'FACT', reason: '误录' }, undefined, earlier.id)
    return
  }
  const stated = what === 'correct' ? earlier?.what : what
  const draft = stated === undefined ? undefined : FACTS[stated]?.(day, n)
  if (stated === undefined || !draft) return
  const corrects = what === 'correct' ? earlier?.id : undefined
  const id = await county.record(draft.by, patient, draft.type, draft.data, draft.at, corrects)
  known.set(patient, [...told, { id, what: stated }])
}

/** Two of one role may come to hold the same area, one may lose its last, and some begin or end in the past. */
async function assignArea({ deps, readModels }: County, who: number, n: number, day: string): Promise<void> {
  const holders = [STATION_1, STATION_2, STATION_3, OFFICE, ...AREA_HOLDERS]
  const area = n % 7 === 0 ? `grid:${CELLS[n % CELLS.length]}` : (TOWNSHIPS[n % TOWNSHIPS.length] ?? '')
  const stream = agencyStream(holders[who % holders.length] ?? '')
  const data = { areas: [area], from: day, ...(n % 3 === 0 ? { to: day } : {}) }
  const last = await deps.log.readTail(stream)
  const corrects = n % 4 === 0 && last?.type === 'AgencyAreaAssigned' ? { corrects: last.id } : {}
  await deps.recorder.appendNext({ stream, type: 'AgencyAreaAssigned', data, ...corrects })
  readModels.notify()
}

async function eraseOne({ county, patients, erased }: Play, who: number): Promise<void> {
  const patient = patients[who % patients.length] ?? ''
  if (erased.has(patient)) return
  erased.add(patient)
  await erasePatient(county, patient)
}
