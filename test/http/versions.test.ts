/** Versions over HTTP, in a log that began before they were there: who may propose and approve one, and what the next close does. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { approvals as approvalRows } from '../../projections/approvals.js'
import { FEEDS } from '../../projections/feeds.js'
import { loadConfig } from '../../src/config.js'
import { approvalStream, HUB_STREAM, periodStream } from '../../src/domain/streams.js'
import type { FeedDiff } from '../../src/feeds/port.js'
import { MASTER_KEY_FILE } from '../../src/hub-core.js'
import { beginLog } from '../../src/hub-versions.js'
import { drivenClock, wallClock } from '../../src/kernel/clock.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { createApprovals } from '../../src/recording/approvals.js'
import type { Principal } from '../../src/recording/port.js'
import { openStoreOf } from '../../src/store-of.js'
import { createMasterKeyFile } from '../../src/vault/master-key.js'
import { createVersions } from '../../src/versions/versions.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { eventsOf } from '../fixtures/recording.js'
import { tempDirectory } from '../fixtures/store.js'
import { until } from '../scenario/killed-hub.js'
import { openRealHub, PASSPHRASE, START_MS } from './real-hub.js'

const POLICE = 'police-quarterly'
const CA = 'civil-affairs-semiannual'
/** How a proposal stands in the list. */
const stateIn = (
  proposals: readonly { readonly proposal: string; readonly state: string }[],
  id: string,
): string | undefined => proposals.find(({ proposal }) => proposal === id)?.state
const REASON = { reason: '按环卫〔2019〕53号补充“不再列入”通知' }

/** What the first release left: a log that names no versions. */
async function oldLog(dataDir: string): Promise<void> {
  const [created] = await beginLog(createMemoryLog(), { simulated: true }, drivenClock(START_MS))
  if (!created) throw new Error('no log was begun')
  const { stream, revision: _, ...asNew } = created
  const master = createMasterKeyFile(join(dataDir, MASTER_KEY_FILE), PASSPHRASE)
  const store = await openStoreOf(loadConfig({ file: { dataDir, simulated: true } }), { master, wall: wallClock })
  await store.log.append(stream, [asNew], 'new')
  await store.close()
}

async function openOld(t: Test) {
  const dataDir = tempDirectory(t)
  await oldLog(dataDir)
  const real = await openRealHub(t, { dataDir })
  const { call, hub, operator } = real
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const commission = await real.enrol('HEALTH_COMMISSION', { areas: [] })
  const issue = (draft: { readonly agency: string; readonly person?: string; readonly staffName?: string }) =>
    hub.administration.issueKey(operator, draft)
  const second = await issue({ agency: commission.agency, staffName: '测试员乙' })
  const keys = {
    ...{ doctor, commission, second },
    nobody: await issue({ agency: commission.agency }),
    police: await real.enrol('POLICE'),
    office: await real.enrol('CA', { areas: [] }),
    leading: await real.enrol('LEADING_OFFICE', { areas: [] }),
    auditor: await real.enrol('AUDITOR', { areas: [] }),
    operator: await real.operatorKey(),
  }
  const { person: operatorPerson = '' } = keys.operator
  const sidekick = await issue({ agency: commission.agency, person: operatorPerson })
  const patientId = await real.register(doctor)
  await call(doctor, 'POST', '/v1/events', {
    patientId,
    ...exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }),
  })
  const propose = (key: IssuedKey, name: string, version: number, more: object = {}) =>
    call(key, 'POST', `/v1/versions/${name}/${version}/propose`, { ...REASON, ...more })
  const approve = (key: IssuedKey, id: string) => call(key, 'POST', `/v1/versions/proposals/${id}/approve`)
  const list = async (key: IssuedKey) => (await call(key, 'GET', '/v1/versions')).json
  const stateOf = async (name: string, version: number): Promise<string> =>
    (await list(commission)).versions.find(
      (one: { readonly name: string; readonly version: number }) => one.name === name && one.version === version,
    ).state
  return { ...real, ...keys, administrator: operator, sidekick, patientId, propose, approve, list, stateOf }
}

