import { renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MINUTE } from '../../src/kernel/dates.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { openRealHub, START_MS } from './real-hub.js'

t.test('records nothing while the vault is gone, says so, and goes on when it is back', async (t) => {
  const { call, dataDir, enrol, register } = await openRealHub(t)
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const file = join(dataDir, VAULT_FILE)
  renameSync(file, `${file}.away`)

  const refused = await call(doctor, 'POST', '/v1/events', exampleBody('PatientRegistered'))
  const readiness = await call(undefined, 'GET', '/readyz')
  renameSync(`${file}.away`, file)

  t.match(refused.json, { status: 503, code: 'HUB_VAULT_AWAY' })
  t.notOk('detail' in refused.json, 'the text of a 5xx stays inside')
  t.equal(readiness.status, 503)
  t.match(
    readiness.json.checks.filter(({ isOk }: { isOk: boolean }) => !isOk),
    [{ name: 'vault' }],
  )
  t.ok(await register(doctor))
  t.equal((await call(undefined, 'GET', '/readyz')).status, 200)
})

t.test('records with a clock a little behind, not with one far behind', async (t) => {
  let behindMs = 0
  const { call, enrol, register } = await openRealHub(t, {}, { now: () => START_MS - behindMs })
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const patientId = await register(doctor)
  const assess = (day: string) =>
    call(doctor, 'POST', '/v1/events', { patientId, ...exampleBody('RiskAssessed', { assessedAt: day }) })

  behindMs = 9 * MINUTE
  const little = await assess('2026-03-01')
  const doubted = await call(undefined, 'GET', '/readyz')
  behindMs = 11 * MINUTE
  const far = await assess('2026-03-02')
  behindMs = 0
  const right = await assess('2026-03-02')

  t.equal(little.status, 201)
  t.equal(little.json.receipts[0].recordedAt, '2026-04-20T09:30:00.000+08:00', 'never before what stands there')
  t.match(
    doubted.json.checks.filter(({ isOk }: { isOk: boolean }) => !isOk),
    [{ name: 'clock' }],
  )
  t.match(far.json, { status: 503, code: 'HUB_CLOCK_BEHIND' })
  t.equal(right.status, 201)
})
