/**
 * What people ask of civil affairs, the federation and the labour office, what they agree to, what these do for them and send back: so
 * that the feeds of the half-year have somebody in them. Made up, and drawn apart from the rest of a life, which goes on as it would.
 */
import { addDays, DAY, dayOf } from '../kernel/dates.js'
import type { SentEvent } from './care-act.js'
import { byUnit, daysAfter, healthAgency, type Life, recorded, type Turn } from './life.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

/** An office knows a person by name once a document of its own could have named them. */
const FIRST_ACTS_AFTER_DAYS = 30

/** Made up: the share of people to whom each of these happens once in the years played. */
const SHARES = {
  notice: 0.2,
  flags: 0.1,
  certificate: 0.03,
  application: 0.08,
  consent: 0.04,
  rehabilitation: 0.05,
  fitness: 0.03,
  homeless: 0.006,
  insurance: 0.04,
  restriction: 0.004,
  dispute: 0.006,
  hold: 0.003,
  astray: 0.003,
  returned: 0.03,
} as const

const OFFICES = [
  ['CA', 'LOW_INCOME'],
  ['DPF', 'REHABILITATION'],
  ['LABOUR', 'VOCATIONAL_TRAINING'],
] as const
const CONSENT = {
  recipientRole: 'DPF',
  purposeCode: 'REHABILITATION',
  fieldSetId: 'disabled-persons.rehabilitation@1',
  signedBy: 'PATIENT',
} as const

type Story = (life: Life, random: SeededRandom) => Turn
type Office = 'CA' | 'DPF' | 'LABOUR'

