/** The hub as it is composed, simulated, on a real store, with its calendar driven by hand and requests injected. */
import type { FastifyInstance } from 'fastify'
import { loadConfig } from '../../src/config.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import type { Role } from '../../src/domain/event.js'
import { createHttp } from '../../src/http/create-http.js'
import { openHub, type RunningHub } from '../../src/hub.js'
import { type Clock, type DrivenClock, drivenClock } from '../../src/kernel/clock.js'
import { createLogger, personalMembers } from '../../src/kernel/logger.js'
import { type IssuedKey, operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'
import { described, type Met } from './described.js'

export const START_MS = Date.parse('2026-04-20T09:30:00+08:00')
export const PASSPHRASE = 'a passphrase of the tests'

export interface RealHub {
  readonly hub: RunningHub
  readonly app: FastifyInstance
  readonly calendar: DrivenClock
  readonly operator: Principal
  readonly logLines: string[]
  readonly dataDir: string
  /** Enrols an agency that answers for the example township, and issues a named person's key. */
  enrol(
    role: Role,
    options?: { readonly id?: string; readonly name?: string; readonly areas?: readonly string[] },
  ): Promise<IssuedKey>
  operatorKey(): Promise<IssuedKey>
  call(key: IssuedKey | undefined, method: 'GET' | 'POST', url: string, payload?: unknown): Promise<Answer>
  /** Registers the example person under a doctor's key and answers with the patient id. */
  register(doctor: IssuedKey, changes?: Readonly<Record<string, unknown>>): Promise<string>
  /** Resolves when everything in the log is projected, dispatched and released. */
  settled(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  readonly json: any
}

/**
 * @param clock takes the place of the calendar that is driven by hand
 * @param meet is told of every answer
 */
export async function openRealHub(
  t: Cleanup,
  file: Readonly<Record<string, unknown>> = {},
  clock?: Clock,
  meet?: (met: Met) => void,
): Promise<RealHub> {
  const dataDir = tempDirectory(t)
  const calendar = drivenClock(START_MS)
  const logLines: string[] = []
  const logger = createLogger({
    level: 'debug',
    redact: personalMembers(CATALOGUE.values()),
    destination: { write: (line) => logLines.push(line) },
  })
  const config = loadConfig({ file: { dataDir, simulated: true, ...file } })
  const hub = await openHub({ config, logger, passphrase: PASSPHRASE, init: true, calendar: clock ?? calendar })
  const app = described(createHttp(hub), meet, config.role)
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await hub.stop()
  })
  const operator: Principal = { agency: operatorAgencyId(hub.logId), role: 'HUB', client: 'test', isOperator: true }

  const call: RealHub['call'] = async (key, method, url, payload) => {
    const reply = await app.inject({
      method,
      url,
      ...(key ? { headers: { authorization: `Bearer ${key.key}` } } : {}),
      ...(payload === undefined ? {} : { payload: payload as object }),
    })
    const isJson = String(reply.headers['content-type']).includes('json') && reply.body.startsWith('{')
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text: reply.body,
      bytes: reply.rawPayload,
      json: isJson && !reply.body.trimEnd().includes('\n') ? JSON.parse(reply.body) : undefined,
    }
  }
  return {
    hub,
    app,
    calendar,
    operator,
    logLines,
    dataDir,
    call,
    async enrol(role, { id, name = `单位 ${role}`, areas = [EXAMPLE_TOWNSHIP] } = {}) {
      const { administration } = hub
      const { agencyId } = await administration.enrolAgency(operator, { role, name, phone: '0631-0000000' }, id)
      if (areas.length > 0) {
        await administration.assignAreas(operator, [{ agency: agencyId, areas, from: '2026-01-01' }])
      }
      if (role === 'CHC') await administration.goLive(operator, agencyId, '2026-01-01')
      return administration.issueKey(operator, { agency: agencyId, staffName: '测试员甲' })
    },
    operatorKey: () => hub.administration.createOperatorKey('测试运维甲'),
    async register(doctor, changes = {}) {
      const { status, json, text } = await call(doctor, 'POST', '/v1/events', {
        ...exampleBody('PatientRegistered', { responsibleUnit: EXAMPLE_UNIT, ...changes }),
      })
      if (status !== 201) throw new Error(`the example person was not registered: ${text}`)
      return String(json.receipts[0].stream).slice('patient-'.length)
    },
    async settled() {
      await hub.dispatcher.idle()
      await hub.feeds.idle()
      await hub.dispatcher.idle()
      await hub.core.store.log.head()
      await hub.readModels.through()
    },
  }
}
