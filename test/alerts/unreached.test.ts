import t from 'tap'
import { createCounters } from '../../src/hub-counters.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { openSmallHub } from '../delivery/small-hub.js'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { openTempStore } from '../fixtures/store.js'
import { openTownship } from './township.js'

const NOWHERE = {
  presentTownship: '371002099',
  presentArea: undefined,
  presentAddress: { text: '示例路9号' },
  gridCell: undefined,
}

/** A counter that keeps what it was told, as text. */
function noted() {
  const said: string[] = []
  const note =
    (reason: string) =>
    ({ role, kind }: { readonly role: string; readonly kind: string }) =>
      void said.push(`${reason} ${role} ${kind}`)
  return { said, metrics: { unmapped: note('UNMAPPED'), unseen: note('UNSEEN') } }
}

t.test('counts, role by role, whom an alarm ought to have reached in a township that nobody holds', async (t) => {
  const { said, metrics } = noted()
  const { hub } = await openTownship(t, { metrics })
  const patient = await hub.register(NOWHERE)

  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await hub.idle()
  t.same(said.splice(0), ['UNMAPPED POLICE risk-assessed', 'UNMAPPED PL risk-assessed'])

  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.idle()
  t.same(
    said.splice(0),
    ['UNMAPPED POLICE', 'UNMAPPED COMMUNITY', 'UNMAPPED SUBDISTRICT'].map((one) => `${one} loss-of-contact`),
  )

  await hub.record(patient, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:31:00+08:00' })
  await hub.idle()
  t.same(said.splice(0), ['UNMAPPED POLICE danger'])
})

t.test('counts what reached nobody at all', async (t) => {
  const { said, metrics } = noted()
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir, { metrics })
  t.teardown(() => hub.stop())
  await hub.enrol('CHC', ['371002001'], EXAMPLE_UNIT)
  const patient = await hub.register()

  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await hub.idle()

  t.same(said, ['UNMAPPED POLICE risk-assessed', 'UNMAPPED PL risk-assessed'])
})

t.test('does not take a notice for told to an agency that takes no alerts', async (t) => {
  const { said, metrics } = noted()
  const { hub } = await openTownship(t, { metrics })
  const alone = await hub.enrol('POLICE', [NOWHERE.presentTownship])
  await hub.enrol('PL', [NOWHERE.presentTownship])
  const patient = await hub.register(NOWHERE)

  await hub.record(patient, 'RiskAssessed', { level: 2, targets: 'NONE', evidence: ['SMASHING_AT_HOME'] })
  await hub.idle()
  t.same(said, ['UNSEEN POLICE risk-assessed', 'UNSEEN PL risk-assessed'])
  const box = await hub.mailbox(alone)
  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await hub.idle()

  const [first] = await hub.outbox(box)
  t.equal(first?.data.class, 'NOTICE', 'nothing is taken back from who never saw it')
})

t.test('warns of a role and kind once in ten minutes, and of no person, place or agency', (t) => {
  const lines: unknown[] = []
  const wall = drivenClock(0)
  const counters = createCounters({ warn: (line: unknown) => void lines.push(line), error() {}, info() {} }, wall)
  const miss = (): void => counters.dispatch.unmapped?.({ role: 'POLICE', kind: 'risk-assessed' })

  miss()
  miss()
  counters.dispatch.unseen?.({ role: 'PL', kind: 'risk-assessed' })
  wall.advanceTo(600_000)
  miss()

  t.same(lines, [
    { role: 'POLICE', kind: 'risk-assessed', count: 1 },
    { role: 'PL', kind: 'risk-assessed', count: 1 },
    { role: 'POLICE', kind: 'risk-assessed', count: 3 },
  ])
  t.same(counters.counts().unreached, [
    { reason: 'UNMAPPED', role: 'POLICE', kind: 'risk-assessed', count: 3 },
    { reason: 'UNSEEN', role: 'PL', kind: 'risk-assessed', count: 1 },
  ])
  t.end()
})
