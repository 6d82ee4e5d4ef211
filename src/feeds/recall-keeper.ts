/**
 * Sends recalls: looks at whom `recall-causes` names, and appends `RecallSent` to their stream for whatever the rules find due,
 * right after what stands there. So a hub that saw less than another, or was killed anywhere, appends nothing twice: it reads what
 * is asked for already, and the log refuses whoever read too little.
 *
 * A release that is under way may not have known of a cause that is recorded now, and be in the log only after it. So whoever was
 * looked at while a cut was open is looked at once more when none is: a later cut knows of the cause by itself.
 *
 * E.g. at revision 12 of `patient-…`: `{"type":"RecallSent","data":{"agency":"0199…","reason":"CONSENT_WITHDRAWN","fieldSets":
 * ["disabled-persons.rehabilitation@1"],"rows":[{"document":"…","row":"…","commitment":"sha256:…"}],"deleteBy":"2026-08-12"}}`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { agencies } from '../../projections/agencies.js'
import { recallCauses, recordedOn } from '../../projections/recall-causes.js'
import { readNumber } from '../domain/read-data.js'
import { documentStream, patientStream, periodStream } from '../domain/streams.js'
import { addDays, type CalendarDate, dayOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { PlacedEvent } from '../log/port.js'
import type { RecallCopies } from '../oneoff/port.js'
import { deleteBy } from './document.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { Feeds, ReleasedRow } from './port.js'
import { type DueRecall, dueRecalls, type HeldRow, standingCauses, type ToldByMessage } from './recall-rules.js'

export interface RecallKeeperDeps
  extends Pick<FeedsDeps, 'placed' | 'recorder' | 'readModels' | 'definitions' | 'pack' | 'calendar'> {
  readonly releasedRows: Feeds['releasedRows']
  /** Everybody who was told of a person by message, by all that lies in the log. */
  readonly told: (patientId: string) => Promise<readonly ToldByMessage[]>
  /** Asks back what was handed out by letter, by the same causes. */
  readonly recallCopies: RecallCopies
  /** Told of each person whose rows, or whose copies, could not be looked at; both are looked at again. */
  readonly onError: (error: unknown) => void
}

