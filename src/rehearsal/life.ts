/**
 * The life of one synthetic person as those around them record it: a small agenda of turns, taken in the order of time and
 * lazily, so that a county of any size is told without holding it. No turn looks at a clock; chance is the seed's.
 */
import { definitionOf } from '../domain/catalogue.js'
import type { Role } from '../domain/event.js'
import { DAY, dayOf, epochMsOf, HOUR, MINUTE, momentOf } from '../kernel/dates.js'
import type { CareAct, RecordAct, SentEvent } from './care-act.js'
import type { County, CountyAgency } from './county.js'
import { personOf, type SyntheticGuardian, type SyntheticPerson } from './people.js'
import type { Level } from './proportions.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

export interface Span {
  readonly fromMs: number
  /** Acts end before this moment. */
  readonly toMs: number
  /** What is recorded earlier is history from before the county went live. Defaults to `fromMs`: nothing is. */
  readonly liveFromMs?: number
}

/** Something that happens; what it returns reaches the hub at `atMs`. */
export type Turn = (life: Life, atMs: number) => readonly CareAct[]

/** How things stand with a person. Turns move it; nobody else sees it. */
export interface Life {
  readonly county: County
  readonly person: SyntheticPerson
  readonly random: SeededRandom
  readonly liveFromMs: number
  unit: string
  township: string
  area: string
  cooperation: 'COOPERATES' | 'REFUSES' | 'UNREACHED'
  isManaged: boolean
  level: Level
  levelSinceMs: number
  /** At level 0: nothing else keeps the person from being stable. */
  isSettled: boolean
  /** The last level that was put on record. */
  recordedLevel?: Level
  conditionClass: 1 | 2 | 3
  classVisits: number
  stay?: { readonly admittedOn: string }
  lastDischarge?: string
  isLost: boolean
  awayUntilMs: number
  guardian?: SyntheticGuardian
  missed: { readonly id: string; readonly day: string }[]
  lastSeenOn: string
  registration?: SentEvent
  registeredBy: string
  visitNumber: number
  /** Dead, gone or wrongly diagnosed: nothing more is planned. */
  isOver: boolean
  readonly visit: Turn
  /** The calendar of this life. */
  plan(atMs: number, turn: Turn): void
}

/** Every act about a person within the span, in order of time. */
export function* lifeOf(
  county: County,
  index: number,
  span: Span,
  story: { readonly begin: Turn; readonly visit: Turn; readonly beginMs: number },
): Generator<CareAct> {
  const agenda: { atMs: number; turn: Turn }[] = []
  const life = newLife(county, index, span, story.visit, (atMs, turn) => {
    let at = agenda.length
    // Kept with the next turn last; ties are taken in the order of planning.
    while (at > 0 && (agenda[at - 1]?.atMs ?? 0) <= atMs) at--
    agenda.splice(at, 0, { atMs, turn })
  })
  life.plan(story.beginMs, story.begin)
  for (let next = agenda.pop(); next && next.atMs < span.toMs; next = agenda.pop()) {
    yield* next.turn(life, next.atMs)
  }
}

function newLife(county: County, index: number, span: Span, visit: Turn, plan: Life['plan']): Life {
  const person = personOf(county, index)
  return {
    county,
    person,
    random: seededRandom(county.seed, 'life', index),
    liveFromMs: span.liveFromMs ?? span.fromMs,
    unit: county.inCharge('CHC', person)?.id ?? '',
    township: person.township,
    area: person.area,
    cooperation: 'COOPERATES',
    isManaged: !person.isMedicalAidOnly,
    level: 0,
    levelSinceMs: span.fromMs,
    isSettled: true,
    conditionClass: 3,
    classVisits: 0,
    isLost: false,
    awayUntilMs: 0,
    missed: [],
    lastSeenOn: dayOf(span.fromMs),
    registeredBy: '',
    visitNumber: 0,
    isOver: false,
    visit,
    plan,
  }
}

/** The next visit of this person, in place of any that was planned before. */
export function planVisit(life: Life, atMs: number, notBeforeMs: number): void {
  const number = ++life.visitNumber
  life.plan(officeTime(life, atMs, notBeforeMs), (_, nowMs) =>
    number === life.visitNumber ? life.visit(life, nowMs) : [],
  )
}

/** What an agency puts on record about the person. Consents are signed on paper: they are history for nobody. */
export function recorded(
  life: Life,
  atMs: number,
  by: { readonly id: string; readonly role: Role },
  events: readonly SentEvent[],
): RecordAct {
  const isBackfill =
    atMs < life.liveFromMs &&
    !events.some(({ type }) => type.startsWith('ServiceConsent') || type === 'DataConsentGiven')
  const dated = isBackfill ? events.map((event) => datedHistory(event, atMs)) : events
  return { kind: 'record', atMs, person: life.person.index, agency: by.id, role: by.role, events: dated, isBackfill }
}

/** History says when it was, since it may reach the hub in one night: where the type has no moment of its own, here. */
function datedHistory(event: SentEvent, atMs: number): SentEvent {
  const isDated = event.occurredAt !== undefined || event.corrects !== undefined
  if (isDated || UNDATED_TYPES.has(event.type)) return event
  return definitionOf(event.type, 1).moment === undefined ? { ...event, occurredAt: momentOf(atMs) } : event
}

/** What the responsible health centre puts on record. */
export function byUnit(life: Life, atMs: number, ...events: readonly SentEvent[]): RecordAct {
  return recorded(life, atMs, { id: life.unit, role: 'CHC' }, events)
}

export function event(life: Life, atMs: number, type: string, data: SentEvent['data']): SentEvent {
  return { id: life.random.uuid(atMs), type, data }
}

/** The county's hospital, or its mental-health centre. */
export function healthAgency(life: Life, role: 'HOSPITAL' | 'MHPC'): CountyAgency {
  return life.random.pick(life.county.ofRole(role))
}

/** In office hours of the first weekday from that day on, and not before `notBeforeMs`. */
export function officeTime(life: Life, targetMs: number, notBeforeMs: number): number {
  let day = dayOf(targetMs)
  let start = epochMsOf(`${day}T08:30:00.000+08:00`)
  while (isWeekend(start)) {
    start += DAY
    day = dayOf(start)
  }
  return Math.max(start + life.random.whole(0, 9 * HOUR - 1), notBeforeMs + MINUTE)
}

export function daysAfter(atMs: number, days: number): number {
  return atMs + days * DAY
}

/** A retraction is no fact of a life. */
const UNDATED_TYPES = new Set(['RecordRetracted'])
const OFFSET_MS = 8 * HOUR

function isWeekend(epochMs: number): boolean {
  const day = new Date(epochMs + OFFSET_MS).getUTCDay()
  return day === 0 || day === 6
}
