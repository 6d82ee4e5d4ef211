import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { documentStream } from '../../src/domain/streams.js'
import { type CommittedRow, commitmentOf, sealedRowsRoot } from '../../src/feeds/commitments.js'
import { digestOf } from '../../src/feeds/document.js'
import { internalDocumentId } from '../../src/feeds/recipient-ids.js'
import { isSigned } from '../../src/feeds/signing.js'
import { FIRST_VERSIONS } from '../../src/hub-versions.js'
import { toBase64url } from '../../src/kernel/hash.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { eventsOf } from '../fixtures/recording.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { type County, driveTo, LOG_ID, OFFICE, openCounty, Q1, STATION_1, STATION_2, STATION_3 } from './county.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'

/** The first versions. Checked by eye against policy §5.4 and §6.2. Where a byte changes, a feed or field set owes a new version. */
const golden = (name: string): Buffer => readFileSync(join(REPOSITORY, 'test/feeds/golden', name))

const county = openCounty(t, { versions: FIRST_VERSIONS })
const closed = county.then(async (open) => {
  await driveTo(open, '2026-04-08T00:00:00+08:00')
  return open
})

async function rowsOf({ feeds }: County, feed: string, agency: string): Promise<readonly CommittedRow[]> {
  const { bytes } = await feeds.document(feed, Q1, agency)
  const [, ...lines] = bytes.toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as CommittedRow)
}

async function manifestOf({ feeds }: County, feed: string, agency: string): Promise<Record<string, unknown>> {
  return JSON.parse((await feeds.recipientManifest(feed, Q1, agency)).toString('utf8')) as Record<string, unknown>
}

t.test('compiles the documents of the county to the byte', async (t) => {
  const { feeds } = await closed
  const files: readonly (readonly [string, Buffer])[] = [
    ['station-1.ndjson', (await feeds.document(POLICE, Q1, STATION_1)).bytes],
    ['station-1.csv', (await feeds.document(POLICE, Q1, STATION_1, 'csv')).bytes],
    ['station-1.manifest.json', await feeds.recipientManifest(POLICE, Q1, STATION_1)],
    ['station-1.accounting.ndjson', await feeds.accountingManifest(POLICE, Q1, STATION_1)],
    ['station-2.ndjson', (await feeds.document(POLICE, Q1, STATION_2)).bytes],
    ['station-3.ndjson', (await feeds.document(POLICE, Q1, STATION_3)).bytes],
    ['station-3.manifest.json', await feeds.recipientManifest(POLICE, Q1, STATION_3)],
    ['office.ndjson', (await feeds.document(PL, Q1, OFFICE)).bytes],
    ['office.csv', (await feeds.document(PL, Q1, OFFICE, 'csv')).bytes],
    ['office.manifest.json', await feeds.recipientManifest(PL, Q1, OFFICE)],
    ['office.accounting.ndjson', await feeds.accountingManifest(PL, Q1, OFFICE)],
  ]
  for (const [name, bytes] of files) t.equal(bytes.toString('utf8'), golden(name).toString('utf8'), name)
})

t.test('renders them as workbooks: the same cells, settings and bytes each time', async (t) => {
  const { feeds } = await closed
  const workbooks = [
    ['station-1', POLICE, STATION_1],
    ['station-3', POLICE, STATION_3],
    ['office', PL, OFFICE],
  ] as const
  for (const [name, feed, agency] of workbooks) {
    const file = await feeds.document(feed, Q1, agency, 'xlsx')
    const again = await feeds.document(feed, Q1, agency, 'xlsx')

    t.equal(workbookText(readWorkbook(file.bytes)), golden(`${name}.xlsx.txt`).toString('utf8'), name)
    t.ok(again.bytes.equals(file.bytes))
    t.match(file, { format: 'xlsx', fileName: `${Q1}-${file.documentId}.xlsx`, mediaType: /spreadsheetml\.sheet$/ })
    t.equal(file.documentDigest, (await feeds.document(feed, Q1, agency)).documentDigest)
  }
})

t.test('says of each person what the policy lets out, and of some nothing', async (t) => {
  const open = await closed
  const names = async (feed: string, agency: string) => (await rowsOf(open, feed, agency)).map((row) => row.name ?? '-')

  t.same(
    (await names(POLICE, STATION_1)).sort(),
    ['-', '-', '王示例'],
    'one person and two tokens; none dead or excluded',
  )
  t.same(
    (await names(POLICE, STATION_2)).sort(),
    ['周示例', '孙示例'],
    'a community cut out of another township goes along',
  )
  t.same(await names(POLICE, STATION_3), [])
  t.same((await names(PL, OFFICE)).sort(), ['周示例', '孙示例', '王示例'])
})

