/** Approved erasures, step by step: killed at each of them, raced by a release, kept back while somebody still needs the keys. */
import t, { type Test } from 'tap'
import { approvals as approvalRows } from '../../projections/approvals.js'
import { oneOffs as oneOffRows } from '../../projections/one-offs.js'
import { createDirectory } from '../../src/domain/directory.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { disclosureStream } from '../../src/domain/streams.js'
import { createErasureKeeper, type ErasureKeeperDeps } from '../../src/erasure/keeper.js'
import { keyIdsIn } from '../../src/erasure/subject-keys.js'
import { wallClock } from '../../src/kernel/clock.js'
import { HubError } from '../../src/kernel/errors.js'
import { createOneOffs } from '../../src/oneoff/one-offs.js'
import { createApprovals } from '../../src/recording/approvals.js'
import { CENTRE, type County, driveTo, openCounty, Q1, STATION_1 } from '../feeds/county.js'
import { principalOf } from '../fixtures/recording.js'

const POLICE = 'police-quarterly'
const LETTER = '0198f0aa-0000-7000-8000-0000000d15c1'
const FIRST = { ...principalOf(CENTRE, 'CHC', 'staff-1'), client: '0198f0aa-0000-7000-8000-000000000001' }
const SECOND = { ...principalOf(CENTRE, 'CHC', 'staff-2'), client: '0198f0aa-0000-7000-8000-000000000002' }

async function openApproved(t: Parameters<typeof openCounty>[0], prepare = async (county: County) => released(county)) {
  const county = await openCounty(t)
  await prepare(county)
  const { deps, vault, calendar, readModels, store, people } = county
  const approvals = createApprovals({
    ...{ log: deps.log as typeof store.log, vault, calendar, wall: wallClock },
    hubRecorder: deps.recorder,
  })
  const subject = { patient: people.high, authority: 'UNLAWFUL' }
  const { approval } = await approvals.request(FIRST, { act: 'ERASE_IDENTITY', subject, reason: '误登记的理由' })
  await approvals.give(SECOND, approval)
  const refresh = async (): Promise<void> => {
    readModels.notify()
    await readModels.through()
  }
  const parts: ErasureKeeperDeps = {
    ...{ log: store.log, vault, recorder: deps.recorder, approvals, readModels, calendar, wall: wallClock },
    placed: store.log.reader,
    behindMs: async () => 0,
    rows: () => readModels.reader(approvalRows),
    feeds: county.feeds,
    dispatchedThrough: () => Number.MAX_SAFE_INTEGER,
  }
  await refresh()
  const eventsIn = async (stream: string): Promise<readonly StoredEvent[]> => {
    const events: StoredEvent[] = []
    for await (const event of store.log.readStream(stream)) events.push(event)
    return events
  }
  return {
    ...{ county, approvals, approval, refresh, parts },
    keeper: (changes: Partial<ErasureKeeperDeps> = {}) => createErasureKeeper({ ...parts, ...changes }),
    life: () => eventsIn(`patient-${people.high}`),
    approvalEvents: () => eventsIn(`approval-${approval}`),
    erasures: async () => (await eventsIn(`patient-${people.high}`)).filter(({ type }) => type === 'IdentityErased'),
    keysLeft: async () => (await vault.keysById(keyIdsIn(await eventsIn(`patient-${people.high}`)))).size,
  }
}

type Approved = Awaited<ReturnType<typeof openApproved>>

async function released(county: County): Promise<void> {
  await driveTo(county, '2026-04-09T10:00:00+08:00')
}

/** Everything that an erasure comes to, once. */
async function checkDone(t: Test, rig: Approved): Promise<void> {
  const { county, approvals, approval } = rig
  const [erasure, ...more] = await rig.erasures()
  t.same(more, [], 'one erasure')
  t.match(erasure, {
    data: { authority: 'UNLAWFUL', rows: { length: 2 }, deleteBy: '2026-05-09' },
    causation: { stream: `approval-${approval}` },
    recordedBy: { agency: 'hub' },
  })
  t.equal(await rig.keysLeft(), 0)
  t.same(
    (await rig.approvalEvents()).map(({ type }) => type),
    ['ApprovalRequested', 'ApprovalGiven', 'ApprovalCarriedOut'],
  )
  t.equal(await approvals.reasonOf(approval), undefined, 'why goes with the person')
  t.match(await county.feeds.document(POLICE, Q1, STATION_1), { recalled: 1 })
  t.match(await county.feeds.recompute(POLICE, Q1), { isEqual: true })
}

t.test('an approved erasure is carried out once, guardian and all', async (t) => {
  const rig = await openApproved(t)
  const subjects = new Set((await rig.life()).flatMap(({ sealed }) => sealed.map(({ subject }) => subject)))
  t.ok(subjects.has('guardian'))

  t.equal(await rig.keeper().keep(), 1)

  await checkDone(t, rig)
  await rig.refresh()
  t.equal(await rig.keeper().keep(), 0, 'an approval is used once')
  await rig.refresh()
  await checkDone(t, rig)
})

/** What is written, in this order; a kill before it, and a kill after it. */
const STEPS = ['appendNext', 'destroy', 'purge', 'carriedOut'] as const

