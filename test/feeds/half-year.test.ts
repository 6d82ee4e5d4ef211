import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { CommittedRow } from '../../src/feeds/commitments.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { type County, doctor, driveTo, OFFICE, operator, STATION_1 } from './county.js'
import {
  CA,
  CIVIL_AFFAIRS,
  DPF,
  EMPTY_FEDERATION,
  FEDERATION,
  H1,
  LABOUR,
  LABOUR_FEED,
  openHalfYear,
} from './half-year.js'

const DOCUMENTS = [
  [CA, CIVIL_AFFAIRS, 'civil-affairs'],
  [DPF, FEDERATION, 'federation'],
  [DPF, EMPTY_FEDERATION, 'federation-empty'],
  [LABOUR_FEED, LABOUR, 'labour'],
] as const

/** Checked by eye against policy §6.2. Where a byte changes, a feed or field set owes a new version. */
const golden = (name: string): string => readFileSync(join(REPOSITORY, 'test/feeds/golden', name), 'utf8')

const county = openHalfYear(t)
const closed = county.then(async (open) => {
  await driveTo(open, '2026-07-08T00:00:00+08:00')
  return open
})

async function rowsOf({ feeds }: County, feed: string, agency: string): Promise<readonly CommittedRow[]> {
  const [, ...lines] = (await feeds.document(feed, H1, agency)).bytes.toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as CommittedRow)
}

t.test('compiles the documents of the half-year to the byte', async (t) => {
  const { feeds } = await closed
  for (const [feed, agency, name] of DOCUMENTS) {
    const files: readonly (readonly [string, Buffer])[] = [
      [`${name}.ndjson`, (await feeds.document(feed, H1, agency)).bytes],
      [`${name}.csv`, (await feeds.document(feed, H1, agency, 'csv')).bytes],
      [`${name}.manifest.json`, await feeds.recipientManifest(feed, H1, agency)],
      [`${name}.accounting.ndjson`, await feeds.accountingManifest(feed, H1, agency)],
    ]
    for (const [file, bytes] of files) t.equal(bytes.toString('utf8'), golden(file), file)
  }
})

t.test('renders them as workbooks', async (t) => {
  const { feeds } = await closed
  for (const [feed, agency, name] of DOCUMENTS) {
    const { bytes } = await feeds.document(feed, H1, agency, 'xlsx')
    t.equal(workbookText(readWorkbook(bytes)), golden(`${name}.xlsx.txt`), name)
  }
})

t.test('closes the half-year after its grace, and each office has its own document', async (t) => {
  const { feeds } = await closed
  for (const [feed, agencies] of [
    [CA, [CIVIL_AFFAIRS]],
    [DPF, [FEDERATION, EMPTY_FEDERATION]],
    [LABOUR_FEED, [LABOUR]],
  ] as const) {
    const period = (await feeds.periods(feed)).find((info) => info.period === H1)
    t.match(period, { state: 'RELEASED', closesOn: '2026-07-08', cut: { by: 'CALENDAR' } })
    t.same(
      period?.documents.map(({ agency }) => agency),
      agencies,
    )
  }
})

t.test('names who applied, agreed or is the office’s own charge; the others are numbers', async (t) => {
  const open = await closed
  const names = async (feed: string, agency: string) =>
    (await rowsOf(open, feed, agency)).map(({ name }) => name).sort()

  t.same(await names(CA, CIVIL_AFFAIRS), ['吴示例', '孙示例', '王示例'])
  t.same(await names(DPF, FEDERATION), ['李示例', '王示例'], 'a consent that was withdrawn opens nothing')
  t.same(await names(DPF, EMPTY_FEDERATION), [])
  t.same(await names(LABOUR_FEED, LABOUR), ['王示例'])
})

t.test('no office learns a level, a behaviour, a diagnosis or a stay', async (t) => {
  const { feeds } = await closed
  for (const [feed, agency] of DOCUMENTS) {
    const text = (await feeds.document(feed, H1, agency)).bytes.toString('utf8')
    t.notMatch(text, /"level":[45]|"assessment"|F20|精神|incident|danger|compulsory|ART30|lossOfContact/i)
  }
  const labour = (await feeds.document(LABOUR_FEED, H1, LABOUR)).bytes.toString('utf8')
  t.notMatch(
    labour,
    /卫生|0631-5200001|certificate|medical|MHL|"article"/i,
    'nor the labour office why the hub knows a person',
  )
})

t.test('gives no two agencies of any feed an id that joins', async (t) => {
  const open = await closed
  const own: [string, readonly string[]][] = []
  const all = [
    ...DOCUMENTS.map(([feed, agency]) => [feed, H1, agency] as const),
    ['police-quarterly', '2026Q1', STATION_1],
    ['political-legal-quarterly', '2026Q1', OFFICE],
  ] as const
  for (const [feed, period, agency] of all) {
    const { bytes, documentId } = await open.feeds.document(feed, period, agency)
    const lines = bytes.toString('utf8').trimEnd().split('\n').slice(1)
    const text = lines.join('\n')
    const ids = text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
    const salts = lines.map((line) => (JSON.parse(line) as CommittedRow).salt)
    own.push([agency, [documentId, ...ids, ...salts]])
  }
  for (const [agency, ids] of own) {
    for (const [other, others] of own) {
      if (agency !== other) t.notOk(ids.some((id) => others.includes(id)))
    }
    for (const patient of Object.values(open.people)) t.notOk(ids.includes(patient))
  }
  t.ok(own.filter(([, ids]) => ids.length > 1).length >= 5, 'there was something to compare')
})

