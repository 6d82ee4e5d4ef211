/** An approval by its events: given what happened, when somebody acts, then it stands, or it is refused. */
import t from 'tap'
import { approvalOf, expiryOf, refuseDecided, refuseSamePerson } from '../../src/domain/approvals.js'
import type { EventData, RecordedBy, StoredEvent } from '../../src/domain/event.js'
import { isHubError } from '../../src/kernel/errors.js'

const ASKED_MS = Date.parse('2026-04-20T09:30:00+08:00')
const FIRST: RecordedBy = { agency: 'centre', role: 'CHC', person: 'staff-1', client: 'key-1' }
const SECOND: RecordedBy = { agency: 'centre', role: 'CHC', person: 'staff-2', client: 'key-2' }
const HUB: RecordedBy = { agency: 'hub', role: 'HUB' }

function event(revision: number, type: string, recordedBy: RecordedBy, data: EventData): StoredEvent {
  return {
    ...{ id: `event-${revision}`, stream: 'approval-1', revision, type, version: 1, recordedBy, data },
    recordedAt: `2026-04-2${revision}T09:30:00.000+08:00`,
    source: { kind: 'api' },
    seed: '',
    sealed: [],
  }
}

const requested = event(0, 'ApprovalRequested', FIRST, {
  act: 'ERASE_IDENTITY',
  subject: { patient: 'patient-1', authority: 'UNLAWFUL' },
  expiresAt: expiryOf(ASKED_MS),
})
const given = event(1, 'ApprovalGiven', SECOND, { by: 'staff-2' })
const refused = event(1, 'ApprovalRefused', SECOND, { by: 'staff-2', reason: 'NO_GROUND' })
const expired = event(1, 'ApprovalExpired', HUB, {})
const carriedOut = event(2, 'ApprovalCarriedOut', HUB, { result: { stream: 'patient-1', id: 'event-7' } })

function standing(...events: readonly StoredEvent[]) {
  const approval = approvalOf(events)
  if (!approval) throw new Error('no approval')
  return approval
}

function refusal(act: () => void): string {
  try {
    act()
    return 'nothing'
  } catch (error) {
    return isHubError(error) ? error.code : String(error)
  }
}

t.test('a request lives for seven days', async (t) => {
  t.equal(standing(requested).expiresAt, '2026-04-27T09:30:00.000+08:00')
  const last = Date.parse('2026-04-27T09:29:59.999+08:00')

  t.equal(
    refusal(() => refuseDecided(standing(requested), last)),
    'nothing',
  )
  t.equal(
    refusal(() => refuseDecided(standing(requested), last + 1)),
    'HUB_ALREADY_DECIDED',
    'written down or not',
  )
})

t.test('given one that is decided, when anybody decides again, then it is refused', async (t) => {
  const cases = [[given], [refused], [expired], [given, carriedOut]]
  for (const events of cases) {
    const approval = standing(requested, ...events)
    t.equal(
      refusal(() => refuseDecided(approval, ASKED_MS)),
      'HUB_ALREADY_DECIDED',
      approval.state,
    )
  }
})

t.test('given a request, when the second person is no second person, then it is refused', async (t) => {
  const approval = standing(requested)
  const refusedBy = (by: Partial<RecordedBy>) => refusal(() => refuseSamePerson(approval, { ...SECOND, ...by }))
  const { person: _, ...nobody } = SECOND

  t.equal(refusedBy({}), 'nothing')
  t.equal(refusedBy({ person: 'staff-1' }), 'HUB_SECOND_PERSON', 'with another key')
  t.equal(refusedBy({ client: 'key-1' }), 'HUB_SECOND_PERSON', 'under another name')
  t.equal(
    refusal(() => refuseSamePerson(approval, nobody)),
    'HUB_PERSON_REQUIRED',
  )
})

t.test('says what became of it, and by whom', async (t) => {
  t.match(standing(requested), { state: 'REQUESTED', requestedBy: FIRST, eventId: 'event-0', act: 'ERASE_IDENTITY' })
  t.match(standing(requested, given), { state: 'GIVEN', decidedBy: SECOND, givenId: 'event-1' })
  t.match(standing(requested, refused), { state: 'REFUSED', decidedBy: SECOND })
  t.match(standing(requested, expired), { state: 'EXPIRED', decidedBy: undefined })
  t.match(standing(requested, given, carriedOut), { state: 'CARRIED_OUT', carriedOutAt: carriedOut.recordedAt })
  t.equal(approvalOf([]), undefined)
  t.throws(() => approvalOf([given]), /without a request/)
})
