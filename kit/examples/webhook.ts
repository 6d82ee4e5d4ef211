/** A receiver by webhook: what the README shows. `save` and `remove` are your own, each one transaction that keeps the id. */
import { createServer, type Server } from 'node:http'
import type { ReceivedMessage } from '../envelope.js'
import { createHandler } from '../http-handler.js'
import { createHubClient } from '../hub-client.js'
import { createReceiver, type Receiver } from '../receiver.js'

export interface Station {
  readonly hub: { readonly url: string; readonly key: string; readonly subscription: string }
  readonly secret: string
  readonly stateFile: string
  readonly port: number
  readonly save: (message: ReceivedMessage, document?: Uint8Array) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  /** Keeps the message, and removes every message and row that it names. */
  readonly recall: (message: ReceivedMessage) => Promise<void>
}

// readme:begin
export async function startStation({
  hub,
  secret,
  stateFile,
  port,
  save,
  remove,
  recall,
}: Station): Promise<[Server, Receiver]> {
  const client = createHubClient(hub)
  const receiver = await createReceiver({
    subscription: hub.subscription,
    stateFile,
    secrets: [secret],
    async apply(message, { what, document }) {
      if (what === 'DELETE') await remove(message.id)
      else if (what === 'RECALL') await recall(message)
      else await save(message, document)
    },
    fetchRange: client.fetchRange,
    fetchDocument: client.fetchDocument,
    onProblem: (error) => console.error(error),
  })
  await receiver.catchUp()
  return [createServer(createHandler(receiver)).listen(port, '127.0.0.1'), receiver]
}
// readme:end