t.test('lets a recipient check every row against the manifest, and the manifest against the hub’s key', async (t) => {
  const open = await closed
  for (const [feed, agency] of [
    [POLICE, STATION_1],
    [POLICE, STATION_3],
    [PL, OFFICE],
  ] as const) {
    const rows = await rowsOf(open, feed, agency)
    const manifest = await manifestOf(open, feed, agency)
    const commitments = rows.map((row) => ({ id: row.id, commitment: commitmentOf(row) }))

    t.same(manifest.commitments, commitments)
    t.same(
      rows.map(({ id }) => id),
      rows.map(({ id }) => id).sort(),
    )
    t.equal(manifest.root, `sha256:${toBase64url(sealedRowsRoot(commitments.map(({ commitment }) => commitment)))}`)
    t.equal(manifest.documentDigest, digestOf((await open.feeds.document(feed, Q1, agency)).bytes))
    t.equal(manifest.accountingDigest, digestOf(await open.feeds.accountingManifest(feed, Q1, agency)))
    t.ok(isSigned(manifest, String(manifest.signedBy)))
    t.notOk(isSigned({ ...manifest, rows: 99 }, String(manifest.signedBy)), 'a changed manifest is not ours')
  }
})

t.test('gives no two agencies an id that joins', async (t) => {
  const open = await closed
  const idsOf = async (feed: string, agency: string): Promise<readonly string[]> => {
    const rows = await rowsOf(open, feed, agency)
    const { documentId } = await open.feeds.document(feed, Q1, agency)
    return [documentId, ...rows.flatMap(({ id, pseudonym, salt }) => [id, String(pseudonym), salt])]
  }
  const all = [...(await idsOf(POLICE, STATION_1)), ...(await idsOf(POLICE, STATION_2)), ...(await idsOf(PL, OFFICE))]

  t.equal(new Set(all).size, all.length)
  const everything = canonicalJson(all)
  for (const patientId of Object.values(open.people)) t.notMatch(everything, patientId)
})

t.test('records each release before anything leaves, once, without patients', async (t) => {
  const { store, people } = await closed
  for (const [feed, agency, rows] of [
    [POLICE, STATION_1, 3],
    [POLICE, STATION_2, 2],
    [POLICE, STATION_3, 0],
    [PL, OFFICE, 3],
  ] as const) {
    const events = await eventsOf(store.log, documentStream(internalDocumentId(LOG_ID, feed, Q1, agency)))
    t.equal(events.length, 1)
    t.match(events[0], { type: 'FeedReleased', data: { feed, period: Q1, agency, rows } })
    const text = canonicalJson(events)
    for (const patientId of Object.values(people)) t.notMatch(text, patientId)
  }
})

t.test('counts and reports whom nobody answers for, and drops none silently', async (t) => {
  const { feeds, people } = await closed
  const period = (await feeds.periods(POLICE)).find((info) => info.period === Q1)

  t.equal(period?.unmapped, 1)
  t.same(period?.documents.map(({ rows }) => rows).sort(), [0, 2, 3])
  const why = await feeds.why(POLICE, Q1, people.unmapped)
  t.match(why, { outcome: 'UNMAPPED', group: 'high', documents: [] })
})

t.test('explains a row by rules and clauses, without a value', async (t) => {
  const { feeds, people } = await closed
  const why = await feeds.why(POLICE, Q1, people.token)

  t.match(why, { outcome: 'ROW', group: 'low', documents: [{ agency: STATION_1, fieldSet: 'police.token@1' }] })
  t.same(
    why.documents[0]?.disclosed.map(({ field }) => field),
    ['patientId', 'level', 'assessedOn', 'assessment', 'healthCentre.name', 'healthCentre.phone'],
  )
  t.notMatch(canonicalJson(why), '示例社区卫生服务中心')
  t.match(await feeds.why(POLICE, Q1, people.dead), { outcome: 'EXCLUDED', scope: 'DIED' })
  t.match(await feeds.why(POLICE, Q1, people.aidOnly), { outcome: 'EXCLUDED', scope: 'PROGRAMME_NOT_OPEN' })
  t.match(await feeds.why(PL, Q1, people.token), { outcome: 'COUNTED', rule: 'BELOW_LEVEL_3' })
  t.match(await feeds.why(POLICE, Q1, STATION_1), { outcome: 'UNKNOWN_PERSON' })
})

t.test('compiles from the log alone to the same roots and bytes', async (t) => {
  const { feeds } = await closed
  for (const feed of [POLICE, PL]) {
    const again = await feeds.recompute(feed, Q1)
    t.ok(again.isEqual)
    t.equal(again.documents.length, feed === POLICE ? 3 : 1)
    for (const { released, recomputed } of again.documents) t.same(recomputed, released)
  }
})

t.test('accounts for everyone who was ever in the programme, and for nobody else', async (t) => {
  const { feeds, people } = await closed
  const text = (await feeds.accountingManifest(POLICE, Q1, STATION_1)).toString('utf8')

  for (const name of ['high', 'token', 'unassessed', 'dead', 'excluded'] as const) t.match(text, people[name])
  for (const name of ['aidOnly', 'detained', 'unmapped'] as const) t.notMatch(text, people[name])
  t.match(text, /"rule":"DIED"/)
  t.match(text, /"rule":"DIAGNOSIS_EXCLUDED"/)
})