t.test('compiles each from the log alone to the same roots and bytes', async (t) => {
  const { feeds } = await closed
  for (const feed of [CA, DPF, LABOUR_FEED]) t.ok((await feeds.recompute(feed, H1)).isEqual, feed)
})

t.test('says why somebody has no row', async (t) => {
  const { feeds, people } = await closed
  t.match(await feeds.why(LABOUR_FEED, H1, people.token), { outcome: 'COUNTED', rule: 'NO_BASIS' })
  t.match(await feeds.why(DPF, H1, people.divided), { outcome: 'COUNTED', rule: 'NO_BASIS' })
  t.match(await feeds.why(CA, H1, people.excluded), { outcome: 'EXCLUDED', scope: 'DIAGNOSIS_EXCLUDED' })
  t.match(await feeds.why(CA, H1, people.dead), { outcome: 'EXCLUDED', scope: 'DIED' })
  t.match(await feeds.why(CA, H1, people.high), {
    outcome: 'ROW',
    group: 'unknown',
    documents: [{ agency: CIVIL_AFFAIRS, fieldSet: 'civil-affairs.aid@1' }],
  })
})

t.test('a basis withdrawn or a restriction between cut and release takes the row away at once', async (t) => {
  const open = await openHalfYear(t)
  const { calendar, feeds, people, record, readModels } = open
  calendar.advanceTo(Date.parse('2026-07-02T09:00:00+08:00'))
  // Nothing works off the cut before the feeds are started.
  await feeds.close(DPF, H1, operator)
  await feeds.close(CA, H1, operator)
  await record(doctor, people.token, 'DataConsentWithdrawn', {
    ...{ recipientRole: 'DPF', purposeCode: 'REHABILITATION', fieldSetId: 'disabled-persons.rehabilitation@1' },
    ...{ signedBy: 'PATIENT', withdrawnOn: '2026-07-02' },
  })
  await record(
    doctor,
    people.high,
    'ProcessingRestricted',
    { reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' },
    '2026-07-02',
  )
  await readModels.through()
  await feeds.start()
  await feeds.idle()

  t.same(await rowsOf(open, DPF, FEDERATION), [])
  const accounting = (await feeds.accountingManifest(DPF, H1, FEDERATION)).toString('utf8')
  t.match(accounting, /"rule":"STOPPED_NO_BASIS"/)
  t.match(accounting, /"rule":"STOPPED_RESTRICTED"/)
  t.notMatch(
    (await rowsOf(open, CA, CIVIL_AFFAIRS)).map(({ name }) => name),
    ['王示例'],
  )
  for (const feed of [CA, DPF]) t.ok((await feeds.recompute(feed, H1)).isEqual, `${feed} again from the log`)
})

t.test('of older periods nothing more is said once the basis is gone', async (t) => {
  const open = await openHalfYear(t)
  const { calendar, people, record } = open
  await driveTo(open, '2026-07-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-09-10T09:00:00+08:00'))
  for (const patient of [people.token, people.high]) {
    await record(doctor, patient, 'RehabilitationServiceDelivered', { kind: 4, date: '2026-05-20' })
  }
  await record(doctor, people.token, 'DataConsentWithdrawn', {
    ...{ recipientRole: 'DPF', purposeCode: 'REHABILITATION', fieldSetId: 'disabled-persons.rehabilitation@1' },
    ...{ signedBy: 'PATIENT', withdrawnOn: '2026-09-01' },
  })
  await driveTo(open, '2027-01-08T00:00:00+08:00')

  const [, ...lines] = (await open.feeds.document(DPF, '2026H2', FEDERATION)).bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
  const rows = lines.map((line) => JSON.parse(line) as CommittedRow)
  t.same(
    rows.filter(({ closing }) => closing).map(({ amendments, closing }) => [closing, amendments]),
    [[{ reason: 'NOT_LISTED' }, undefined]],
  )
  t.same(rows.find(({ name }) => name === '王示例')?.amendments, [
    { field: 'rehabilitation.measures', now: [4], period: H1 },
  ])
})

t.test('a feed that is not in force in this log closes nothing, and the others go on', async (t) => {
  const open = await openHalfYear(t)
  const inForce = new Map([...open.deps.versions()].filter(([name]) => name !== `feed:${LABOUR_FEED}`))
  const feeds = open.feedsAgain({ versions: () => inForce })
  await driveTo(open, '2026-07-08T00:00:00+08:00', feeds)

  await t.rejects(feeds.document(LABOUR_FEED, H1, LABOUR), { code: 'HUB_NOT_FOUND' })
  t.ok((await feeds.document(CA, H1, CIVIL_AFFAIRS)).rows > 0)
})
