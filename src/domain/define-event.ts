/**
 * How an event type is defined: its schema, a mark for every member, who may record it, and the clause that asks for it.
 * The catalogue is the one list of these; a type, member or code that is not in it is refused everywhere.
 */
import { z } from 'zod'
import { isStorableTime } from '../kernel/dates.js'
import { compileReader, UNSURE } from '../kernel/zod-reader.js'
import type { Role } from './event.js'

export type Subject = 'patient' | 'guardian' | 'reporter' | 'staff'

/**
 * `clear`: stored as it is. `personal`: sealed under the subject's key. `quasi`: sealed too (birth day, below township);
 * read models may index it and erasure purges it. `moment`: the type's moment member, stored only as `occurredAt`.
 */
export type Mark = 'clear' | 'moment' | { readonly kind: 'personal' | 'quasi'; readonly subject: Subject }

export interface Label {
  readonly zh: string
  readonly en: string
}

export interface Member {
  readonly schema: z.ZodType
  readonly mark: Mark
  readonly label: Label
  readonly optional: boolean
}

export type StreamKind =
  | 'patient'
  | 'held'
  | 'agency'
  | 'subscription'
  | 'outbox'
  | 'alert'
  | 'period'
  | 'document'
  | 'views'
  | 'approval'
  | 'disclosure'
  | 'recall'
  | 'return'
  | 'hub'

export interface EventDefinition {
  readonly type: string
  readonly version: number
  readonly stream: StreamKind
  /** The member of `data` that is the envelope's `occurredAt`; undefined where the client sends `occurredAt` itself. */
  readonly moment: string | undefined
  /** True where `occurredAt` must be given one way or the other. */
  readonly momentRequired: boolean
  readonly members: Readonly<Record<string, Member>>
  /** Strict schema of `data` as clients send it. */
  readonly data: z.ZodType<Record<string, unknown>>
  /** As `data.safeParse` answers, by the short way where the value is right. */
  readonly parseData: (value: unknown) => z.ZodSafeParseResult<Record<string, unknown>>
  /** Member → subject it is sealed under; clear members are absent. */
  readonly subjects: Readonly<Record<string, Subject>>
  /** Empty where only the hub itself appends it. */
  readonly recorders: readonly Role[]
  /** W1.., H1.., or a statute, or a section of the design. */
  readonly clauses: readonly string[]
  readonly label: Label
}

export interface EventDraft {
  readonly type: string
  readonly version?: number
  readonly stream: StreamKind
  readonly members: Readonly<Record<string, Member>>
  readonly momentRequired?: boolean
  readonly recorders: readonly Role[]
  readonly clauses: readonly string[]
  readonly label: Label
}

export function defineEvent(draft: EventDraft): EventDefinition {
  const entries = Object.entries(draft.members)
  const shape = Object.fromEntries(
    entries.map(([name, { schema, optional }]) => [name, optional ? schema.optional() : schema]),
  )
  const moment = entries.find(([, { mark }]) => mark === 'moment')?.[0]
  const subjects: Record<string, Subject> = {}
  for (const [name, { mark }] of entries) if (typeof mark === 'object') subjects[name] = mark.subject
  const data = z.strictObject(shape)
  return {
    ...draft,
    version: draft.version ?? 1,
    moment,
    momentRequired: draft.momentRequired ?? moment !== undefined,
    data,
    parseData: parserOf(data),
    subjects,
  }
}

function parserOf(schema: EventDefinition['data']): EventDefinition['parseData'] {
  const read = compileReader(schema) ?? (() => UNSURE)
  return (value) => {
    const known = read(value)
    // What a reader answers is what its schema would.
    return known === UNSURE ? schema.safeParse(value) : { success: true, data: known as Record<string, unknown> }
  }
}

/** A member stored in the clear. */
export function clear(schema: z.ZodType, zh: string, en: string): Member {
  return { schema, mark: 'clear', label: { zh, en }, optional: false }
}

/** A member sealed under the subject's key. */
export function personal(subject: Subject, schema: z.ZodType, zh: string, en: string): Member {
  return { schema, mark: { kind: 'personal', subject }, label: { zh, en }, optional: false }
}

/** A member sealed under the subject's key that read models may index. */
export function quasi(subject: Subject, schema: z.ZodType, zh: string, en: string): Member {
  return { schema, mark: { kind: 'quasi', subject }, label: { zh, en }, optional: false }
}

/** The type's moment member: a day, or a day or time. */
export function moment(schema: z.ZodType, zh: string, en: string): Member {
  return { schema, mark: 'moment', label: { zh, en }, optional: false }
}

export function optional(member: Member): Member {
  return { ...member, optional: true }
}

/** A bare date that exists in the calendar, `2026-03-02`. */
export const zDay = z
  .string()
  .refine((text) => text.length === 10 && isStorableTime(text), 'expected a day such as 2026-03-02')
  .meta({ format: 'date' })
/** A bare date or an RFC 3339 time with its offset. */
export const zTime = z
  .string()
  .refine(isStorableTime, 'expected 2026-03-02 or 2026-03-02T09:30:00+08:00')
  .meta({ anyOf: [{ format: 'date' }, { format: 'date-time' }] })
export const zUuid = z
  .uuid()
  .refine((text) => text === text.toLowerCase(), 'expected a UUID in lower case')
  .meta({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
/** A short text: 1 to 500 characters. */
export const zText = z.string().min(1).max(500)
/** A narrative: 1 to 4000 characters. */
export const zNarrative = z.string().min(1).max(4000)
export const zCount = z.number().int().min(0)
/** `2026Q1` or `2026H2` */
export const zPeriod = z.string().regex(/^\d{4}(Q[1-4]|H[12])$/)
/** `sha256:…`, of something that may be shown to whoever holds it. */
export const zDigest = z.string().regex(/^sha256:[A-Za-z0-9_-]{43}$/)
/** `hmac-sha256:…`, of something that a plain digest would let somebody guess. */
export const zKeyedDigest = z.string().regex(/^hmac-sha256:[A-Za-z0-9_-]{43}$/)
/** Another event, by its stream and id. */
export const zEventRef = z.strictObject({ stream: z.string(), id: zUuid })
/** A region code of GB/T 2260 with its extensions: 6, 9 or 12 digits, e.g. `371002001`. */
export const zRegion = z.string().regex(/^\d{6}(\d{3}(\d{3})?)?$/)