for (const step of STEPS) {
  for (const isWritten of [false, true]) {
    t.test(`killed ${isWritten ? 'after' : 'before'} ${step}, another process goes on to the same end`, async (t) => {
      const rig = await openApproved(t)
      const { recorder, vault, feeds, approvals } = rig.parts
      const dies = <Given extends unknown[], Answer>(write: (...given: Given) => Promise<Answer>) => {
        return async (...given: Given): Promise<Answer> => {
          if (isWritten) await write(...given)
          throw new HubError('HUB_STOPPING', 'killed')
        }
      }
      const changes: Readonly<Record<(typeof STEPS)[number], Partial<ErasureKeeperDeps>>> = {
        appendNext: { recorder: { appendNext: dies(recorder.appendNext) } },
        destroy: { vault: { ...vault, destroy: dies(vault.destroy) } },
        purge: { feeds: { ...feeds, purge: dies(feeds.purge) } },
        carriedOut: { approvals: { carriedOut: dies(approvals.carriedOut) } },
      }
      await t.rejects(rig.keeper(changes[step]).keep(), { code: 'HUB_STOPPING' })

      await rig.refresh()
      await rig.keeper().keep()

      await checkDone(t, rig)
    })
  }
}

t.test('two nodes at it at once do it once', async (t) => {
  const rig = await openApproved(t)

  await Promise.all([rig.keeper().keep(), rig.keeper().keep()])
  await rig.refresh()
  await rig.keeper().keep()

  await checkDone(t, rig)
})

t.test('no key goes before the dispatcher has passed the erasure', async (t) => {
  const rig = await openApproved(t)
  let through = -1
  const keeper = rig.keeper({ dispatchedThrough: () => through })

  t.equal(await keeper.keep(), 0)
  const [erasure] = rig.parts.placed.placedStream(`patient-${rig.county.people.high}`).slice(-1)
  t.equal(erasure?.event.type, 'IdentityErased', 'everybody is told at once')
  t.ok((await rig.keysLeft()) > 0)
  through = (erasure?.leafIndex ?? 0) - 1
  t.equal(await keeper.keep(), 0)
  t.ok((await rig.keysLeft()) > 0)

  through++
  t.equal(await keeper.keep(), 1)
  await checkDone(t, rig)
})

t.test('no key goes before this node’s file has what others released', async (t) => {
  const rig = await openApproved(t)
  let behindMs = 60_000
  const keeper = rig.keeper({ behindMs: async () => behindMs })

  t.equal(await keeper.keep(), 0)
  t.ok((await rig.keysLeft()) > 0)

  behindMs = 0
  t.equal(await keeper.keep(), 1)
  await checkDone(t, rig)
})

t.test('a row that is released while the erasure is under way is named before the keys go', async (t) => {
  const rig = await openApproved(t, async (county) => {
    const stuck = county.feedsAgain({
      openPatients() {
        throw new HubError('HUB_NOT_READY', 'not yet')
      },
    })
    await t.rejects(driveTo(county, '2026-04-08T00:00:00+08:00', stuck))
    await stuck.stop()
    county.calendar.advanceTo(Date.parse('2026-04-09T09:00:00+08:00'))
  })
  const { county } = rig
  // Compiles that have read everybody already, one for each feed.
  const before = [county.deps.openPatients(), county.deps.openPatients()]
  const keeper = rig.keeper()
  t.equal(await keeper.keep(), 0, 'the cut is waited for')
  t.match(await rig.erasures(), [{ data: { rows: undefined } }])
  t.ok((await rig.keysLeft()) > 0)

  const openPatients = () => before.pop() ?? county.deps.openPatients()
  await driveTo(county, '2026-04-09T10:00:00+08:00', county.feedsAgain({ openPatients }))
  await rig.refresh()
  t.equal(await keeper.keep(), 1)

  t.match(await rig.erasures(), [{ data: { rows: undefined } }, { data: { rows: { length: 2 } } }])
  t.equal(await rig.keysLeft(), 0)
  t.match(await county.feeds.document(POLICE, Q1, STATION_1), { recalled: 1 })
  t.match(await county.feeds.recompute(POLICE, Q1), { isEqual: true })
})

t.test(
  'a letter that was recorded beside the erasure by a process that was killed is closed by the next',
  async (t) => {
    const rig = await openApproved(t)
    const { county, parts } = rig
    const { store, deps, vault, calendar, people } = county
    const oneOffs = createOneOffs({
      ...{ log: store.log, authority: store.log, vault, calendar, wall: wallClock },
      hubRecorder: {
        async appendNext(event, check) {
          t.equal(await rig.keeper().keep(), 1)
          await deps.recorder.appendNext(event, check)
          throw new HubError('HUB_STOPPING', 'killed')
        },
      },
      ...{ directory: () => createDirectory(), centreNow: () => undefined, isInAreaOf: () => false },
      ...{ through: rig.refresh, rows: () => parts.readModels.reader(oneOffRows) },
    })
    const asked = oneOffs.request(FIRST, {
      ...{ id: LETTER, patientId: people.high, letter: '示法12号', requesterKind: 'COURT', fields: ['name'] },
      ...{ requesterName: '示例区人民法院', purpose: '审理案件', until: '2026-12-31' },
    })
    await t.rejects(asked, { code: 'HUB_STOPPING' })
    await rig.refresh()
    const kids: string[] = []
    for await (const { sealed } of store.log.readStream(disclosureStream(LETTER))) {
      kids.push(...sealed.map(({ kid }) => kid))
    }
    const keysLeft = async () => (await vault.keysById(kids)).size
    t.equal(await keysLeft(), 1)

    let failures = 1
    let destroyed = 0
    const keeper = rig.keeper({
      vault: {
        ...vault,
        async destroy(owner) {
          if (failures-- > 0) throw new HubError('HUB_VAULT_AWAY', 'away')
          await vault.destroy(owner)
          destroyed++
        },
      },
    })
    await t.rejects(keeper.keep(), { code: 'HUB_VAULT_AWAY' })
    t.equal(await keysLeft(), 1)
    for (let i = 0; i < 2; i++) t.equal(await keeper.keep(), 0)
    t.equal(await keysLeft(), 0)
    t.equal(destroyed, 1, 'once by each process')
  },
)