const STORIES: Readonly<Record<keyof typeof SHARES, Story>> = {
  notice: (life, random) => (_, atMs) => [
    byUnit(life, atMs, said(random, atMs, 'StatutoryNoticeGiven', { content: 'notice-1', givenTo: 'BOTH' })),
  ],
  flags: (life, random) => (_, atMs) => {
    const flags = { povertyTarget: random.chance(0.4), familyDoctorSigned: random.chance(0.7), date: dayOf(atMs) }
    return [byUnit(life, atMs, said(random, atMs, 'FlagsUpdated', flags))]
  },
  certificate: (life, random) => (_, atMs) => {
    const disabilityCert = { held: true, level: random.pick([1, 2, 3, 4]) }
    return [atOffice(life, atMs, 'DPF', said(random, atMs, 'FlagsUpdated', { disabilityCert, date: dayOf(atMs) }))]
  },
  application: (life, random) => (_, atMs) => {
    const [recipientRole, programme] = random.pick(OFFICES)
    const asked = { recipientRole, programme }
    then(life, random, atMs, [20, 60], (decidedMs) => {
      const decision = random.chance(0.7) ? 'GRANTED' : 'REFUSED'
      const decided = { ...asked, decision, decidedOn: dayOf(decidedMs) }
      return [atOffice(life, decidedMs, recipientRole, said(random, decidedMs, 'ApplicationDecided', decided))]
    })
    return [
      byUnit(life, atMs, said(random, atMs, 'ServiceApplied', { ...asked, by: 'PATIENT', appliedOn: dayOf(atMs) })),
    ]
  },
  consent: (life, random) => (_, atMs) => {
    if (random.chance(0.5)) {
      then(life, random, atMs, [20, 90], (endMs) => {
        const withdrawn = { ...CONSENT, withdrawnOn: dayOf(endMs) }
        return [byUnit(life, endMs, said(random, endMs, 'DataConsentWithdrawn', withdrawn))]
      })
    }
    const given = { ...CONSENT, separate: true, written: true, signedOn: dayOf(atMs) }
    return [byUnit(life, atMs, said(random, atMs, 'DataConsentGiven', given))]
  },
  rehabilitation: (life, random) => (_, atMs) => {
    then(life, random, atMs, [5, 30], (linkedMs) => {
      const linked = { kind: 'SUNSHINE_HOME', date: dayOf(linkedMs) }
      return [atOffice(life, linkedMs, 'DPF', said(random, linkedMs, 'RehabilitationProgrammeLinked', linked))]
    })
    const delivered = { kind: random.pick([1, 2, 3, 4]), date: addDays(dayOf(atMs), -random.whole(0, 9)) }
    return [byUnit(life, atMs, said(random, atMs, 'RehabilitationServiceDelivered', delivered))]
  },
  fitness: (life, random) => (_, atMs) => {
    const fitness = { fit: random.chance(0.6), assessedOn: dayOf(atMs) }
    return [recorded(life, atMs, healthAgency(life, 'HOSPITAL'), [said(random, atMs, 'FunctionAssessed', fitness)])]
  },
  homeless: (life, random) => (_, atMs) => {
    const region = { homeRegion: life.township.slice(0, 6) }
    then(life, random, atMs, [3, 9], (aidMs) => {
      const aid = { ...region, kinFound: false, date: dayOf(aidMs) }
      return [atOffice(life, aidMs, 'CA', said(random, aidMs, 'TemporaryLivingAidGranted', aid))]
    })
    then(life, random, atMs, [20, 40], (homeMs) => {
      const home = { ...region, kinFound: true, date: dayOf(homeMs) }
      return [atOffice(life, homeMs, 'CA', said(random, homeMs, 'ReturnHomeAssisted', home))]
    })
    const escorted = { kinFound: false, date: dayOf(atMs) }
    return [atOffice(life, atMs, 'CA', said(random, atMs, 'HomelessSuspectedPatientEscorted', escorted))]
  },
  insurance: (life, random) => (_, atMs) => {
    const enrolled = { scheme: 'RESIDENT_MEDICAL', validFrom: `${dayOf(atMs).slice(0, 4)}-01-01` }
    return [atOffice(life, atMs, 'LABOUR', said(random, atMs, 'InsuranceEnrollmentRecorded', enrolled))]
  },
  restriction: (life, random) => (_, atMs) => {
    const restriction = { reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' }
    then(life, random, atMs, [10, 40], (liftedMs) => [
      byUnit(life, liftedMs, said(random, liftedMs, 'ProcessingRestrictionLifted', restriction)),
    ])
    return [byUnit(life, atMs, said(random, atMs, 'ProcessingRestricted', restriction))]
  },
  hold: (life, random) => (_, atMs) => {
    const authority = { authority: 'COURT', authorityName: '演练县人民法院', letter: '（演练）调证1号' }
    const placed = said(random, atMs, 'LegalHoldPlaced', { ...authority, placedOn: dayOf(atMs) })
    then(life, random, atMs, [30, 90], (liftedMs) => [
      byUnit(life, liftedMs, said(random, liftedMs, 'LegalHoldLifted', { hold: placed.id, liftedOn: dayOf(liftedMs) })),
    ])
    return [byUnit(life, atMs, placed)]
  },
  astray: (life, random) => (_, atMs) => {
    const [office] = life.county.ofRole('LABOUR')
    const agency = office?.id
    if (agency === undefined) return []
    const told = { what: 'PAPER', agency, fields: ['name'], containment: 'READ' }
    const days = { discoveredOn: dayOf(atMs), notifiedOn: dayOf(atMs) }
    return [byUnit(life, atMs, said(random, atMs, 'MisdirectedDisclosure', { ...told, ...days }))]
  },
  dispute: (life, random) => (_, atMs) => {
    const { registration } = life
    if (!registration) return []
    const targetEventId = registration.id
    then(life, random, atMs, [10, 30], (settledMs) => {
      const settled = { targetEventId, outcome: random.pick(['CORRECTED', 'CONFIRMED']) }
      return [byUnit(life, settledMs, said(random, settledMs, 'DisputeSettled', settled))]
    })
    const disputed = { targetEventId, by: 'GUARDIAN', statement: '地址与实际不符（演练）' }
    return [byUnit(life, atMs, said(random, atMs, 'RecordDisputed', disputed))]
  },
  returned: (life, random) => (_, atMs) => {
    const received = said(random, atMs, 'ReturnReceived', { about: 'ADDRESS', text: '演练路99号（演练）' })
    then(life, random, atMs, [5, 25], (settledMs) => {
      const settles = (outcome: object): SentEvent =>
        said(random, settledMs, 'ReturnSettled', { targetEventId: received.id, ...outcome })
      if (random.chance(0.4)) return [byUnit(life, settledMs, settles({ outcome: 'NOT_CONFIRMED' }))]
      const address = { presentAddress: { text: '演练路99号（演练）' } }
      const corrected = said(random, settledMs, 'BasicInfoUpdated', address)
      return [byUnit(life, settledMs, corrected, settles({ outcome: 'RECORDED', recordedAs: corrected.id }))]
    })
    return [atOffice(life, atMs, 'DPF', received)]
  },
}

/** Plans what comes to this person, once each, after the county went live. */
export function planOffices(life: Life, atMs: number): void {
  const random = seededRandom(life.county.seed, 'offices', life.person.index)
  const fromMs = daysAfter(Math.max(atMs, life.liveFromMs), FIRST_ACTS_AFTER_DAYS)
  for (const [name, share] of Object.entries(SHARES)) {
    if (!random.chance(share)) continue
    const turn = STORIES[name as keyof typeof SHARES](life, random)
    const dueMs = Math.max(fromMs + random.whole(0, 300) * DAY, fromMs)
    life.plan(atDesk(dueMs, random), unlessOver(turn))
  }
}

/** The ward's own word that a person may leave (W20), as the stay ends. */
export function readyToLeave(life: Life, atMs: number): SentEvent {
  const random = seededRandom(life.county.seed, 'ready', life.person.index, atMs)
  return said(random, atMs, 'DischargeConditionsMet', { assessedOn: dayOf(atMs), assessor: 'staff-ward-1' })
}

function then(
  life: Life,
  random: SeededRandom,
  atMs: number,
  [least, most]: readonly [number, number],
  act: (laterMs: number) => ReturnType<Turn>,
): void {
  life.plan(
    atDesk(daysAfter(atMs, random.whole(least, most)), random),
    unlessOver((_, laterMs) => act(laterMs)),
  )
}

function unlessOver(turn: Turn): Turn {
  return (life, atMs) => (life.isOver ? [] : turn(life, atMs))
}

function atDesk(atMs: number, random: SeededRandom): number {
  return atMs - (atMs % DAY) + random.whole(9 * 60, 17 * 60) * 60_000
}

/** Offices speak of a person by the name that the hub gave them. */
function atOffice(life: Life, atMs: number, role: Office, event: SentEvent): ReturnType<Turn>[number] {
  const [office] = life.county.ofRole(role)
  if (!office) throw new Error(`atOffice: the county has no ${role}`)
  return recorded(life, atMs, office, [event])
}

function said(random: SeededRandom, atMs: number, type: string, data: SentEvent['data']): SentEvent {
  return { id: random.uuid(atMs), type, data }
}
