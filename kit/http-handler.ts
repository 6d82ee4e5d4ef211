/**
 * Answers webhooks for `node:http`: reads a body that is not too large and not too slow, and answers with what became of the
 * message. The answer holds a code and nothing of the message. It serves every path; put your own routing before it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { codeOf, type KitCode, KitError, STATUS_OF } from './kit-error.js'
import type { Receiver } from './receiver.js'

export interface HandlerOptions {
  /** Larger bodies are refused unread. A document of 1 MiB may ride in a message, escaped. Defaults to 4 MiB. */
  readonly bodyLimitBytes?: number
  /** So long a body may take to come. Defaults to 10 000. */
  readonly bodyTimeoutMs?: number
  /** So long the hub is kept waiting; the work goes on, and the hub asks again. Defaults to 20 000. */
  readonly answerTimeoutMs?: number
}

export const BODY_LIMIT_BYTES = 4 * 1024 * 1024
export const BODY_TIMEOUT_MS = 10_000
export const ANSWER_TIMEOUT_MS = 20_000

export function createHandler(
  receiver: Pick<Receiver, 'receive'>,
  options: HandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = options
  const handle = async (request: IncomingMessage): Promise<KitCode> => {
    if (request.method !== 'POST') return 'NOT_POST'
    const body = await readBody(request, options)
    const { code } = await soonEnough(receiver.receive(request.headers, body), answerTimeoutMs)
    return code
  }
  return (request, response) => {
    handle(request)
      .catch((error: unknown) => codeOf(error) ?? 'BUSY')
      .then((code) => answer(request, response, code))
  }
}

function answer(request: IncomingMessage, response: ServerResponse, code: KitCode): void {
  if (response.destroyed) return
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (code === 'NOT_POST') headers.allow = 'POST'
  // What was not read would be taken for the next request.
  if (!request.complete) headers.connection = 'close'
  response.writeHead(STATUS_OF[code], headers).end(`{"code":"${code}"}\n`)
}

/** Throws `TOO_LARGE` or `TOO_SLOW`. What is too much is let run out unread, so that the sender hears the answer. */
function readBody(request: IncomingMessage, options: HandlerOptions): Promise<Buffer> {
  const { bodyLimitBytes = BODY_LIMIT_BYTES, bodyTimeoutMs = BODY_TIMEOUT_MS } = options
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    const refuse = (code: 'TOO_LARGE' | 'TOO_SLOW', message: string): void => {
      clearTimeout(timer)
      chunks = []
      size = Number.POSITIVE_INFINITY
      reject(new KitError(code, message))
    }
    const timer = setTimeout(() => refuse('TOO_SLOW', `expected the body within ${bodyTimeoutMs} ms`), bodyTimeoutMs)
    const grow = (bytes: number): boolean => {
      size += bytes
      if (size > bodyLimitBytes) refuse('TOO_LARGE', `expected a body of at most ${bodyLimitBytes} bytes`)
      return size <= bodyLimitBytes
    }
    request.on('data', (chunk: Buffer) => {
      if (grow(chunk.length)) chunks.push(chunk)
    })
    request.once('end', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks))
    })
    request.once('close', () => refuse('TOO_SLOW', 'the sender hung up'))
    request.once('error', () => refuse('TOO_SLOW', 'the sender hung up'))
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > bodyLimitBytes) grow(announced)
  })
}

/** Throws `BUSY` after the time. */
async function soonEnough<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KitError('BUSY', `no outcome within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
