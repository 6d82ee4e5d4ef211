import t from 'tap'
import { HubError } from '../../src/kernel/errors.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import type { EventLog } from '../../src/log/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import type { Cleanup } from '../fixtures/store.js'
import { bearer, OPERATOR, openParts, START_MS } from './parts.js'

const setup = async (t: Cleanup, through?: (log: EventLog) => EventLog) => {
  const parts = await openParts(t, through ? { through } : {})
  const doctor = await parts.enrol('CHC', { id: EXAMPLE_UNIT })
  const post = (payload: unknown, key = doctor) =>
    parts.app.inject({ method: 'POST', url: '/v1/events', headers: bearer(key), payload: payload as object })
  const register = async (): Promise<string> => {
    const reply = await post(exampleBody('PatientRegistered'))
    return String(reply.json().receipts[0].stream).slice('patient-'.length)
  }
  return { ...parts, doctor, post, register }
}

const newId = (): string => uuidv7(START_MS)

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(q * (sorted.length - 1))] ?? 0
}

t.test('records one event and answers with its receipt', async (t) => {
  const { post } = await setup(t)
  const id = newId()

  const reply = await post({ ...exampleBody('PatientRegistered'), id })

  t.equal(reply.statusCode, 201)
  t.match(reply.headers['content-type'], /^application\/json/)
  const { receipts } = reply.json()
  t.same(Object.keys(receipts[0]), ['id', 'stream', 'revision', 'recordedAt'])
  t.match(receipts, [{ id, revision: 0, stream: /^patient-/, recordedAt: '2026-03-02T09:30:00.000+08:00' }])
})

t.test('answers the same again with 200 and the first receipt, and other content under the id with 409', async (t) => {
  const { post, register } = await setup(t)
  const patientId = await register()
  const visit = { patientId, ...exampleBody('FollowUpCompleted'), id: newId() }

  const first = await post(visit)
  const again = await post(visit)
  const other = await post({ ...visit, data: { ...visit.data, adherence: 3 } })

  t.equal(first.statusCode, 201)
  t.equal(again.statusCode, 200)
  t.same(again.json().receipts, first.json().receipts)
  t.match(other.json(), { status: 409, code: 'HUB_DIFFERENT_CONTENT' })
})

t.test('records the events of a visit all or none', async (t) => {
  const { post, register } = await setup(t)
  const patientId = await register()
  const events = [exampleBody('FollowUpCompleted'), exampleBody('RiskAssessed')]

  const broken = await post({ patientId, events: [events[0], { ...events[1], data: { level: 9 } }] })
  const whole = await post({ patientId, events })

  t.equal(broken.statusCode, 400)
  t.ok(broken.json().errors.every(({ pointer }: { pointer: string }) => pointer.startsWith('/events/1')))
  t.equal(whole.statusCode, 201)
  t.same(
    whole.json().receipts.map(({ revision }: { revision: number }) => revision),
    [1, 2],
    'nothing of the broken visit was stored',
  )
})

t.test('holds a revision that the stream has left', async (t) => {
  const { post, register } = await setup(t)
  const patientId = await register()

  const reply = await post({ patientId, expectedRevision: 4, ...exampleBody('RiskAssessed') })

  t.match(reply.json(), { status: 409, code: 'HUB_REVISION_CONFLICT', actualRevision: 0 })
})

t.test('tells what is wrong by pointer, and never repeats what was sent', async (t) => {
  const { post, logLines } = await setup(t)
  const body = exampleBody('PatientRegistered')
  const identity = { ...(body.data.identity as object), name: 17, sex: '张三丰', birthDate: '2026-02-30' }

  const reply = await post({ ...body, colour: '李四光', data: { ...body.data, identity } })

  t.equal(reply.statusCode, 400)
  t.match(reply.headers['content-type'], /^application\/problem\+json/)
  t.match(reply.json(), { code: 'HUB_INVALID_EVENT', type: 'urn:lianhu:problem:HUB_INVALID_EVENT' })
  const pointers = reply.json().errors.map(({ pointer }: { pointer: string }) => pointer)
  t.ok(pointers.includes('/data/identity/name'))
  t.ok(pointers.includes('/data/identity/birthDate'))
  t.ok(pointers.includes('/colour'))
  t.notMatch(reply.body + logLines.join(''), /张三丰|李四光|2026-02-30/)
})

