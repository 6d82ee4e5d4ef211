import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { driveTo, openCounty, Q1, STATION_1, STATION_2, STATION_3 } from './county.js'

const POLICE = 'police-quarterly'
const CLOSING = '2026-04-08T00:00:00+08:00'

t.test('a lost or damaged spool is compiled again from the log, to the byte', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, CLOSING)
  const contents = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for (const agency of [STATION_1, STATION_2, STATION_3]) {
      found.push((await county.feeds.document(POLICE, Q1, agency)).bytes.toString('utf8'))
      found.push((await county.feeds.recipientManifest(POLICE, Q1, agency)).toString('utf8'))
      found.push((await county.feeds.accountingManifest(POLICE, Q1, agency)).toString('utf8'))
    }
    return found
  }
  const before = await contents()
  const spool = join(county.directory, 'spool', POLICE, Q1)

  for (const file of readdirSync(spool)) writeFileSync(join(spool, file), Buffer.alloc(200, 1))
  t.same(await contents(), before)
  rmSync(join(county.directory, 'spool'), { recursive: true })
  t.same(await contents(), before)
})

t.test('what lies in the spool says nothing of anybody', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, CLOSING)
  const spool = join(county.directory, 'spool')
  const files = readdirSync(spool, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

  t.ok(files.length >= 6)
  for (const file of files) {
    const text = readFileSync(join(file.parentPath, file.name)).toString('latin1')
    for (const secret of ['王示例', '440524188001010014', '13900000001', county.people.high, 'level']) {
      t.notOk(
        text.includes(Buffer.from(secret).toString('latin1')) || file.name.includes(secret),
        'a secret in the clear',
      )
    }
  }
})

t.test('keeps a document as long as its recipient may, and the log can still yield it', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, CLOSING)
  const before = (await county.feeds.document(POLICE, Q1, STATION_1)).bytes.toString('utf8')
  const periods = (): readonly string[] => readdirSync(join(county.directory, 'spool', POLICE))

  await driveTo(county, '2026-09-28T12:00:00+08:00')
  t.same(periods(), ['2026Q1', '2026Q2'])
  await driveTo(county, '2026-09-29T00:00:00+08:00')
  t.same(periods(), ['2026Q2'])
  t.equal((await county.feeds.document(POLICE, Q1, STATION_1)).bytes.toString('utf8'), before)
})
