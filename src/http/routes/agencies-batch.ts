/**
 * `POST /v1/agencies/batch`: one agency a line in, its receipt with an enrolment code or a problem a line out, in order. A line
 * that fails takes nothing with it; a superior may stand on an earlier line.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { HubError, problemOf } from '../../kernel/errors.js'
import { faultsOf } from '../../kernel/zod-faults.js'
import type { Principal } from '../../recording/port.js'
import { zProblemLine } from '../event-schemas.js'
import { parseJson } from '../json-body.js'
import { type Line, ndjsonLines } from '../ndjson-lines.js'
import { orderedWindow } from '../ordered-window.js'
import { toHubError } from '../problem-reply.js'
import { defineRoute, type Route } from '../route.js'
import { without, zAgencyDraft } from './agencies.js'
import { NDJSON } from './events-batch.js'

const zLine = zAgencyDraft.extend({ id: zUuid.describe('Your own: the same line again finds the agency') })
const zAnswerLine = z.union([
  z.strictObject({
    line: z.number().int(),
    status: z.union([z.literal(200), z.literal(201)]),
    agencyId: zUuid,
    code: z.string().optional().describe('Shown here and never again; absent where the agency has a key already'),
    expiresAt: z.string().optional(),
  }),
  zProblemLine,
])
const AT_ONCE = 64
const LINE_BYTES = 16 * 1024
const MAX_BYTES = 1024 * 1024
const MAX_HOURS = 24 * 30

type Draft = z.output<typeof zLine>
type Enrolling = { readonly line: Line; readonly draft?: Draft; readonly error?: unknown }

export function agencyBatchRoutes({ administration, logger }: Hub): readonly Route[] {
  const enrol = async (
    { line, draft, error }: Enrolling,
    { by, hours, signal }: { readonly by: Principal; readonly hours: number | undefined; readonly signal: AbortSignal },
  ): Promise<string> => {
    try {
      if (!draft) throw error
      if (signal.aborted) throw new HubError('HUB_STOPPING', 'the hub is stopping')
      const { id, ...particulars } = draft
      const options = { id, ...(hours === undefined ? {} : { hours }) }
      const { isKnown, ...enrolled } = await administration.enrolWithCode(by, without(particulars), options)
      return `${JSON.stringify({ line: line.number, status: isKnown ? 200 : 201, ...enrolled })}\n`
    } catch (failure) {
      const known = toHubError(failure)
      if (known.status >= 500) logger.error({ err: known }, 'an agency of a batch could not be enrolled')
      return `${JSON.stringify({ line: line.number, ...problemOf(known) })}\n`
    }
  }

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/agencies/batch',
      operation: 'enrolAgencies',
      tag: 'administration',
      label: { zh: '批量注册单位', en: 'Enrol many agencies, one a line, each with an enrolment code' },
      note:
        'Send a file again after a broken connection: what is enrolled answers 200, with a code anew where the agency has no key yet. ' +
        'A code is good for one key, once; the hub keeps its digest only.',
      access: 'operator',
      query: z.strictObject({ hours: z.coerce.number().int().min(1).max(MAX_HOURS).optional() }),
      bodyDoc: { type: NDJSON, schema: zLine },
      responses: { 200: { description: 'One line for each line', schema: zAnswerLine, type: NDJSON } },
      problems: [],
      answer({ principal, stream, signal, query: { hours } }) {
        const input = stream as AsyncIterable<Buffer> | undefined
        if (!input) throw new HubError('HUB_UNSUPPORTED_MEDIA', `expected ${NDJSON}`)
        /** A line waits for its superior, where that stands on an earlier line and is under way. */
        const underWay = new Map<string, Promise<unknown>>()
        const results = orderedWindow({
          pages: readPages(ndjsonLines(input, LINE_BYTES)),
          concurrency: AT_ONCE,
          maxBytes: MAX_BYTES,
          bytesOf: ({ line }) => line.bytes?.length ?? 0,
          keyOf: ({ draft }) => draft?.id,
          async work(one) {
            const superior = underWay.get(one.draft?.superior ?? '')
            const working = (superior ?? Promise.resolve()).then(() => enrol(one, { by: principal, hours, signal }))
            const id = one.draft?.id
            if (id === undefined) return working
            underWay.set(id, working)
            return working.finally(() => {
              if (underWay.get(id) === working) underWay.delete(id)
            })
          },
        })
        return {
          ...{ status: 200, type: NDJSON, headers: { 'cache-control': 'no-store' } },
          body: Readable.from(joined(results), { objectMode: false }),
        }
      },
    }),
  ]
}

async function* readPages(pages: AsyncIterable<readonly Line[]>): AsyncGenerator<Iterable<Enrolling>> {
  for await (const lines of pages) yield readLines(lines)
}

function* readLines(lines: readonly Line[]): Generator<Enrolling> {
  for (const line of lines) yield readLine(line)
}

function readLine(line: Line): Enrolling {
  try {
    if (!line.bytes) throw new HubError('HUB_BODY_TOO_LARGE', `expected a line of at most ${LINE_BYTES} bytes`)
    const body = parseJson(line.bytes)
    const { success, data, error } = zLine.safeParse(body)
    if (success) return { line, draft: data }
    throw new HubError('HUB_BAD_QUERY', 'the line is no agency', { faults: faultsOf(error, body) })
  } catch (error) {
    return { line, error }
  }
}

async function* joined(results: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of results) yield lines.join('')
}
