/**
 * A receiving agency's end, as a process of its own: takes signed messages over HTTP, believes none that does not verify,
 * fetches and checks documents, and says in one line what came. Everything it accepts it reports to the process above it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { documentFault, parseEnvelope, type ReceivedMessage, signatureFault } from './receive.js'

/** Sent once by the parent. */
export interface ReceiverOrder {
  readonly name: string
  readonly secret: string
  /** The agency's own key, and where the hub is: for documents too large to ride along. */
  readonly key: string
  readonly hubUrl: string
  /** Lines printed at most; the rest is counted. */
  readonly lines: number
}

export type ReceiverReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'line'; readonly text: string }
  | {
      readonly kind: 'accepted'
      readonly message: ReceivedMessage
      /** The bytes as they came: their keyed digest is the hub's to compare. */
      readonly body: string
      /** On the clock that all processes of this machine share, milliseconds. */
      readonly atMs: number
      readonly isAgain: boolean
    }
  | { readonly kind: 'rejected'; readonly reason: string }

let order: ReceiverOrder | undefined
const seen = new Set<string>()
let printed = 0

const server = createServer((request, response) => {
  receive(request, response).catch(() => answer(response, 500))
})

process.on('message', (given: ReceiverOrder) => {
  order = given
})
// Whoever pressed Ctrl-C wants the parent to end first; it then ends this one.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => report({ kind: 'listening', port: (server.address() as AddressInfo).port }))

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  if (!order) return answer(response, 503)
  const fault = signatureFault(request.headers, body, order.secret, Date.now())
  if (fault !== undefined) return reject(response, 401, fault)
  try {
    const message = parseEnvelope(body, String(request.headers['webhook-id']))
    if (message.document) {
      const wrong = documentFault(message.document, await bytesOf(message.document, order))
      if (wrong !== undefined) return reject(response, 422, wrong)
    }
    const atMs = performance.timeOrigin + performance.now()
    const isAgain = seen.has(message.id)
    seen.add(message.id)
    answer(response, 204)
    report({ kind: 'accepted', message, body: body.toString('utf8'), atMs, isAgain })
    if (!isAgain) say(message, order)
  } catch (error) {
    reject(response, 422, error instanceof Error ? error.message : 'unreadable')
  }
}

async function bytesOf(document: NonNullable<ReceivedMessage['document']>, { hubUrl, key }: ReceiverOrder) {
  if (document.content !== undefined) return Buffer.from(document.content, 'utf8')
  const answered = await fetch(new URL(document.href, hubUrl), { headers: { authorization: `Bearer ${key}` } })
  if (!answered.ok) throw new Error(`the document was not given: ${answered.status}`)
  return Buffer.from(await answered.arrayBuffer())
}

/** The hub's own sentence; it says no more than what was disclosed. */
function say(message: ReceivedMessage, { name, lines }: ReceiverOrder): void {
  const isLoud = message.class === 'ALARM' || message.class === 'RETRACTION' || message.kind === 'document'
  if (!isLoud || printed >= lines) return
  printed += 1
  report({ kind: 'line', text: `${name}  ${message.time.slice(0, 16).replace('T', ' ')}  ${message.text}` })
}

function reject(response: ServerResponse, status: number, reason: string): void {
  report({ kind: 'rejected', reason })
  answer(response, status)
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

function report(what: ReceiverReport): void {
  process.send?.(what)
}
