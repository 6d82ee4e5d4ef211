/** A hub that is killed with -9 in the middle of an erasure, again and again: the next one finds in the log where it was. */
import { join } from 'node:path'
import t from 'tap'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { verifyLog } from '../../src/verify-log.js'
import { exampleBody } from '../fixtures/example-events.js'
import { tempDirectory } from '../fixtures/store.js'
import { type HubProcess, startHub, until } from './killed-hub.js'

/** Where the agencies of the hub process are in charge. */
const TOWNSHIP = '999901001'
const APRIL = Date.parse('2026-04-20T09:30:00+08:00')

interface Erasure {
  readonly state: string
}

t.test('kill -9 after the approval and after the erasure is in the log: the keys go once', async (t) => {
  const dataDir = join(tempDirectory(t), 'data')
  let hub: HubProcess = await startHub(dataDir, APRIL)
  t.teardown(() => hub.kill())
  const unit = hub.keys.CHC?.agency
  const address = { householdTownship: TOWNSHIP, presentTownship: TOWNSHIP, presentArea: `${TOWNSHIP}003` }
  const registered = await hub.post(
    '/v1/events',
    'CHC',
    exampleBody('PatientRegistered', { responsibleUnit: unit, ...address }),
  )
  const stream = String((registered.body as { readonly receipts: readonly { stream: string }[] }).receipts[0]?.stream)
  const patientId = stream.slice('patient-'.length)
  await hub.post('/v1/events', 'CHC', { patientId, ...exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }) })
  const draft = { patientId, authority: 'UNLAWFUL', reason: '误登记' }
  const { erasure } = (await hub.post('/v1/erasures', 'CHC', draft)).body as { readonly erasure: string }
  const headers = { authorization: `Bearer ${hub.keys.OPERATOR?.key}` }
  const approved = await fetch(`${hub.url}/v1/erasures/${erasure}/approve`, { method: 'POST', headers })
  t.equal(approved.status, 204)
  await hub.kill()

  const log = openSqliteLogReader(join(dataDir, LOG_FILE))
  t.teardown(() => log.close())
  const typesIn = (name: string) => log.placedStream(name).map(({ event }) => event.type)
  hub = await startHub(dataDir, APRIL)
  await until(
    async () => typesIn(stream),
    (types) => types.includes('IdentityErased'),
  )
  await hub.kill()
  hub = await startHub(dataDir, APRIL)
  await until(
    async () => (await hub.get(`/v1/erasures/${erasure}`, 'CHC')) as Erasure,
    ({ state }) => state === 'CARRIED_OUT',
  )

  t.same(typesIn(`approval-${erasure}`), ['ApprovalRequested', 'ApprovalGiven', 'ApprovalCarriedOut'])
  t.equal(typesIn(stream).filter((type) => type === 'IdentityErased').length, 1)
  const before = await hub.get(`/v1/patients/${patientId}?asOf=2026-04-20&knownAt=2026-04-20`, 'CHC')
  t.notMatch(JSON.stringify(before), /张示例/)
  const again = await hub.post('/v1/events', 'CHC', { patientId, ...exampleBody('RiskAssessed') })
  t.match(again, { status: 410, body: { code: 'HUB_ERASED' } })
  const report = await verifyLog({ log, keysById: async () => new Map() })
  t.same(report.findings, [])
})