t.test('two persons put a wider version in force, the next close runs it, and what is closed stays', async (t) => {
  const hub = await openOld(t)
  const { call, calendar, settled, propose, approve, list, stateOf, commission, second, police, operator } = hub
  const logged = () => eventsOf(hub.hub.core.store.log, HUB_STREAM)
  const versionsAt = async (feed: string, period: string) =>
    (await eventsOf(hub.hub.core.store.log, periodStream(feed, period)))[0]?.data.versions
  calendar.advanceTo(Date.parse('2026-07-08T09:00:00+08:00'))
  await hub.hub.tick()
  await settled()
  const document = `/v1/feeds/${POLICE}/periods/2026Q2/documents/${police.agency}`
  const before = (await call(police, 'GET', document)).text

  const { versions } = await list(commission)
  const told = (name: string, version: number) =>
    versions.find((one: { name: string; version: number }) => one.name === name && one.version === version)
  t.match(told(POLICE, 1), { kind: 'feed', state: 'IN_FORCE', opened: [], closed: [], audiences: ['POLICE'] })
  t.match(told(POLICE, 2), { state: 'NOT_IN_FORCE', opened: [{ kind: 'CLOSING_REASON' }], closed: [] })
  t.match(told(CA, 1), { state: 'NOT_IN_FORCE', opened: [{ kind: 'FEED' }] })
  t.match(told('weihai-2019', 1), { kind: 'policy', state: 'IN_FORCE' })
  t.match(told('alerts', 1), { kind: 'rules', state: 'IN_FORCE', opened: [], closed: [] })
  t.match(told('alerts', 2), { state: 'NOT_IN_FORCE', label: { zh: '警示内容' }, closed: [] })

  const id = '0198f0aa-0000-7000-8000-0000000000f1'
  t.match(await propose(police, POLICE, 2), { status: 403, json: { code: 'HUB_FORBIDDEN' } })
  t.match(await propose(hub.nobody, POLICE, 2), { status: 403, json: { code: 'HUB_PERSON_REQUIRED' } })
  t.match(await propose(commission, POLICE, 9), { json: { code: 'HUB_UNKNOWN_VERSION' } })
  t.match(await propose(commission, 'nothing', 1), { status: 404 })
  t.match(await propose(commission, POLICE, 1), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } }, 'in force')
  const asked = await propose(commission, POLICE, 2, { id })
  t.match(asked, { status: 202, json: { outcome: 'WAITS', proposal: id, expiresAt: /^2026-07-15/ } })
  t.match(await propose(commission, POLICE, 2, { id }), { status: 200, json: asked.json }, 'a retry finds it')
  t.match(await propose(second, POLICE, 2), { status: 409, json: { code: 'HUB_ALREADY_DECIDED', proposal: id } })

  for (const [key, code] of [
    [commission, 'HUB_SECOND_PERSON'],
    [police, 'HUB_SECOND_PERSON'],
    [operator, 'HUB_SECOND_PERSON'],
    [hub.sidekick, 'HUB_SECOND_PERSON'],
    [hub.nobody, 'HUB_PERSON_REQUIRED'],
    [hub.doctor, 'HUB_FORBIDDEN'],
    [hub.auditor, 'HUB_FORBIDDEN'],
  ] as const) {
    t.match(await approve(key, id), { status: 403, json: { code } }, code)
  }
  t.equal(await stateOf(POLICE, 2), 'NOT_IN_FORCE')
  t.equal((await approve(second, id)).status, 204)

  t.equal(await stateOf(POLICE, 2), 'IN_FORCE')
  t.match((await logged()).at(-1), {
    type: 'VersionActivated',
    data: { kind: 'feed', name: POLICE, version: 2 },
    causation: { stream: approvalStream(id) },
  })
  t.match(await approve(second, id), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } }, 'once')
  t.match((await call(hub.auditor, 'GET', `/v1/versions/proposals/${id}`)).json, {
    ...{ name: POLICE, version: 2, from: 1, gains: ['POLICE'], state: 'CARRIED_OUT', ...REASON },
    ...{ requestedBy: { person: commission.person }, decidedBy: { person: second.person } },
  })
  t.match(await call(police, 'GET', '/v1/versions'), { status: 403 })
  t.equal((await call(police, 'GET', document)).text, before, 'what is closed does not change')

  const wider = (await propose(commission, CA, 1)).json.proposal
  t.match(await approve(hub.office, wider), { status: 403, json: { code: 'HUB_SECOND_PERSON' } }, 'it gains')
  t.equal((await approve(hub.leading, wider)).status, 204)

  const mailbox = await call(police, 'POST', '/v1/subscriptions', { alerts: true, feeds: [], channel: 'mailbox' })
  const assess = (level: number) =>
    call(hub.doctor, 'POST', '/v1/events', { patientId: hub.patientId, ...exampleBody('RiskAssessed', { level }) })
  await assess(5)
  const alerts = await propose(operator, 'alerts', 2)
  t.match(alerts, { status: 202, json: { outcome: 'WAITS' } })
  t.match(await approve(hub.doctor, alerts.json.proposal), { json: { code: 'HUB_SECOND_PERSON' } }, 'it gains')
  t.equal((await approve(hub.leading, alerts.json.proposal)).status, 204)
  await assess(4)
  await settled()
  const { messages } = (await call(police, 'GET', `/v1/subscriptions/${mailbox.json.subscription}/messages`)).json
  t.same(
    messages.map(({ envelope }: { envelope: { data: { fieldSet: string } } }) => envelope.data.fieldSet),
    ['alert.police.high@1', 'alert.police.high@2'],
    'each assessment is told by what was in force when it was recorded',
  )

  const back = await propose(operator, POLICE, 1)
  t.match(back, { status: 202, json: { outcome: 'WAITS' } }, 'stations would no longer be told who left')
  t.equal(await stateOf(POLICE, 2), 'IN_FORCE')
  t.equal((await approve(second, back.json.proposal)).status, 204)
  t.equal(await stateOf(POLICE, 1), 'IN_FORCE')
  const again = (await propose(operator, POLICE, 2)).json.proposal
  await hub.hub.administration.revokeKey(hub.administrator, operator.keyId, 'NOT_NEEDED')
  const former = await approve(hub.sidekick, again)
  t.match(former, { status: 403, json: { code: 'HUB_SECOND_PERSON' } }, 'who was an operator approves nothing')
  t.equal((await approve(second, again)).status, 204)

  calendar.advanceTo(Date.parse('2027-01-08T09:00:00+08:00'))
  await hub.hub.tick()
  await settled()
  t.match(await versionsAt(POLICE, '2026Q2'), { [`feed:${POLICE}`]: 1 })
  t.match(await versionsAt(POLICE, '2026Q3'), { [`feed:${POLICE}`]: 2 })
  t.match(await versionsAt('political-legal-quarterly', '2026Q4'), { 'feed:political-legal-quarterly': 1 })
  t.match(await versionsAt(CA, '2026H2'), { [`feed:${CA}`]: 1 })
  t.equal(await versionsAt(CA, '2026H1'), undefined, 'of what was before it was in force nothing is told')
  const { periods } = (await call(hub.office, 'GET', `/v1/feeds/${CA}/periods`)).json
  t.same(
    periods.map(({ period }: { period: string }) => period),
    ['2027H1', '2026H2'],
  )
})

