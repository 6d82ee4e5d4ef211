/** The demo's own requests to its hub, as any client would make them; remembers when each event left. */
import { HubError } from '../kernel/errors.js'
import type { RecordOutcome } from '../recording/port.js'
import { type NameAct, type RecordAct, writeOf } from './care-act.js'

export interface DemoClient {
  /** Throws `HubError` with the problem's code. */
  request<Answer>(method: 'GET' | 'POST', path: string, key: string, body?: unknown): Promise<Answer>
  /** Records an act as its agency would. */
  record(
    act: RecordAct | NameAct,
    ids: { readonly patientId: string; readonly pseudonym?: string },
    key: string,
  ): Promise<RecordOutcome>
  /** When the request with this event left, on the clock that all processes of this machine share. */
  sentAt(eventId: string): number | undefined
}

interface Recorded {
  readonly receipts?: Extract<RecordOutcome, { kind: 'recorded' }>['receipts']
  readonly warnings?: Extract<RecordOutcome, { kind: 'recorded' }>['warnings']
  readonly heldId?: string
}

export function createDemoClient(url: string): DemoClient {
  const sent = new Map<string, number>()

  const send = async <Answer>(method: 'GET' | 'POST', path: string, key: string, body?: unknown) => {
    const reply = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    const answer: unknown = text === '' ? {} : JSON.parse(text)
    if (!reply.ok) throw problemFrom(answer)
    return { status: reply.status, answer: answer as Answer }
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
  }
}

function problemFrom(answer: unknown): HubError {
  const { code, detail } = answer as { code?: HubError['code']; detail?: string }
  return new HubError(code ?? 'HUB_INTERNAL', detail ?? 'the hub refused a request')
}
