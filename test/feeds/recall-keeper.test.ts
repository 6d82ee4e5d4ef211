/** Recalls that send themselves, on a real store: by withdrawal, by exclusion, beside a release, by several hubs, after a kill. */
import t, { type Test } from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { patientStream } from '../../src/domain/streams.js'
import { createRecallKeeper, type RecallKeeper, type RecallKeeperDeps } from '../../src/feeds/recall-keeper.js'
import type { ToldByMessage } from '../../src/feeds/recall-rules.js'
import { HubError } from '../../src/kernel/errors.js'
import type { HubRecorder } from '../../src/recording/port.js'
import { type County, doctor, driveTo, OFFICE, psychiatrist, STATION_1 } from './county.js'
import { CIVIL_AFFAIRS, DPF, FEDERATION, H1, LABOUR, openHalfYear, TO_FEDERATION } from './half-year.js'

const CLOSING = '2026-07-08T00:00:00+08:00'

function keeperOf(t: Test, county: County, changes: Partial<RecallKeeperDeps> = {}): RecallKeeper {
  const { placed, recorder, readModels, definitions, pack, calendar } = county.deps
  const keeper = createRecallKeeper({
    ...{ placed, recorder, readModels, definitions, pack, calendar },
    releasedRows: county.feeds.releasedRows,
    told: async () => [],
    recallCopies: async () => {},
    onError: (error) => t.fail(String(error)),
    ...changes,
  })
  t.teardown(() => keeper.stop())
  return keeper
}

async function looked(keeper: RecallKeeper, { readModels }: County): Promise<void> {
  readModels.notify()
  await readModels.through()
  keeper.tick()
  await keeper.idle()
}

async function recallsOf({ store }: County, patient: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of store.log.readStream(patientStream(patient))) {
    if (event.type === 'RecallSent') events.push(event)
  }
  return events
}

const withdraw = ({ record }: County, patient: string, withdrawnOn = '2026-07-09') =>
  record(doctor, patient, 'DataConsentWithdrawn', { ...TO_FEDERATION, withdrawnOn })

const exclude = ({ record }: County, patient: string) =>
  record(psychiatrist, patient, 'DiagnosisExcluded', { excludedOn: '2026-07-09', by: 'APPRAISAL' })

async function released(t: Test): Promise<County> {
  const county = await openHalfYear(t)
  await driveTo(county, CLOSING)
  county.calendar.advanceTo(Date.parse('2026-07-10T09:00:00+08:00'))
  return county
}

t.test('a withdrawal asks for the row that rested on it, once, and the next half-year has none', async (t) => {
  const county = await released(t)
  const { feeds, people } = county
  const before = await feeds.document(DPF, H1, FEDERATION)
  const [row] = (await feeds.releasedRows(people.token)).filter(({ feed }) => feed === DPF)
  t.match(row?.said, { basis: { kind: 'CONSENT', since: '2026-03-11' } })
  const keeper = keeperOf(t, county)
  await looked(keeper, county)
  t.same(await recallsOf(county, people.token), [], 'a consent that stands asks for nothing')

  const cause = await withdraw(county, people.token)
  for (let i = 0; i < 3; i++) await looked(keeper, county)

  const sent = await recallsOf(county, people.token)
  t.equal(sent.length, 1)
  t.same(sent[0]?.data, {
    agency: FEDERATION,
    reason: 'CONSENT_WITHDRAWN',
    fieldSets: ['disabled-persons.rehabilitation@1'],
    rows: [{ document: row?.document, row: row?.row, commitment: row?.commitment }],
    deleteBy: '2026-07-25',
  })
  t.same(sent[0]?.causation, { stream: patientStream(people.token), id: cause })
  for (const other of Object.values(people)) {
    if (other !== people.token) t.same(await recallsOf(county, other), [])
  }

  await county.readModels.through()
  const after = await feeds.document(DPF, H1, FEDERATION)
  t.equal(after.recalled, 1)
  t.equal(after.documentDigest, before.documentDigest)
  t.match(before.bytes.toString('utf8'), /李示例/)
  t.notMatch(after.bytes.toString('utf8'), /李示例/)
  t.ok(after.bytes.toString('utf8').includes(`{"commitment":"${row?.commitment}","id":"${row?.row}","recalled":true}`))
  t.ok((await feeds.recompute(DPF, H1)).isEqual, 'to the same root')

  await driveTo(county, '2027-01-08T00:00:00+08:00')
  t.notMatch((await feeds.document(DPF, '2026H2', FEDERATION)).bytes.toString('utf8'), /李示例/)
  await looked(keeper, county)
  t.equal((await recallsOf(county, people.token)).length, 1)
})

t.test('a withdrawal takes nothing that rests on an application', async (t) => {
  const county = await released(t)
  const { people } = county
  await county.record(doctor, people.high, 'DataConsentGiven', {
    ...{ ...TO_FEDERATION, separate: true, written: true, signedOn: '2026-07-09' },
  })
  await withdraw(county, people.high)

  await looked(keeperOf(t, county), county)

  t.ok((await county.feeds.releasedRows(county.people.high)).some(({ agency }) => agency === FEDERATION))
  t.same(await recallsOf(county, people.high), [])
})

