import t from 'tap'
import { policeQuarterly } from '../../projections/police-quarterly.feed.js'
import { periodStream } from '../../src/domain/streams.js'
import { HubError } from '../../src/kernel/errors.js'
import { eventsOf } from '../fixtures/recording.js'
import { doctor, driveTo, LOG_ID, officer, openCounty, operator, Q1, STATION_1, STATION_3 } from './county.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'

t.test('closes one feed early by hand, once, in the name of who did it', async (t) => {
  const county = await openCounty(t)
  county.calendar.advanceTo(Date.parse('2026-04-02T09:00:00+08:00'))
  await county.feeds.start()

  const first = await county.feeds.close(POLICE, Q1, operator)
  const again = await county.feeds.close(POLICE, Q1, operator)
  await county.feeds.idle()

  t.equal(first.outcome, 'closed')
  t.same(again, { ...first, outcome: 'known' })
  const events = await eventsOf(county.store.log, periodStream(POLICE, Q1))
  t.match(events, [{ data: { by: 'HAND' }, recordedBy: { agency: operator.agency, person: 'staff-0' } }])
  t.equal((await county.feeds.periods(POLICE))[1]?.state, 'RELEASED')
  t.equal((await county.feeds.periods(PL))[0]?.period, Q1)

  await driveTo(county, '2026-04-08T00:00:00+08:00')
  t.equal((await eventsOf(county.store.log, periodStream(POLICE, Q1))).length, 1, 'the calendar finds it closed')
  t.equal((await county.feeds.periods(PL))[1]?.state, 'RELEASED')
})

t.test('refuses to close what is not over, not next, or no period of the feed', async (t) => {
  const { feeds, calendar } = await openCounty(t)
  calendar.advanceTo(Date.parse('2026-03-31T23:59:00+08:00'))

  await t.rejects(feeds.close(POLICE, Q1, operator), { code: 'HUB_BAD_PERIOD' })
  await t.rejects(feeds.close(POLICE, '2026Q2', operator), { code: 'HUB_BAD_PERIOD' })
  await t.rejects(feeds.close(POLICE, '2025Q4', operator), { code: 'HUB_BAD_PERIOD' })
  await t.rejects(feeds.close(POLICE, '2026H1', operator), { code: 'HUB_BAD_PERIOD' })
  await t.rejects(feeds.close(POLICE, 'spring', operator), { code: 'HUB_BAD_PERIOD' })
  await t.rejects(feeds.close('census', Q1, operator), { code: 'HUB_NOT_FOUND' })
})

t.test('closes no period while the one before it is not released whole', async (t) => {
  const county = await openCounty(t)
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, '2026-07-01T09:00:00+08:00', stuck))

  await t.rejects(stuck.close(POLICE, '2026Q2', operator), { code: 'HUB_OVERLOADED' })
  t.same(
    (await stuck.periods(POLICE)).map(({ state }) => state),
    ['OPEN', 'CLOSED'],
  )
  await stuck.stop()
  await driveTo(county, '2026-07-01T10:00:00+08:00')
  t.equal((await county.feeds.close(POLICE, '2026Q2', operator)).outcome, 'closed')
})

t.test('closes nothing while the clock is in doubt', async (t) => {
  const county = await openCounty(t)
  const doubting = county.feedsAgain({ isClockDoubted: () => true })
  await driveTo(county, '2026-04-09T00:00:00+08:00', doubting)

  t.equal((await doubting.periods(POLICE))[0]?.state, 'OPEN')
  await t.rejects(doubting.close(POLICE, Q1, operator), { code: 'HUB_CLOCK_BEHIND' })
})

t.test('after a long silence closes every period that is due, one after the other', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-10-08T00:00:00+08:00')

  t.same(
    (await county.feeds.periods(POLICE)).map(({ period, state }) => `${period} ${state}`),
    ['2026Q4 OPEN', '2026Q3 RELEASED', '2026Q2 RELEASED', '2026Q1 RELEASED'],
  )
  for (const period of ['2026Q1', '2026Q2', '2026Q3']) t.ok((await county.feeds.recompute(POLICE, period)).isEqual)
})

t.test('names nobody by a level that has gone stale by the cut, and compiles that again to the byte', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  await driveTo(county, '2026-07-08T00:00:00+08:00')
  await driveTo(county, '2026-10-08T00:00:00+08:00')
  const document = async (period: string) =>
    (await county.feeds.document(POLICE, period, STATION_1)).bytes.toString('utf8')

  t.match(await document('2026Q2'), '王示例')
  const stale = await document('2026Q3')
  t.notMatch(stale, /王示例|"level"/)
  t.match(stale, 'NOT_CURRENTLY_ASSESSED')
  t.ok((await county.feeds.recompute(POLICE, '2026Q3')).isEqual)
  const { documents, group } = await county.feeds.why(POLICE, '2026Q3', county.people.high)
  t.equal(group, 'notAssessed')
  t.same(
    documents.map(({ fieldSet }) => fieldSet),
    ['police.token@2'],
  )
})

