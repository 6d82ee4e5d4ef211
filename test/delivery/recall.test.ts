/** What was told and is taken back: tombstones on every channel, and who is asked to delete. */
import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compactDecrypt } from 'jose'
import t from 'tap'
import { parsePackage } from '../../src/delivery/package-format.js'
import { createRenderer } from '../../src/delivery/render.js'
import { scopedId } from '../../src/domain/derived-ids.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { deskOf } from '../alerts/desk.js'
import { openTownship, saidTo } from '../alerts/township.js'
import { LOG_ID, principalOf } from '../fixtures/recording.js'
import { tempDirectory } from '../fixtures/store.js'
import { accept, openReceiver } from './receiver.js'
import { openSmallHub, type SmallHub } from './small-hub.js'

const LOW = { level: 1, targets: 'NONE', evidence: ['NONE'] }
/** Another person: nobody knows who. */
const NOBODY = { identity: { idType: '9', status: 'UNKNOWN', sex: '0', phones: [] } }
const RECALL_MESSAGE = 'recalled RETRACTION alert.recalled@1'
const hash = `sha256:${'A'.repeat(43)}`
const options = { staleAfterDays: 184, alertHours: 24 }

/** What a mailbox holds, as its reader sees it. */
async function read(hub: SmallHub, agency: string, box: string) {
  const { messages } = await hub.delivery.messages(principalOf(agency, 'POLICE'), box, { after: -1, limit: 100 })
  return messages.map(({ body }) => JSON.parse(body))
}

t.test('after a recall the agency gets tombstones, and is asked to delete what they were', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()
  const before = await read(hub, agencies.police, boxes.police)

  await hub.recall(patient, agencies.police)
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await hub.idle()

  const after = await read(hub, agencies.police, boxes.police)
  t.same(
    after.map(({ id, sequence, subject, kind }) => ({ id, sequence, subject, kind })),
    [...before, after[2], after[3]].map(({ id, sequence, subject, kind }) => ({ id, sequence, subject, kind })),
    'ids, numbers and persons stay',
  )
  for (const { data } of after.slice(0, 2)) {
    t.match(data, { tombstone: true, facts: {} })
    t.notOk('supersedes' in data || 'staleAfter' in data)
  }
  t.notMatch(JSON.stringify(after.slice(0, 3)), /张示例|11010519491231002X|示例路|"level"/)
  t.match(after[2], {
    kind: 'recalled',
    class: 'RETRACTION',
    data: { recall: { deleteBy: '2026-04-15' }, supersedes: before.map(({ id }) => id), text: /请于2026-04-15前删除/ },
  })
  t.same(Object.keys(after[2].data.facts).sort(), ['healthCentre', 'pseudonym'])
  t.notMatch(JSON.stringify(after[2]), /SENT_IN_ERROR/, 'why is nobody’s business there')
  t.match(after[3], { class: 'ALARM', data: { facts: { level: 5, name: '张示例' } } }, 'what comes after it is told')
  const office = await read(hub, agencies.pl, boxes.pl)
  t.notOk(
    office.some(({ kind, data }) => kind === 'recalled' || data.tombstone),
    'nobody else is asked',
  )
})

t.test('a recall by field sets leaves what was told by others', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.recall(patient, agencies.police, { fieldSets: ['alert.police.high@1'] })
  await hub.idle()

  const [token, alarm, recalled] = await read(hub, agencies.police, boxes.police)
  t.match(token.data, { facts: { level: 1 }, tombstone: undefined })
  t.match(alarm.data, { facts: {}, tombstone: true })
  t.same(recalled.data.supersedes, [alarm.id])
  t.equal(recalled.data.fieldSet, 'alert.recalled-part@1')
})

t.test('messages that wait when something is taken back go as tombstones, and never as they were', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const receiver = await openReceiver(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const subscription = await hub.webhook(agencies.police, receiver.url)
  receiver.trust((await hub.subscriptions.secrets(police, subscription)).secret)
  await hub.subscriptions.change(police, subscription, { paused: true })
  const patient = await hub.register()
  const other = await hub.register(NOBODY)
  for (let i = 0; i < 5; i++) await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(other, 'RiskAssessed', LOW)
  await hub.dispatcher.idle()
  t.equal(receiver.received.length, 0)

  await hub.recall(patient, agencies.police)
  await hub.dispatcher.idle()
  receiver.answer(accept)
  await hub.subscriptions.change(police, subscription, { paused: false })
  await hub.idle()

  const said = receiver.received.map(({ envelope }) => envelope as { sequence: number; kind: string; data: object })
  t.equal(said.length, 7)
  for (const { sequence, kind, data } of said.filter(({ sequence }) => sequence < 5)) {
    t.match(data, { tombstone: true }, `${sequence} ${kind}`)
  }
  t.match(said.find(({ sequence }) => sequence === 5)?.data, { facts: { level: 1 } }, 'another person is told of')
  t.equal(said.find(({ sequence }) => sequence === 6)?.kind, 'recalled')
})

