import t from 'tap'
import { drivenClock, wallClock } from '../../src/kernel/clock.js'

t.test('stands still until it is driven, and goes forward only', async (t) => {
  const clock = drivenClock(1000)

  t.equal(clock.now(), 1000)
  clock.advanceTo(1000)
  clock.advanceTo(2500)
  t.equal(clock.now(), 2500)
  t.throws(() => clock.advanceTo(2499), /at or after 2500, got 2499/)
  t.equal(clock.now(), 2500)
})

t.test('reads the machine’s clock as the wall clock', async (t) => {
  const before = Date.now()
  const now = wallClock.now()

  t.ok(before <= now && now <= Date.now())
})
