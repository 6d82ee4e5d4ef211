import t from 'tap'
import { createRecordViews } from '../../src/http/record-views.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { HubError } from '../../src/kernel/errors.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { bearer, openParts, START_MS } from './parts.js'

t.test('answers nothing where the view cannot be recorded', async (t) => {
  let isFull = false
  const { app, enrol } = await openParts(t, {
    through: (log) => ({
      ...log,
      append: (stream, ...rest) =>
        isFull && stream.startsWith('views-')
          ? Promise.reject(new HubError('HUB_READ_ONLY', 'the disk is full'))
          : log.append(stream, ...rest),
    }),
  })
  const headers = bearer(await enrol('CHC', { id: EXAMPLE_UNIT }))
  const registered = await app.inject({
    method: 'POST',
    url: '/v1/events',
    headers,
    payload: exampleBody('PatientRegistered'),
  })
  const url = `/v1/patients/${registered.json().receipts[0].stream.slice('patient-'.length)}`
  isFull = true

  const refused = await app.inject({ url, headers })
  isFull = false
  const answered = await app.inject({ url, headers })

  t.match(refused.json(), { status: 503, code: 'HUB_READ_ONLY' })
  t.notMatch(refused.body, '张示例')
  t.equal(answered.statusCode, 200, 'and is not taken for recorded')
})

t.test('counts what was viewed before a restart', async (t) => {
  const { hub } = await openParts(t)
  const calendar = drivenClock(START_MS)
  const viewer = { agency: EXAMPLE_UNIT, role: 'CHC', client: 'c', isOperator: false } as const
  const view = { patientId: '5166b806-c92f-8766-879b-077f506cf391', purpose: 'CARE', kind: 'STATE' } as const
  const count = async () => {
    let events = 0
    for await (const _ of hub.log.readStream(`views-${EXAMPLE_UNIT}-2026-03-02`)) events++
    return events
  }

  await createRecordViews({ ...hub, calendar })(viewer, view)
  await createRecordViews({ ...hub, calendar })(viewer, view)

  t.equal(await count(), 1)
})
