/**
 * `POST /v1/events/batch`: one write a line in, one receipt or problem a line out, in order, as soon as it is known. A line
 * that fails takes nothing with it. The lines of one person are recorded one after the other.
 */
import { Readable } from 'node:stream'
import { patientIdOf } from '../../domain/derived-ids.js'
import type { Hub } from '../../hub-port.js'
import { HubError, problemOf } from '../../kernel/errors.js'
import type { Principal, ProposedWrite } from '../../recording/port.js'
import { zBatchAnswerLine } from '../event-schemas.js'
import { parseJson } from '../json-body.js'
import { zServed } from '../json-schema.js'
import type { HttpMetrics } from '../metrics.js'
import { type Line, ndjsonLines } from '../ndjson-lines.js'
import { orderedWindow } from '../ordered-window.js'
import { toHubError } from '../problem-reply.js'
import { inGroup, parseProposedWrite } from '../proposed-write.js'
import { membersOf, statusOf } from '../record-answer.js'
import { defineRoute, type Route } from '../route.js'

export const NDJSON = 'application/x-ndjson'
/** Lines under way hold no more than this, and one line: 1024 of the longest kind would be 256 MiB. */
const MAX_BYTES = 8 * 1024 * 1024

/** A line as read: a write, or why it is none. */
interface ReadLine {
  readonly number: number
  readonly bytes: number
  readonly body?: unknown
  readonly write?: ProposedWrite
  readonly error?: unknown
}

export function eventBatchRoutes(hub: Hub, metrics: HttpMetrics): readonly Route[] {
  const { batchLineLimitBytes, batchConcurrency } = hub.config.http

  const refused = ({ number, write, body }: ReadLine, error: unknown): string => {
    metrics.ingest('refused', write?.events.length ?? 1, 0)
    const known = inGroup(toHubError(error), body)
    if (known.status >= 500) hub.logger.error({ err: known }, 'a line of a batch failed')
    return `${JSON.stringify({ line: number, ...problemOf(known) })}\n`
  }
  const record = (line: ReadLine, principal: Principal, signal: AbortSignal): Promise<string> => {
    const { number, write } = line
    if (!write) return Promise.resolve(refused(line, line.error))
    if (signal.aborted) return Promise.resolve(refused(line, new HubError('HUB_STOPPING', 'the hub is stopping')))
    return hub.recorder
      .record(principal, write)
      .then((outcome) => {
        metrics.ingest(outcome.kind, write.events.length, outcome.kind === 'recorded' ? outcome.warnings.length : 0)
        return `{"line":${number},"status":${statusOf(outcome)},${membersOf(outcome, principal, write)}}\n`
      })
      .catch((error: unknown) => refused(line, error))
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/events/batch',
      operation: 'recordBatch',
      tag: 'recording',
      label: { zh: '批量记录事件', en: 'Record many writes, one a line' },
      note:
        'Each line is what POST /v1/events takes. Each line of the answer carries the number of its line and a status, with receipts, ' +
        'a heldId, or the members of a problem document; it is sent as soon as it and all before it are known. Send a file again after ' +
        'a broken connection: what is recorded answers 200. Consents are refused here.',
      access: 'key',
      bodyDoc: { type: NDJSON, schema: zServed('write@1') },
      responses: { 200: { description: 'One line for each line', schema: zBatchAnswerLine, type: NDJSON } },
      problems: [],
      answer({ principal, stream, signal }) {
        const input = stream as AsyncIterable<Buffer> | undefined
        if (!input) throw new HubError('HUB_UNSUPPORTED_MEDIA', `expected ${NDJSON}`)
        const results = orderedWindow({
          pages: readPages(ndjsonLines(input, batchLineLimitBytes), batchLineLimitBytes),
          concurrency: batchConcurrency,
          maxBytes: MAX_BYTES,
          bytesOf: ({ bytes }) => bytes,
          keyOf: (line) => orderKey(line, hub.logId),
          work: (line) => record(line, principal, signal),
        })
        return { status: 200, type: NDJSON, body: Readable.from(joined(results), { objectMode: false }) }
      },
    }),
  ]
}

async function* readPages(pages: AsyncIterable<readonly Line[]>, limit: number): AsyncGenerator<Iterable<ReadLine>> {
  for await (const lines of pages) yield readLines(lines, limit)
}

/** Each line is read when it is asked for: a page of them read at once would stand in memory as objects. */
function* readLines(lines: readonly Line[], limit: number): Generator<ReadLine> {
  for (const { number, bytes } of lines) yield readLine(number, bytes, limit)
}

function readLine(number: number, line: Buffer | undefined, limit: number): ReadLine {
  const bytes = line?.length ?? 0
  let body: unknown
  try {
    if (!line) throw new HubError('HUB_BODY_TOO_LARGE', `expected a line of at most ${limit} bytes`)
    body = parseJson(line)
    return { number, bytes, body, write: parseProposedWrite(body, true) }
  } catch (error) {
    return { number, bytes, body, error }
  }
}

async function* joined(results: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of results) yield lines.join('')
}

/** Whose line it is. A registration's patient id is known beforehand, so that later lines of the same file find it. */
function orderKey({ write }: ReadLine, logId: string): string | undefined {
  if (!write) return undefined
  if (write.patientId !== undefined) return write.patientId
  const [first] = write.events
  if (isRegistration(first)) return patientIdOf(logId, first.id)
  return write.person === undefined ? undefined : JSON.stringify(write.person)
}

function isRegistration(event: unknown): event is { readonly id: string } {
  return (
    typeof event === 'object' &&
    event !== null &&
    'type' in event &&
    event.type === 'PatientRegistered' &&
    'id' in event &&
    typeof event.id === 'string'
  )
}
