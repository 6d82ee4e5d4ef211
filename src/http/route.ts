/**
 * How a route is defined: what it takes, who may call it, what it answers. The same definition is registered and
 * documented, so that no route exists that `/openapi.json` does not know, nor the other way round.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'

/** `public`: no key. `key`: any key. `person`: a key that is bound to a named person. `operator`: an operator's key. */
export type Access = 'public' | 'key' | 'person' | 'operator'

export interface Call<Params, Query, Body> {
  /** Who asks. On a public route it stands for nobody. */
  readonly principal: Principal
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly headers: FastifyRequest['headers']
  /** The raw body of a streaming route. */
  readonly stream: NodeJS.ReadableStream | undefined
  /** Aborts when the caller goes away before it has its answer, and when the hub stops. */
  readonly signal: AbortSignal
}

export interface Answer {
  /** Defaults to 200. */
  readonly status?: number
  /** An object is sent as JSON; a string or stream as it is, with the type given. */
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What an answer of one status holds. Problems are no part of it: they stand under `problems`, by code. */
export type ResponseDoc =
  | {
      readonly description: string
      readonly schema: z.ZodType
      /** Defaults to application/json. Of `application/x-ndjson` the schema is that of each line. */
      readonly type?: string
      /** Other renderings of the same, by media type. */
      readonly renderings?: Readonly<Record<string, z.ZodType>>
      /** Headers of our own, with what they say. */
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly description: string; readonly isEmpty: true }

/** An answer of a described status; one without a status is 200, and that must be described then. */
export type DescribedAnswer<Status extends number> = Omit<Answer, 'status'> &
  ({ readonly status: Status } | (200 extends Status ? { readonly status?: never } : never))

export interface RouteDraft<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  Status extends number = number,
> {
  readonly method: 'GET' | 'POST'
  /** `/v1/patients/:id` */
  readonly path: string
  readonly operation: string
  readonly tag: string
  readonly label: Label
  /** More than the label says, for whoever writes a client. */
  readonly note?: string
  readonly access: Access
  /** Other roles get 403, whatever they ask for; absent means every role. */
  readonly roles?: readonly Role[]
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Documented body of a route that parses its own. */
  readonly bodyDoc?: { readonly type: string; readonly schema: z.ZodType }
  /** Every status that it answers with, but for problems. */
  readonly responses: Readonly<Record<Status, ResponseDoc>>
  /** Every code that it refuses with, beyond what its access, parameters and body imply (`route-problems.ts`). */
  readonly problems: readonly ErrorCode[]
}

export interface Route extends RouteDraft<z.ZodType, z.ZodType, z.ZodType> {
  /** Answers by value … */
  readonly answer?: (call: Call<unknown, unknown, unknown>) => Answer | Promise<Answer>
  /** … or, where each microsecond counts, by itself; errors go to `fail`. */
  readonly handle?: (request: FastifyRequest, reply: FastifyReply, principal: Principal) => void
}

/** A route that answers by value, with no status but those of its responses; params, query and body are parsed before `answer` sees them. */
export function defineRoute<
  P extends z.ZodType = z.ZodUnknown,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
  Status extends number = number,
>(
  draft: RouteDraft<P, Q, B, Status> & {
    readonly answer: (
      call: Call<z.output<P>, z.output<Q>, z.output<B>>,
    ) => DescribedAnswer<Status> | Promise<DescribedAnswer<Status>>
  },
): Route {
  // The registration parses with these very schemas, so what `answer` gets is what it says it takes.
  return draft as unknown as Route
}

/** A route that reads the request and writes the reply itself. */
export function defineRawRoute(
  draft: RouteDraft<z.ZodType, z.ZodType, z.ZodType> & { readonly handle: NonNullable<Route['handle']> },
): Route {
  return draft
}

/** Stands for nobody, on public routes. */
export const NOBODY: Principal = { agency: '', role: 'HUB', client: '', isOperator: false }
