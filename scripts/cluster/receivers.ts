/** The agencies' ends: real HTTP servers with the receiver kit, which can be made to misbehave, and a book of what was applied. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ReceivedMessage } from '../../kit/envelope.js'
import { createHandler } from '../../kit/http-handler.js'
import { createHubClient } from '../../kit/hub-client.js'
import { createReceiver, type Receiver } from '../../kit/receiver.js'

/** `late`: it takes the message, and says so when nobody waits any more. `elsewhere`: a redirect to a metadata address. */
export type Mood = 'well' | 'hangs' | 'late' | 'fails' | 'unavailable' | 'refuses' | 'huge' | 'elsewhere' | 'gone'
export const BAD_MOODS: readonly Mood[] = [
  'hangs',
  'late',
  'fails',
  'unavailable',
  'refuses',
  'huge',
  'elsewhere',
  'gone',
]

export interface Book {
  /** Sequence → id of what was applied. */
  readonly applied: ReadonlyMap<number, string>
  /** Applied once more after it had been. */
  readonly doubled: number
  /** Applied although a later message of the same person had been. */
  readonly outOfOrder: number
  readonly problems: readonly string[]
}

export interface AgencyEnd {
  readonly host: string
  readonly url: string
  /** From now on it verifies and applies. */
  open(order: {
    readonly subscription: string
    readonly secret: string
    readonly key: string
    readonly hubUrls: readonly string[]
    readonly directory: string
  }): Promise<void>
  be(mood: Mood): void
  book(): Book
  /** Reads the mailbox for what is missing. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

const LATE_MS = 1500
const HUGE_BYTES = 64 * 1024 * 1024

export async function openAgencyEnd(): Promise<AgencyEnd> {
  const applied = new Map<number, string>()
  const latestOf = new Map<string, number>()
  const problems: string[] = []
  let [doubled, outOfOrder] = [0, 0]
  let mood: Mood = 'well'
  let receiver: Receiver | undefined
  let handle: ReturnType<typeof createHandler> | undefined

  const apply = ({ id, sequence, subject }: ReceivedMessage): void => {
    if (applied.has(sequence)) doubled++
    if ((latestOf.get(subject) ?? -1) > sequence) outOfOrder++
    applied.set(sequence, id)
    latestOf.set(subject, Math.max(latestOf.get(subject) ?? -1, sequence))
  }

  const server = createServer((request, reply) => {
    const refused = misbehave(mood, reply)
    if (refused || !handle) {
      request.resume()
      if (!handle && !refused) reply.writeHead(503).end()
      return
    }
    if (mood === 'late') {
      const { end } = reply
      reply.end = ((...given: Parameters<typeof end>) => {
        setTimeout(() => end.apply(reply, given), LATE_MS)
        return reply
      }) as typeof end
    }
    handle(request, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/hook`,
    async open({ subscription, secret, key, hubUrls, directory }) {
      const hubs = hubUrls.map((url) => createHubClient({ url, key, subscription }))
      const anyOf = async <Answer>(ask: (hub: (typeof hubs)[number]) => Promise<Answer>): Promise<Answer> => {
        let failure: unknown
        for (const hub of hubs) {
          try {
            return await ask(hub)
          } catch (error) {
            failure = error
          }
        }
        throw failure
      }
      receiver = await createReceiver({
        subscription,
        stateFile: join(directory, `${subscription}.json`),
        secrets: [secret],
        apply,
        fetchRange: (after, query) => anyOf((hub) => hub.fetchRange(after, query)),
        fetchDocument: (notice, signal) => anyOf((hub) => hub.fetchDocument(notice, signal)),
        onProblem: (error) => void (problems.length < 100 && problems.push(String(error))),
      })
      handle = createHandler(receiver)
    },
    be(next) {
      mood = next
      if (mood === 'gone') server.closeAllConnections()
    },
    book: () => ({ applied, doubled, outOfOrder, problems }),
    async catchUp() {
      await receiver?.catchUp()
    },
    async close() {
      await closed(server)
      await receiver?.close()
    },
  }
}

/** True where the request is dealt with. */
function misbehave(mood: Mood, reply: ServerResponse): boolean {
  switch (mood) {
    case 'hangs':
      return true
    case 'gone':
      reply.destroy()
      return true
    case 'fails':
      reply.writeHead(500).end('down')
      return true
    case 'unavailable':
      reply.writeHead(503).end()
      return true
    case 'refuses':
      reply.writeHead(422).end()
      return true
    case 'elsewhere':
      reply.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
      return true
    case 'huge':
      reply.writeHead(500, { 'content-length': HUGE_BYTES })
      reply.end(Buffer.alloc(HUGE_BYTES))
      return true
    default:
      return false
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
}