t.test('points into the group where a group of one is wrong', async (t) => {
  const { post, register } = await setup(t)
  const patientId = await register()

  const reply = await post({ patientId, events: [{ ...exampleBody('RiskAssessed'), data: { level: 'x' } }] })

  t.ok(reply.json().errors.every(({ pointer }: { pointer: string }) => pointer.startsWith('/events/0/data')))
})

t.test('refuses with its documented answer', async (t) => {
  const { post, register, doctor, enrol, app } = await setup(t)
  const patientId = await register()
  const risk = exampleBody('RiskAssessed')
  const police = await enrol('POLICE')
  const otherCentre = await enrol('CHC', { name: '另一中心' })
  const cases: readonly (readonly [string, unknown, { key?: typeof doctor }, number, string])[] = [
    ['an unknown type', { patientId, type: 'MoodGuessed', data: {} }, {}, 400, 'HUB_UNKNOWN_TYPE'],
    ['an unknown member', { patientId, ...risk, data: { ...risk.data, mood: 1 } }, {}, 400, 'HUB_INVALID_EVENT'],
    ['a null', { patientId, ...risk, observedBy: null }, {}, 400, 'HUB_INVALID_EVENT'],
    [
      'an impossible date',
      { patientId, ...risk, data: { ...risk.data, assessedAt: '2026-02-30' } },
      {},
      400,
      'HUB_INVALID_EVENT',
    ],
    [
      'a future moment',
      { patientId, ...risk, data: { ...risk.data, assessedAt: '2027-01-01' } },
      {},
      422,
      'HUB_RULE_VIOLATED',
    ],
    ['the wrong role', { patientId, ...risk }, { key: police }, 403, 'HUB_FORBIDDEN'],
    ['the wrong jurisdiction', { patientId, ...risk }, { key: otherCentre }, 403, 'HUB_FORBIDDEN'],
    ['an unknown patient', { patientId: newId(), ...risk }, {}, 404, 'HUB_NOT_FOUND'],
    ['an id in capitals', { patientId: patientId.toUpperCase(), ...risk }, {}, 400, 'HUB_INVALID_EVENT'],
    ['no address', risk, {}, 400, 'HUB_INVALID_EVENT'],
    ['nothing', {}, {}, 400, 'HUB_INVALID_EVENT'],
    ['a list', [], {}, 400, 'HUB_INVALID_EVENT'],
    ['no events', { patientId, events: [] }, {}, 400, 'HUB_INVALID_EVENT'],
    ['members beside events', { patientId, events: [risk], type: 'x' }, {}, 400, 'HUB_INVALID_EVENT'],
    ['both addresses', { patientId, person: { name: '甲' }, ...risk }, {}, 400, 'HUB_INVALID_EVENT'],
    ['a hub event', { patientId, type: 'FeedReleased', data: {} }, {}, 400, 'HUB_INVALID_EVENT'],
    ['a correction of nothing', { patientId, ...risk, corrects: newId() }, {}, 409, 'HUB_BAD_CORRECTION'],
    ['a derived source', { patientId, ...risk, source: { kind: 'derived' } }, {}, 400, 'HUB_INVALID_EVENT'],
    [
      'a name in the place of a reference',
      { patientId, ...risk, source: { kind: 'api', ref: '邻居王小明 13800001111' } },
      {},
      400,
      'HUB_INVALID_EVENT',
    ],
    ['an ID number claimed already', exampleBody('PatientRegistered'), {}, 409, 'HUB_IDENTITY_CLAIMED'],
  ]

  for (const [what, payload, { key = doctor }, status, code] of cases) {
    const reply = await post(payload, key)

    t.match(reply.json(), { status, code, hint: String, titleZh: String }, what)
    t.equal(reply.statusCode, status, what)
  }
  const missing = await app.inject({ method: 'POST', url: '/v1/events', payload: { patientId, ...risk } })
  t.match(missing.json(), { status: 401, code: 'HUB_UNAUTHENTICATED' })
})

