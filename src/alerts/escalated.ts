/**
 * From a rung that an alarm climbed to the match that tells whoever stands there: the same kind, by the field set of their own
 * role, of the person as of the event that the alarm speaks of. A role without such a field set is told nothing (default deny).
 */
import type { MessageKind, PersonAtCause, Renderer } from '../delivery/port.js'
import type { AlertRung } from '../domain/alert-events.js'
import { waitsAfter } from '../domain/discharge-ready.js'
import { correctionLedger } from '../domain/effective-history.js'
import type { Role, StoredEvent } from '../domain/event.js'
import { namedFact } from '../domain/named-fact.js'
import { findText, readText } from '../domain/read-data.js'
import { patientStream } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import { type AlertRules, alertSetIn, alertSetName } from '../policy/alert-rules.js'
import type { Told } from './beliefs.js'
import { prefixOf } from './lives.js'
import { riskFieldSet, WITHDRAWN } from './match.js'
import { LOSS_SETS } from './match-contact.js'
import { dangerFieldSet } from './match-danger.js'
import { READY } from './match-discharge.js'
import type { Matched, Memory } from './matching.js'
import { isRecalled } from './recalled.js'

export interface EscalatingDeps {
  readonly log: LogReader
  readonly renderer: Pick<Renderer, 'personAt'>
  readonly memory: Pick<Memory, 'toldOf'>
  readonly roleOf: (agency: string) => Role | undefined
  /** The version in force where the alarm climbs. */
  readonly alerts: AlertRules
}

/** Undefined where the log holds no person for it: nothing is queued then. */
export async function matchEscalated(escalated: StoredEvent, deps: EscalatingDeps): Promise<Matched | undefined> {
  const [raised] = await prefixOf(deps.log, escalated, 0)
  const person = raised && (await deps.renderer.personAt(escalated))
  if (!raised || !person) return undefined
  const { origin } = person
  const nobody = { matches: [], unmapped: [], person, revision: -1, about: person.asOf }
  const kind = readText(raised.data, 'kind') as MessageKind
  const alarmed = readText(raised.data, 'agency')
  if (await isRecalled(person.asOf, { agency: alarmed, fieldSet: fieldSetOfAlarm(raised, person, deps) }, deps))
    return nobody
  const step = readText(escalated.data, 'step') as AlertRung
  const agency = findText(escalated.data, 'to')
  const returned = kind === 'returned' && origin ? (await prefixOf(deps.log, origin, 0))[0]?.data.kind : undefined
  if (await holdsNoMore({ kind: returned ?? kind, agency: alarmed, person }, deps)) return nobody
  const role = deps.roleOf(agency ?? alarmed) ?? 'HUB'
  if (agency === undefined) return { ...nobody, unclimbed: { role, kind, reason: 'NO_RUNG' } }
  const name = fieldSetFor(kind, role, { ...person, returned })
  const fieldSet = name && alertSetIn(deps.alerts, name)
  if (fieldSet === undefined) return { ...nobody, unclimbed: { role, kind, reason: 'NO_FIELD_SET' } }
  if (await isRecalled(person.asOf, { agency, fieldSet }, deps)) return nobody
  return { ...nobody, matches: [{ agency, kind, class: 'ALARM', fieldSet, rung: step }] }
}

/** What the alarmed agency was told it by; an alarm that no message carried is remembered too. */
function fieldSetOfAlarm(raised: StoredEvent, { patientId, asOf }: PersonAtCause, { memory }: EscalatingDeps): string {
  const agency = readText(raised.data, 'agency')
  const told = memory.toldOf(patientId).find((one) => one.agency === agency && one.causeId === asOf.id)
  return told?.fieldSet ?? ''
}

/** What a role may see of an alarm of this kind; undefined for one that sees nothing of it. */
function fieldSetFor(
  kind: MessageKind,
  role: Role,
  person: PersonAtCause & { readonly returned: unknown },
): string | undefined {
  switch (kind) {
    case 'loss-of-contact':
      return LOSS_SETS[role]
    case 'danger':
      return person.danger && dangerFieldSet(role, Number(person.danger.data.kind))
    case 'discharge-ready':
      return role === 'CHC' || role === 'MHPC' ? READY : undefined
    case 'returned':
      return role === 'CHC' || role === 'MHPC' ? returnedFieldSet(person.returned, person) : undefined
    default: {
      const fieldSet = riskFieldSet(role, person.state)
      return fieldSet === WITHDRAWN ? undefined : fieldSet
    }
  }
}

/** What came back speaks of what was sent out: of the behaviour, the loss, the discharge, or else the assessment. */
export function returnedFieldSet(kind: unknown, { danger, discharge, state }: PersonAtCause): string {
  if (kind === 'danger' && danger) return 'alert.danger.health'
  if (kind === 'discharge-ready' && discharge) return READY
  if (kind === 'loss-of-contact' && state.lossOfContact) return 'alert.loss-of-contact.returned'
  return 'alert.health.assessment'
}

/** Field sets that end what was said before, by their names. */
const ENDS_ALL = new Set(['alert.moved', 'alert.died'])
const ENDS_RISK = new Set(['alert.police.token', 'alert.political-legal.token', WITHDRAWN])

/**
 * True where the agency was told meanwhile that the alarm holds no more: the rung and that message crossed, and whoever stands
 * on the rung would be told what nobody will take back.
 */
async function holdsNoMore(
  alarm: {
    /** Of one that came back: of what was sent out. */
    readonly kind: unknown
    readonly agency: string
    readonly person: PersonAtCause
  },
  { log, memory }: EscalatingDeps,
): Promise<boolean> {
  const { kind, agency, person } = alarm
  const { asOf, patientId } = person
  for (const told of memory.toldOf(patientId)) {
    if (told.agency !== agency || told.revision <= asOf.revision) continue
    const set = alertSetName(told.fieldSet)
    if (ENDS_ALL.has(set)) return true
    if (told.kind === 'withdrawn') {
      // Whoever waits in a hospital waits without a programme too.
      if (kind !== 'discharge-ready' || !(await waitedAfter(told, patientId, log))) return true
    } else if (kind === 'loss-of-contact') {
      if (told.kind === 'contact-regained') return true
    } else if (kind === 'danger') {
      if (told.kind === 'danger' && (await endsReport(told, patientId, asOf.id, log))) return true
    } else if (kind === 'discharge-ready') {
      if (told.kind === kind && set !== READY) return true
    } else if (told.kind === 'risk-assessed' && ENDS_RISK.has(set)) return true
  }
  return false
}

async function waitedAfter({ revision }: Told, patientId: string, log: LogReader): Promise<boolean> {
  return waitsAfter(await prefixOf(log, { stream: patientStream(patientId) }, revision)) !== undefined
}

async function endsReport(told: Told, patientId: string, reportId: string, log: LogReader): Promise<boolean> {
  const events = await prefixOf(log, { stream: patientStream(patientId) }, told.revision)
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) ledger.apply(event)
  const last = events.at(-1)
  if (!last) return false
  const { ids, standing } = namedFact(events, last, ledger)
  return ids.has(reportId) && standing === undefined
}
