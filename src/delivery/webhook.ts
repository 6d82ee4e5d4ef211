/**
 * Sends one message to one webhook, signed after Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature:
 * v1,…`). It follows no redirect, waits no longer than it was told, and reads of an answer no more than its status.
 */
import { rootCertificates } from 'node:tls'
import type { Agent, Dispatcher } from 'undici'
import type { Clock } from '../kernel/clock.js'
import { SECOND } from '../kernel/dates.js'
import { hmacSha256 } from '../kernel/hash.js'
import { createLru } from '../kernel/lru.js'
import { type AddressRules, guardedLookup, parseWebhookUrl, type ResolveAll } from './address-guard.js'
import type { RenderedMessage } from './port.js'

/** What is signed and sent: a message, or a heartbeat. */
export type Sent = Pick<RenderedMessage, 'id' | 'body'>

/** What a receiver did with a message. Reasons are codes, `HTTP_503` or `TIMEOUT`: never its words. */
export type SendOutcome =
  | { readonly kind: 'accepted' }
  /** It will never take this message. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not now. `endpoint`: nothing gets through; `message`: perhaps this one alone; `hub`: the receiver was not asked. */
  | { readonly kind: 'failed'; readonly reason: string; readonly scope: 'endpoint' | 'message' | 'hub' }

export interface WebhookTarget {
  readonly url: string
  /** One signature for each: two while one takes the place of the other. */
  readonly secrets: readonly Uint8Array[]
  /** Sequences that wait for a person; they travel beside the message. */
  readonly parked: readonly number[]
}

export interface WebhookSender {
  send(message: Sent, target: WebhookTarget): Promise<SendOutcome>
  close(): Promise<void>
}

export interface WebhookOptions extends AddressRules {
  readonly timeoutMs: number
  /** Certificates of authorities, PEM, beside those that Node trusts. */
  readonly authorities?: string
  /** Defaults to the resolver of the machine. */
  readonly resolve?: ResolveAll
}

/** Statuses that condemn the message, not the endpoint. */
const REFUSALS = new Set([400, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451])
/** Sequences named in `lianhu-parked`; the mailbox names them all. */
const PARKED_NAMED = 100
const KEPT_BODY_BYTES = 16 * 1024
/** Sockets to one receiver, kept open between messages. */
const CONNECTIONS = 16
const KEEP_ALIVE_MS = 60 * SECOND
const CHECKED_ADDRESSES = 2000

export function createWebhookSender(options: WebhookOptions, wall: Clock): WebhookSender {
  const connections = connectionsTo(options, CONNECTIONS)
  /** Options may have changed since a subscription was opened, and not since this was made: each address is checked once. */
  const targets = createLru<string, URL>(CHECKED_ADDRESSES)
  const targetOf = (url: string): URL => {
    const known = targets.get(url)
    if (known) return known
    const target = parseWebhookUrl(url, options)
    targets.set(url, target)
    return target
  }
  return {
    async send(message, { url, secrets, parked }) {
      let target: URL
      let agent: Agent
      try {
        target = targetOf(url)
        agent = await connections.agent()
      } catch (error) {
        return failedBy(error)
      }
      const timestamp = Math.floor(wall.now() / SECOND)
      const signatures = secrets.map((secret) => webhookSignature(secret, message.id, timestamp, message.body))
      return post(agent, options.timeoutMs, {
        origin: target.origin,
        path: target.pathname + target.search,
        method: 'POST',
        headersTimeout: options.timeoutMs,
        bodyTimeout: options.timeoutMs,
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'webhook-id': message.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signatures.join(' '),
          ...(parked.length === 0 ? {} : { 'lianhu-parked': parked.slice(0, PARKED_NAMED).join(',') }),
        },
        body: message.body,
      })
    },
    close: connections.close,
  }
}

export interface Connections {
  /** Rejects after `close`. */
  agent(): Promise<Agent>
  close(): Promise<void>
}

/**
 * Connections that go where webhooks may, and nowhere else; whoever asks closes them. The package behind them is loaded when the
 * first is wanted: a tenth of what a hub loads, and most processes send nothing.
 */
export function connectionsTo(options: WebhookOptions, connections: number): Connections {
  let made: Promise<Agent> | undefined
  let isClosed = false
  const make = async (): Promise<Agent> => {
    const { Agent } = await import('undici')
    return new Agent({
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: {
        lookup: guardedLookup(options, options.resolve),
        timeout: options.timeoutMs,
        // Whatever the environment says: a certificate that nobody vouches for is nobody's.
        rejectUnauthorized: true,
        ...(options.authorities === undefined ? {} : { ca: [...rootCertificates, options.authorities] }),
      },
    })
  }
  return {
    async agent() {
      if (isClosed) throw new Error('the connections are closed')
      made ??= make()
      return await made
    },
    async close() {
      isClosed = true
      await (await made)?.destroy()
    },
  }
}

/** `v1,` + base64 of HMAC-SHA-256(secret, `<id>.<timestamp>.<body>`). */
export function webhookSignature(secret: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${hmacSha256(secret, `${id}.${timestamp}.${body}`).toString('base64')}`
}

/** As receivers are given it: `whsec_` + base64. */
export function webhookSecretText(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`
}

export function outcomeOf(status: number): SendOutcome {
  const reason = `HTTP_${status}`
  if (status >= 200 && status < 300) return { kind: 'accepted' }
  if (REFUSALS.has(status)) return { kind: 'refused', reason }
  const isOfMessage = status >= 500 && status !== 503
  return { kind: 'failed', reason, scope: isOfMessage ? 'message' : 'endpoint' }
}

/**
 * Resolves when the status has been read, or nothing came in time: the rest is let run out, up to a bound and within the same
 * time, so that the socket can be used again. The handler spares the stream of a body that nobody reads.
 */
function post(agent: Agent, timeoutMs: number, options: Dispatcher.DispatchOptions): Promise<SendOutcome> {
  return new Promise((resolve) => {
    let underWay: Dispatcher.DispatchController | undefined
    let isTimeout = false
    let bodyBytes = 0
    const timer = setTimeout(() => {
      isTimeout = true
      resolve({ kind: 'failed', reason: 'TIMEOUT', scope: 'endpoint' })
      underWay?.abort(new Error('no answer in time'))
    }, timeoutMs)
    agent.dispatch(options, {
      onRequestStart(controller) {
        // It waited for a connection until its time was over: nothing of it leaves, and whoever is next gets the connection.
        if (isTimeout) throw new Error('no connection in time')
        underWay = controller
      },
      onResponseStart(_, status) {
        // An interim answer is none.
        if (status >= 200) resolve(outcomeOf(status))
      },
      onResponseData(controller, chunk) {
        bodyBytes += chunk.length
        if (bodyBytes > KEPT_BODY_BYTES) controller.abort(new Error('an answer longer than anybody reads'))
      },
      onResponseEnd: () => clearTimeout(timer),
      onResponseError(_, error) {
        clearTimeout(timer)
        resolve(failedBy(error))
      },
    })
  })
}

function failedBy(error: unknown): SendOutcome {
  return { kind: 'failed', reason: reasonOf(error), scope: 'endpoint' }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'NO_ANSWER'
}
