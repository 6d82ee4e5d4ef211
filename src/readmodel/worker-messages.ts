/** What the main thread and the read models' worker say to each other. Plain data only; errors travel by code. */
import { ERRORS, type ErrorCode, HubError, isHubError } from '../kernel/errors.js'
import type { OpenCut, ParityReport, ReadModelsStatus } from './port.js'

/** `head` has no answer; every other is answered by `done` or `failed` under its `id`. */
export type ToWorker =
  | { readonly kind: 'head' }
  | { readonly kind: 'start'; readonly id: number }
  | { readonly kind: 'through'; readonly id: number; readonly leafIndex?: number }
  | { readonly kind: 'drop-cut'; readonly id: number; readonly cut: string }
  | { readonly kind: 'rebuild' | 'verify'; readonly id: number; readonly projection: string }
  | { readonly kind: 'stop'; readonly id: number }

export type FromWorker =
  | { readonly kind: 'done'; readonly id: number; readonly report?: ParityReport }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'status'; readonly status: ReadModelsStatus }
  | { readonly kind: 'cut'; readonly cut: OpenCut }
  | { readonly kind: 'switched'; readonly projection: string }

export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
  /** Text of the cause, for the operator's log. */
  readonly cause?: string
}

export function plainError(error: unknown): PlainError {
  if (!isHubError(error))
    return { code: 'HUB_INTERNAL', message: 'the read models failed', data: {}, cause: String(error) }
  const { code, message, data, cause } = error
  return { code, message, data, ...(cause === undefined ? {} : { cause: String(cause) }) }
}

export function hubErrorOf({ code, message, data, cause }: PlainError): HubError {
  return new HubError(code in ERRORS ? code : 'HUB_INTERNAL', message, {
    data,
    ...(cause === undefined ? {} : { cause }),
  })
}
