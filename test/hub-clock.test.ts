/** A clock that runs behind the log: what is written down about it, and what ends the doubt. */
import t from 'tap'
import type { StoredEvent } from '../src/domain/event.js'
import { HUB_STREAM } from '../src/domain/streams.js'
import { openHubCore } from '../src/hub-core.js'
import { DAY, MINUTE } from '../src/kernel/dates.js'
import { EXAMPLE_UNIT } from './fixtures/example-events.js'
import { eventsOf } from './fixtures/recording.js'
import type { Cleanup } from './fixtures/store.js'
import { openRealHub, PASSPHRASE, START_MS } from './http/real-hub.js'

/** A hub whose clock is moved at will, also back. */
const setup = async (t: Cleanup) => {
  let nowMs = START_MS
  const clock = { now: () => nowMs }
  const real = await openRealHub(t, {}, clock)
  const acts = async (): Promise<readonly StoredEvent[]> =>
    (await eventsOf(real.hub.log, HUB_STREAM)).filter(({ type }) => type.startsWith('Clock'))
  return {
    ...real,
    clock,
    acts,
    async setClock(ms: number): Promise<void> {
      nowMs = ms
      await real.hub.tick()
    },
    async isClockRight(): Promise<boolean> {
      const { json } = await real.call(undefined, 'GET', '/readyz')
      return json.checks.find(({ name }: { name: string }) => name === 'clock').isOk
    },
  }
}

t.test('doubts a clock that was set back, once, until it has passed the last event', async (t) => {
  const { enrol, setClock, acts, isClockRight } = await setup(t)
  await enrol('CHC', { id: EXAMPLE_UNIT })

  await setClock(START_MS - 5 * MINUTE)
  await setClock(START_MS - 4 * MINUTE)
  t.match(await acts(), [{ type: 'ClockDoubted', data: { behindMs: 5 * MINUTE } }])
  t.notOk(await isClockRight())
  await setClock(START_MS + MINUTE)

  t.match(await acts(), [{ type: 'ClockDoubted' }, { type: 'ClockConfirmed', data: { by: 'clock' } }])
  t.ok(await isClockRight())
})

t.test('a person confirms the clock, and the same jump is doubted no more; another one is', async (t) => {
  const { hub, call, enrol, operatorKey, setClock, acts, isClockRight } = await setup(t)
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const key = await operatorKey()
  const confirm = (as = key) => call(as, 'POST', '/v1/clock/confirm')
  t.match((await confirm()).json, { status: 409, code: 'HUB_ALREADY_DECIDED' }, 'there is no doubt yet')
  await setClock(START_MS - 5 * MINUTE)

  t.match((await confirm(doctor)).json, { status: 403 })
  const confirmed = await confirm()
  await setClock(START_MS - 4 * MINUTE)

  t.equal(confirmed.status, 201)
  t.match(await acts(), [{ type: 'ClockDoubted' }, { type: 'ClockConfirmed', data: { by: key.person } }])
  t.ok(await isClockRight())
  t.notOk((await hub.status()).isClockInDoubt)
  t.match((await confirm()).json, { status: 409 })
  await setClock(START_MS - 9 * MINUTE)
  t.match((await acts()).at(-1), { type: 'ClockDoubted', data: { behindMs: 9 * MINUTE } }, 'it fell back again')
  await setClock(START_MS + MINUTE)
  await enrol('POLICE')
  await setClock(START_MS)
  t.match((await acts()).at(-1), { type: 'ClockDoubted', data: { behindMs: MINUTE } }, 'a new jump')
})

t.test('a clock that jumps forward is in no doubt; set back by more than ten minutes it records nothing', async (t) => {
  const { call, enrol, register, setClock, acts } = await setup(t)
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })

  await setClock(START_MS + DAY)
  t.ok(await register(doctor))
  t.same(await acts(), [])
  await setClock(START_MS)

  t.same(await acts(), [], 'nothing can be written down')
  t.match((await call(doctor, 'POST', '/v1/clock/confirm')).json, { status: 403 })
})

t.test('what the log says of the clock is taken up by the next start; far behind there is none', async (t) => {
  const { hub, app, clock, setClock, enrol, operator } = await setup(t)
  await enrol('CHC', { id: EXAMPLE_UNIT })
  await setClock(START_MS - 5 * MINUTE)
  await app.close()
  await hub.stop()
  const start = (ms: number) => openHubCore({ config: hub.config, passphrase: PASSPHRASE, calendar: { now: () => ms } })

  t.equal(clock.now(), START_MS - 5 * MINUTE)
  await t.rejects(start(START_MS - 11 * MINUTE), { code: 'HUB_CLOCK_BEHIND' })
  const again = await start(START_MS - 3 * MINUTE)
  await again.clock.look()
  t.ok(again.clockGuard.isInDoubt(), 'something was recorded behind it, and the clock has still not passed it')
  await again.clock.confirm(operator)
  await again.stop()
  const third = await start(START_MS - 2 * MINUTE)
  await third.clock.look()
  t.notOk(third.clockGuard.isInDoubt(), 'a person confirmed it')
  t.notOk(third.directory.current.isClockDoubted())
  await third.stop()
})
