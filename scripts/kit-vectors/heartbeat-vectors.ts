/** Bodies that are heartbeats, with the tail that a receiver must read in them; and some that are none. */
import { heartbeatOf } from '../../src/delivery/heartbeat.js'
import { LOG_ID, sampleMessages } from './sample-messages.js'

export interface HeartbeatVector {
  readonly name: string
  /** The very bytes, as text. */
  readonly body: string
  /** Absent where the body is no heartbeat. */
  readonly expected?: { readonly id: string; readonly source: string; readonly tail: number }
}

const AT_MS = Date.parse('2026-03-02T15:31:07.214+08:00')
const IDS = { busy: '019cadf4-e1ee-7000-8000-000000000001', empty: '019cadf4-e1ee-7000-8000-000000000002' } as const

export async function heartbeatVectors(): Promise<readonly HeartbeatVector[]> {
  const [message] = await sampleMessages()
  if (!message) throw new Error('heartbeatVectors: no sample')
  const busy = beat('heartbeat', IDS.busy, 12)
  return [
    busy,
    beat('heartbeat of an empty outbox', IDS.empty, -1),
    { ...busy, name: 'heartbeat with a member of a later version', body: changed(busy.body, { later: true }) },
    { name: 'a message is no heartbeat', body: message.message.body },
    { name: 'a heartbeat without a tail', body: changed(busy.body, { tail: undefined }) },
    { name: 'a heartbeat with half a tail', body: changed(busy.body, { tail: 1.5 }) },
  ]
}

function beat(name: string, id: string, tail: number): HeartbeatVector {
  const { body } = heartbeatOf({ id, logId: LOG_ID, tail, atMs: AT_MS })
  return { name, body, expected: { id, source: `urn:lianhu:log:${LOG_ID}`, tail } }
}

function changed(body: string, members: object): string {
  return JSON.stringify({ ...JSON.parse(body), ...members })
}
