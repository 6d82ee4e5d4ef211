import t from 'tap'
import { createLedger } from '../../src/delivery/ledger.js'
import { wallTimers } from '../../src/delivery/timers.js'
import { wallClock } from '../../src/kernel/clock.js'
import type { HubRecorder } from '../../src/recording/port.js'

t.test('says written when the log has it, and not while it is on its way', async (t) => {
  let land: () => void = () => undefined
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  const appendNext = async () => {
    await landed
    return { id: '', stream: 'subscription-a', revision: 1, recordedAt: '' }
  }
  const ledger = createLedger({
    ...{ subscription: 'a', calendar: wallClock, timers: wallTimers },
    recorder: { appendNext } as Pick<HubRecorder, 'appendNext'>,
    onRefusal: (error) => t.fail(String(error)),
  })
  ledger.handedOver(0)
  const flushed = ledger.flush()
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(ledger.isWritten())

  land()
  await flushed
  t.ok(ledger.isWritten())
})
