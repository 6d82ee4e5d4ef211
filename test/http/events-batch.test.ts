import { Readable } from 'node:stream'
import t from 'tap'
import { patientIdOf } from '../../src/domain/derived-ids.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import type { Cleanup } from '../fixtures/store.js'
import { bearer, LOG_ID, openParts, type PartsOptions, START_MS } from './parts.js'

const setup = async (t: Cleanup, options: PartsOptions = {}) => {
  const parts = await openParts(t, options)
  const doctor = await parts.enrol('CHC', { id: EXAMPLE_UNIT })
  const headers = { ...bearer(doctor), 'content-type': 'application/x-ndjson' }
  const send = async (payload: string | Readable) => {
    const reply = await parts.app.inject({ method: 'POST', url: '/v1/events/batch', headers, payload })
    const lines = reply.body.split('\n').filter((line) => line !== '')
    return { reply, answers: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
  }
  return { ...parts, doctor, headers, send }
}

/** A registration of a person without a number, so that any number of them may be made. */
const registration = (id: string) => {
  const body = exampleBody('PatientRegistered')
  return { ...body, id, data: { ...body.data, identity: { idType: '0', status: 'UNKNOWN', sex: '0' } } }
}
const ndjson = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

t.test('answers each line in order, and a failing one takes nothing with it', async (t) => {
  const { send } = await setup(t)
  const ids = Array.from({ length: 1000 }, (_, i) => uuidv7(START_MS + i))
  const lines: unknown[] = ids.map(registration)
  lines.splice(7, 0, { type: 'MoodGuessed' })
  lines.splice(721, 0, { ...exampleBody('RiskAssessed'), patientId: uuidv7(1) })

  const { reply, answers } = await send(`${ndjson(lines)}{"broken\n\n`)

  t.equal(reply.statusCode, 200)
  t.match(reply.headers['content-type'], /^application\/x-ndjson/)
  t.same(
    answers.map(({ line }) => line),
    Array.from({ length: 1003 }, (_, i) => i + 1),
  )
  t.match(answers[7], { status: 400, code: 'HUB_UNKNOWN_TYPE' })
  t.match(answers[721], { status: 404, code: 'HUB_NOT_FOUND' })
  t.match(answers[1002], { status: 400, code: 'HUB_MALFORMED_JSON' })
  t.equal(answers.filter(({ status }) => status === 201).length, 1000)
})

t.test(
  'among thousands a line that breaks a rule and one that comes too late are answered in their place',
  async (t) => {
    const { send } = await setup(t)
    const ids = Array.from({ length: 3000 }, (_, i) => uuidv7(START_MS + i))
    const patientId = patientIdOf(LOG_ID, ids[0] ?? '')
    const lines: unknown[] = ids.map(registration)
    const beside = exampleBody('RiskAssessed', { level: 0, evidence: ['NONE', 'NOT_STOPPABLE'], targets: 'NONE' })
    lines.splice(1200, 0, { ...beside, patientId })
    lines.splice(2400, 0, { ...exampleBody('FollowUpAttempted'), patientId, expectedRevision: 7 })

    const { answers } = await send(ndjson(lines))

    t.match(answers[1200], {
      line: 1201,
      status: 422,
      code: 'HUB_RULE_VIOLATED',
      errors: [{ rule: 'risk.noneStandsAlone' }],
    })
    t.match(answers[2400], { line: 2401, status: 409, code: 'HUB_REVISION_CONFLICT' })
    t.equal(answers.filter(({ status }) => status === 201).length, 3000)
    t.same(
      answers.map(({ line }) => line),
      lines.map((_, i) => i + 1),
    )
  },
)

t.test(
  'records the lines of one person one after the other, also under an id known only from the registration',
  async (t) => {
    const { send } = await setup(t)
    const id = uuidv7(START_MS)
    const patientId = patientIdOf(LOG_ID, id)
    const visits = Array.from({ length: 12 }, (_, i) => ({
      ...exampleBody('FollowUpAttempted', { at: `2026-02-${String(i + 10)}T10:00:00+08:00` }),
      patientId,
      expectedRevision: i,
    }))

    const { answers } = await send(ndjson([registration(id), ...visits]))

    t.same(
      answers.map((answer) => (answer.receipts as { revision: number }[])[0]?.revision),
      Array.from({ length: 13 }, (_, i) => i),
    )
  },
)

t.test('answers a file that is sent again with the first receipts', async (t) => {
  const { send } = await setup(t)
  const file = ndjson(Array.from({ length: 5 }, (_, i) => registration(uuidv7(START_MS + i))))

  const first = await send(file)
  const again = await send(file)

  t.ok(again.answers.every(({ status }) => status === 200))
  t.same(
    again.answers.map(({ receipts }) => receipts),
    first.answers.map(({ receipts }) => receipts),
  )
})

t.test('refuses consents', async (t) => {
  const { send } = await setup(t)
  const id = uuidv7(START_MS)

  const { answers } = await send(
    ndjson([registration(id), { ...exampleBody('ServiceConsentGiven'), patientId: patientIdOf(LOG_ID, id) }]),
  )

  t.match(answers[1], { status: 422, code: 'HUB_RULE_VIOLATED' })
})

t.test('skips a line beyond the limit without keeping it, and goes on', async (t) => {
  const { send } = await setup(t, { config: { http: { batchLineLimitBytes: 4096 } } })
  const chunks = [
    ndjson([registration(uuidv7(START_MS))]),
    ...Array.from({ length: 100 }, () => 'x'.repeat(1000)),
    `\n${ndjson([registration(uuidv7(START_MS + 1))])}`,
  ]

  const { answers } = await send(Readable.from(chunks))

  t.match(answers, [
    { line: 1, status: 201 },
    { line: 2, status: 413, code: 'HUB_BODY_TOO_LARGE' },
    { line: 3, status: 201 },
  ])
})

t.test('answers a line before the next one is sent', async (t) => {
  const { app, headers } = await setup(t)
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  let sendNext: (line: string | undefined) => void = () => {}
  const body = new ReadableStream({
    start(controller) {
      sendNext = (line) => (line === undefined ? controller.close() : controller.enqueue(Buffer.from(line)))
    },
  })
  sendNext(ndjson([registration(uuidv7(START_MS))]))

  const reply = await fetch(`${base}/v1/events/batch`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
  const first = await reader.read()
  sendNext(ndjson([registration(uuidv7(START_MS + 1))]))
  const second = await reader.read()
  sendNext(undefined)
  const end = await reader.read()

  t.match(JSON.parse(Buffer.from(first.value ?? []).toString()), { line: 1, status: 201 })
  t.match(JSON.parse(Buffer.from(second.value ?? []).toString()), { line: 2, status: 201 })
  t.ok(end.done)
})
