/** Released documents after a person of them was erased and the keys are gone: from the spool, without it, and compiled again. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkDocument } from '../../kit/document.js'
import { openSpool, SPOOL_SECRET } from '../../src/feeds/spool.js'
import { MINUTE } from '../../src/kernel/dates.js'
import {
  type County,
  doctor,
  driveTo,
  OFFICE,
  openCounty,
  type PersonName,
  Q1,
  STATION_1,
  STATION_2,
} from './county.js'
import { erase } from './erase.js'

/** Each case opens a county of its own; on a busy machine they add up to more than the runner's half minute. */
t.setTimeout(3 * MINUTE)

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const DOCUMENTS = [
  [POLICE, STATION_1],
  [POLICE, STATION_2],
  [PL, OFFICE],
] as const
const RELEASED = '2026-04-09T10:00:00+08:00'

async function released(t: Parameters<typeof openCounty>[0]): Promise<County> {
  const county = await openCounty(t)
  await driveTo(county, RELEASED)
  return county
}

/** Everything that is given out of the period. */
async function givenOut({ feeds }: Pick<County, 'feeds'>): Promise<readonly Buffer[]> {
  const parts = DOCUMENTS.map(async ([feed, agency]) => [
    (await feeds.document(feed, Q1, agency)).bytes,
    (await feeds.document(feed, Q1, agency, 'csv')).bytes,
    await feeds.recipientManifest(feed, Q1, agency),
    await feeds.accountingManifest(feed, Q1, agency),
  ])
  return (await Promise.all(parts)).flat()
}

function forgetSpool(county: County): void {
  rmSync(join(county.directory, 'spool'), { recursive: true })
}

t.test(
  'names every row of a person with the commitment of its manifest, and where a sealed place has them counted',
  async (t) => {
    const county = await released(t)
    const { feeds, people } = county
    const committed = new Map<string, string>()
    for (const [feed, agency] of DOCUMENTS) {
      const { commitments } = JSON.parse((await feeds.recipientManifest(feed, Q1, agency)).toString())
      for (const { id, commitment } of commitments) committed.set(id, commitment)
    }
    const standing = async (name: PersonName) => {
      const { rows, counted } = await feeds.releasedStandings(people[name])
      for (const { row, commitment } of rows) t.equal(committed.get(row), commitment, name)
      return [rows.length, counted.length]
    }

    t.same(await standing('high'), [2, 0], 'police and office')
    t.same(await standing('divided'), [2, 0])
    t.same(await standing('token'), [1, 0], 'the office only counts, and by the township')
    t.same(await standing('dead'), [0, 0], 'left out by the station of the township, which is known without a key')
    t.same(await standing('unmapped'), [0, 0])
    t.same(await standing('aidOnly'), [0, 0])
  },
)

t.test(
  'a document whose spool is lost after an erasure is compiled again, to the bytes that went out before',
  async (t) => {
    const county = await released(t)
    const whole = await givenOut(county)
    await erase(county, 'high', 'divided', 'token', 'dead')

    const kept = await givenOut(county)
    forgetSpool(county)
    const again = await givenOut(county)
    forgetSpool(county)
    const afterRestart = await givenOut({ feeds: county.feedsAgain() })

    t.same(again, kept)
    t.same(afterRestart, kept)
    const text = Buffer.concat([...kept]).toString()
    t.notMatch(text, /王示例|周示例/)
    t.match(text, /孙示例/, 'whoever was not erased stands there still')
    for (const [i, bytes] of whole.entries()) {
      if (i % 4 > 1) t.ok(bytes.equals(again[i] ?? Buffer.alloc(0)), 'both manifests are those of the release')
    }
    const [bytes = Buffer.alloc(0), , manifest = Buffer.alloc(0)] = again
    const { document: id, rows, root, documentDigest: digest } = JSON.parse(manifest.toString())
    checkDocument({ id, feed: POLICE, period: Q1, rows, root, digest, href: '/', recalled: 2 }, bytes)
  },
)

t.test('of somebody who was erased it is said that they are, and nothing else', async (t) => {
  const county = await released(t)
  const why = () => county.feeds.why(POLICE, Q1, county.people.divided, STATION_2)
  const { documents } = await why()
  await erase(county, 'divided')
  const told = await why()

  t.match(documents, [{ agency: STATION_2 }])
  t.match(told, {
    outcome: 'ERASED',
    documents: [],
    decidedBy: { type: 'IdentityErased' },
    words: { zh: '身份信息已销毁' },
  })
  t.same(
    Object.keys(told).filter((member) => ['scope', 'group', 'asked'].includes(member)),
    [],
  )
})

