import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { createOutboxWatch } from '../../src/alerts/watch-outboxes.js'
import { openReceiver } from '../delivery/receiver.js'
import { openTownship } from './township.js'

t.test('a hub that only serves hears what others queue, hand over, and take back', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const receiver = await openReceiver(t)
  const subscription = await hub.webhook(agencies.police, receiver.url)
  const heard: string[] = []
  const watch = createOutboxWatch({
    log: hub.log,
    directory: hub.directory,
    through: async () => undefined,
    outlet: {
      subscription: () => undefined,
      queued: (message) => heard.push(`queued ${message.subscription} ${message.sequence}`),
      redriven: (id) => heard.push(`redriven ${id}`),
      progressed: (id) => heard.push(`progressed ${id}`),
      takenBack: () => heard.push('taken back'),
    },
  })
  t.teardown(() => watch.stop())
  await watch.start()
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()
  await receiver.count(1)
  // It is written down at most once a second.
  while (!heard.includes(`progressed ${subscription}`)) await pause(20)

  t.ok(heard.indexOf(`queued ${subscription} 0`) < heard.indexOf(`progressed ${subscription}`))
  t.notOk(heard.includes('taken back'))
  await hub.recall(patient, agencies.police)
  await watch.idle()
  t.equal(heard.filter((one) => one === 'taken back').length, 1)
  await hub.erase(patient)
  await watch.idle()
  t.equal(heard.filter((one) => one === 'taken back').length, 2)
})
