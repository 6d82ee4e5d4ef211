/**
 * A receiving agency's end, as a process of its own: the receiver kit as an agency uses it, and a line for what came. It knows
 * of the hub what any agency does: its address, a key, a secret. Everything it accepts it reports to the process above it.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReceivedMessage } from '../../kit/envelope.js'
import { createHandler } from '../../kit/http-handler.js'
import { createHubClient } from '../../kit/hub-client.js'
import type { Outcome } from '../../kit/port.js'
import { createReceiver, type Receiver } from '../../kit/receiver.js'

/** Sent once by the parent. */
export interface ReceiverOrder {
  readonly name: string
  readonly subscription: string
  readonly secret: string
  /** The agency's own key, and where the hub is: for what is missing, and documents too large to ride along. */
  readonly key: string
  readonly hubUrl: string
  readonly stateFile: string
  /** Lines printed at most; the rest is counted. */
  readonly lines: number
}

export type ReceiverReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'line'; readonly text: string }
  | {
      readonly kind: 'accepted'
      /** With the bytes as they came: their keyed digest is the hub's to compare. */
      readonly message: ReceivedMessage
      /** On the clock that all processes of this machine share, milliseconds. */
      readonly atMs: number
      readonly isAgain: boolean
    }
  | { readonly kind: 'rejected'; readonly reason: string }

let receiver: Promise<Receiver> | undefined
let printed = 0

const handle = createHandler({
  async receive(headers, body) {
    if (!receiver) return { code: 'BUSY', status: 503, from: 'webhook' }
    return (await receiver).receive(headers, body)
  },
})
const server = createServer(handle)

process.on('message', (given: ReceiverOrder) => {
  receiver = receiverOf(given)
})
// Whoever pressed Ctrl-C wants the parent to end first; it then ends this one.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => report({ kind: 'listening', port: (server.address() as AddressInfo).port }))

function receiverOf(order: ReceiverOrder): Promise<Receiver> {
  const { name, subscription, secret, key, hubUrl, stateFile, lines } = order
  const hub = createHubClient({ url: hubUrl, key, subscription })
  return createReceiver({
    subscription,
    stateFile,
    secrets: [secret],
    apply(message) {
      accepted(message, false)
      say(message, { name, lines })
    },
    fetchRange: hub.fetchRange,
    fetchDocument: hub.fetchDocument,
    onOutcome: told,
  })
}

function accepted(message: ReceivedMessage, isAgain: boolean): void {
  report({ kind: 'accepted', message, atMs: performance.timeOrigin + performance.now(), isAgain })
}

/** A refusal for good is a fault of the demo; what is to come again is not. */
function told({ code, status, message }: Outcome): void {
  if (code === 'DUPLICATE' && message) accepted(message, true)
  else if (status >= 400 && status < 500) report({ kind: 'rejected', reason: code })
}

/** The hub's own sentence; it says no more than what was disclosed. */
function say(message: ReceivedMessage, { name, lines }: Pick<ReceiverOrder, 'name' | 'lines'>): void {
  const isLoud = message.class === 'ALARM' || message.class === 'RETRACTION' || message.kind === 'document'
  if (!isLoud || printed >= lines) return
  printed += 1
  report({ kind: 'line', text: `${name}  ${message.time.slice(0, 16).replace('T', ' ')}  ${message.text}` })
}

function report(what: ReceiverReport): void {
  process.send?.(what)
}