t.test('a dispatcher that is behind sends no more of what a recall further on has taken back', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const receiver = await openReceiver(t)
  await hub.webhook(agencies.police, receiver.url)
  const patient = await hub.register()
  await hub.idle()
  await hub.dispatcher.stop()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.erase(patient)

  await hub.dispatcher.start()
  await hub.idle()

  const sent = receiver.received.map(({ envelope }) => envelope as { kind: string; data: object })
  t.same(
    sent.map(({ kind, data }) => ('tombstone' in data ? `${kind} gone` : kind)),
    ['risk-assessed gone', 'risk-assessed gone', 'recalled'],
  )
  t.notMatch(JSON.stringify(await read(hub, agencies.police, boxes.police)), /"level"|张示例/)
})

t.test(
  'an alarm climbs to no superior that was asked to delete it, and a recalled agency believes nothing',
  async (t) => {
    const { hub, agencies, boxes } = await openTownship(t)
    const bureau = await hub.enrol('POLICE', ['371002'])
    await hub.placeUnder(agencies.police, bureau)
    const desk = deskOf(hub)
    const box = await hub.mailbox(bureau)
    const patient = await hub.register()
    await hub.record(patient, 'RiskAssessed', { level: 4 })
    await hub.recall(patient, bureau)
    await hub.idle()
    await desk.pass(70)
    t.same((await saidTo(hub, { box })).box, [RECALL_MESSAGE])

    await hub.recall(patient, agencies.pl)
    await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
    const all = await saidTo(hub, boxes)
    t.equal(all.pl?.at(-1), RECALL_MESSAGE, 'who deleted it is told of no end')
    t.match(all.police?.at(-1), /^died RETRACTION/)
  },
)

t.test('an erasure asks everyone who was ever told, and turns all they were told into tombstones', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  const told = await hub.register(NOBODY)
  await hub.record(patient, 'RiskAssessed', LOW)
  await hub.record(told, 'RiskAssessed', LOW)
  await hub.idle()
  const [before] = await read(hub, agencies.police, boxes.police)

  await hub.erase(patient)
  const all = await saidTo(hub, boxes)

  t.same(all.police?.at(-1), RECALL_MESSAGE)
  t.same(all.pl?.at(-1), RECALL_MESSAGE)
  t.notOk(all.community, 'who was told nothing learns nothing')
  const [tombstone, untouched, recalled] = await read(hub, agencies.police, boxes.police)
  t.match(
    tombstone,
    { id: before.id, sequence: 0, data: { tombstone: true, facts: {} } },
    'though nothing of it was sealed',
  )
  t.match(untouched.data, { facts: { level: 1 } })
  t.match(recalled.data, { supersedes: [before.id], recall: { deleteBy: '2026-04-15' } })
})

t.test('nothing is told of somebody who was erased', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.erase(patient)
  const before = await saidTo(hub, boxes)

  await t.rejects(hub.record(patient, 'BasicInfoUpdated', { presentAddress: { text: '新址9号' } }), {
    code: 'HUB_ERASED',
  })
  const assessment = (await hub.events(`patient-${patient}`)).find(({ type }) => type === 'RiskAssessed')
  await hub.recorder.appendNext({
    stream: `patient-${patient}`,
    type: 'LevelWentStale',
    data: { assessment: assessment?.id, assessedOn: '2026-03-02', at: '2026-09-03T00:00:00+08:00' },
  })

  t.same(await saidTo(hub, boxes), before)
  t.match(await read(hub, agencies.police, boxes.police), [{ data: { tombstone: true } }, { kind: 'recalled' }])
})

t.test('an alarm that was taken back climbs no more, and ends', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const duty = await hub.dutyDesk(agencies.police)
  const desk = deskOf(hub)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.recall(patient, agencies.police)
  await hub.idle()
  await desk.pass(20)

  const [alarm, recall] = desk.of(agencies.police)
  t.match(alarm, { class: 'ALARM', state: 'SUPERSEDED' })
  t.match(recall, { class: 'RETRACTION', kind: 'recalled', state: 'OPEN' }, 'it waits for an answer')
  t.same((await saidTo(hub, { duty })).duty, [RECALL_MESSAGE], 'no rung is told of the alarm')
  t.same((await saidTo(hub, boxes)).police?.at(-1), RECALL_MESSAGE)
})

t.test('a recall by other field sets leaves an alarm to climb', async (t) => {
  const { hub, agencies } = await openTownship(t)
  await hub.dutyDesk(agencies.police)
  const desk = deskOf(hub)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.recall(patient, agencies.police, { fieldSets: ['police.high@1'] })
  await hub.idle()
  await desk.pass(20)

  t.match(desk.of(agencies.police)[0], { class: 'ALARM', state: 'OPEN', climbed: [{ step: 'DUTY' }] })
})

