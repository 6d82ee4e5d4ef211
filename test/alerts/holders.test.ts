import t from 'tap'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { openTownship, said, saidTo } from './township.js'

type Hub = Awaited<ReturnType<typeof openTownship>>['hub']
const hash = `sha256:${'A'.repeat(43)}`

/** Closes a quarter and releases one document of it to an agency. */
async function release(hub: Hub, { feed, agency, period }: { feed: string; agency: string; period: string }) {
  const stream = `period-${feed}-${period}`
  const { receipt } = await hub.recorder.appendAt('new', {
    stream,
    type: 'FeedPeriodClosed',
    data: { feed, period, by: 'HAND', versions: { feed: 1 } },
  })
  await hub.recorder.appendAt('new', {
    stream: `document-${receipt.id}`,
    type: 'FeedReleased',
    data: {
      ...{ feed, period, agency, rows: 1, counts: {}, root: hash, accountingDigest: hash, documentDigest: hash },
      ...{ cut: { stream, id: receipt.id }, fieldSet: 'police.high@1', versions: { feed: 1 }, suppressionsThrough: -1 },
    },
  })
}

const LOW = { level: 1, targets: 'NONE', evidence: ['NONE'] }

t.test('raises nothing for imported history, and everything from the day on which the unit went live', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.recordHistory(patient, 'RiskAssessed', { level: 5, assessedAt: '2026-01-05' })
  t.same(await saidTo(hub, boxes), {})

  const live = { unit: EXAMPLE_UNIT, from: '2026-01-10' }
  await hub.recorder.appendNext({ stream: `agency-${EXAMPLE_UNIT}`, type: 'UnitWentLive', data: live })
  await hub.recordHistory(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-01-09' })
  t.same(await saidTo(hub, boxes), {}, 'history of before stays history')
  await hub.recordHistory(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-01-12' })

  t.same((await saidTo(hub, boxes)).police, ['risk-assessed NOTICE alert.police.high@1'])
})

t.test('takes back from those who learned of a level by a document', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.recordHistory(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-01-05' })
  await release(hub, { feed: 'police-quarterly', agency: agencies.police, period: '2025Q4' })

  await hub.record(patient, 'RiskAssessed', LOW)

  const all = await saidTo(hub, boxes)
  t.same(all.police, ['risk-assessed RETRACTION alert.police.token@1'], 'the station has the document')
  t.same(all.pl, ['risk-assessed NOTICE alert.political-legal.token@1'], 'the office never learned of the level')
})

t.test('tells a station once, however it learned', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.recordHistory(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-01-05' })
  await release(hub, { feed: 'police-quarterly', agency: agencies.police, period: '2025Q4' })
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.idle()

  await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  await hub.idle()
  await hub.record(patient, 'BasicInfoUpdated', {})

  t.same(said(await hub.outbox(boxes.police)), [
    'risk-assessed RETRACTION alert.police.token@1',
    'died RETRACTION alert.died@1',
  ])
})

t.test('tells nobody of a move who knew nothing, and the new station of nobody below level 3', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
  const unknown = await hub.register()
  const known = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await hub.record(known, 'RiskAssessed', LOW)
  await hub.idle()

  await hub.record(unknown, 'PatientRelocated', { leftAt: '2026-03-02' })
  await hub.record(known, 'PatientRelocated', { leftAt: '2026-03-02' })

  t.same(await saidTo(hub, { police: boxes.police, newBox }), {
    police: ['risk-assessed NOTICE alert.police.token@1', 'moved RETRACTION alert.moved@1'],
  })
})

t.test('gives a correction to the station that was told, not to the one in charge since', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
  const patient = await hub.register()
  const danger = await hub.record(patient, 'DangerousBehaviorReported', { at: '2026-03-02T09:30:00+08:00' })
  await hub.idle()

  await hub.retract(patient, danger)

  t.same(await saidTo(hub, { police: boxes.police, newBox }), {
    police: ['danger ALARM alert.danger.police@1', 'danger RETRACTION alert.withdrawn@1'],
  })
})

t.test(
  'tells grid worker and committees alike of a loss, and takes back from neither what still concerns it',
  async (t) => {
    const { hub, boxes } = await openTownship(t)
    const grid = await hub.mailbox(await hub.enrol('COMMUNITY', ['grid:A-12']))
    const patient = await hub.register()
    await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
    t.same(await saidTo(hub, { community: boxes.community, grid }), {
      community: ['loss-of-contact ALARM alert.loss-of-contact.community@1'],
      grid: ['loss-of-contact ALARM alert.loss-of-contact.community@1'],
    })

    await hub.record(patient, 'BasicInfoUpdated', { gridCell: 'B-1' })
    t.same(await saidTo(hub, { community: boxes.community, grid }), {
      community: ['loss-of-contact ALARM alert.loss-of-contact.community@1'],
      grid: ['loss-of-contact ALARM alert.loss-of-contact.community@1', 'moved RETRACTION alert.moved@1'],
    })
  },
)

t.test('carries a search that is open to the new area', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const newPolice = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
  const newSubdistrict = await hub.mailbox(await hub.enrol('SUBDISTRICT', ['371002002']))
  const patient = await hub.register()
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-02' })
  await hub.record(patient, 'ContactRegained', { outcome: 'FOUND_ELSEWHERE_LOCAL', at: '2026-03-02T09:40:00+08:00' })

  const regained = 'contact-regained RETRACTION alert.contact-regained@1'
  const { police, mhpc } = boxes
  t.same(await saidTo(hub, { police, mhpc, newPolice, newSubdistrict }), {
    police: ['loss-of-contact ALARM alert.loss-of-contact.police@1', 'moved RETRACTION alert.moved@1'],
    mhpc: ['loss-of-contact ALARM alert.loss-of-contact.health@1', regained],
    newPolice: ['loss-of-contact ALARM alert.loss-of-contact.police@1', regained],
    newSubdistrict: ['loss-of-contact ALARM alert.loss-of-contact.subdistrict@1', regained],
  })
})

t.test(
  'tells the old station that a person at level 3 or more left, even where it never knew of the level',
  async (t) => {
    const { hub, boxes } = await openTownship(t)
    const newBox = await hub.mailbox(await hub.enrol('POLICE', ['371002002']))
    const patient = await hub.register()
    await hub.recordHistory(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-01-05' })

    await hub.record(patient, 'PatientRelocated', { leftAt: '2026-03-02' })

    t.same(await saidTo(hub, { police: boxes.police, newBox }), {
      police: ['moved NOTICE alert.moved@1'],
      newBox: ['moved ALARM alert.police.high@1'],
    })
  },
)
