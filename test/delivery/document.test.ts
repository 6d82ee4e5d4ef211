import t from 'tap'
import { createRenderer } from '../../src/delivery/render.js'
import { HubError } from '../../src/kernel/errors.js'
import { openTownship } from '../alerts/township.js'
import { LOG_ID } from '../fixtures/recording.js'

const hash = `sha256:${'A'.repeat(43)}`
const options = { staleAfterDays: 184, alertHours: 24 }

async function release(hub: Awaited<ReturnType<typeof openTownship>>['hub'], agency: string, period: string) {
  await hub.recorder.appendAt('new', {
    stream: `document-0198f0aa-0000-7000-8000-00000000${period.slice(2, 4)}0${period.slice(-1)}`,
    type: 'FeedReleased',
    data: {
      feed: 'police-quarterly',
      period,
      agency,
      cut: { stream: `period-police-quarterly-${period}`, id: '0198f0aa-0000-7000-8000-0000000000c1' },
      rows: 3,
      counts: { high: 1 },
      root: hash,
      accountingDigest: hash,
      documentDigest: hash,
      fieldSet: 'police.high@1',
      versions: { feed: 1 },
      suppressionsThrough: -1,
    },
  })
}

t.test('lets a small document ride in its message, the same one for ever', async (t) => {
  const content = '{"row":1}\n'
  const { hub, agencies, temp } = await openTownship(t, { inlineDocument: async () => ({ content, recalled: 0 }) })
  const box = await hub.mailbox(agencies.police, ['police-quarterly'])
  await release(hub, agencies.police, '2026Q1')
  await hub.idle()

  const sent = await hub.delivery.renderer.render(box, 0)
  const { vault } = temp.store
  const again = createRenderer({
    logId: LOG_ID,
    log: hub.log,
    vault,
    options,
    inlineDocument: async () => ({ content, recalled: 0 }),
  })
  const without = createRenderer({ logId: LOG_ID, log: hub.log, vault, options })

  t.match(JSON.parse(sent.body).data.document, { content, rows: 3 })
  t.equal((await again.render(box, 0)).body, sent.body)
  await t.rejects(without.render(box, 0), { code: 'HUB_NOT_READY' }, 'never the same message with other bytes')
})

t.test('announces a document that cannot ride along, and never changes its mind', async (t) => {
  const { hub, agencies, temp } = await openTownship(t, {
    inlineDocument: async () => {
      throw new HubError('HUB_LOG_CORRUPT', 'no such document')
    },
  })
  const box = await hub.mailbox(agencies.police, ['police-quarterly'])
  await release(hub, agencies.police, '2026Q1')
  await hub.idle()
  const sent = await hub.delivery.renderer.render(box, 0)
  const { vault } = temp.store
  const again = createRenderer({
    logId: LOG_ID,
    log: hub.log,
    vault,
    options,
    inlineDocument: async () => ({ content: 'late', recalled: 0 }),
  })

  t.equal(JSON.parse(sent.body).data.document.content, undefined)
  t.equal(
    JSON.parse(sent.body).data.document.href,
    `/v1/feeds/police-quarterly/periods/2026Q1/documents/${agencies.police}`,
  )
  t.equal((await again.render(box, 0)).body, sent.body)
})

t.test('queues no alert behind a document of another outbox, and keeps the order within one', async (t) => {
  let finish: (content: string) => void = () => {}
  const slow = new Promise<string>((resolve) => {
    finish = resolve
  })
  const { hub, agencies, boxes } = await openTownship(t, {
    inlineDocument: async () => ({ content: await slow, recalled: 0 }),
  })
  const feedBox = await hub.mailbox(agencies.police, ['police-quarterly'])
  const patient = await hub.register()
  await release(hub, agencies.police, '2026Q1')
  await hub.record(patient, 'RiskAssessed', { level: 3 })

  const waiting = hub.delivery.messages({ agency: agencies.pl, role: 'PL', client: 'c', isOperator: false }, boxes.pl, {
    after: -1,
    waitMs: 60_000,
  })
  t.equal((await waiting).messages.length, 1, 'the office has its alarm while the document is being made')
  t.equal((await hub.outbox(feedBox)).length, 0)

  finish('{}\n')
  await hub.idle()
  t.same(
    (await hub.outbox(feedBox)).map(({ data }) => data.kind),
    ['document', 'risk-assessed'],
  )
})

t.test('sends a document that rides along without the rows that were taken back since', async (t) => {
  let inline = { content: '{"head":1}\n{"id":"a","name":"张示例"}\n', recalled: 0 }
  const { hub, agencies } = await openTownship(t, { inlineDocument: async () => inline })
  const box = await hub.mailbox(agencies.police, ['police-quarterly'])
  await release(hub, agencies.police, '2026Q1')
  await hub.idle()
  const before = await hub.delivery.renderer.render(box, 0)

  inline = { content: '{"head":1}\n{"commitment":"sha256:x","id":"a","recalled":true}\n', recalled: 1 }
  await hub.recall(await hub.register(), agencies.police)
  await hub.idle()
  const after = await hub.delivery.renderer.render(box, 0)

  t.match(JSON.parse(before.body).data.document, { content: /张示例/, recalled: undefined })
  t.same({ id: after.id, sequence: after.sequence }, { id: before.id, sequence: before.sequence })
  t.match(JSON.parse(after.body).data.document, { ...inline, digest: hash })
  t.notMatch(after.body, /张示例/)
})
