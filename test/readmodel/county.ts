/**
 * A tiny synthetic county for tests of read models: appends lives, corrections, retractions and closings to any log, from a
 * list of numbers, and folds them the slow and obvious way to compare with. No recorder: it states what recording would let in.
 */
import fc from 'fast-check'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { correctionLedger, lifeOrder } from '../../src/domain/effective-history.js'
import type { NewEvent, SealedEntry, StoredEvent } from '../../src/domain/event.js'
import { streamKeyOf } from '../../src/domain/streams.js'
import { momentOf } from '../../src/kernel/dates.js'
import type { EventLog } from '../../src/log/port.js'

/** One thing that happens; every number is taken modulo what there is to choose from. */
export interface Step {
  readonly patient: number
  readonly what: number
  /** Which earlier event a correction names. */
  readonly which: number
  /** How long before its recording it happened. */
  readonly lateDays: number
  readonly isBareDate: boolean
  /** Events appended at once. */
  readonly group: number
}

export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  patient: fc.nat(3),
  what: fc.nat(99),
  which: fc.nat(30),
  lateDays: fc.oneof(fc.constant(0), fc.nat(200)),
  isBareDate: fc.boolean(),
  group: fc.integer({ min: 1, max: 3 }),
})

export const isKnown = (type: string, version: number): boolean => CATALOGUE.has(`${type}@${version}`)

const EPOCH = Date.parse('2026-01-05T09:00:00.000+08:00')
const DAY_MS = 86_400_000
const UNIT = '0198f0aa-0000-7000-8000-00000000c4c0'

const FACTS: readonly (readonly [
  type: string,
  role: 'CHC' | 'POLICE' | 'HOSPITAL',
  data: Record<string, unknown>,
  seals: readonly string[],
])[] = [
  ['BasicInfoUpdated', 'CHC', { economicStatus: 1, presentTownship: '371002002' }, ['presentAddress']],
  ['BasicInfoUpdated', 'CHC', { responsibleUnit: UNIT }, ['identity']],
  ['FollowUpAttempted', 'CHC', { form: 2, outcome: 'NOT_REACHED' }, []],
  ['FollowUpCompleted', 'CHC', { form: 2, adherence: 1, nextDate: '2027-01-01', hospitalStay: 0 }, []],
  ['FollowUpCompleted', 'CHC', { form: 3, adherence: 2, nextDate: '2027-01-01', hospitalStay: 0 }, []],
  ['RiskAssessed', 'CHC', { level: 1, targets: 'NONE' }, []],
  ['RiskAssessed', 'CHC', { level: 4, targets: 'PERSON' }, []],
  ['ConditionClassified', 'CHC', { class: 1 }, []],
  ['LossOfContactDeclared', 'CHC', { reason: 3, lastSeenOn: '2026-01-01' }, []],
  ['ContactRegained', 'POLICE', { outcome: 'FOUND_AT_HOME' }, []],
  ['PatientRelocated', 'CHC', { from: '371002001', to: '371002003', kind: 'PERMANENT' }, ['toAddress', 'toArea']],
  ['HospitalAdmitted', 'HOSPITAL', { route: 'ART30_2', institution: UNIT }, []],
  ['HospitalDischarged', 'HOSPITAL', { admitDate: '2026-01-01', outcome: 'HOME_WITH_GUARDIAN' }, []],
  ['DangerousBehaviorReported', 'POLICE', { kind: 4, injured: 0 }, []],
  ['DangerousBehaviorReported', 'POLICE', { kind: 5, injured: 0 }, []],
  ['PublicSafetyIncidentRecorded', 'POLICE', { kind: 2 }, []],
  ['GuardianDesignated', 'CHC', { kind: 'PARENT', relation: '5', capacity: true }, ['guardian']],
  ['ProgrammeClosed', 'CHC', { programme: 'COMMUNITY_MANAGEMENT' }, []],
]

const REGISTRATION = {
  householdTownship: '371002001',
  presentTownship: '371002001',
  responsibleUnit: UNIT,
  registrationBasis: 'SIX_DISEASES',
  programme: 'COMMUNITY_MANAGEMENT',
  economicStatus: 3,
}

/** Appends to one log; knows what it has appended, so that corrections can name it. */
export interface County {
  take(step: Step): Promise<void>
  /** Closes a period of a feed; the closing event's id is the cut's. */
  close(feed: string, period: string): Promise<string>
  /** Appends anything to a stream of its own kind. */
  say(stream: string, type: string, data: Record<string, unknown>, change?: Partial<NewEvent>): Promise<StoredEvent>
  /** Everything appended, in order. */
  readonly events: readonly StoredEvent[]
}

