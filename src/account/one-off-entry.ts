/**
 * The entries of a one-off disclosure, where they may be told today: what was let out, and who read of it. Before its day only to the
 * two who decided it and the auditor. Pure.
 */
import type { CopyRecall } from '../domain/one-offs.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { AccountReader, OneOffGivenOut, OneOffTold } from '../oneoff/port.js'
import { labelAsLeft } from '../policy/facts.js'
import { leavingRules, oneOffSetOf } from '../policy/one-off-field-sets.js'
import type { OneOffEntry, Party, Said, ViewEntry } from './port.js'

interface Telling {
  readonly today: CalendarDate
  readonly reader: AccountReader | undefined
  readonly partyOf: (agency: string) => Party
}

/** None while it is kept from the person and the reader is nobody who may know. */
export function oneOffEntries(
  told: OneOffTold,
  { today, reader, partyOf }: Telling,
): readonly (OneOffEntry | ViewEntry)[] {
  const { disclosure, given, readings, silentUntil } = told
  if (silentUntil !== undefined && today < silentUntil && !mayKnow(told, reader)) return []
  const views = readings.map(({ at, agency, role }, i): ViewEntry => {
    const to = { ...partyOf(agency), role }
    return { kind: 'VIEW', id: `view:${disclosure}:${i}`, at, to, purpose: 'LETTER', what: 'LETTER' }
  })
  return given ? [entryOf(disclosure, given, silentUntil), ...views] : views
}

function entryOf(disclosure: string, given: OneOffGivenOut, suspendedUntil: CalendarDate | undefined): OneOffEntry {
  const { at, kind, words, handedOutAt, until, recalled } = given
  return {
    kind: 'ONE_OFF',
    id: `one-off:${disclosure}`,
    at,
    requester: { kind, ...(words ? { name: words.requesterName } : {}) },
    ...(words ? { letter: words.letter, purpose: words.purpose } : {}),
    said: saidIn(given),
    handedOutAt,
    deleteBy: until,
    ...(recalled ? { takenBack: takenBackIn(recalled) } : {}),
    ...(suspendedUntil === undefined ? {} : { suspendedUntil }),
  }
}

function takenBackIn(recalled: CopyRecall): NonNullable<OneOffEntry['takenBack']> {
  return { by: recalled.reason === undefined ? 'ERASURE' : 'RECALL', ...recalled }
}

function mayKnow({ between }: OneOffTold, reader: AccountReader | undefined): boolean {
  if (!reader) return false
  return reader.role === 'AUDITOR' || (reader.person !== undefined && between.includes(reader.person))
}

function saidIn({ fieldSet, fields }: OneOffGivenOut): Said {
  const set = oneOffSetOf(fieldSet)
  return {
    fieldSet,
    purpose: set.purpose,
    fields: leavingRules(set, fields).map(({ field, action, clauses, basis }) => ({
      field,
      label: labelAsLeft({ field, action }),
      ...{ clauses, basis },
    })),
  }
}