t.test('a consent given again after the asking takes nothing back', async (t) => {
  const county = await released(t)
  const { token } = county.people
  const keeper = keeperOf(t, county)
  const cause = await withdraw(county, token)
  await looked(keeper, county)
  await county.record(
    ...([doctor, token, 'RecordRetracted', { scope: 'FACT', reason: '误录' }, undefined, cause] as const),
  )
  await looked(keeper, county)

  t.equal((await recallsOf(county, token)).length, 1)
  t.match(await county.feeds.document(DPF, H1, FEDERATION), { recalled: 1 })
})

t.test('an exclusion asks everybody for every row, and whoever was told by message', async (t) => {
  const county = await released(t)
  const { people, feeds } = county
  const told: readonly ToldByMessage[] = [
    { agency: '0199bbbb-0000-7000-8000-000000000006', role: 'COMMUNITY', revision: 3 },
    { agency: '0199bbbb-0000-7000-8000-000000000001', role: 'CHC', revision: 3 },
  ]
  await exclude(county, people.high)

  const keeper = keeperOf(t, county, { told: async () => told })
  for (let i = 0; i < 2; i++) await looked(keeper, county)

  const sent = await recallsOf(county, people.high)
  t.same(
    sent.map(({ data }) => data.agency),
    [STATION_1, OFFICE, '0199bbbb-0000-7000-8000-000000000006', CIVIL_AFFAIRS, FEDERATION, LABOUR].sort(),
  )
  t.ok(sent.every(({ data }) => data.reason === 'DIAGNOSIS_EXCLUDED' && data.fieldSets === undefined))
  const rows = sent.flatMap(({ data }) => (data.rows ?? []) as { document: string; row: string }[])
  t.same(
    rows.map(({ row }) => row).sort(),
    (await feeds.releasedRows(people.high)).map(({ row }) => row).sort(),
    'two quarters and three offices',
  )
  t.ok(rows.length >= 7)
})

t.test('a registration and a consent that were mistakes ask for what they let out', async (t) => {
  const county = await released(t)
  const { people, feeds, record, store } = county
  const idOf = async (patient: string, type: string): Promise<string> => {
    for await (const event of store.log.readStream(patientStream(patient))) if (event.type === type) return event.id
    return ''
  }
  const mistake = { scope: 'FACT', reason: '误录' }
  const retract = (patient: string, id: string) => record(doctor, patient, 'RecordRetracted', mistake, undefined, id)
  const given = await feeds.releasedRows(people.high)
  const retracted = await retract(people.high, await idOf(people.high, 'PatientRegistered'))
  const consent = { ...TO_FEDERATION, recipientRole: 'CA', purposeCode: 'SOCIAL_ASSISTANCE' }
  const corrected = await record(
    ...([doctor, people.token, 'DataConsentGiven'] as const),
    { ...consent, fieldSetId: 'civil-affairs.aid@1', separate: true, written: true, signedOn: '2026-03-11' },
    undefined,
    await idOf(people.token, 'DataConsentGiven'),
  )

  const keeper = keeperOf(t, county)
  for (let i = 0; i < 2; i++) await looked(keeper, county)

  const sent = await recallsOf(county, people.high)
  t.same(
    sent.map(({ data }) => data.agency),
    [STATION_1, OFFICE, CIVIL_AFFAIRS, FEDERATION, LABOUR],
    'everybody who was given a row',
  )
  t.ok(sent.every(({ data }) => data.reason === 'SENT_IN_ERROR' && data.fieldSets === undefined))
  t.same(sent[0]?.causation, { stream: patientStream(people.high), id: retracted })
  t.match(await recallsOf(county, people.token), [
    { data: { agency: FEDERATION, reason: 'SENT_IN_ERROR' }, causation: { id: corrected } },
  ])
  t.same(await feeds.releasedRows(people.high), given, 'the account goes on telling what was given')

  await driveTo(county, '2027-01-08T00:00:00+08:00')
  const ofHigh = await feeds.releasedRows(people.high)
  t.same(ofHigh, given, 'no later document lists the person, or closes their row')
  const { length } = await recallsOf(county, people.high)
  await record(doctor, people.high, 'RecordRetracted', { reason: '误撤' }, undefined, retracted)
  await looked(keeper, county)
  t.equal((await recallsOf(county, people.high)).length, length, 'what was asked stays asked, and nothing more')
  for (const feed of [DPF, 'police-quarterly']) {
    const period = feed === DPF ? '2026H2' : '2026Q4'
    t.ok((await feeds.recompute(feed, period)).isEqual, feed)
  }
})

