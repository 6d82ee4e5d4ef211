/**
 * A receiver over real HTTP: keeps what arrives, verifies every signature and reads every envelope with the libraries of those
 * standards, none of our own code, and answers as a test tells it to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CloudEvent, HTTP, type Message } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import type { Cleanup } from '../fixtures/store.js'

export interface Received {
  readonly id: string
  readonly body: string
  readonly envelope: Record<string, unknown>
  readonly headers: Readonly<Record<string, string>>
}

export type Answer = (received: Received, reply: ServerResponse, nth: number) => void

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** Signatures are verified from now on; what is signed wrongly is answered 401 and not kept. */
  trust(secret: string): void
  answer(how: Answer): void
  /** Resolves when so many requests have come. */
  count(requests: number): Promise<void>
  close(): Promise<void>
}

export const accept: Answer = (_, reply) => void reply.writeHead(204).end()

export async function openReceiver(t: Cleanup, port = 0): Promise<Receiver> {
  const received: Received[] = []
  let how: Answer = accept
  let verifier: Webhook | undefined
  let waiting: (() => void)[] = []
  const server = createServer((request, reply) => {
    readBody(request).then((body) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      try {
        verifier?.verify(body, headers)
      } catch {
        reply.writeHead(401).end()
        return
      }
      if (!isCloudEvent(body, headers)) {
        reply.writeHead(415).end()
        return
      }
      const one = { id: headers['webhook-id'] ?? '', body, envelope: JSON.parse(body), headers }
      received.push(one)
      how(one, reply, received.length - 1)
      for (const wake of waiting) wake()
      waiting = []
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  t.teardown(close)
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    trust(secret) {
      verifier = new Webhook(secret)
    },
    answer(answer) {
      how = answer
    },
    async count(requests) {
      while (received.length < requests) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    close,
  }
}

function isCloudEvent(body: string, headers: Record<string, string>): boolean {
  try {
    return HTTP.isEvent({ headers, body } as Message) && new CloudEvent(JSON.parse(body), true).validate()
  } catch {
    return false
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