t.test('runs the version that is in force, and stops at one that it does not know', async (t) => {
  const county = await openCounty(t)
  const versions = county.deps.versions()
  for (const name of [`feed:${POLICE}`, 'policy:weihai-2019']) {
    const ahead = county.feedsAgain({ versions: () => new Map([...versions, [name, 9]]) })

    await t.rejects(driveTo(county, '2026-04-08T00:00:00+08:00', ahead), { code: 'HUB_UNKNOWN_VERSION' }, name)
    t.equal((await eventsOf(county.store.log, periodStream(POLICE, Q1))).length, 0)
    await ahead.stop()
  }
})

t.test('a newer version that is only deployed is not run, and without one in force nothing closes', async (t) => {
  const county = await openCounty(t)
  const newer = { ...policeQuarterly, version: 9, label: { zh: '新', en: 'New' } }
  const deployed = county.feedsAgain({ definitions: [...county.deps.definitions, newer] })
  const inactive = county.feedsAgain({ versions: () => new Map() })
  county.calendar.advanceTo(Date.parse('2026-04-02T09:00:00+08:00'))

  await t.rejects(inactive.close(POLICE, Q1, operator), { code: 'HUB_NOT_FOUND', message: /no version of feed:/ })
  await t.rejects(inactive.preview(POLICE, STATION_1), { code: 'HUB_NOT_FOUND' })
  t.equal((await deployed.close(POLICE, Q1, operator)).outcome, 'closed')

  const [closing] = await eventsOf(county.store.log, periodStream(POLICE, Q1))
  t.same(closing?.data.versions, { [`feed:${POLICE}`]: 2, 'policy:weihai-2019': 1 })
})

t.test('answers nothing about a document before it is released', async (t) => {
  const { feeds } = await openCounty(t)

  await t.rejects(feeds.document(POLICE, Q1, STATION_1), { code: 'HUB_NOT_FOUND' })
  await t.rejects(feeds.recipientManifest(POLICE, Q1, STATION_1), { code: 'HUB_NOT_FOUND' })
  await t.rejects(feeds.accountingManifest(POLICE, Q1, STATION_1), { code: 'HUB_NOT_FOUND' })
  await t.rejects(feeds.recompute(POLICE, Q1), { code: 'HUB_NOT_FOUND' })
  await t.rejects(feeds.why(POLICE, Q1, LOG_ID), { code: 'HUB_NOT_FOUND' })
  await t.rejects(feeds.document('census', Q1, STATION_1), { code: 'HUB_NOT_FOUND' })
})

t.test('a preview shows the same rows and appends nothing', async (t) => {
  const county = await openCounty(t)
  const before = await county.store.log.head()
  const preview = await county.feeds.preview(POLICE, STATION_1)
  t.equal(await county.store.log.head(), before)
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  const { bytes } = await county.feeds.document(POLICE, Q1, STATION_1)

  const [header = '', ...rows] = preview.bytes.toString('utf8').split('\n')
  t.match(JSON.parse(header), { preview: true, period: Q1 })
  t.same(rows, bytes.toString('utf8').split('\n').slice(1))
  t.match(preview, { rows: 3, unmapped: 1 })
  t.equal((await county.feeds.preview(POLICE, STATION_3)).rows, 0)
  await t.rejects(county.feeds.preview(PL, STATION_1), { code: 'HUB_NOT_FOUND' })
})

t.test('in the days of grace a preview shows what the document will say, closings and amendments too', async (t) => {
  const county = await openCounty(t)
  const { people, record, feeds, calendar } = county
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  calendar.advanceTo(Date.parse('2026-05-20T09:00:00+08:00'))
  await record(officer, people.high, 'PublicSafetyIncidentRecorded', {
    ...{ kind: 2, at: '2026-03-20T22:00:00+08:00', policeRef: '警情示例9' },
  })
  await record(doctor, people.token, 'PatientDied', { date: '2026-05-01', cause: 1 })
  await record(doctor, people.unassessed, 'PatientRelocated', {
    ...{ from: '371002001', to: '371002002', kind: 'PERMANENT', leftAt: '2026-05-12' },
  })
  calendar.advanceTo(Date.parse('2026-07-03T09:00:00+08:00'))
  await county.readModels.through()

  const preview = await feeds.preview(POLICE, STATION_1)
  await driveTo(county, '2026-07-08T00:00:00+08:00')
  const { bytes } = await feeds.document(POLICE, '2026Q2', STATION_1)

  t.equal(preview.period, '2026Q2')
  const rows = preview.bytes.toString('utf8').split('\n').slice(1)
  t.same(rows, bytes.toString('utf8').split('\n').slice(1))
  t.match(rows.join('\n'), /"amendments":\[.*"period":"2026Q1"/)
  t.match(rows.join('\n'), /"closing":{"on":"2026-05-01","reason":"DIED"}/)
  t.match(rows.join('\n'), /"closing":{"on":"2026-05-12","reason":"LEFT_AREA"}/, 'another station has the person now')
})
