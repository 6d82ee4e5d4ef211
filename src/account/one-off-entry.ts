/** The entry of a one-off disclosure, where it may be told today: before its day only to the two who decided it and the auditor. Pure. */
import type { CopyRecall } from '../domain/one-offs.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { AccountReader, OneOffTold } from '../oneoff/port.js'
import { labelAsLeft } from '../policy/facts.js'
import { leavingRules, oneOffSetOf } from '../policy/one-off-field-sets.js'
import type { OneOffEntry, Said } from './port.js'

/** None while it is kept from the person and the reader is nobody who may know. */
export function oneOffEntry(
  told: OneOffTold,
  today: CalendarDate,
  reader: AccountReader | undefined,
): readonly OneOffEntry[] {
  const { disclosure, at, kind, words, handedOutAt, until, recalled, accountFrom } = told
  if (accountFrom !== undefined && today < accountFrom && !mayKnow(told, reader)) return []
  return [
    {
      kind: 'ONE_OFF',
      id: `one-off:${disclosure}`,
      at,
      requester: { kind, ...(words ? { name: words.requesterName } : {}) },
      ...(words ? { letter: words.letter, purpose: words.purpose } : {}),
      said: saidIn(told),
      handedOutAt,
      deleteBy: until,
      ...(recalled ? { takenBack: takenBackIn(recalled) } : {}),
      ...(accountFrom === undefined ? {} : { suspendedUntil: accountFrom }),
    },
  ]
}

function takenBackIn(recalled: CopyRecall): NonNullable<OneOffEntry['takenBack']> {
  return { by: recalled.reason === undefined ? 'ERASURE' : 'RECALL', ...recalled }
}

function mayKnow({ between }: OneOffTold, reader: AccountReader | undefined): boolean {
  if (!reader) return false
  return reader.role === 'AUDITOR' || (reader.person !== undefined && between.includes(reader.person))
}

function saidIn({ fieldSet, fields }: OneOffTold): Said {
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
