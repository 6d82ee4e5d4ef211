/** A receiver in a directory of its own, with a mailbox and an application that a test holds in its hands. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReceivedMessage } from '../../kit/envelope.js'
import type { Given, MailboxPage, Outcome, ReceiverOptions } from '../../kit/port.js'
import { createReceiver, type Receiver } from '../../kit/receiver.js'
import { emptyState, type StateSnapshot } from '../../kit/state.js'
import type { DeliveryVectors, SignedMessage } from '../../scripts/kit-vectors/delivery-vectors.js'
import { readRepositoryFile } from '../fixtures/repository.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'

export const vectors = JSON.parse(readRepositoryFile('kit/vectors/deliveries.json')) as DeliveryVectors

export interface Rig {
  readonly stateFile: string
  /** Handed to the application, in order; those that it threw at too. */
  readonly handed: { readonly message: ReceivedMessage; readonly given: Given }[]
  readonly outcomes: Outcome[]
  readonly problems: unknown[]
  /** Open a receiver on the state file, with changed options. */
  open(options?: Partial<ReceiverOptions>): Promise<Receiver>
  /** Puts a state into the file, as a backup does. */
  restore(state: Partial<StateSnapshot>): void
}

export function rigOf(t: Cleanup, apply: ReceiverOptions['apply'] = () => undefined): Rig {
  const stateFile = join(tempDirectory(t), 'state.json')
  const handed: Rig['handed'] = []
  const outcomes: Outcome[] = []
  const problems: unknown[] = []
  return {
    stateFile,
    handed,
    outcomes,
    problems,
    async open(options = {}) {
      const receiver = await createReceiver({
        subscription: vectors.subscription,
        stateFile,
        secrets: [vectors.secret],
        now: () => vectors.now * 1000,
        graceMs: 0,
        onOutcome: (outcome) => outcomes.push(outcome),
        onProblem: (error) => problems.push(error),
        apply(message, given) {
          handed.push({ message, given })
          return apply(message, given)
        },
        ...options,
      })
      t.teardown(() => receiver.close())
      return receiver
    },
    restore(state) {
      writeFileSync(stateFile, JSON.stringify({ ...emptyState(vectors.subscription), ...state }))
    },
  }
}

/** The messages of a case of the delivery vectors. */
export function messagesOf(name: string): Readonly<Record<string, SignedMessage>> {
  const found = vectors.cases.find((one) => one.name === name)
  if (!found) throw new Error(`no delivery vector: ${name}`)
  return found.messages
}

/** What the hub answers to a reader of these messages. */
export function pageOf(
  messages: readonly SignedMessage[],
  after: number,
  { parked = [], limit = 100 }: { readonly parked?: readonly number[]; readonly limit?: number } = {},
): MailboxPage {
  const page = messages.filter(({ sequence }) => sequence > after).slice(0, limit)
  return {
    messages: page.map(({ sequence, id, body }) => ({ sequence, id, envelope: JSON.parse(body) })),
    parked,
    next: page.at(-1)?.sequence ?? after,
    length: Math.max(-1, ...messages.map(({ sequence }) => sequence)) + 1,
  }
}

/** Delivers a message as the hub does, and answers with the status. */
export async function deliver(
  receiver: Pick<Receiver, 'receive'>,
  message: SignedMessage | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  if (!message) throw new Error('deliver: no such message')
  const { status } = await receiver.receive({ ...message.headers, ...headers }, Buffer.from(message.body))
  return status
}
