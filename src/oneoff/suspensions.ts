/**
 * Keeping a disclosure from the person’s account for longer than it was decided: asked for by one of the two who know of it, approved by
 * the other, while it is still kept back. What the account told once it goes on telling.
 */
import { expiryOf, refuseDecided, refuseSamePerson } from '../domain/approvals.js'
import { SUSPENSION_ASKED, SUSPENSION_RENEWED } from '../domain/one-off-events.js'
import type { OneOff } from '../domain/one-offs.js'
import { checkOneOff } from '../domain/rules/one-off-rules.js'
import { disclosureStream } from '../domain/streams.js'
import { type CalendarDate, dayOf, dayOfTime } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'
import type { PeopleDeps } from './person.js'

type SuspensionDeps = Pick<PeopleDeps, 'hubRecorder' | 'calendar'>

export async function askSuspension(
  { hubRecorder, calendar }: SuspensionDeps,
  by: Principal & { readonly person: string },
  { disclosure, patientId: patient, ...rest }: OneOff,
  accountFrom: CalendarDate,
): Promise<void> {
  refuseLate(rest, accountFrom, dayOf(calendar.now()))
  const data = { patient, by: by.person, accountFrom, expiresAt: expiryOf(calendar.now()) }
  await hubRecorder.appendNext({ stream: disclosureStream(disclosure), type: SUSPENSION_ASKED, data, by })
}

export async function renewSuspension(
  { hubRecorder, calendar }: SuspensionDeps,
  by: Principal & { readonly person: string },
  { disclosure, patientId: patient, renewal, ...rest }: OneOff,
): Promise<void> {
  if (!renewal) throw new HubError('HUB_NOT_FOUND', 'nothing was asked for')
  refuseSamePerson(renewal, by)
  refuseDecided({ state: 'REQUESTED', expiresAt: renewal.expiresAt }, calendar.now())
  refuseLate(rest, renewal.accountFrom, dayOf(calendar.now()))
  const data = { patient, by: by.person, accountFrom: renewal.accountFrom }
  await hubRecorder.appendNext({ stream: disclosureStream(disclosure), type: SUSPENSION_RENEWED, data, by })
}

function refuseLate(
  { kind, fields, until, decided }: Pick<OneOff, 'kind' | 'fields' | 'until' | 'decided'>,
  accountFrom: CalendarDate,
  today: CalendarDate,
): void {
  const was = decided?.accountFrom === undefined ? {} : { was: decided.accountFrom, decidedOn: dayOfTime(decided.on) }
  const faults = checkOneOff({
    ...{ kind, asked: fields, until, today, isOfNobody: false, isRestricted: false, mayReceive: () => true },
    renewed: { ...was, accountFrom },
  })
  if (faults.length > 0) throw new HubError('HUB_RULE_VIOLATED', '1 rule is violated', { faults })
}
