/**
 * A whole hub in a process of its own, to be killed with -9: `hub-process.js <data directory> <calendar, ms> <passphrase>
 * [stations]`. On an empty directory it enrols a health centre, a police station and a political-legal office, and so many
 * stations elsewhere, each owed a document. Says one line of JSON: `{url, keys}`; keys, of the first of a role, are made anew at
 * every start, since only their digests are kept.
 */
import { writeSync } from 'node:fs'
import { loadConfig } from '../../src/config.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import type { Role } from '../../src/domain/event.js'
import { createHttp } from '../../src/http/create-http.js'
import { openHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { createLogger, personalMembers } from '../../src/kernel/logger.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'

export const TOWNSHIP = '999901001'
const ROLES: readonly Role[] = ['CHC', 'POLICE', 'PL']
const [dataDir = '', calendarMs = '', passphrase = '', stations = '0'] = process.argv.slice(2)

const hub = await openHub({
  config: loadConfig({ file: { dataDir, simulated: true, logLevel: 'error' } }),
  logger: createLogger({ level: 'error', redact: personalMembers(CATALOGUE.values()) }),
  passphrase,
  init: true,
  calendar: drivenClock(Number(calendarMs)),
})
const operator: Principal = { agency: operatorAgencyId(hub.logId), role: 'HUB', client: 'test', isOperator: true }
const { administration } = hub
if (hub.directory().agencies().length === 0) {
  await administration.createOperatorKey('测试')
  for (const role of ROLES) {
    const { agencyId } = await administration.enrolAgency(operator, { role, name: `测试${role}`, phone: '0000-1' })
    await administration.assignAreas(operator, [{ agency: agencyId, areas: [TOWNSHIP], from: '2020-01-01' }])
    await administration.goLive(operator, agencyId, '2020-01-01')
  }
  const elsewhere: { agency: string; areas: string[]; from: string }[] = []
  for (let i = 1; i <= Number(stations); i++) {
    const draft = { role: 'POLICE', name: `测试派出所${i}`, phone: '0000-2' } as const
    const { agencyId } = await administration.enrolAgency(operator, draft)
    elsewhere.push({ agency: agencyId, areas: [`999902${String(i).padStart(3, '0')}`], from: '2020-01-01' })
  }
  await administration.assignAreas(operator, elsewhere)
}
const keys: Record<string, { agency: string; key: string }> = {}
for (const { id, role } of hub.directory().agencies()) {
  const isOperator = id === operator.agency
  if (!isOperator && role in keys) continue
  const { key } = await administration.issueKey(operator, {
    agency: id,
    staffName: '测试',
    ...(isOperator ? { isOperator } : {}),
  })
  keys[isOperator ? 'OPERATOR' : role] = { agency: id, key }
}
const app = createHttp(hub)
const url = await app.listen({ port: 0, host: '127.0.0.1' })
writeSync(1, `${JSON.stringify({ url, keys })}\n`)
