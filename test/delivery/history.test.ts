import t from 'tap'
import { principalOf } from '../fixtures/recording.js'
import { openTempStore } from '../fixtures/store.js'
import { accept, openReceiver } from './receiver.js'
import { enrolTownship, openSmallHub } from './small-hub.js'

t.test('tells what became of each message, page by page, to its own agency alone', async (t) => {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir)
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const id = await hub.webhook(agencies.police, receiver.url)
  const one = await hub.register()
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 1 ? 422 : 204).end())
  await hub.record(one, 'RiskAssessed', { level: 3 })
  await hub.record(other, 'RiskAssessed', { level: 3 })
  await hub.record(other, 'RiskAssessed', { level: 4 })
  await hub.idle()
  const written = async (count: number): Promise<void> => {
    const types = async () => (await hub.events(`subscription-${id}`)).map(({ type }) => type)
    while ((await types()).filter((type) => type === 'MessageHandedOver').length < count) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await written(1)
  await hub.delivery.opened(police, id, [0])
  await hub.delivery.acknowledge(police, id, 0)
  const read = (after: number, limit = 100) => hub.delivery.history(police, id, { after, limit })

  const before = await read(-1)

  t.match(before, { next: 2, length: 3 })
  t.match(before.deliveries, [
    { sequence: 0, id: receiver.received[0]?.id, kind: 'risk-assessed', class: 'ALARM', state: 'ACKNOWLEDGED' },
    { sequence: 1, state: 'PARKED', parked: { reason: 'HTTP_422', at: String }, handedOverAt: undefined },
    { sequence: 2, state: 'PARKED', parked: { reason: 'BEHIND' }, acknowledged: undefined },
  ])
  t.match(before.deliveries[0], {
    handedOverAt: String,
    opened: { by: 'staff-9', at: String },
    acknowledged: { by: 'staff-9', at: String },
  })
  t.notMatch(JSON.stringify(before), /张示例|11010519491231002X|示例路/)
  for (const person of [one, other]) t.notOk(JSON.stringify(before).includes(person))
  receiver.answer(accept)
  await hub.delivery.redrive(police, id, { dryRun: false })
  await hub.idle()
  await written(2)
  t.match((await read(0, 1)).deliveries, [
    { sequence: 1, state: 'HANDED_OVER', parked: undefined, redriven: { by: 'staff-9' }, handedOverAt: String },
  ])
  t.same((await read(2)).deliveries, [])
  t.match(await read(2), { next: 2 })
  await t.rejects(hub.delivery.history(principalOf(agencies.pl, 'PL'), id, { after: -1, limit: 1 }), {
    code: 'HUB_NOT_FOUND',
  })
  const operator = { ...principalOf(agencies.pl, 'PL'), isOperator: true }
  await t.rejects(hub.delivery.history(operator, id, { after: -1, limit: 1 }), { code: 'HUB_NOT_FOUND' })
})

t.test('names the first person who read a message, and notes every reading', async (t) => {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir)
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const box = await hub.mailbox(agencies.police)
  const [first, second] = ['staff-7', 'staff-9'].map((person) => principalOf(agencies.police, 'POLICE', person))
  if (!first || !second) return t.fail('two persons')
  const patient = await hub.register()
  for (const level of [1, 3, 4]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()
  const states = async () =>
    (await hub.delivery.history(first, box, { after: -1, limit: 10 })).deliveries.map(({ state, opened }) => [
      state,
      opened?.by,
    ])

  await hub.delivery.messages(first, box, { after: -1, limit: 2 })
  await hub.delivery.opened(first, box, [2, 0, 2])
  await hub.delivery.opened(second, box, [1, 2])

  const opened = (await hub.events(`subscription-${box}`)).filter(({ type }) => type === 'MessageOpened')
  t.match(
    opened.map(({ data }) => data),
    [
      { sequences: [0, 2], by: 'staff-7' },
      { sequences: [1, 2], by: 'staff-9' },
    ],
  )
  t.same(await states(), [
    ['OPENED', 'staff-7'],
    ['OPENED', 'staff-9'],
    ['OPENED', 'staff-7'],
  ])
  await hub.delivery.acknowledge(second, box, 1)
  t.same(
    (await states()).map(([state]) => state),
    ['ACKNOWLEDGED', 'ACKNOWLEDGED', 'OPENED'],
  )

  const refused = async (sequences: readonly number[], by = first): Promise<string> =>
    hub.delivery.opened(by, box, sequences).then(
      () => 'noted',
      ({ code }) => code,
    )
  for (const wrong of [[], [3], [-1], [0.5], Array.from({ length: 101 }, () => 0)]) {
    t.equal(await refused(wrong), 'HUB_BAD_QUERY', JSON.stringify(wrong.slice(0, 3)))
  }
  t.equal(await refused([0], principalOf(agencies.police, 'POLICE')), 'HUB_PERSON_REQUIRED', 'a system reads nothing')
  t.equal(await refused([0], principalOf(agencies.pl, 'PL', 'staff-1')), 'HUB_NOT_FOUND', 'it is not theirs')
  t.equal((await hub.events(`subscription-${box}`)).filter(({ type }) => type === 'MessageOpened').length, 2)
})