t.test('a proposal ends by itself, by a word, or by what came into force; an approved one never is lost', async (t) => {
  const { hub, call, calendar, propose, approve, list, stateOf, commission, second, operator } = await openOld(t)
  const refuse = (key: IssuedKey, id: string, reason: string) =>
    call(key, 'POST', `/v1/versions/proposals/${id}/refuse`, { reason })
  const ticked = async () => {
    await hub.tick()
    return list(operator)
  }
  const idOf = async (name: string, version: number) => (await propose(commission, name, version)).json.proposal

  const withdrawn = await idOf(POLICE, 2)
  t.match(await refuse(second, withdrawn, 'WITHDRAWN'), { status: 403 })
  t.equal((await refuse(commission, withdrawn, 'WITHDRAWN')).status, 204)
  t.match(await approve(second, withdrawn), { status: 409 })

  const late = await idOf(POLICE, 2)
  calendar.advanceTo(START_MS + 8 * 86_400_000)
  t.match(await approve(second, late), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } })
  t.match(await until(ticked, ({ proposals }) => proposals[0].state === 'EXPIRED'), {
    proposals: [{ proposal: late }, { state: 'REFUSED' }],
  })

  const overtaken = await idOf(POLICE, 2)
  const data = { kind: 'feed', name: POLICE, version: 2 }
  await hub.hubRecorder.appendNext({ stream: HUB_STREAM, type: 'VersionActivated', data })
  await hub.readModels.through()
  t.match(await approve(second, overtaken), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } })

  /** By a node that is killed before it does what was approved. */
  const given = async (id: string): Promise<string> => {
    const event = { stream: approvalStream(id), type: 'ApprovalGiven', data: { by: by.person }, by }
    await hub.hubRecorder.appendNext(event)
    return id
  }
  const { agency, person = '', keyId: client } = second
  const by = { agency, role: 'HEALTH_COMMISSION', person, client, isOperator: false } as const
  const forgotten = await given(await idOf(CA, 1))
  calendar.advanceTo(START_MS + 16 * 86_400_000)
  await until(ticked, ({ proposals }) => stateIn(proposals, forgotten) === 'EXPIRED')
  t.equal(await stateOf(CA, 1), 'NOT_IN_FORCE', 'an approval is not good for ever')

  const approved = await given(await idOf(CA, 1))
  // The node that took the approval was killed: this one finds it.
  await until(ticked, ({ proposals }) => stateIn(proposals, approved) === 'CARRIED_OUT')
  t.equal(await stateOf(CA, 1), 'IN_FORCE')
  t.match(await call(commission, 'GET', `/v1/erasures/${approved}`), { status: 404 }, 'it is no erasure')
  t.same((await call(operator, 'GET', '/v1/erasures')).json, { erasures: [] })
})

