/**
 * What benchmarks share: many registered people in little time, and the plain follow-up of an ordinary visit. Nothing here
 * measures; it sets the stage for what does.
 */
import type { EventData } from '../domain/event.js'
import { addDays, dayOf, momentOf } from '../kernel/dates.js'
import type { Principal, Recorder } from '../recording/port.js'
import type { SentEvent } from './care-act.js'
import type { County } from './county.js'
import { guardianData, identityOf, personOf, type SyntheticPerson } from './people.js'
import { LEVEL_MIX, type Level } from './proportions.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

export interface SeededPatient {
  readonly patientId: string
  /** Index in the county: `personOf(county, person)`. */
  readonly person: number
  /** The responsible health centre. */
  readonly unit: string
  readonly level: Level
}

export interface SeedOptions {
  readonly recorder: Recorder
  readonly principalOf: (agency: string) => Principal
  readonly county: County
  /** The moment that it happens at. */
  readonly nowMs: number
  /** Defaults to 256. */
  readonly concurrency?: number
  readonly onProgress?: (done: number) => void
}

/** Everybody registered with a guardian and one assessment, level mix as `LEVEL_MIX`: three events for each person. */
export async function seedPatients(options: SeedOptions): Promise<readonly SeededPatient[]> {
  const { recorder, county, nowMs, principalOf, onProgress } = options
  const seeded: SeededPatient[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < county.patients; index = next++) {
      const person = personOf(county, index)
      const unit = county.inCharge('CHC', person)?.id ?? ''
      const random = seededRandom(county.seed, 'measure', index)
      const level = random.weighted(LEVEL_MIX)
      const events = [
        sent(random, nowMs, 'PatientRegistered', plainRegistration(person, unit)),
        ...(person.name === undefined
          ? []
          : [sent(random, nowMs, 'GuardianDesignated', guardianData(person.guardian))]),
        assessmentOf(random, nowMs, level),
      ]
      const outcome = await recorder.record(principalOf(unit), { events })
      if (outcome.kind === 'held') throw new Error('seedPatients: a registration was held')
      const patientId = outcome.receipts[0]?.stream.slice('patient-'.length) ?? ''
      seeded[index] = { patientId, person: index, unit, level }
      onProgress?.(index + 1)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 256 }, work))
  return seeded
}

/** A registration as short as the rules allow without a warning. */
export function plainRegistration(person: SyntheticPerson, unit: string): EventData {
  const { householdTownship, householdAddress, township, area, address, economicStatus } = person
  return {
    identity: identityOf(person),
    householdTownship,
    householdAddress: { region: householdTownship, text: householdAddress },
    presentTownship: township,
    presentAddress: { region: area, text: address },
    presentArea: area,
    responsibleUnit: unit,
    registrationBasis: 'SIX_DISEASES',
    programme: 'COMMUNITY_MANAGEMENT',
    householdType: 2,
    economicStatus,
  }
}

/** A follow-up with every core field and one sealed one, without `clinical`. */
export function followUpOf(random: SeededRandom, nowMs: number): SentEvent {
  const date = dayOf(nowMs)
  return sent(random, nowMs, 'FollowUpCompleted', {
    date,
    form: random.pick([1, 2]),
    respondents: [1],
    hospitalStay: 0,
    adherence: random.pick([1, 2]),
    dangerCounts: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 },
    confinement: 1,
    referralAdvised: false,
    nextDate: addDays(date, 90),
    doctor: 'staff-rehearsal',
    note: '情况稳定，已嘱按时服药（演练）。',
  })
}

const SEEN: Readonly<Record<Level, EventData>> = {
  0: { evidence: ['NONE'], targets: 'NONE' },
  1: { evidence: ['VERBAL_THREAT'], targets: 'PERSON' },
  2: { evidence: ['SMASHING_AT_HOME'], targets: 'PROPERTY', place: 'HOME', stoppable: true },
  3: { evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE'], targets: 'PROPERTY', place: 'ANY', stoppable: false },
  4: { evidence: ['AGAINST_PERSON', 'NOT_STOPPABLE'], targets: 'PERSON', place: 'ANY', stoppable: false },
  5: { evidence: ['AGAINST_PERSON', 'WEAPON'], targets: 'PERSON', weapon: true },
}

/** An assessment whose evidence fits its level. */
export function assessmentOf(random: SeededRandom, nowMs: number, level: Level): SentEvent {
  return sent(random, nowMs, 'RiskAssessed', { level, assessedAt: momentOf(nowMs), ...SEEN[level] })
}

function sent(random: SeededRandom, nowMs: number, type: string, data: EventData): SentEvent {
  return { id: random.uuid(nowMs), type, data }
}