t.test('a withdrawal between cut and release asks for nothing: the row never left', async (t) => {
  const county = await openHalfYear(t)
  const stuck = county.feedsAgain({
    openPatients() {
      throw new HubError('HUB_NOT_READY', 'not yet')
    },
  })
  await t.rejects(driveTo(county, CLOSING, stuck))
  await stuck.stop()
  county.calendar.advanceTo(Date.parse('2026-07-10T09:00:00+08:00'))
  await withdraw(county, county.people.token)
  const keeper = keeperOf(t, county)
  await looked(keeper, county)

  await driveTo(county, '2026-07-10T10:00:00+08:00')
  await looked(keeper, county)

  t.notMatch((await county.feeds.document(DPF, H1, FEDERATION)).bytes.toString('utf8'), /李示例/)
  t.same(await recallsOf(county, county.people.token), [])
})

t.test('a withdrawal that a release under way did not know of asks for the row once it is out', async (t) => {
  const county = await openHalfYear(t)
  const { token } = county.people
  let keeper: RecallKeeper | undefined
  let early: readonly StoredEvent[] | undefined
  const recorder: HubRecorder = {
    ...county.deps.recorder,
    async appendAt(slot, event) {
      // The document is compiled and not yet in the log.
      if (event.type === 'FeedReleased' && event.data.agency === FEDERATION) {
        await withdraw(county, token, '2026-07-08')
        keeper = keeperOf(t, county)
        await looked(keeper, county)
        early = await recallsOf(county, token)
      }
      return county.deps.recorder.appendAt(slot, event)
    },
  }
  await driveTo(county, CLOSING, county.feedsAgain({ recorder }))
  t.same(early, [], 'there was nothing yet that could be asked for')
  t.match((await county.feeds.document(DPF, H1, FEDERATION)).bytes.toString('utf8'), /李示例/)

  if (keeper) await looked(keeper, county)

  t.match(await recallsOf(county, token), [{ data: { agency: FEDERATION, reason: 'CONSENT_WITHDRAWN' } }])
  t.equal((await recallsOf(county, token)).length, 1)
})

t.test('several hubs on one log ask once', async (t) => {
  const county = await released(t)
  const { token, high } = county.people
  await withdraw(county, token)
  await exclude(county, high)
  await county.readModels.through()
  const keepers = Array.from({ length: 4 }, () => keeperOf(t, county))
  for (let i = 0; i < 3; i++) {
    for (const keeper of keepers) keeper.tick()
    await Promise.all(keepers.map((keeper) => keeper.idle()))
  }

  t.equal((await recallsOf(county, token)).length, 1)
  const agencies = (await recallsOf(county, high)).map(({ data }) => data.agency)
  t.equal(agencies.length, 5)
  t.equal(new Set(agencies).size, 5)
})

t.test('a hub that dies between two recalls, or right after one, goes on with the next', async (t) => {
  const county = await released(t)
  const { high } = county.people
  await exclude(county, high)
  const errors: unknown[] = []
  for (const isStored of [false, true, false, true, true, true, false]) {
    let left = 1
    const dying: HubRecorder = {
      ...county.deps.recorder,
      async appendAt(slot, event) {
        if (left-- > 0) {
          if (!isStored) throw new Error('killed before')
          await county.deps.recorder.appendAt(slot, event)
        }
        throw new Error('killed after')
      },
    }
    await looked(keeperOf(t, county, { recorder: dying, onError: (error) => errors.push(error) }), county)
  }
  t.ok(errors.length >= 5)
  await looked(keeperOf(t, county), county)

  const agencies = (await recallsOf(county, high)).map(({ data }) => data.agency)
  t.same([...agencies].sort(), [STATION_1, OFFICE, CIVIL_AFFAIRS, FEDERATION, LABOUR].sort())
})

t.test('one who cannot be looked at keeps nobody else waiting, and is looked at again', async (t) => {
  const county = await released(t)
  const { token, high } = county.people
  await withdraw(county, token)
  await exclude(county, high)
  const errors: unknown[] = []
  let isAway = true
  const asked: string[] = []
  const keeper = keeperOf(t, county, {
    async told(patientId) {
      if (isAway && patientId === high) throw new Error('rows are away')
      return []
    },
    async recallCopies(patientId) {
      if (isAway && patientId === token) throw new Error('copies are away')
      if (patientId === token || patientId === high) asked.push(patientId)
    },
    onError: (error) => errors.push(error),
  })
  await looked(keeper, county)
  t.same(errors.map(String).sort(), ['Error: copies are away', 'Error: rows are away'])
  t.equal((await recallsOf(county, token)).length, 1)
  t.equal((await recallsOf(county, high)).length, 0)
  t.same(asked, [high], 'what went out by letter waits for no row')

  isAway = false
  county.calendar.advanceTo(Date.parse('2026-07-25T09:00:00+08:00'))
  await looked(keeper, county)

  t.equal((await recallsOf(county, high)).length, 5)
  t.same(asked.slice(1).sort(), [token, high].sort(), 'and what went out by letter')
})
