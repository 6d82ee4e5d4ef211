import { rmSync } from 'node:fs'
import t from 'tap'
import { HubError } from '../../src/kernel/errors.js'
import { enrolTownship, openSmallHub } from '../delivery/small-hub.js'
import { type FaultyLog, faultyLog } from '../fixtures/faulty-log.js'
import { openTempStore } from '../fixtures/store.js'
import { openTownship, saidTo } from './township.js'

t.test('takes up where it was: nothing is queued twice, nothing is skipped', async (t) => {
  const { hub, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  const before = await saidTo(hub, boxes)
  await hub.stop()
  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())

  t.same(await saidTo(again, boxes), before)

  await again.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  const after = await saidTo(again, boxes)
  t.equal(after.police?.at(-1), 'risk-assessed RETRACTION alert.police.token@1', 'who was told is remembered')
})

t.test('comes back from the log alone when its state is deleted', async (t) => {
  const { hub, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  const before = await saidTo(hub, boxes)
  const head = await hub.log.head()
  await hub.stop()
  for (const suffix of ['', '-wal', '-shm']) rmSync(hub.stateFile + suffix, { force: true })

  // Another push scope: what stands in the outboxes stands all the same.
  const again = await openSmallHub(await temp.reopen(), temp.dataDir, { pushScope: 'LEVEL_3_PLUS' })
  t.teardown(() => again.stop())
  await again.idle()

  t.equal(await again.log.head(), head, 'nothing is appended anew')
  t.same(await saidTo(again, boxes), before)
  await again.record(patient, 'ContactRegained', { at: '2026-03-02T09:32:00+08:00' })
  const after = await saidTo(again, boxes)
  t.equal(after.community?.at(-1), 'contact-regained RETRACTION alert.contact-regained@1')
})

for (const fault of ['not-persisted', 'persisted'] as const) {
  t.test(`queues each message once where appends fail, ${fault}`, async (t) => {
    let faulty: FaultyLog | undefined
    const { hub, boxes } = await openTownship(t, {
      through(log) {
        faulty = faultyLog(log)
        return faulty
      },
    })
    const patient = await hub.register()
    await hub.idle()

    faulty?.failNext(fault, fault, fault)
    await hub.record(patient, 'RiskAssessed', { level: 4 })
    await hub.record(patient, 'RiskAssessed', { level: 5 })

    const all = await saidTo(hub, boxes)
    t.equal(faulty?.pendingFaults(), 0)
    for (const name of ['police', 'pl', 'mhpc', 'centre']) {
      t.match(all[name], [/^risk-assessed ALARM/, /^risk-assessed ALARM/], name)
    }
    let raised = 0
    for await (const { event } of hub.log.readAll('')) if (event.type === 'AlertRaised') raised++
    t.equal(raised, 8, 'an alert beside every message')
  })
}

t.test('waits for a vault that is away, says so, and queues everything when it is back', async (t) => {
  let isAway = false
  let wakeOnRefusal: () => void = () => {}
  const refused = new Promise<void>((resolve) => {
    wakeOnRefusal = resolve
  })
  const { hub, boxes } = await openTownship(t, {
    vault: (vault) => ({
      ...vault,
      async keyById(kid) {
        if (!isAway) return vault.keyById(kid)
        wakeOnRefusal()
        throw new HubError('HUB_VAULT_AWAY', 'away')
      },
    }),
  })
  const patient = await hub.register()
  await hub.idle()

  isAway = true
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await refused
  await new Promise((resolve) => setImmediate(resolve))
  t.match(hub.dispatcher.health(), { state: 'stalled', error: { code: 'HUB_VAULT_AWAY' } })
  t.equal((await hub.outbox(boxes.police)).length, 0)
  isAway = false

  t.same((await saidTo(hub, boxes)).police, ['risk-assessed ALARM alert.police.high@1'])
  t.match(hub.dispatcher.health(), { state: 'running' })
})

t.test('stops and says so where a slot holds other content', async (t) => {
  const faults: unknown[] = []
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir, { onFault: (error) => faults.push(error) })
  t.teardown(() => hub.stop())
  const { police } = await enrolTownship(hub)
  const box = await hub.mailbox(police)
  await hub.idle()
  const patient = await hub.register()
  const cause = { stream: `patient-${patient}`, id: '0198f0aa-0000-7000-8000-00000000ffff' }
  const digest = `hmac-sha256:${'A'.repeat(43)}`
  await hub.recorder.appendAt('new', {
    stream: `outbox-${box}`,
    type: 'MessageQueued',
    data: {
      key: 'k',
      cause,
      kind: 'test',
      class: 'ROUTINE',
      fieldSet: 'test@1',
      versions: { envelope: 1 },
      digest,
    },
  })

  await hub.record(patient, 'RiskAssessed', { level: 4 })

  await t.rejects(hub.idle(), { code: 'HUB_DIFFERENT_CONTENT' })
  t.match(hub.dispatcher.health(), { state: 'faulted' })
  t.equal(faults.length, 1)
})
