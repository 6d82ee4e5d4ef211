/** What the commands for acts of two persons have in common: the id that whoever asks may give, and who asked and decided. */
import type { RecordedBy } from '../domain/event.js'
import { type Flags, textFlag } from './commands.js'

interface ActOfTwo {
  readonly requestedAt: string
  readonly requestedBy: RecordedBy
  readonly decidedBy?: RecordedBy | undefined
}

/** `{id}` where `--id` was given, so that the same again is known. */
export function givenId(flags: Flags): { readonly id?: string } {
  const id = textFlag(flags, 'id')
  return id === undefined ? {} : { id }
}

/** The last columns of its line: when it was asked for, by whom, and who decided. */
export function askedAndDecided({ requestedAt, requestedBy, decidedBy }: ActOfTwo): readonly string[] {
  return [requestedAt, requestedBy.person ?? '-', decidedBy?.person ?? '-']
}