export function createCounty(log: EventLog): County {
  const events: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  let count = 0
  let now = EPOCH

  const append = async (stream: string, drafts: readonly NewEvent[]): Promise<readonly StoredEvent[]> => {
    const known = streams.get(stream) ?? []
    const revision = known.length - 1
    await log.append(stream, drafts, revision < 0 ? 'new' : { revision })
    const stored = drafts.map((draft, i): StoredEvent => ({ ...draft, stream, revision: revision + 1 + i }))
    streams.set(stream, [...known, ...stored])
    events.push(...stored)
    return stored
  }
  const draft = (type: string, data: Record<string, unknown>, change: Partial<NewEvent> = {}): NewEvent => {
    now += 3 * 3_600_000
    return {
      id: idOf('e', ++count),
      type,
      version: 1,
      recordedAt: momentOf(now),
      recordedBy: { agency: UNIT, role: 'CHC' },
      source: { kind: 'api' },
      seed: 'AAAAAAAAAAAAAAAAAAAAAA',
      data,
      sealed: [],
      ...change,
    }
  }
  const happened = ({ lateDays, isBareDate }: Step): string => {
    const at = momentOf(now - lateDays * DAY_MS)
    return isBareDate ? at.slice(0, 10) : at
  }
  const fact = (step: Step, what: number): NewEvent => {
    const [type, role, data, seals] = FACTS[what % FACTS.length] ?? FACTS[0] ?? ['', 'CHC', {}, []]
    const sealed = seals.length > 0 ? [blob(seals, count + 1)] : []
    return draft(type, data, { occurredAt: happened(step), recordedBy: { agency: UNIT, role }, sealed })
  }
  const correction = (step: Step, known: readonly StoredEvent[]): NewEvent | undefined => {
    const named = known[step.which % known.length]
    if (!named) return undefined
    // Now and then of another type: such a correction is ignored by every fold.
    if (named.type === 'RecordRetracted' || step.what % 10 === 0) return fact(step, step.what)
    const { type, data, sealed, recordedBy } = named
    const change = { corrects: named.id, occurredAt: happened(step), sealed, recordedBy }
    return draft(type, type === 'RiskAssessed' ? { ...data, level: step.what % 6 } : data, change)
  }

  return {
    events,
    async take(step) {
      const stream = `patient-${idOf('a', step.patient)}`
      const known = streams.get(stream) ?? []
      const kind = step.what % 20
      if (known.length === 0 || kind === 0) {
        // Not always first: a fold accepts facts older than the registration.
        const sealed = [blob(['identity', 'householdAddress', 'presentAddress', 'presentArea'], count + 1)]
        await append(stream, [draft('PatientRegistered', REGISTRATION, { occurredAt: happened(step), sealed })])
      } else if (kind <= 3) {
        const named = known[step.which % known.length]
        const scope = step.lateDays % 2 === 0 ? { scope: 'FACT' } : {}
        if (named) await append(stream, [draft('RecordRetracted', scope, { corrects: named.id })])
      } else if (kind <= 7) {
        const corrected = correction(step, known)
        if (corrected) await append(stream, [corrected])
      } else {
        await append(
          stream,
          Array.from({ length: step.group }, (_, i) => fact(step, step.what + i * 7)),
        )
      }
    },
    async close(feed, period) {
      const data = { feed, period, by: 'CALENDAR', versions: {} }
      const [closing] = await append(`period-${feed}-${period}`, [draft('FeedPeriodClosed', data)])
      return closing?.id ?? ''
    },
    async say(stream, type, data, change) {
      const [event] = await append(stream, [draft(type, data, change)])
      if (!event) throw new Error('say: nothing was appended')
      return event
    },
  }
}

/** Row by patient id as of a prefix of the log, folded without any of the runner's shortcuts. */
export function foldedSlowly(events: readonly StoredEvent[]): ReadonlyMap<string, PatientRecord> {
  const lives = new Map<string, StoredEvent[]>()
  for (const event of events) {
    if (event.stream.startsWith('patient-')) lives.set(event.stream, [...(lives.get(event.stream) ?? []), event])
  }
  const rows = [...lives].map(([stream, life]): [string, PatientRecord] => {
    const ledger = correctionLedger<StoredEvent>()
    for (const event of life) ledger.apply(event)
    const effective = ledger.effective()
    const row = effective.reduce<PatientRecord>(
      (before, event) => patientRecord.evolve(before, event),
      patientRecord.initial,
    )
    const last = effective.at(-1)
    const lastOrder = last && lifeOrder(last, ledger.rootOf(last.stream, last.id) ?? last)
    const corrected = life.filter(({ type, corrects }) => corrects !== undefined || type === 'RecordRetracted')
    const touched = [row.touched, ...corrected.map(({ recordedAt }) => recordedAt)].sort().at(-1) ?? ''
    return [streamKeyOf(stream), { ...row, touched, revision: life.length - 1, ...(lastOrder ? { lastOrder } : {}) }]
  })
  return new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What a value is after it was written and read again. */
export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** `0000000a-0000-7000-8000-00000000002a` */
export function idOf(kind: string, number: number): string {
  return `${kind.padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

function blob(members: readonly string[], number: number): SealedEntry {
  const subject = members.includes('guardian') ? 'guardian' : 'patient'
  const digests = Object.fromEntries(members.map((member) => [`/data/${member}`, `sha256:${number}`]))
  return { subject, kid: idOf('c', number), alg: 'A256GCM', nonce: 'AAAAAAAAAAAAAAAA', ct: `ct${number}`, digests }
}