t.test('the rows of documents are named in the recipient’s own terms, and who has a document is asked', async (t) => {
  const { hub, agencies, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  const document = '0198f0aa-0000-7000-8000-0000000000d1'
  const elsewhere = '0198f0aa-0000-7000-8000-0000000000d2'
  for (const [id, agency] of [
    [document, agencies.subdistrict],
    [elsewhere, agencies.police],
  ] as const) {
    await hub.recorder.appendAt('new', {
      stream: `document-${id}`,
      type: 'FeedReleased',
      data: {
        ...{ feed: 'police-quarterly', period: '2025Q4', agency, rows: 1, counts: {}, root: hash },
        ...{ accountingDigest: hash, documentDigest: hash, fieldSet: 'police.high@1', versions: { feed: 1 } },
        ...{ cut: { stream: 'period-police-quarterly-2025Q4', id: document }, suppressionsThrough: -1 },
      },
    })
  }
  const row = 'cb7d27ce-0000-8000-8000-000000000001'
  const rows = [document, elsewhere].map((id) => ({ document: id, row, commitment: hash }))
  await hub.erase(patient, { rows })
  await hub.idle()

  const key = await temp.store.vault.secret(agencyKeyName(agencies.subdistrict))
  const [asked] = await read(hub, agencies.subdistrict, boxes.subdistrict)
  t.same(asked.data.recall, { deleteBy: '2026-04-15', rows: [{ document: scopedId(key, 'document', document), row }] })
  t.notMatch(JSON.stringify(asked), new RegExp(document), 'the hub’s own id of a document stays here')
})

t.test('what asks to delete renders to the same bytes for ever, also after the keys are gone', async (t) => {
  const { hub, agencies, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' })
  await hub.recall(patient, agencies.police)
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await hub.erase(patient)
  await hub.idle()

  const again = createRenderer({ logId: LOG_ID, log: hub.log, vault: temp.store.vault, options })
  for (const { revision, data } of await hub.outbox(boxes.police)) {
    const { body, digest, isTombstone } = await again.render(boxes.police, revision)
    t.equal(isTombstone, data.kind !== 'recalled')
    if (!isTombstone) t.equal(digest, data.digest)
    t.equal(body, (await hub.delivery.renderer.render(boxes.police, revision)).body)
  }
  t.equal((await hub.outbox(boxes.police)).length, 5)
})

t.test('a dispatcher without its state finds the same recalls', async (t) => {
  const { hub, agencies, boxes, temp } = await openTownship(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.recall(patient, agencies.police)
  await hub.erase(patient)
  const before = await saidTo(hub, boxes)
  const head = await hub.log.head()
  await hub.stop()
  for (const suffix of ['', '-wal', '-shm']) rmSync(hub.stateFile + suffix, { force: true })

  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())

  t.same(await saidTo(again, boxes), before)
  t.equal(await again.log.head(), head, 'nothing is appended anew')
})

t.test('files carry tombstones too', async (t) => {
  const directory = tempDirectory(t)
  const { hub, agencies } = await openTownship(t, { filesDirectory: directory })
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const id = await hub.files(agencies.police, publicKey.export({ type: 'spki', format: 'pem' }).toString())
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()
  await hub.recall(patient, agencies.police)
  await hub.idle()
  await hub.delivery.rewind(police, id, { from: 0, dryRun: false })
  await hub.idle()

  const bodies = new Map<number, unknown[]>()
  for (const name of readdirSync(join(directory, id, 'out')).sort()) {
    const { plaintext } = await compactDecrypt(readFileSync(join(directory, id, 'out', name), 'utf8'), privateKey)
    for (const { sequence, body } of parsePackage(new TextDecoder().decode(plaintext)).bodies) {
      bodies.set(sequence, [...(bodies.get(sequence) ?? []), JSON.parse(body).data.tombstone ?? false])
    }
  }
  t.same([...bodies].sort(), [
    [0, [false, true]],
    [1, [false, false]],
  ])
})

t.test('two hubs may draft a message before and after the keys went: what stands is sent as a tombstone', async (t) => {
  const { hub, agencies, boxes, temp } = await openTownship(t)
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const faults: unknown[] = []
  const slower = await openSmallHub(temp.store, tempDirectory(t), {
    calendar: hub.calendar,
    onFault: (error) => faults.push(error),
    vault: (real) => ({ ...real, keyById: (kid) => gate.then(() => real.keyById(kid)) }),
  })
  t.teardown(() => slower.stop())
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()
  await temp.store.vault.destroy(`patient:${patient}`)
  open()
  await slower.idle()

  t.same(faults, [])
  t.match(slower.dispatcher.health(), { state: 'running' })
  t.match(await read(slower, agencies.police, boxes.police), [{ sequence: 0, data: { tombstone: true, facts: {} } }])
})