t.test('a recompute says erased, and finds the released root and accounting', async (t) => {
  const county = await released(t)
  await erase(county, 'high', 'divided', 'token', 'dead')

  const { isEqual, documents } = await county.feeds.recompute(POLICE, Q1)

  t.ok(isEqual)
  const of = (agency: string) => documents.find((one) => one.agency === agency)
  t.match(of(STATION_1), { isEqual: true, erased: 1, recomputed: { root: of(STATION_1)?.released.root } })
  t.match(of(STATION_2), { isEqual: true, erased: 1 })
  t.notOk(of(STATION_1)?.recomputed?.documentDigest, 'nobody has the bytes any more')
  const untouched = documents.filter(({ erased }) => erased === undefined)
  for (const { released, recomputed } of untouched) t.same(recomputed, released)
  t.ok(untouched.length > 0)
  t.match(await county.feeds.recompute(PL, Q1), { isEqual: true })
})

t.test('whom a document only counts is counted there again, though where they lived is gone', async (t) => {
  const county = await openCounty(t)
  const closed = { programme: 'COMMUNITY_MANAGEMENT' }
  await county.record(doctor, county.people.divided, 'ProgrammeClosed', closed, '2026-03-01')
  await county.readModels.through()
  await driveTo(county, RELEASED)
  const accounting = () => county.feeds.accountingManifest(POLICE, Q1, STATION_2)
  const before = (await accounting()).toString()
  t.match(before, new RegExp(county.people.divided))
  t.match(await county.feeds.releasedStandings(county.people.divided), { rows: [], counted: { length: 2 } })
  await erase(county, 'divided')

  forgetSpool(county)

  t.equal((await accounting()).toString(), before)
  const { isEqual, documents } = await county.feeds.recompute(POLICE, Q1)
  t.ok(isEqual)
  for (const { released, recomputed } of documents) t.same(recomputed, released)
})

t.test('whom nobody answers for is still one of the unmapped once they are erased', async (t) => {
  const county = await released(t)
  const whole = await givenOut(county)
  await erase(county, 'unmapped')

  forgetSpool(county)

  t.same(await givenOut(county), whole)
  for (const feed of [POLICE, PL]) t.ok((await county.feeds.recompute(feed, Q1)).isEqual, feed)
})

t.test('a commitment that is not the released one is found', async (t) => {
  const county = await released(t)
  const { rows } = await county.feeds.releasedStandings(county.people.high)
  const other = rows.map((row) => ({ ...row, commitment: `sha256:${'A'.repeat(43)}` }))
  county.feeds.releasedStandings = async () => ({ rows: other, counted: [] })
  await erase(county, 'high')

  t.match(await county.feeds.recompute(POLICE, Q1), { isEqual: false })
  forgetSpool(county)
  await t.rejects(county.feeds.document(POLICE, Q1, STATION_1), { code: 'HUB_LOG_CORRUPT' })
})

t.test('the next period leaves out who was erased, and says why', async (t) => {
  const county = await released(t)
  await erase(county, 'high')
  await driveTo(county, '2026-07-09T10:00:00+08:00')

  const accounting = (await county.feeds.accountingManifest(POLICE, '2026Q2', STATION_1)).toString()
  const line = accounting.split('\n').find((one) => one.includes(county.people.high)) ?? '{}'
  t.match(JSON.parse(line), { outcome: 'EXCLUDED', rule: 'ERASED' })
  t.match(await county.feeds.recompute(POLICE, '2026Q2'), { isEqual: true })
})

t.test('the spool holds no row that was taken back once it is purged', async (t) => {
  const county = await released(t)
  const spool = openSpool(join(county.directory, 'spool'), await county.vault.secret(SPOOL_SECRET))
  const spooled = () => {
    const files = spool.documents(POLICE, Q1).map((document) => spool.get(POLICE, Q1, document))
    return files.map((file) => file?.ndjson.toString()).join('')
  }
  const whole = spooled()
  t.match(whole, /王示例/)
  const before = await givenOut(county)
  await erase(county, 'high')

  await county.feeds.purge()

  t.notMatch(spooled(), /王示例/)
  t.match(spooled(), /孙示例/)
  const { wholeBytes, recalled, documentDigest } = await county.feeds.document(POLICE, Q1, STATION_1)
  t.match({ wholeBytes, recalled }, { wholeBytes: before[0]?.length, recalled: 1 })
  t.equal(documentDigest, JSON.parse((before[2] ?? '').toString()).documentDigest)

  const place = join(county.directory, 'spool', POLICE, Q1)
  const filesOf = () => readdirSync(place).map((name) => readFileSync(join(place, name)).toString('base64'))
  const untouched = filesOf()
  await county.feeds.purge()
  t.same(filesOf(), untouched, 'nothing is written where nothing was taken back since')
})