export interface RecallKeeper {
  /** Looks in the background for what is new. */
  tick(): void
  /** Resolves when what has been asked for so far is looked at. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** How far back a hub looks that has just started: what was released longer ago is past its day everywhere. */
const LOOK_BACK_DAYS = 400
/** After each person: whoever records meanwhile gets most of the time. */
const PAUSE_MS = 3

export function createRecallKeeper(deps: RecallKeeperDeps): RecallKeeper {
  const { readModels, calendar } = deps
  const stopping = new AbortController()
  /** Keys of causes that were noted, as far back as the next look goes. */
  const noted = new Set<string>()
  let pending = new Set<string>()
  /** Looked at while a cut was open. */
  let again = new Set<string>()
  let lookedOn: CalendarDate | undefined
  let work: Promise<void> = Promise.resolve()
  let isAsked = false

  function note(): void {
    const today = dayOf(calendar.now())
    // A clock may be a little behind, and a day longer than its last event: yesterday is looked through too.
    const from = lookedOn === undefined ? addDays(today, -LOOK_BACK_DAYS) : addDays(lookedOn, -1)
    for (const key of noted) if (key < from) noted.delete(key)
    for (let day = from; day <= today; day = addDays(day, 1)) {
      for (const { key, row } of readModels.reader(recallCauses).withPrefix(recordedOn(day))) {
        if (noted.has(key)) continue
        noted.add(key)
        pending.add(row.patientId)
      }
    }
    lookedOn = today
  }

  async function look(): Promise<void> {
    isAsked = false
    note()
    if (pending.size === 0 && again.size === 0) return
    await readModels.through()
    const isCutOpen = readModels.reader(agencies).openCuts().length > 0
    if (!isCutOpen) {
      pending = new Set([...pending, ...again])
      again = new Set()
    }
    for (const patientId of [...pending]) {
      const areRowsSeen = await didIt(() => keepOne(deps, patientId))
      // Also where the rows could not be looked at: who wrote a letter waits for no feed.
      const areCopiesSeen = await didIt(() => deps.recallCopies(patientId).then(() => true))
      if (stopping.signal.aborted) return
      if (areRowsSeen && areCopiesSeen) {
        pending.delete(patientId)
        if (isCutOpen) again.add(patientId)
      }
      await delay(PAUSE_MS)
    }
  }

  /** @returns false also where it threw, which is told, or where this hub stops */
  async function didIt(act: () => Promise<boolean>): Promise<boolean> {
    if (stopping.signal.aborted) return false
    try {
      return await act()
    } catch (error) {
      if (!stopping.signal.aborted) deps.onError(error)
      return false
    }
  }

  return {
    tick() {
      if (isAsked || stopping.signal.aborted) return
      isAsked = true
      work = work.then(look).catch(deps.onError)
    },
    async idle() {
      for (let seen: Promise<void> | undefined; seen !== work; ) {
        seen = work
        await work
      }
    },
    async stop() {
      stopping.abort()
      await work
    },
  }
}

/** @returns false where somebody recorded at the same instant, or this hub has yet to see what another appended */
async function keepOne(deps: RecallKeeperDeps, patientId: string): Promise<boolean> {
  const lifeNow = (): readonly PlacedEvent[] => deps.placed.placedStream(patientStream(patientId))
  const causes = standingCauses(lifeNow())
  if (causes.length === 0) return true
  const rows = (await deps.releasedRows(patientId)).flatMap((row) => heldRow(deps, row))
  const told = causes.some(({ asksAll }) => asksAll) ? await deps.told(patientId) : []
  const life = lifeNow()
  const today = dayOf(deps.calendar.now())
  let tail = life.at(-1)?.event
  for (const due of dueRecalls(life, { rows, told }, today)) {
    if (!tail) return true
    const stream = tail.stream
    try {
      const event = {
        ...{ stream, type: 'RecallSent', data: dataOf(due, addDays(today, deps.pack.recallDays)) },
        causation: { stream, id: due.cause.id },
        floor: tail.recordedAt,
      }
      const { receipt } = await deps.recorder.appendAt({ after: tail.revision }, event)
      tail = { ...tail, revision: receipt.revision, recordedAt: receipt.recordedAt }
    } catch (error) {
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT') && !isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
      return false
    }
  }
  return true
}

function dataOf(
  { agency, reason, fieldSets, rows }: DueRecall,
  until: CalendarDate,
): Readonly<Record<string, unknown>> {
  return {
    ...{ agency, reason },
    ...(fieldSets === undefined ? {} : { fieldSets }),
    ...(rows.length === 0 ? {} : { rows }),
    deleteBy: until,
  }
}

/** What the rules ask of a row; nothing where the person was erased, which asks everybody by itself. */
function heldRow({ placed, definitions }: RecallKeeperDeps, row: ReleasedRow): readonly HeldRow[] {
  const { feed, period, agency, document, said } = row
  if (!said) return []
  const release = placed.placedTail(documentStream(document))
  const closing = placed.placedTail(periodStream(feed, period))
  const definition = definitions.find(({ name, fields }) => {
    return name === feed && fields.some(({ id }) => id === said.fieldSet)
  })
  const fieldSet = definition?.fields.find(({ id }) => id === said.fieldSet)
  if (!release || !closing || !definition || !fieldSet) {
    throw new HubError('HUB_LOG_CORRUPT', 'a row was released in a document that the log does not hold')
  }
  return [
    {
      ...{ agency, audience: definition.audience, document, row: row.row, commitment: row.commitment },
      ...{ fieldSet: said.fieldSet, purpose: fieldSet.purpose },
      ...(said.basis === undefined ? {} : { basis: said.basis }),
      standsThrough: Math.max(closing.leafIndex, readNumber(release.event.data, 'suppressionsThrough')),
      deleteBy: deleteBy(period),
    },
  ]
}
