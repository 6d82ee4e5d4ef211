import t from 'tap'
import { agencyStream } from '../../src/domain/streams.js'
import { HOUR } from '../../src/kernel/dates.js'
import { eventsOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { openRealHub, START_MS } from './real-hub.js'

const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const key = await real.operatorKey()
  const post = (url: string, payload: unknown) => real.call(key, 'POST', url, payload)
  const enrolOne = async (role: string, name: string, superior?: string) =>
    String(
      (await post('/v1/agencies', { role, name, phone: '0631-1', ...(superior ? { superior } : {}) })).json.agencyId,
    )
  return { ...real, key, post, enrolOne }
}

/** For tests that leave the areas alone: each enrols its own agencies. */
const shared = await setup(t)

t.test('enrols agencies, lists them to everybody who takes part, and to nobody else', async (t) => {
  const { call, post, enrolOne } = shared
  const centre = await enrolOne('CHC', '甲中心')
  const clinic = await enrolOne('VILLAGE', '乙卫生室', centre)
  const key = (await post('/v1/keys', { agency: clinic })).json

  const listed = await call(key, 'GET', '/v1/agencies?role=VILLAGE')

  t.match(listed.json, { agencies: [{ id: clinic, name: '乙卫生室', superior: centre, areas: [] }] })
  t.equal((await call(key, 'GET', `/v1/agencies/${centre}`)).json.name, '甲中心')
  t.equal((await call(undefined, 'GET', '/v1/agencies')).status, 401)
  t.match((await call(key, 'POST', '/v1/agencies', { role: 'PL', name: 'x', phone: 'y' })).json, { status: 403 })
})

t.test('finds the agency that a retry names, and refuses to enrol it twice', async (t) => {
  const { post } = shared
  const draft = { id: '0198f0aa-0000-7000-8000-00000000aaaa', role: 'PL', name: '综治办', phone: '1' }

  t.equal((await post('/v1/agencies', draft)).status, 201)
  const again = await post('/v1/agencies', draft)
  t.equal(again.status, 200, 'the same again')
  t.same(again.json, { agencyId: draft.id })
  t.match((await post('/v1/agencies', { ...draft, phone: '2' })).json, { status: 409, code: 'HUB_ALREADY_DECIDED' })
  t.match((await post('/v1/agencies', { ...draft, id: undefined, superior: draft.id.replace('aaaa', 'bbbb') })).json, {
    status: 404,
  })
})

t.test('reports every overlap within a role and stores none of the areas then', async (t) => {
  const { call, key, post, enrolOne } = await setup(t)
  const [a, b, police] = [await enrolOne('CHC', '甲'), await enrolOne('CHC', '乙'), await enrolOne('POLICE', '所')]
  const from = '2026-01-01'
  await post('/v1/areas', { assignments: [{ agency: a, areas: ['371002001', '371002002'], from, to: '2026-06-30' }] })
  const assignments = [
    { agency: b, areas: ['371002001', '371002009'], from },
    { agency: police, areas: ['371002001'], from },
    { agency: a, areas: ['371002009'], from },
  ]

  const tried = await post('/v1/areas', { assignments, dryRun: true })
  const refused = await post('/v1/areas', { assignments })

  t.equal(tried.status, 200)
  t.match(tried.json, {
    isStored: false,
    areas: 4,
    overlaps: [
      { assignment: 0, area: '371002001', heldBy: a, to: '2026-06-30' },
      { assignment: 2, area: '371002009', heldBy: b, otherAssignment: 0 },
    ],
  })
  t.match(refused.json, {
    status: 422,
    errors: [{ pointer: '/assignments/0', rule: 'area.overlap' }, { pointer: '/assignments/2' }],
  })
  t.same((await call(key, 'GET', `/v1/agencies/${police}`)).json.areas, [], 'nothing of it was stored')

  const later = await post('/v1/areas', { assignments: [{ agency: b, areas: ['371002001'], from: '2026-07-01' }] })
  t.equal(later.status, 201, 'days that do not meet are no overlap')
  const again = await post('/v1/areas', { assignments: [{ agency: b, areas: ['371002001'], from: '2026-07-01' }] })
  t.equal(again.status, 201, 'a retry finds it done')
  t.equal((await call(key, 'GET', `/v1/agencies/${b}`)).json.areas.length, 1)
})

