import t from 'tap'
import { createRenderer } from '../../src/delivery/render.js'
import { openTownship } from '../alerts/township.js'
import { LOG_ID, principalOf } from '../fixtures/recording.js'

const options = { staleAfterDays: 184, alertHours: 24 }

t.test('renders every message to the same bytes again, from the log as of its cause', async (t) => {
  const { hub, agencies, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'GuardianDesignated')
  const first = await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'DangerousBehaviorReported', { at: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'ContactRegained', { at: '2026-03-02T09:34:00+08:00' })
  await hub.correct(patient, first, 'RiskAssessed', { level: 2, assessedAt: '2026-03-02T09:34:00+08:00' })
  await hub.idle()
  // The world moves on: another address, another name of the unit, another guardian.
  await hub.record(patient, 'BasicInfoUpdated', { presentAddress: { text: '新址99号' } })
  await hub.enrol('CHC', ['371002007'], agencies.centre)
  await hub.record(patient, 'GuardianEnded')
  await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  await hub.idle()

  const { vault } = temp.store
  const again = createRenderer({ logId: LOG_ID, log: hub.log, vault, options: { staleAfterDays: 1, alertHours: 1 } })
  let compared = 0
  for (const box of Object.values(boxes)) {
    for (const { revision } of await hub.outbox(box)) {
      const rendered = await again.render(box, revision)
      const remembered = await hub.delivery.renderer.render(box, revision)
      t.equal(rendered.body, remembered.body, `${remembered.body.slice(0, 120)} …`)
      compared++
    }
  }
  t.ok(compared >= 20, `${compared} messages`)
})

t.test('says in Chinese what the facts let out, and no more', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'GuardianDesignated')
  await hub.record(patient, 'RiskAssessed', { level: 1, targets: 'NONE', evidence: ['NONE'] })
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  const police = principalOf(agencies.police, 'POLICE')
  const { messages } = await hub.delivery.messages(police, boxes.police, { after: -1 })
  const [token, alarm] = messages.map(({ body }) => JSON.parse(body))

  t.same(Object.keys(token.data.facts).sort(), ['assessedOn', 'healthCentre', 'level', 'pseudonym'])
  t.notMatch(token.data.text, /张示例/)
  t.match(alarm, {
    specversion: '1.0',
    kind: 'risk-assessed',
    class: 'ALARM',
    sequence: 1,
    data: {
      facts: {
        name: '张示例',
        idNumber: '11010519491231002X',
        level: 4,
        previousLevel: 1,
        guardian: { name: '赵示例' },
        presentAddress: '示例路1号',
        healthCentre: { name: '示例CHC', phone: '0631-5190000' },
      },
      supersedes: [token.id],
      staleAfter: '2026-09-02',
    },
  })
  t.match(alarm.data.text, /^【警示】管理对象张示例危险性评估达到警示等级。现行4级/)
  t.equal(alarm.subject, token.subject, 'one key for one person')
  t.equal(Date.parse(alarm.data.expiresAt) - Date.parse(alarm.time), 24 * 3600 * 1000)
  t.notOk(JSON.stringify(messages).includes(patient), 'the hub’s own id of the person leaves for no police')
})

t.test('gives the same pseudonym to no two agencies', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  const keys = new Set<unknown>()
  for (const box of [boxes.police, boxes.pl, boxes.mhpc, boxes.centre]) keys.add((await hub.outbox(box))[0]?.data.key)

  t.equal(keys.size, 4)
})

t.test(
  'leaves a tombstone where the person’s keys are gone: same id and sequence, nothing of the person',
  async (t) => {
    const { hub, boxes, temp } = await openTownship(t)
    const patient = await hub.register()
    await hub.record(patient, 'RiskAssessed', { level: 4 })
    await hub.idle()
    const before = await hub.delivery.renderer.render(boxes.police, 0)

    await temp.store.vault.destroy(`patient:${patient}`)
    const renderer = createRenderer({ logId: LOG_ID, log: hub.log, vault: temp.store.vault, options })
    const after = await renderer.render(boxes.police, 0)

    t.equal(after.id, before.id)
    t.equal(after.sequence, before.sequence)
    t.ok(after.isTombstone)
    t.match(JSON.parse(after.body).data, { tombstone: true, facts: {} })
    t.notMatch(after.body, /张示例|11010519491231002X|示例路/)
  },
)

t.test('refuses to send bytes that are not those that were recorded', async (t) => {
  const { hub, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  const { vault } = temp.store
  const otherLog = createRenderer({ logId: '0199aaaa-0000-7000-8000-000000000002', log: hub.log, vault, options })

  await t.rejects(otherLog.render(boxes.police, 0), { code: 'HUB_LOG_CORRUPT' })
})