t.test('answers a non-health role that names a person the same, whoever it is', async (t) => {
  const { post, register, enrol, administration, doctor } = await setup(t)
  await administration.assignAreas(OPERATOR, [{ agency: doctor.agency, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
  await register()
  const police = await enrol('POLICE')
  const report = exampleBody('DangerousBehaviorReported')
  const name = (idNumber: string) =>
    post({ person: { idNumber, township: EXAMPLE_TOWNSHIP }, ...report, id: newId() }, police)

  const known = await name('11010519491231002X')
  const unknown = await name('440524188001010014')

  t.equal(known.statusCode, 202)
  t.equal(unknown.statusCode, 202)
  t.same(Object.keys(known.json()), Object.keys(unknown.json()))
  t.same(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort())
  t.equal(known.body.length, unknown.body.length)
})

t.test('takes no longer over a person whom the hub knows than over one whom it does not', async (t) => {
  const { post, register, enrol, administration, doctor } = await setup(t)
  await administration.assignAreas(OPERATOR, [{ agency: doctor.agency, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
  await register()
  const police = await enrol('POLICE')
  const report = exampleBody('DangerousBehaviorReported')
  const people = { known: '11010519491231002X', unknown: '440524188001010014' }
  const timed = async (idNumber: string): Promise<number> => {
    const person = { idNumber, name: '张示例', township: EXAMPLE_TOWNSHIP }
    const startedAt = performance.now()
    const { statusCode } = await post({ person, ...report, id: newId() }, police)
    const took = performance.now() - startedAt
    t.equal(statusCode, 202)
    return took
  }
  const times: Record<keyof typeof people, number[]> = { known: [], unknown: [] }
  for (let i = 0; i < 20; i++) await timed(i % 2 === 0 ? people.known : people.unknown)

  // One after the other and in changing order, so that whatever slows the machine slows both alike.
  for (let i = 0; i < 200; i++) {
    for (const who of i % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
      times[who].push(await timed(people[who]))
    }
  }

  const [known, unknown] = [quantile(times.known, 0.5), quantile(times.unknown, 0.5)]
  t.ok(known < 2 * unknown && unknown < 2 * known, `medians of ${known} ms and ${unknown} ms`)
})

t.test('says what is ours to repair in one line of the log, and nothing of it to the caller', async (t) => {
  let isBroken = false
  const breaking = (log: EventLog): EventLog => ({
    ...log,
    append: (...args) =>
      isBroken ? Promise.reject(new HubError('HUB_READ_ONLY', 'disk /var/secret is full')) : log.append(...args),
  })
  const { post, register, logLines } = await setup(t, breaking)
  const patientId = await register()
  isBroken = true

  const reply = await post({ patientId, ...exampleBody('RiskAssessed') })

  t.match(reply.json(), { status: 503, code: 'HUB_READ_ONLY', requestId: String })
  t.equal(reply.headers['retry-after'], '1')
  t.notMatch(reply.body, /secret/)
  t.match(
    logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error'),
    [
      {
        level: 'error',
        req: { id: reply.json().requestId, method: 'POST', route: '/v1/events' },
        err: { code: 'HUB_READ_ONLY' },
      },
    ],
  )
})

t.test('counts what it recorded and what it refused', async (t) => {
  const { post, register, app } = await setup(t)
  await register()
  await post({})

  const page = (await app.inject({ url: '/metrics' })).body

  t.match(page, /lianhu_ingest_events_total\{outcome="recorded"\} 1/)
  t.match(page, /lianhu_projection_lag_events\{projection="patient-record"\} 2/)
  t.match(page, /lianhu_http_request_seconds_count\{route="\/v1\/events",status="2xx"\} 1/)
  t.match(page, /lianhu_http_request_seconds_count\{route="\/v1\/events",status="4xx"\} 1/)
  t.match(page, /lianhu_held_writes 3/)
  t.match(page, /lianhu_returns_overdue\{role="POLICE"\} 2/)
  t.match(page, /lianhu_feed_failing_seconds 60/)
  t.match(page, /lianhu_delivery_attempts_total\{outcome="failed"\} 3/)
  t.match(page, /lianhu_feed_unmapped_people\{feed="police-quarterly"\} 2/)
  t.match(page, /lianhu_dispatcher_state\{state="running"\} 0/)
  t.match(page, /lianhu_dispatcher_state\{state="stalled"\} 1/)
  t.match(page, /lianhu_clock_in_doubt 1/)
  t.match(page, /lianhu_read_only 0/)
  t.notMatch(page, /patient-[0-9a-f]{8}/)
})
