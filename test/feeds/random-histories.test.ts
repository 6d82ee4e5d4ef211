/**
 * Properties of random histories over all feeds: both ways of a compile give the same bytes, in any time zone and language, and
 * nothing leaves that no rule lets out or that joins two agencies' documents.
 */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import t from 'tap'
import { FEEDS as DEFINITIONS } from '../../projections/feeds.js'
import { patientRecord } from '../../projections/patient-record.js'
import { INITIAL_VERSIONS } from '../../src/hub-versions.js'
import { MINUTE } from '../../src/kernel/dates.js'
import type { FieldSet } from '../../src/policy/disclosure.js'
import { fieldSetOf } from '../../src/policy/field-sets.js'
import { manualCleanup } from '../readmodel/following.js'
import type { County } from './county.js'
import { toldBy, verdictOn } from './made-document.js'
import { documentsOf, FEEDS, type History, histories, play } from './random-histories.js'

t.setTimeout(5 * MINUTE)

/** Another seed tells other lives: `HISTORY_SEED=7 HISTORY_RUNS=50`. */
const SEED = Number(process.env.HISTORY_SEED ?? 20260401)
const RUNS = Number(process.env.HISTORY_RUNS ?? 2)

/** A day before and a day after, no whole hours from us, and a dotless i. */
const PLACES = [
  { TZ: 'America/St_Johns', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  { TZ: 'Pacific/Kiritimati', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
] as const

interface Line {
  readonly [member: string]: unknown
}

const seen = { rows: 0, amendments: 0, closings: 0, erased: 0, sets: new Set<string>() }
const played: { readonly history: History; readonly files: readonly string[] }[] = []

t.test('compile and recompute agree on every file, and each says no more than it may', async (t) => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const cleanup = manualCleanup()
      try {
        const periods = new Set<string>()
        const { county, files } = await play(cleanup, history, {
          inThreads: true,
          async check(county, released) {
            for (const period of released) periods.add(period)
            await isRecomputed(county, released)
            await keepsApart(county, [...periods])
            await saysWhatIsAllowed(county, released)
          },
        })
        // People were erased since: roots and accounting stand.
        seen.erased += await isRecomputed(county, [...periods])
        played.push({ history, files })
      } finally {
        await cleanup.run()
      }
    }),
    { seed: SEED, numRuns: RUNS, includeErrorInReport: true, endOnFailure: process.env.HISTORY_SHRINK === undefined },
  )
  t.ok(seen.rows > 100, `${seen.rows} rows`)
  t.ok(seen.closings > 0, `${seen.closings} closing rows`)
  t.ok(seen.amendments > 0, `${seen.amendments} amendments`)
  t.ok(seen.erased > 0, `${seen.erased} rows of people who were erased since`)
  const inForce = DEFINITIONS.filter(({ name, version }) =>
    INITIAL_VERSIONS.some((one) => one.kind === 'feed' && one.name === name && one.version === version),
  )
  t.equal(inForce.length, 5)
  for (const { name, fields } of inForce) t.ok(seen.sets.has(fields[0]?.id ?? ''), `${name}: rows`)
})

for (const [i, place] of PLACES.entries()) {
  t.test(`the same bytes on one thread in ${place.TZ}, ${place.LANG}`, async (t) => {
    const some = played.slice(i, i + 1)
    const child = spawn(process.execPath, [new URL('random-histories-child.js', import.meta.url).pathname], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...place },
    })
    child.stdin.end(JSON.stringify(some.map(({ history }) => history)))

    const told = JSON.parse(await text(child.stdout))

    t.ok(some.length > 0 && (some[0]?.files.length ?? 0) > 20)
    t.same(
      told,
      some.map(({ files }) => files),
    )
  })
}

/** @returns the rows of people who were erased since */
async function isRecomputed({ feeds }: County, periods: readonly string[]): Promise<number> {
  let erased = 0
  for (const feed of FEEDS) {
    for (const { period, state } of await feeds.periods(feed)) {
      if (!periods.includes(period)) continue
      if (state !== 'RELEASED') throw new Error(`${feed} ${period} is ${state}`)
      const again = await feeds.recompute(feed, period)
      if (!again.isEqual) throw new Error(`${feed} ${period} recomputes otherwise: ${JSON.stringify(again.documents)}`)
      for (const one of again.documents) erased += one.erased ?? 0
    }
  }
  return erased
}

