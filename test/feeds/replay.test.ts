import t from 'tap'
import { periodStream } from '../../src/domain/streams.js'
import { replayCut } from '../../src/feeds/replay.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { eventsOf } from '../fixtures/recording.js'
import { doctor, driveTo, openCounty, Q1 } from './county.js'

t.test('a log without a pass by streams yields the same people at the cut', async (t) => {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-08T00:00:00+08:00')
  await county.record(
    doctor,
    county.people.token,
    'ProgrammeClosed',
    { programme: 'COMMUNITY_MANAGEMENT' },
    '2026-04-08',
  )
  const [closing] = await eventsOf(county.store.log, periodStream('police-quarterly', Q1))
  const cut = { stream: closing?.stream ?? '', id: closing?.id ?? '' }
  const plain = createMemoryLog()
  for await (const { event } of county.store.log.readAll('')) {
    const { stream, revision, ...rest } = event
    await plain.append(stream, [rest], revision === 0 ? 'new' : { revision: revision - 1 })
  }
  const fast = county.deps.openLog()
  t.teardown(() => fast.close())

  const one = await replayCut(fast, cut, 1_000_000)
  const other = await replayCut({ ...plain, close: () => undefined }, cut, 1_000_000)

  const people = [...one.people()]
  t.same([...other.people()], people)
  t.same(other.agencies, one.agencies)
  t.equal(other.leafIndex, one.leafIndex)
  t.equal(people.length, 9)
  const token = people.find(({ key }) => key === county.people.token)
  t.equal(token?.row.state.programmes.COMMUNITY_MANAGEMENT?.open, true)
  t.equal(token?.live?.state.programmes.COMMUNITY_MANAGEMENT?.open, false)
  t.same(other.person(county.people.high), one.person(county.people.high))
  t.equal(one.person(closing?.id ?? ''), undefined)
})

t.test('a closing that the log does not hold is not found', async (t) => {
  const county = await openCounty(t)
  const log = county.deps.openLog()
  t.teardown(() => log.close())

  await t.rejects(replayCut(log, { stream: periodStream('police-quarterly', Q1), id: county.people.high }, -1), {
    code: 'HUB_NOT_FOUND',
  })
})
