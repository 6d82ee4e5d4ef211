/** A client that knows every hub: it asks one, and the next where that does not answer, with the same ids until somebody does. */
import { setTimeout as delay } from 'node:timers/promises'

export interface ClusterClient {
  /** Throws `Refused` where a hub says no for good. */
  ask<Answer>(key: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>
  /** Requests that had to go to somebody once more. */
  repeated(): number
}

export class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`${status} ${text}`)
  }
}

const PAUSE_MS = 100
const TIMEOUT_MS = 15_000

/** @param pick which hub is asked first, e.g. at random */
export function clusterClient(urls: readonly string[], pick: () => number): ClusterClient {
  let repeated = 0
  return {
    repeated: () => repeated,
    async ask<Answer>(key: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
      for (let at = pick(); ; at++) {
        const url = new URL(path, urls[at % urls.length])
        try {
          const reply = await fetch(url, {
            method,
            headers: {
              authorization: `Bearer ${key}`,
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(TIMEOUT_MS),
          })
          const text = await reply.text()
          if (reply.ok) return (text === '' ? {} : JSON.parse(text)) as Answer
          if (reply.status < 500) throw new Refused(reply.status, text)
        } catch (error) {
          if (error instanceof Refused) throw error
        }
        repeated++
        await delay(PAUSE_MS)
      }
    },
  }
}
