/**
 * Which codes a route refuses with: what follows from its definition, and named groups for what it does. Nothing is decided
 * here; a code that is answered and stands not in the description fails the tests.
 */
import { ERRORS, type ErrorCode } from '../kernel/errors.js'
import type { Route } from './route.js'

/** Of whatever appends to the log. */
export const RECORDING = [
  'HUB_READ_ONLY',
  'HUB_VAULT_AWAY',
  'HUB_LOG_AWAY',
  'HUB_OUTCOME_UNKNOWN',
  'HUB_CLOCK_BEHIND',
] as const satisfies readonly ErrorCode[]
/** Of whatever reads the log. */
export const READING = ['HUB_LOG_AWAY'] as const satisfies readonly ErrorCode[]
/** Of whatever opens what is sealed. */
export const OPENING = ['HUB_LOG_AWAY', 'HUB_VAULT_AWAY', 'HUB_SEAL_BROKEN'] as const satisfies readonly ErrorCode[]

const EVERYWHERE: readonly ErrorCode[] = ['HUB_INTERNAL', 'HUB_STOPPING']
const WITH_BODY: readonly ErrorCode[] = ['HUB_MALFORMED_JSON', 'HUB_BODY_TOO_LARGE', 'HUB_UNSUPPORTED_MEDIA']

/** Every code of a route, by status, in the order of the statuses. */
export function problemsOf(route: Route): ReadonlyMap<number, readonly ErrorCode[]> {
  const { access, roles, method, body, query, params, problems } = route
  const codes = new Set<ErrorCode>([
    ...(access === 'public' ? [] : (['HUB_UNAUTHENTICATED'] as const)),
    ...(access === 'operator' || roles ? (['HUB_FORBIDDEN'] as const) : []),
    ...(access === 'person' ? (['HUB_PERSON_REQUIRED'] as const) : []),
    // Whatever is posted is read, also where nothing is asked for.
    ...(method === 'POST' ? WITH_BODY : []),
    ...(body || query ? (['HUB_BAD_QUERY'] as const) : []),
    // An id that is none cannot exist.
    ...(params ? (['HUB_NOT_FOUND'] as const) : []),
    ...problems,
    ...EVERYWHERE,
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code])
  return new Map([...byStatus].sort(([a], [b]) => a - b))
}