t.test('states an agency’s telephone anew, once, and everything else stays', async (t) => {
  const { hub, call, key, post, enrolOne } = await setup(t)
  const superior = await enrolOne('MHPC', '精防机构')
  const centre = await enrolOne('CHC', '甲中心', superior)
  await post('/v1/areas', { assignments: [{ agency: centre, areas: ['371002001'], from: '2026-01-01' }] })
  const doctor = (await post('/v1/keys', { agency: centre, staffName: '测试医生甲' })).json

  const changed = await post(`/v1/agencies/${centre}`, { phone: '0631-2', dutyPhone: '0631-3' })
  const again = await post(`/v1/agencies/${centre}`, { phone: '0631-2' })

  const expected = { id: centre, role: 'CHC', name: '甲中心', phone: '0631-2', dutyPhone: '0631-3', superior }
  t.match(changed.json, { ...expected, areas: [{ area: '371002001' }] })
  t.same(again.json, changed.json)
  t.same((await call(doctor, 'GET', `/v1/agencies/${centre}`)).json, changed.json, 'the key goes on')
  const stated = (await eventsOf(hub.log, agencyStream(centre))).filter(({ type }) => type === 'AgencyEnrolled')
  t.equal(stated.length, 2, 'the same again states nothing')
  t.match((await post(`/v1/agencies/${centre}`, {})).json, { status: 400 })
  t.match((await call(doctor, 'POST', `/v1/agencies/${centre}`, { phone: '9' })).json, { status: 403 })
  t.match((await post('/v1/agencies/0198f0aa-0000-7000-8000-00000000dead', { phone: '9' })).json, { status: 404 })
  t.equal((await call(key, 'GET', '/v1/agencies?role=CHC')).json.agencies.length, 1)
})

t.test('ends areas on a day, leaves the others, and another agency may hold them from then on', async (t) => {
  const { call, key, post, enrolOne } = await setup(t)
  const [a, b] = [await enrolOne('CHC', '甲'), await enrolOne('CHC', '乙')]
  const from = '2026-01-01'
  await post('/v1/areas', { assignments: [{ agency: a, areas: ['371002001', '371002002', '371002003'], from }] })
  const taken = { assignments: [{ agency: b, areas: ['371002001'], from: '2026-07-01' }] }
  const early = await post('/v1/areas', taken)
  const end = { agency: a, areas: ['371002001', '371002003'], to: '2026-06-30' }

  const ended = await post('/v1/areas/end', end)
  const again = await post('/v1/areas/end', end)

  t.equal(early.status, 422)
  t.same([ended.json, again.json], [{ ended: 2 }, { ended: 0 }])
  const areas = (await call(key, 'GET', `/v1/agencies/${a}`)).json.areas
  t.same(
    areas.sort((one: { area: string }, other: { area: string }) => (one.area < other.area ? -1 : 1)),
    [
      { area: '371002001', from, to: '2026-06-30' },
      { area: '371002002', from },
      { area: '371002003', from, to: '2026-06-30' },
    ],
  )
  t.equal((await post('/v1/areas', taken)).status, 201)
  t.match((await post('/v1/areas', { assignments: [{ agency: b, areas: ['371002002'], from }] })).json, { status: 422 })
  t.match((await post('/v1/areas/end', { ...end, areas: ['371002009'] })).json, { status: 404 })
  t.match((await post('/v1/areas/end', { ...end, to: '2025-12-31' })).json, { status: 404 }, 'not held by then')
})

