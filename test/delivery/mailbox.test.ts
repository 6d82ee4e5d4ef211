import t from 'tap'
import { readMailbox } from '../../src/delivery/mailbox.js'
import { createProgress } from '../../src/delivery/progress.js'
import { resend } from '../../src/delivery/resend.js'
import type { Track } from '../../src/delivery/track.js'
import { openTownship } from '../alerts/township.js'
import { principalOf } from '../fixtures/recording.js'

t.test('hands an agency its own messages, page by page, the same bytes each time', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const patient = await hub.register()
  for (const level of [1, 2, 3, 4, 5]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')

  const first = await hub.delivery.messages(police, boxes.police, { after: -1, limit: 3 })
  const second = await hub.delivery.messages(police, boxes.police, { after: first.next, limit: 3 })

  t.same(
    [...first.messages, ...second.messages].map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4],
  )
  t.equal(second.next, 4)
  t.equal(second.length, 5)
  t.same(await hub.delivery.messages(police, boxes.police, { after: -1, limit: 3 }), first)
  const other = principalOf(agencies.pl, 'PL', 'staff-8')
  await t.rejects(hub.delivery.messages(other, boxes.police, { after: -1 }), { code: 'HUB_NOT_FOUND' })
  const operator = { ...other, isOperator: true }
  await t.rejects(hub.delivery.messages(operator, boxes.police, { after: -1 }), { code: 'HUB_NOT_FOUND' })
  for (const query of [{ after: -2 }, { after: 0.5 }, { after: 0, limit: 0 }, { after: 0, limit: 101 }]) {
    await t.rejects(hub.delivery.messages(police, boxes.police, query), { code: 'HUB_BAD_QUERY' })
  }
})

t.test('passes over what is withheld, and gives it as it was afterwards', async (t) => {
  const kept = new Map<string, readonly string[]>()
  const { hub, agencies, boxes } = await openTownship(t, { keptFrom: (agency) => kept.get(agency) ?? [] })
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const someone = await hub.register()
  const another = await hub.register({ identity: { idType: '9', status: 'UNKNOWN', sex: '0' } })
  for (const patient of [someone, another, someone]) await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()
  const read = (after: number) => hub.delivery.messages(police, boxes.police, { after })
  const before = await read(-1)

  kept.set(agencies.police, [someone])
  t.match(await read(-1), { messages: [before.messages[1]], parked: [0, 2], next: 2, length: 3 })
  t.match(await read(1), { messages: [], parked: [0, 2], next: 2 }, 'a page of nothing else goes on')
  t.match(await read(40), { messages: [], next: 40, length: 3 }, 'who is ahead of the hub can tell')
  const pl = principalOf(agencies.pl, 'PL', 'staff-8')
  t.equal((await hub.delivery.messages(pl, boxes.pl, { after: -1 })).messages.length, 3, 'of each recipient its own')
  kept.clear()
  t.same(await read(-1), before)
})

t.test('withholds what was queued since it last looked, and what is queued meanwhile waits', async (t) => {
  const track = {
    ...{ progress: createProgress(), length: 1, waiters: new Set<() => void>() },
    subscription: { id: 's', isOpen: true, channel: 'mailbox' },
    ledger: { collected: () => undefined },
  } as unknown as Track
  const log = {
    readTail: async () => ({ revision: 2 }),
    async *readStream(_: string, from = 0) {
      for (let revision = from; revision < 4; revision++) yield { revision, data: { key: 'a' } }
    },
  }
  const renderer = { render: async (_: string, sequence: number) => ({ id: `m${sequence}`, body: '{}' }) }
  const withheld = async ({ length }: { length: number }) => new Set([2, 3].filter((sequence) => sequence < length))
  const deps = { log, renderer, withheld } as unknown as Parameters<typeof readMailbox>[0]

  const { messages, parked, next, length } = await readMailbox(deps, track, { after: -1 })
  t.same(
    messages.map(({ sequence }) => sequence),
    [0, 1],
  )
  t.same({ parked, next, length }, { parked: [2], next: 2, length: 3 })
})

t.test('sends nobody again what is withheld', async (t) => {
  const deps = { withheld: async () => new Set([1]) } as unknown as Parameters<typeof resend>[0]
  const messages = ['a', 'b', 'a'].map((key, sequence) => ({ sequence, key }))
  const principal = principalOf('0198f0aa-0000-7000-8000-00000000a001', 'POLICE', 'staff-9')

  const plan = await resend(deps, {} as Track, { messages, principal, dryRun: true })

  t.same(plan, { sequences: [0, 2], keys: 1, isDryRun: true })
})

t.test('wakes a reader that waits, and lets go of one that leaves', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const police = principalOf(agencies.police, 'POLICE')
  const patient = await hub.register()
  const waiting = hub.delivery.messages(police, boxes.police, { after: -1, waitMs: 60_000 })
  const leaving = new AbortController()
  const left = hub.delivery.messages(police, boxes.police, { after: 99, waitMs: 60_000, signal: leaving.signal })

  await hub.record(patient, 'RiskAssessed', { level: 3 })
  const page = await waiting
  leaving.abort()

  t.equal(page.messages.length, 1)
  t.match(await left, { messages: [], next: 99 })
})

t.test('remembers how far it was collected and acknowledged, by whom', async (t) => {
  const { hub, agencies, boxes } = await openTownship(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const patient = await hub.register()
  for (const level of [1, 3]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()

  await hub.delivery.messages(police, boxes.police, { after: -1 })
  await hub.delivery.acknowledge(police, boxes.police, 1)
  await hub.delivery.acknowledge(police, boxes.police, 0)
  await t.rejects(hub.delivery.acknowledge(police, boxes.police, 2), { code: 'HUB_BAD_QUERY' })

  t.match(await hub.delivery.status(police, boxes.police), { collectedThrough: 1, acknowledgedThrough: 1 })
  await hub.stop()
  const written = (await hub.events(`subscription-${boxes.police}`)).slice(1)
  t.match(
    written.map(({ type, data }) => ({ type, data })).sort((a, b) => (a.type < b.type ? -1 : 1)),
    [
      { type: 'MessageAcknowledged', data: { through: 1, by: 'staff-9' } },
      { type: 'MessageCollected', data: { through: 1 } },
    ],
  )
})

t.test(
  'gives as parked what follows a parked message about the same person, before that is written down',
  async (t) => {
    const keys = ['a', 'a', 'b', 'a', 'a']
    const progress = createProgress()
    progress.handedOver(0, 0)
    progress.park(1, 'a')
    // It went over before, and came back from an old backup.
    progress.handedOver(3, 3)
    const track = {
      ...{ progress, length: keys.length, waiters: new Set<() => void>() },
      subscription: { id: 's', isOpen: true, channel: 'webhook', url: 'http://127.0.0.1:9/' },
      ledger: { collected: () => undefined },
    } as unknown as Track
    const log = {
      readTail: async () => ({ revision: keys.length - 1 }),
      async *readStream(_: string, from = 0) {
        for (const [revision, key] of [...keys.entries()].slice(from)) yield { revision, data: { key } }
      },
    }
    const renderer = { render: async (_: string, sequence: number) => ({ id: `m${sequence}`, body: '{}' }) }
    const withheld = async () => new Set<number>()
    const deps = { log, renderer, withheld } as unknown as Parameters<typeof readMailbox>[0]

    t.same((await readMailbox(deps, track, { after: -1 })).parked, [1, 4])
    track.subscription = { ...track.subscription, channel: 'mailbox' }
    t.same((await readMailbox(deps, track, { after: -1 })).parked, [1], 'where nobody sends, nobody parks either')
  },
)