async function rowsOf({ feeds }: County, feed: string, period: string, agency: string): Promise<readonly Line[]> {
  const { bytes } = await feeds.document(feed, period, agency)
  const [, ...lines] = bytes.toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Line)
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Whoever received a document finds nothing wrong with it, closing rows and rows that were taken back included. */
async function areSound(
  { feeds }: County,
  all: readonly { feed: string; period: string; agency: string }[],
): Promise<void> {
  for (const { feed, period, agency } of all) {
    const { bytes } = await feeds.document(feed, period, agency)
    const verdict = verdictOn(bytes, await feeds.recipientManifest(feed, period, agency))
    if (!verdict.isSound) throw new Error(`${feed} ${period}: ${JSON.stringify(toldBy(verdict))}`)
  }
}

/** No id or salt of a row stands in two agencies' documents, of whatever feed and period; and never a patient's own id. */
async function keepsApart(county: County, periods: readonly string[]): Promise<void> {
  const holders = new Map<string, string>()
  const patients = new Set(Array.from(county.readModels.reader(patientRecord).all(), ({ key }) => key))
  const all = await documentsOf(county, periods)
  await areSound(county, all)
  for (const { feed, period, agency } of all) {
    const rows = await rowsOf(county, feed, period, agency)
    for (const row of rows) {
      // What stands in the place of an erased row has no salt.
      const salts = row.salt === undefined ? [] : [String(row.salt)]
      for (const id of [...(JSON.stringify(row).match(UUID) ?? []), ...salts]) {
        if (patients.has(id)) throw new Error(`${feed} ${period}: a patient's own id left`)
        const holder = holders.get(id) ?? agency
        if (holder !== agency) throw new Error(`${feed} ${period}: ${agency} and ${holder} hold the same id`)
        holders.set(id, agency)
      }
    }
  }
}

/** Members of a row that are no facts. */
const OWN_MEMBERS = ['id', 'salt', 'fieldSet', 'pseudonym', 'amendments', 'commitment']

async function saysWhatIsAllowed(county: County, periods: readonly string[]): Promise<void> {
  for (const { feed, period, agency } of await documentsOf(county, periods)) {
    const sets = DEFINITIONS.filter(({ name }) => name === feed).flatMap(({ fields }) => fields)
    for (const row of await rowsOf(county, feed, period, agency)) {
      seen.rows++
      if (row.closing) seen.closings++
      const set = fieldSetOf(String(row.fieldSet))
      seen.sets.add(set.id)
      if (!sets.includes(set)) throw new Error(`${feed}: a row by ${set.id}`)
      for (const [member, value] of Object.entries(row)) {
        if (OWN_MEMBERS.includes(member)) continue
        for (const [path, leaf] of leavesOf(member, value)) mayLeave(set, path, leaf)
      }
      for (const { field, was, now, ...rest } of (row.amendments ?? []) as readonly Line[]) {
        seen.amendments++
        if (Object.keys(rest).join() !== 'period') throw new Error(`an amendment says ${Object.keys(rest)}`)
        const allowing = sets.filter((one) => isLetOut(one, String(field)))
        if (allowing.length === 0) throw new Error(`${feed}: an amendment of ${field}`)
        for (const value of [was, now])
          if (typeof value === 'object' && !Array.isArray(value)) throw new Error('an object left')
      }
    }
  }
}

function* leavesOf(path: string, value: unknown): Iterable<readonly [path: string, leaf: unknown]> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [member, inner] of Object.entries(value)) yield* leavesOf(`${path}.${member}`, inner)
  } else yield [path, value]
}

const isLetOut = (set: FieldSet, path: string): boolean =>
  set.rules.some(({ field, action }) => field === path && (action === 'allow' || action === 'generalise'))

function mayLeave(set: FieldSet, path: string, leaf: unknown): void {
  if (!isLetOut(set, path)) throw new Error(`${set.id} let out ${path}`)
  const rule = set.rules.find(({ field }) => field === path)
  if (rule?.action === 'generalise' && rule.to === 'DAY' && !/^\d{4}-\d\d-\d\d$/.test(String(leaf))) {
    throw new Error(`${set.id}: ${path} is finer than a day`)
  }
  for (const value of Array.isArray(leaf) ? leaf : [leaf]) {
    if (typeof value === 'object') throw new Error(`${set.id}: ${path} is no plain value`)
  }
}
