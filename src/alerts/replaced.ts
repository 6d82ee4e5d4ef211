/**
 * What later alerts of the same agency about the same person make of an earlier one: it stands, it stands in other words, or
 * something took its place. A correction that leaves the matter as it is silences no alarm; only its words are the newer.
 */
import type { AlertRow } from '../../projections/alerts.js'
import { waitsBy } from '../domain/discharge-ready.js'
import { type CorrectionLedger, correctionLedger } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { namedFact } from '../domain/named-fact.js'
import { FOLDED_TYPES, foldPatient } from '../domain/patient-fold.js'
import type { PatientState } from '../domain/patient-state.js'
import { readText } from '../domain/read-data.js'
import { isCovered, RECALLED, type Recall, recallOf } from '../domain/recalls.js'
import type { LogReader } from '../log/port.js'
import { isHighRisk } from './match.js'

/** The last of the later alerts that speak of the same matter, and whether the matter still stands by it. */
export interface Later {
  readonly row: AlertRow
  readonly stands: boolean
}

const FOLDED = new Set(FOLDED_TYPES)
/**
 * Retractions after which nothing that was said of the person holds for this agency, but that they wait to leave a hospital: that
 * outlasts the programme.
 */
const ENDS_ALL = new Set(['moved', 'died', 'withdrawn'])
const TOPIC: Readonly<Record<string, 'risk' | 'contact' | 'discharge'>> = {
  'risk-assessed': 'risk',
  moved: 'risk',
  reinstated: 'risk',
  died: 'risk',
  'loss-of-contact': 'contact',
  'contact-regained': 'contact',
  'discharge-ready': 'discharge',
}

/** @param about the agency's alerts about the person, as they were raised */
export async function laterOf(
  earlier: AlertRow,
  about: readonly AlertRow[],
  log: LogReader,
): Promise<Later | undefined> {
  const later = about
    .filter((row) => row.agency === earlier.agency && row.alert !== earlier.alert && isLater(row, earlier))
    .sort((a, b) => (isLater(a, b) ? -1 : 1))
  for (const row of later) {
    if (row.kind === RECALLED) {
      if (await takesBack(row, earlier, log)) return { row, stands: false }
      continue
    }
    if (row.class === 'RETRACTION' && ENDS_ALL.has(row.kind)) {
      if (row.kind === 'withdrawn' && (await stillWaits(earlier, row, log))) continue
      return { row, stands: false }
    }
    if (earlier.kind === 'danger') {
      const report = row.kind === 'danger' && row.class === 'RETRACTION' ? await reportAfter(row, log) : undefined
      if (report?.ids.has(earlier.cause.id)) return { row, stands: report.standing !== undefined }
    } else if (TOPIC[earlier.kind] !== undefined && TOPIC[row.kind] === TOPIC[earlier.kind]) {
      // A newer alarm rings by itself.
      return { row, stands: row.class === 'RETRACTION' && stillStands(row.kind, await personAfter(row, log)) }
    }
  }
  return undefined
}

async function stillWaits({ kind }: AlertRow, end: AlertRow, log: LogReader): Promise<boolean> {
  return kind === 'discharge-ready' && stillStands(kind, await personAfter(end, log))
}

/** A recall by some field sets leaves what was told by others. */
async function takesBack({ cause }: AlertRow, { agency, message }: AlertRow, log: LogReader): Promise<boolean> {
  const recall = await recallBy(cause, log)
  if (!recall) return false
  if (!message) return recall.fieldSets === undefined
  for await (const { data } of log.readStream(message.stream, message.revision)) {
    return isCovered(recall, { agency, fieldSet: readText(data, 'fieldSet') })
  }
  return false
}

async function recallBy({ stream, id }: AlertRow['cause'], log: LogReader): Promise<Recall | undefined> {
  for await (const event of log.readStream(stream)) if (event.id === id) return recallOf(event)
  return undefined
}

function isLater(a: AlertRow, b: AlertRow): boolean {
  if (a.raisedAt !== b.raisedAt) return a.raisedAt > b.raisedAt
  // Within a millisecond their places in the agency's first outbox tell.
  return (a.message?.revision ?? 0) > (b.message?.revision ?? 0)
}

function stillStands(kind: string, { state, ledger }: Person): boolean {
  if (kind === 'discharge-ready') return waitsBy(ledger.effective(), state) !== undefined
  if (kind === 'loss-of-contact') return state.lossOfContact !== undefined
  return (kind === 'risk-assessed' || kind === 'reinstated') && isHighRisk(state)
}

interface Person {
  readonly events: readonly StoredEvent[]
  readonly ledger: CorrectionLedger<StoredEvent>
  readonly state: PatientState
}

/** The person as of an alert's cause. */
async function personAfter({ cause }: AlertRow, log: LogReader): Promise<Person> {
  const ledger = correctionLedger<StoredEvent>()
  const events: StoredEvent[] = []
  for await (const event of log.readStream(cause.stream)) {
    ledger.apply(event)
    events.push(event)
    if (event.id === cause.id) break
  }
  return { events, ledger, state: foldPatient(ledger.effective().filter(({ type }) => FOLDED.has(type))) }
}

async function reportAfter(row: AlertRow, log: LogReader) {
  const { events, ledger } = await personAfter(row, log)
  const last = events.at(-1)
  return last && namedFact(events, last, ledger)
}
