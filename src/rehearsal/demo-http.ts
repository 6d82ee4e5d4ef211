/** The demo's own requests to its hub, as any client would make them; remembers when each event left. */
import { Agent, request } from 'node:http'
import { HubError } from '../kernel/errors.js'
import type { RecordOutcome } from '../recording/port.js'
import { type NameAct, type RecordAct, writeOf } from './care-act.js'

export interface DemoClient {
  /** The answer, or the text of one that is no JSON. Throws `HubError` with the problem's code. */
  request<Answer>(method: 'GET' | 'POST', path: string, key: string, body?: unknown): Promise<Answer>
  /** Records an act as its agency would. */
  record(
    act: RecordAct | NameAct,
    ids: { readonly patientId: string; readonly pseudonym?: string },
    key: string,
  ): Promise<RecordOutcome>
  /** When the request with this event left, on the clock that all processes of this machine share. */
  sentAt(eventId: string): number | undefined
  close(): void
}

interface Recorded {
  readonly receipts?: Extract<RecordOutcome, { kind: 'recorded' }>['receipts']
  readonly warnings?: Extract<RecordOutcome, { kind: 'recorded' }>['warnings']
  readonly heldId?: string
}

const MAX_SOCKETS = 32

export function createDemoClient(url: string): DemoClient {
  const sent = new Map<string, number>()

  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const send = async <Answer>(method: 'GET' | 'POST', path: string, key: string, body?: unknown) => {
    const { status, text, isJson } = await exchange(new URL(path, url), agent, {
      method,
      key,
      ...(body === undefined ? {} : { text: JSON.stringify(body) }),
    })
    const answer: unknown = isJson ? JSON.parse(text) : text
    if (status >= 400) throw problemFrom(answer)
    return { status, answer: answer as Answer }
  }

  return {
    request: async <Answer>(method: 'GET' | 'POST', path: string, key: string, body?: unknown) =>
      (await send<Answer>(method, path, key, body)).answer,
    async record(act, ids, key) {
      const events = act.kind === 'name' ? [act.event] : act.events
      const { patientId, person, source } = writeOf(act, ids)
      const about = person ? { person } : patientId === undefined ? {} : { patientId }
      const now = performance.timeOrigin + performance.now()
      for (const { id } of events) sent.set(id, now)
      const body = { ...about, ...(source ? { source } : {}), events }
      const { status, answer } = await send<Recorded>('POST', '/v1/events', key, body)
      if (answer.heldId !== undefined) return { kind: 'held', heldId: answer.heldId }
      const { receipts = [], warnings = [] } = answer
      return status === 201 ? { kind: 'recorded', receipts, warnings } : { kind: 'known', receipts }
    },
    sentAt: (eventId) => sent.get(eventId),
    close: () => agent.destroy(),
  }
}

/** Plain `node:http`: `fetch` costs several times as much, and thousands of these run beside the hub in one process. */
function exchange(
  url: URL,
  agent: Agent,
  { method, key, text }: { readonly method: string; readonly key: string; readonly text?: string },
): Promise<{ readonly status: number; readonly text: string; readonly isJson: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    }
    const sending = request(url, { method, agent, headers }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.once('end', () =>
        resolve({
          status: reply.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
          isJson: String(reply.headers['content-type']).includes('json'),
        }),
      )
      reply.once('error', reject)
    })
    sending.once('error', reject)
    sending.end(text)
  })
}

function problemFrom(answer: unknown): HubError {
  const { code, detail } = answer as { code?: HubError['code']; detail?: string }
  return new HubError(code ?? 'HUB_INTERNAL', detail ?? 'the hub refused a request')
}