t.test('of two proposals of a name one lands, and what was taken back does not come back by itself', async (t) => {
  const { hub, call, propose, approve, list, stateOf, commission, second, leading } = await openOld(t)
  const activate = async (version: number): Promise<void> => {
    const data = { kind: 'feed', name: POLICE, version }
    await hub.hubRecorder.appendNext({ stream: HUB_STREAM, type: 'VersionActivated', data })
  }
  const read = async (id: string) => (await call(commission, 'GET', `/v1/versions/proposals/${id}`)).json

  const atOnce = await Promise.all([propose(commission, POLICE, 2), propose(second, POLICE, 2)])
  const waiting = atOnce.find(({ status }) => status === 202)?.json.proposal
  t.match(
    atOnce.find(({ status }) => status === 409),
    { json: { code: 'HUB_ALREADY_DECIDED', proposal: waiting } },
    'the other one is told which is open',
  )

  const { follows } = await read(waiting)
  const subject = { kind: 'feed', name: POLICE, version: 2, from: 1, follows, gains: ['POLICE'] }
  const data = { act: 'ACTIVATE_VERSION', subject, ...REASON, expiresAt: '2026-04-27T09:30:00+08:00' }
  const { agency, person = '', keyId: client } = second
  const by = { agency, role: 'HEALTH_COMMISSION', person, client, isOperator: false } as const
  // Another hub took them at the same moment.
  const [elsewhere = '', third = ''] = ['f2', 'f3'].map((last) => `0198f0aa-0000-7000-8000-0000000000${last}`)
  for (const id of [elsewhere, third]) {
    await hub.hubRecorder.appendNext({ stream: approvalStream(id), type: 'ApprovalRequested', data, by })
  }
  await hub.readModels.through()
  const answers = await Promise.all([approve(leading, waiting), approve(leading, elsewhere)])
  t.same(answers.map(({ status }) => status).sort(), [204, 409])
  const both = await Promise.all([read(waiting), read(elsewhere)])
  t.same(both.map(({ state }) => state).sort(), ['CARRIED_OUT', 'EXPIRED'])
  const [, last] = (await eventsOf(hub.core.store.log, HUB_STREAM)).filter(({ data: { name } }) => name === POLICE)
  const [first] = await eventsOf(hub.core.store.log, approvalStream(waiting))
  const { overtakenBy } = both.find(({ state }) => state === 'EXPIRED') ?? {}
  t.ok([first?.id, last?.id].includes(overtakenBy), 'by the one that was asked for first, or by what it put in force')

  await activate(1)
  await hub.hubRecorder.appendNext({ stream: approvalStream(third), type: 'ApprovalGiven', data: { by: person }, by })
  await hub.readModels.through()
  t.match(await approve(leading, third), { status: 409 })
  const ended = await until(
    async () => {
      await hub.tick()
      return list(commission)
    },
    ({ proposals }) => stateIn(proposals, third) === 'EXPIRED',
  )
  t.equal(ended.proposals.length, 3)
  t.equal(await stateOf(POLICE, 1), 'IN_FORCE', 'what was taken back stays so')
  t.equal((await propose(commission, POLICE, 2)).status, 202, 'nothing that has ended stands in the way')
})

