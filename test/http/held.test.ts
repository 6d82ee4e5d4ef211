import t from 'tap'
import { viewsStream } from '../../src/domain/streams.js'
import { DAY } from '../../src/kernel/dates.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import type { Cleanup } from '../fixtures/store.js'
import { openRealHub, START_MS } from './real-hub.js'

const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const police = await real.enrol('POLICE')
  const patientId = await real.register(doctor)
  const report = {
    person: { name: '张示例', township: EXAMPLE_TOWNSHIP, description: '手持木棍' },
    ...exampleBody('DangerousBehaviorReported'),
  }
  const { json } = await real.call(police, 'POST', '/v1/events', report)
  await real.hub.readModels.through()
  return { ...real, doctor, police, patientId, heldId: String(json.heldId) }
}

/** For tests that leave its held write undecided. */
const shared = await setup(t)

t.test('lists a held write to the health centre in charge, without saying whom it names', async (t) => {
  const { call, doctor, enrol, heldId, police } = shared
  const other = await enrol('CHC', { name: '另一中心', areas: ['371003001'] })

  const listed = await call(doctor, 'GET', '/v1/held')

  t.match(listed.json, {
    held: [
      {
        heldId,
        type: 'DangerousBehaviorReported',
        agency: police.agency,
        agencyName: '单位 POLICE',
        township: EXAMPLE_TOWNSHIP,
      },
    ],
  })
  t.notMatch(listed.text, /张示例|木棍/)
  t.same((await call(other, 'GET', '/v1/held')).json, { held: [] })
  t.match((await call(other, 'GET', `/v1/held/${heldId}`)).json, { status: 404 })
  t.match((await call(police, 'GET', '/v1/held')).json, { status: 403 }, 'whoever sent it sees nothing more of it')
})

t.test('opens it to a named person of that centre, and records it under whom it means', async (t) => {
  const { call, doctor, heldId, patientId, hub, police } = await setup(t)

  const opened = await call(doctor, 'GET', `/v1/held/${heldId}`)
  const matched = await call(doctor, 'POST', `/v1/held/${heldId}/match`, { patientId })
  const again = await call(doctor, 'POST', `/v1/held/${heldId}/reject`, { reason: 'SENT_IN_ERROR' })
  await hub.readModels.through()

  t.match(opened.json, { heldId, person: { name: '张示例' }, event: { type: 'DangerousBehaviorReported' } })
  t.equal(matched.status, 200)
  t.match(matched.json.receipts, [{ stream: `patient-${patientId}`, revision: 1 }])
  t.match(again.json, { status: 409, code: 'HUB_ALREADY_DECIDED' })
  t.same((await call(doctor, 'GET', '/v1/held')).json, { held: [] })
  const history = (await call(doctor, 'GET', `/v1/patients/${patientId}/history`)).json
  const recorded = history.entries.map(({ event }: { event: { recordedBy: object } }) => event.recordedBy)
  t.ok(
    recorded.some(({ agency }: { agency: string }) => agency === police.agency),
    'as of the agency that sent it',
  )
})

t.test('matches under no patient of another centre, and asks for a named person and a reason', async (t) => {
  const { call, doctor, heldId, hub, operator } = await setup(t)
  const machine = await hub.administration.issueKey(operator, { agency: EXAMPLE_UNIT })
  const unknown = '0198f0aa-0000-7000-8000-00000000dead'

  t.match((await call(doctor, 'POST', `/v1/held/${heldId}/match`, { patientId: unknown })).json, { status: 404 })
  t.match((await call(machine, 'GET', `/v1/held/${heldId}`)).json, { status: 403, code: 'HUB_PERSON_REQUIRED' })
  t.match((await call(doctor, 'POST', `/v1/held/${heldId}/reject`, {})).json, {
    status: 400,
    errors: [{ pointer: '/reason' }],
  })
  t.equal((await call(doctor, 'POST', `/v1/held/${heldId}/reject`, { reason: 'NOT_IDENTIFIED' })).status, 204)
})

t.test('records the reading of whom it names before it answers, and counts it once', async (t) => {
  const { call, doctor, heldId, hub } = shared
  const views = async () => {
    const data: unknown[] = []
    for await (const event of hub.log.readStream(viewsStream(EXAMPLE_UNIT, '2026-04-20'))) data.push(event.data)
    return data
  }

  const before = await views()
  await call(doctor, 'GET', `/v1/held/${heldId}`)
  await call(doctor, 'GET', `/v1/held/${heldId}`)

  t.same(before, [])
  t.same(
    await views(),
    [{ viewer: doctor.person, held: heldId, purpose: 'CARE', kind: 'HELD' }],
    'twice in ten minutes',
  )
})

t.test('asks whoever names a person for a township in which a health centre takes part', async (t) => {
  const { call, police } = shared
  const report = exampleBody('DangerousBehaviorReported')
  const name = (township?: string) =>
    call(police, 'POST', '/v1/events', { person: { name: '李无名', ...(township && { township }) }, ...report })

  for (const township of [undefined, '青石街道', '999999999']) {
    const refused = await name(township)
    t.match(refused.json, { status: 400, errors: [{ pointer: '/person/township' }] }, String(township))
    t.notMatch(refused.text, /李无名|青石/)
  }
  t.equal((await name(EXAMPLE_TOWNSHIP)).status, 202)
  t.equal((await name(EXAMPLE_TOWNSHIP.slice(0, 6))).status, 202, 'the county, where no more is known')
})

t.test('lists a write whose township several centres share to those, and to no other', async (t) => {
  const { call, enrol, police, hub } = await setup(t)
  const [north, south] = [
    await enrol('CHC', { name: '北片', areas: ['371002009001'] }),
    await enrol('CHC', { name: '南片', areas: ['371002009002'] }),
  ]
  const far = await enrol('CHC', { name: '远处', areas: ['371003001'] })
  const person = { name: '李无名', township: '371002009' }
  const { json } = await call(police, 'POST', '/v1/events', { person, ...exampleBody('DangerousBehaviorReported') })
  await hub.readModels.through()
  const listed = async (key: typeof north) =>
    (await call(key, 'GET', '/v1/held')).json.held.map(({ heldId }: { heldId: string }) => heldId)

  t.same(await listed(north), [json.heldId])
  t.same(await listed(south), [json.heldId])
  t.same(await listed(far), [])
  t.equal((await call(far, 'GET', `/v1/held/${json.heldId}`)).status, 404)
})

t.test('ends by itself after 30 days: listed to nobody any more, and matched by nobody', async (t) => {
  const { call, calendar, doctor, heldId, hub, patientId } = await setup(t)
  const listed = async () => (await call(doctor, 'GET', '/v1/held')).json.held.length
  const checked = async () => {
    await hub.tick()
    await hub.readModels.through()
  }

  calendar.advanceTo(START_MS + 29 * DAY)
  await checked()
  const before = await listed()
  calendar.advanceTo(START_MS + 30 * DAY)
  await checked()
  const after = await listed()
  const late = await call(doctor, 'POST', `/v1/held/${heldId}/match`, { patientId })

  t.equal(before, 1)
  t.equal(after, 0)
  t.match(late.json, { status: 409, code: 'HUB_ALREADY_DECIDED' })
})
