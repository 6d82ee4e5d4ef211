/**
 * The hub as a receiver asks it: ranges of the mailbox, documents, acknowledgements. One key, one subscription. It follows no
 * redirect, and sends its key to the hub's own address only.
 */
import type { DocumentNotice } from './envelope.js'
import { KitError } from './kit-error.js'
import type { MailboxPage, RangeQuery } from './port.js'

export interface HubClientOptions {
  /** `https://hub.example` */
  readonly url: string
  /** `lh_…`, a key of the agency that the subscription belongs to. */
  readonly key: string
  readonly subscription: string
  /** Longest time for an answer, beside what it was asked to wait. Defaults to 15 000. */
  readonly timeoutMs?: number
}

export interface HubClient {
  fetchRange(after: number, query?: RangeQuery): Promise<MailboxPage>
  fetchDocument(notice: DocumentNotice, signal?: AbortSignal): Promise<Uint8Array>
  /** Says that everything through this sequence is safely kept. */
  acknowledge(through: number, signal?: AbortSignal): Promise<void>
}

export const ASK_TIMEOUT_MS = 15_000
const SECOND = 1000

/** Every method throws `REFUSED_BY_HUB` where the hub refuses or does not answer. */
export function createHubClient(options: HubClientOptions): HubClient {
  const { url, key, subscription, timeoutMs = ASK_TIMEOUT_MS } = options
  const origin = new URL(url).origin
  const messages = `/v1/subscriptions/${encodeURIComponent(subscription)}`

  const ask = async (
    path: string,
    { ms, signal, ...init }: RequestInit & { readonly ms: number },
  ): Promise<Response> => {
    const target = new URL(path, url)
    if (target.origin !== origin) throw new KitError('REFUSED_BY_HUB', 'expected an address of the hub itself')
    const signals = [AbortSignal.timeout(ms), ...(signal ? [signal] : [])]
    const headers = { authorization: `Bearer ${key}`, ...init.headers }
    const response = await fetch(target, {
      ...init,
      headers,
      redirect: 'error',
      signal: AbortSignal.any(signals),
    }).catch((cause: unknown) => {
      throw new KitError('REFUSED_BY_HUB', `no answer from ${origin}`, { cause })
    })
    if (!response.ok) throw new KitError('REFUSED_BY_HUB', `the hub answered ${response.status} to ${target.pathname}`)
    return response
  }

  return {
    async fetchRange(after, { limit = 100, wait = 0, signal } = {}) {
      const query = `after=${after}&limit=${limit}&wait=${wait}`
      const response = await ask(`${messages}/messages?${query}`, {
        ms: timeoutMs + wait * SECOND,
        ...(signal ? { signal } : {}),
      })
      return pageOf(await response.json())
    },
    async fetchDocument({ href }, signal) {
      const response = await ask(href, { ms: timeoutMs * 4, ...(signal ? { signal } : {}) })
      return new Uint8Array(await response.arrayBuffer())
    },
    async acknowledge(through, signal) {
      await ask(`${messages}/acknowledge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ through }),
        ms: timeoutMs,
        ...(signal ? { signal } : {}),
      })
    },
  }
}

function pageOf(value: unknown): MailboxPage {
  const { messages, parked, next, length } = (value ?? {}) as Partial<MailboxPage>
  const isPage = Array.isArray(messages) && Array.isArray(parked) && Number.isInteger(next) && Number.isInteger(length)
  if (!isPage) throw new KitError('REFUSED_BY_HUB', 'expected a page of messages')
  return value as MailboxPage
}
