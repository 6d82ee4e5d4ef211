/** The agencies' ends: real HTTP servers with the receiver kit, which can be made to misbehave, and a book of what was applied. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createHandler } from '../../kit/http-handler.js'
import { createHubClient } from '../../kit/hub-client.js'
import { createReceiver, type Receiver } from '../../kit/receiver.js'
import { startTcpProxy, type TcpProxy } from '../../test/fixtures/tcp-proxy.js'
import { type Book, type BookCopy, createBookkeeper } from './book.js'

/** `late`: it takes the message, and says so when nobody waits any more. `elsewhere`: a redirect to a metadata address. */
export type Mood = 'well' | 'hangs' | 'late' | 'fails' | 'unavailable' | 'refuses' | 'huge' | 'elsewhere' | 'gone'
export const BAD_MOODS: readonly Exclude<Mood, 'well'>[] = [
  'hangs',
  'late',
  'fails',
  'unavailable',
  'refuses',
  'huge',
  'elsewhere',
  'gone',
]

export interface AgencyEnd {
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
  /** Requests that brought what had been applied already. */
  repeats(): number
  /** The proxy before it: the address that hubs are given. */
  readonly way: TcpProxy
  /** What an agency's backup holds: the receiver's state file and the book, of one moment. */
  backUp(): Promise<Backup>
  /** Puts both back, and starts the receiver on them as after any start. */
  restore(backup: Backup): Promise<void>
  /** Reads the mailbox for what is missing. */
  catchUp(): Promise<void>
  close(): Promise<void>
}

export interface Backup {
  readonly state: Buffer
  readonly book: BookCopy
}

const LATE_MS = 1500
const HUGE_BYTES = 64 * 1024 * 1024

export async function openAgencyEnd(): Promise<AgencyEnd> {
  const bookkeeper = createBookkeeper()
  let repeats = 0
  let mood: Mood = 'well'
  let receiver: Receiver | undefined
  let handle: ReturnType<typeof createHandler> | undefined
  let begin = async (): Promise<void> => {}
  let stateFile = ''

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
  const way = await startTcpProxy((server.address() as AddressInfo).port)

  /** Nothing is under way any more, and the file says what the book says. */
  const end = async (): Promise<void> => {
    handle = undefined
    await receiver?.close()
  }
  const catchUp = async (): Promise<void> => receiver?.catchUp()

  return {
    way,
    url: `http://127.0.0.1:${way.port}/hook`,
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
      stateFile = join(directory, `${subscription}.json`)
      begin = async () => {
        receiver = await createReceiver({
          subscription,
          stateFile,
          secrets: [secret],
          apply: bookkeeper.apply,
          fetchRange: (after, query) => anyOf((hub) => hub.fetchRange(after, query)),
          fetchDocument: (notice, signal) => anyOf((hub) => hub.fetchDocument(notice, signal)),
          onOutcome: ({ code, from }) => void (code === 'DUPLICATE' && from === 'webhook' && repeats++),
          onProblem: bookkeeper.problem,
        })
        handle = createHandler(receiver)
      }
      await begin()
    },
    be(next) {
      mood = next
      if (mood === 'gone') server.closeAllConnections()
    },
    book: bookkeeper.book,
    repeats: () => repeats,
    async backUp() {
      await end()
      const backup = {
        state: existsSync(stateFile) ? readFileSync(stateFile) : Buffer.alloc(0),
        book: bookkeeper.copy(),
      }
      await begin()
      return backup
    },
    async restore({ state, book }) {
      await end()
      if (state.length > 0) writeFileSync(stateFile, state)
      else rmSync(stateFile, { force: true })
      bookkeeper.putBack(book)
      await begin()
      // Where no hub answers now, what comes next shows that something is missing.
      await catchUp().catch(bookkeeper.problem)
    },
    catchUp,
    async close() {
      await way.close()
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
