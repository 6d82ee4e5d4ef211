import t from 'tap'
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

t.test('lists a held write to the health centre in charge, without saying whom it names', async (t) => {
  const { call, doctor, enrol, heldId, police } = await setup(t)
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
  const again = await call(doctor, 'POST', `/v1/held/${heldId}/reject`, { reason: '误报' })
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
  t.equal((await call(doctor, 'POST', `/v1/held/${heldId}/reject`, { reason: '查无此人' })).status, 204)
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
