/** The agencies of a synthetic nation, and the few people whose records are the pattern of all others: recorded through the one way in. */
import { patientRecord } from '../../projections/patient-record.js'
import type { SealedEntry } from '../../src/domain/event.js'
import { patientStream } from '../../src/domain/streams.js'
import { createCounty } from '../../src/rehearsal/county.js'
import { assessmentOf, plainRegistration } from '../../src/rehearsal/measure.js'
import { guardianData, personOf, type SyntheticPerson } from '../../src/rehearsal/people.js'
import type { Level } from '../../src/rehearsal/proportions.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { openSeal } from '../../src/vault/sealing.js'
import { type BenchHub, TOWNSHIP } from './bench-hub.js'
import type { Sample } from './nation-people.js'

/** About what public figures suggest: level 0 for 78 %, 1 and 2 for 19 %, 3 to 5 for 3 %. */
export const NATION_MIX = [
  [0, 0.78],
  [1, 0.11],
  [2, 0.08],
  [3, 0.02],
  [4, 0.008],
  [5, 0.002],
] as const satisfies readonly (readonly [Level, number])[]

/** Nobody below level 3: everybody has a row with a name. */
export const NAMED_MIX = [
  [3, 0.7],
  [4, 0.25],
  [5, 0.05],
] as const satisfies readonly (readonly [Level, number])[]

export interface NationAgencies {
  readonly townships: readonly string[]
  readonly units: readonly string[]
}

const CONCURRENT = 256
const STATIONS_PER_UNIT = 10
const FIRST_TOWNSHIP = 990_000_000

/** A police station for each township, and a health centre for every ten of them. */
export async function enrolNation({ hub, operator }: BenchHub, stations: number): Promise<NationAgencies> {
  const { administration } = hub
  const townships = Array.from({ length: stations }, (_, n) => (n === 0 ? TOWNSHIP : String(FIRST_TOWNSHIP + n)))
  const phone = '0000-0000002'
  const ids = await many(stations, (n) =>
    administration.enrolAgency(operator, { role: 'POLICE', name: `测试派出所${n}`, phone }),
  )
  const units = await many(Math.ceil(stations / STATIONS_PER_UNIT), (n) =>
    administration.enrolAgency(operator, { role: 'CHC', name: `测试卫生服务中心${n}`, phone }),
  )
  const drafts = ids.map(({ agencyId: agency }, n) => ({
    agency,
    areas: [townships[n] ?? ''],
    from: '2020-01-01',
  }))
  await administration.assignAreas(operator, drafts)
  return { townships, units: units.map(({ agencyId }) => agencyId) }
}

/** One person of each level, registered with a guardian, as the read model keeps them. */
export async function readSamples(bench: BenchHub): Promise<readonly Sample[]> {
  const { hub, unit, doctor } = bench
  const patients: { readonly level: Level; readonly patient: string }[] = []
  for (const [level] of NATION_MIX) {
    const person = namedPerson(level)
    const random = seededRandom(1, 'nation', level)
    const guardian = {
      id: random.uuid(hub.calendar.now()),
      type: 'GuardianDesignated',
      data: guardianData(person.guardian),
    }
    const registered = {
      id: random.uuid(hub.calendar.now()),
      type: 'PatientRegistered',
      data: plainRegistration(person, unit),
    }
    const events = [registered, guardian, assessmentOf(random, hub.calendar.now(), level)]
    const outcome = await hub.recorder.record(doctor, { events })
    if (outcome.kind === 'held') throw new Error('a registration is never held')
    patients.push({ level, patient: outcome.receipts[0]?.stream.slice(patientStream('').length) ?? '' })
  }
  await hub.readModels.through()
  return Promise.all(patients.map((one) => sampleOf(bench, one)))
}

/** Somebody with a name and an ID number who lives in the benchmark's township. */
function namedPerson(level: Level): SyntheticPerson {
  const county = createCounty({ seed: 1, patients: 1000 })
  for (let index = level * 100 + 1; ; index++) {
    const person = personOf(county, index)
    const isHome = person.township === TOWNSHIP && person.householdTownship === TOWNSHIP
    if (isHome && person.idNumber !== undefined && !person.isMedicalAidOnly) return person
  }
}

async function sampleOf(
  { hub, unit }: BenchHub,
  { level, patient }: { readonly level: Level; readonly patient: string },
): Promise<Sample> {
  const record = hub.readModels.reader(patientRecord).get(patient)
  if (!record) throw new Error('the read model lacks a sample')
  const opened = new Map<string, Readonly<Record<string, unknown>>>()
  for (const [at, { type, version, entry }] of Object.entries(record.sealed)) {
    const key = await keyOf(hub, entry)
    const [id = ''] = at.split('/')
    opened.set(at, openSeal({ stream: patientStream(patient), id, type, version }, key, entry).fields)
  }
  return { level, patient, township: TOWNSHIP, unit, record, opened }
}

async function keyOf({ vault }: BenchHub['hub'], { kid }: SealedEntry): Promise<Uint8Array> {
  const key = (await vault.keysById([kid])).get(kid)
  if (!key) throw new Error('the vault lacks a key')
  return key
}

async function many<T>(count: number, make: (n: number) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = []
  let next = 0
  const one = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) made[n] = await make(n)
  }
  await Promise.all(Array.from({ length: CONCURRENT }, one))
  return made
}
