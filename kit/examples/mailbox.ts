/** A receiver by mailbox, for whoever cannot be reached from outside: what the README shows. */
import type { ReceivedMessage } from '../envelope.js'
import { createHubClient } from '../hub-client.js'
import { runMailbox } from '../mailbox.js'
import { createReceiver } from '../receiver.js'

export interface Office {
  readonly hub: { readonly url: string; readonly key: string; readonly subscription: string }
  readonly stateFile: string
  readonly save: (message: ReceivedMessage, document?: Uint8Array) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  /** Keeps the message, and removes every message and row that it names. */
  readonly recall: (message: ReceivedMessage) => Promise<void>
  /** Ends it. */
  readonly signal: AbortSignal
}

// readme:begin
export async function runOffice({ hub, stateFile, save, remove, recall, signal }: Office): Promise<void> {
  const client = createHubClient(hub)
  const receiver = await createReceiver({
    subscription: hub.subscription,
    stateFile,
    secrets: [],
    async apply(message, { what, document }) {
      if (what === 'DELETE') await remove(message.id)
      else if (what === 'RECALL') await recall(message)
      else await save(message, document)
    },
    fetchDocument: client.fetchDocument,
    fetchRange: client.fetchRange,
  })
  await runMailbox({ receiver, hub: client, signal, onProblem: (error) => console.error(error) })
  await receiver.close()
}
// readme:end