t.test('takes an enrolment code once, however it is spelt, and not after it has expired', async (t) => {
  const { calendar, call, post, enrolOne } = shared
  const agency = await enrolOne('POLICE', '示例派出所')
  const opened = (await post(`/v1/agencies/${agency}/enrolments`, { hours: 2 })).json
  const late = (await post(`/v1/agencies/${agency}/enrolments`, { hours: 2 })).json
  const redeem = (code: string) => call(undefined, 'POST', '/v1/enrolments', { code, staffName: '测试警员甲' })

  const first = await redeem(opened.code.toLowerCase().replaceAll('-', ' '))
  const second = await redeem(opened.code)
  calendar.advanceTo(START_MS + 2 * HOUR)
  const expired = await redeem(late.code)
  const invented = await redeem('00000-00000-00000-00000')

  t.equal(first.status, 201)
  t.match(first.json, { agency, key: /^lh_/, person: String })
  t.equal((await call(first.json, 'GET', '/v1/alerts')).status, 200, 'the key is good')
  for (const refused of [second, expired, invented]) t.match(refused.json, { status: 410, code: 'HUB_CODE_EXPIRED' })
  t.equal(new Set([second.text, expired.text, invented.text]).size, 1, 'and none tells why')
})

t.test('redeems a code once where two ask for it at the same time', async (t) => {
  const { call, post, enrolOne } = shared
  const { code } = (await post(`/v1/agencies/${await enrolOne('PL', '综治办')}/enrolments`, {})).json

  const both = await Promise.all([1, 2].map(() => call(undefined, 'POST', '/v1/enrolments', { code })))

  t.same(both.map(({ status }) => status).sort(), [201, 410])
})

t.test('keeps of keys, codes and staff names nothing that could be read back', async (t) => {
  const { call, hub, post, enrolOne, logLines } = shared
  const agency = await enrolOne('PL', '综治办')
  const { code } = (await post(`/v1/agencies/${agency}/enrolments`, {})).json
  const redeemed = (await call(undefined, 'POST', '/v1/enrolments', { code, staffName: '测试员戊己' })).json
  const issued = (await post('/v1/keys', { agency, staffName: '测试员庚辛' })).json

  const stored = JSON.stringify(await eventsOf(hub.log, agencyStream(agency)))

  for (const secret of [code, redeemed.key, issued.key, '测试员戊己', '测试员庚辛']) t.notMatch(stored, secret)
  t.match(stored, redeemed.person, 'the pseudonym stands for the name')
  t.notMatch(logLines.join(''), /lh_[A-Za-z0-9_-]{20}|测试员/)
})

t.test('shows and revokes keys of the own agency only, and of any to the operator', async (t) => {
  const { call, key, post, enrolOne } = shared
  const [a, b] = [await enrolOne('PL', '甲'), await enrolOne('PL', '乙')]
  const mine = (await post('/v1/keys', { agency: a })).json
  const theirs = (await post('/v1/keys', { agency: b })).json

  t.match((await call(mine, 'GET', '/v1/keys')).json, { keys: [{ keyId: mine.keyId, revoked: false }] })
  t.notMatch((await call(mine, 'GET', '/v1/keys')).text, /sha256|lh_/)
  t.match((await call(mine, 'GET', `/v1/keys?agency=${b}`)).json, { status: 403 })
  t.match((await call(mine, 'POST', `/v1/keys/${theirs.keyId}/revoke`, {})).json, { status: 404 })
  t.equal((await call(key, 'POST', `/v1/keys/${theirs.keyId}/revoke`, { reason: 'LOST' })).status, 204)
  t.equal((await call(theirs, 'GET', '/v1/alerts')).status, 401)
  t.match((await call(key, 'POST', `/v1/keys/${theirs.keyId}/revoke`, {})).json, { status: 409 })
})

t.test('makes the operator’s first key once', async (t) => {
  const { hub } = shared

  await t.rejects(hub.administration.createOperatorKey(), { code: 'HUB_ALREADY_DECIDED' })
})

t.test('states once from when on a unit is live', async (t) => {
  const { post, enrolOne, key, call } = shared
  const unit = await enrolOne('CHC', '甲')

  t.equal((await post(`/v1/agencies/${unit}/live`, { from: '2026-02-01' })).status, 201)
  t.match((await post(`/v1/agencies/${unit}/live`, { from: '2026-03-01' })).json, { status: 409 })
  t.match((await post(`/v1/agencies/${unit}/live`, { from: '2026-02-30' })).json, {
    status: 400,
    errors: [{ pointer: '/from' }],
  })
  t.equal((await call(key, 'GET', `/v1/agencies/${unit}`)).json.liveFrom, '2026-02-01')
})