t.test('what tells nobody more and corrects as before is in force at once, and what corrects less waits', async (t) => {
  const { hub, operator } = await openOld(t)
  const { store, calendar, wall, hubRecorder, directory } = hub.core
  const { log, vault } = store
  const by: Principal = {
    ...{ agency: operator.agency, role: 'HUB', client: operator.keyId, isOperator: true },
    ...(operator.person === undefined ? {} : { person: operator.person }),
  }
  const known = FEEDS.filter(({ name, version }) => name === POLICE && version === 1)
  let losesCorrections = true
  const versions = createVersions({
    ...{
      log,
      placed: log.reader,
      packs: [],
      alerts: [],
      recorder: hubRecorder,
      directory: () => directory.current,
      operatorAgency: operator.agency,
    },
    definitions: known.flatMap((one) => [one, { ...one, version: 8 }]),
    approvals: createApprovals({ log, authority: log.authority, vault, hubRecorder, calendar, wall }),
    feeds: { diff: async () => ({ isWider: false, losesCorrections }) as FeedDiff },
    rows: () => hub.readModels.reader(approvalRows),
    ...{ through: () => hub.readModels.through(), calendar, isClockInDoubt: () => false },
  })
  const draft = { name: POLICE, version: 8, ...REASON }

  t.match(await versions.propose(by, draft), { outcome: 'WAITS' })
  losesCorrections = false
  t.match(await versions.propose(by, draft), { outcome: 'IN_FORCE' })
  t.match((await eventsOf(log, HUB_STREAM)).at(-1), { data: { version: 8 }, recordedBy: { person: operator.person } })
})

t.test('of two proposals that two hubs take at once the later one ends, and says which was first', async (t) => {
  const { hub, commission, leading, list } = await openOld(t)
  const { log, vault } = hub.core.store
  const { hubRecorder, calendar, wall, directory } = hub.core
  let asked = 0
  let bothAsked = (): void => {}
  const race = new Promise<void>((resolve) => {
    bothAsked = resolve
  })
  const anotherHub = () => {
    const approvals = createApprovals({ log, authority: log.authority, vault, hubRecorder, calendar, wall })
    return createVersions({
      ...{ log, placed: log.reader, packs: [], alerts: [], recorder: hubRecorder, directory: () => directory.current },
      ...{ definitions: FEEDS, feeds: hub.feeds, operatorAgency: '' },
      approvals: {
        ...approvals,
        async request(by, draft) {
          // Each has seen that nothing stands in its way.
          if (++asked === 2) bothAsked()
          await race
          return approvals.request(by, draft)
        },
      },
      rows: () => hub.readModels.reader(approvalRows),
      ...{ through: () => hub.readModels.through(), calendar, isClockInDoubt: () => false },
    })
  }
  const proposedBy = ({ agency, person = '', keyId: client }: IssuedKey, role: Principal['role']) =>
    anotherHub().propose({ agency, role, client, person, isOperator: false }, { name: POLICE, version: 2, ...REASON })

  const both = await Promise.allSettled([
    proposedBy(commission, 'HEALTH_COMMISSION'),
    proposedBy(leading, 'LEADING_OFFICE'),
  ])

  const waits = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  t.match(waits, [{ outcome: 'WAITS' }])
  const proposal = waits[0]?.outcome === 'WAITS' ? waits[0].proposal : ''
  t.match(refused, [{ code: 'HUB_ALREADY_DECIDED', data: { proposal } }])
  await hub.readModels.through()
  const { proposals } = await list(commission)
  const states = proposals.map(({ state }: { state: string }) => state)
  t.same(states.sort(), ['EXPIRED', 'REQUESTED'], 'both had been taken')
  t.equal(stateIn(proposals, proposal), 'REQUESTED')
})

t.test('what differs is told to those who decide, exactly only to those who may know', async (t) => {
  const { hub, call, commission, leading, police, auditor, operator } = await openOld(t)
  await hub.readModels.through()
  const diff = (key: IssuedKey, query: string) => call(key, 'GET', `/v1/feeds/${POLICE}/diff?${query}`)

  t.match(await diff(police, 'to=2'), { status: 403 })
  for (const key of [commission, auditor, operator]) {
    t.match((await diff(key, 'to=2')).json, {
      from: 1,
      to: 2,
      isWider: true,
      periods: [{ people: { from: 1, to: 1 } }],
    })
  }
  t.match((await diff(leading, 'to=2')).json, { periods: [{ people: { from: '<5', to: '<5', gained: 0 } }] })
  const page = await diff(commission, 'from=2&to=1&format=html')
  t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': /default-src 'none'/ })
  t.match(page.text, /结论：不放宽.*减少更正/)
  t.match(page.text, /少于5人/)
  t.match(await diff(commission, 'to=9'), { json: { code: 'HUB_UNKNOWN_VERSION' } })
  t.match(await diff(commission, 'to=2&periods=9'), { status: 400 })
})
