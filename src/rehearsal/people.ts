/**
 * People who do not exist: names from common characters, ID numbers whose check character is right and whose address is
 * no county's, telephones that nobody has. Person 0 is the canary, whose words must turn up in no artefact of any run.
 */
import type { EventData } from '../domain/event.js'
import { checkCharacter } from '../domain/id-number.js'
import { addDays } from '../kernel/dates.js'
import { COUNTY_CODE, type County } from './county.js'
import { syntheticName, unnamedAlias } from './names.js'
import { MEDICAL_AID_ONLY_SHARE, UNNAMED_SHARE, WITHOUT_ID_NUMBER_SHARE } from './proportions.js'
import { type SeededRandom, seededRandom } from './seeded-random.js'

export interface SyntheticGuardian {
  readonly name: string
  readonly phone: string
  readonly idNumber: string
  readonly kind: 'SPOUSE' | 'PARENT' | 'CHILD' | 'OTHER_NEAR_RELATIVE'
  readonly relation: string
}

export interface SyntheticPerson {
  readonly index: number
  /** Absent for a person whom nobody could name. */
  readonly name?: string
  readonly alias?: string
  /** Absent for those who have none, or cannot show one (W12). */
  readonly idNumber?: string
  readonly sex: '1' | '2'
  readonly birthDate: string
  readonly phone: string
  readonly township: string
  readonly area: string
  readonly address: string
  readonly householdTownship: string
  readonly householdAddress: string
  readonly guardian: SyntheticGuardian
  readonly isMedicalAidOnly: boolean
  readonly disease: { readonly category: number; readonly icd10: string }
  readonly economicStatus: 1 | 2 | 3
}

/** Words that belong to the canary alone. A search for any of them finds every leak of a whole run. */
export const CANARY = {
  index: 0,
  name: '金丝雀鸣翎',
  idNumber: `${idNumberFrom('1901-02-03', 998)}`,
  phone: '19900009999',
  address: '测试路金丝雀巷九千九百九十九号',
  guardianName: '金丝雀守翎',
  guardianPhone: '19900019999',
} as const

/** Every word of the canary, for a search. */
export const CANARY_WORDS: readonly string[] = ['金丝雀', CANARY.idNumber, CANARY.phone, CANARY.guardianPhone]

const FIRST_BIRTHDAY = '1944-01-01'
/** Sixty years of birthdays, and a step without a common divisor: no two people share birthday and sequence. */
const BIRTHDAYS = 21_900
const STEP = 7919

/** Person `index` of the county, always the same. */
export function personOf(county: County, index: number): SyntheticPerson {
  const random = seededRandom(county.seed, 'person', index)
  const sex = random.pick(['1', '2'] as const)
  const birthDate = addDays(FIRST_BIRTHDAY, (index * STEP) % BIRTHDAYS)
  const sequence = Math.floor(index / BIRTHDAYS) * 2 + 100 + (sex === '1' ? 1 : 0)
  const home = random.pick(county.townships)
  const area = random.pick(home.communities).code
  const household = random.chance(0.9) ? home.code : random.pick(county.townships).code
  const isCanary = index === CANARY.index
  const isMedicalAidOnly = !isCanary && random.chance(MEDICAL_AID_ONLY_SHARE)
  const isUnnamed = !isCanary && random.chance(UNNAMED_SHARE)
  const hasIdNumber = isCanary || (!isUnnamed && !random.chance(WITHOUT_ID_NUMBER_SHARE))
  const person: SyntheticPerson = {
    index,
    ...(isUnnamed ? { alias: unnamedAlias(index) } : { name: syntheticName(random) }),
    ...(hasIdNumber ? { idNumber: idNumberFrom(birthDate, sequence) } : {}),
    sex,
    birthDate,
    phone: `1990000${String(index % 9999).padStart(4, '0')}`,
    township: home.code,
    area,
    address: addressOf(random),
    householdTownship: household,
    householdAddress: addressOf(random),
    guardian: guardianOf(random, index, birthDate),
    isMedicalAidOnly,
    disease: isMedicalAidOnly ? { category: 9, icd10: 'F41.1' } : random.weighted(DISEASES),
    economicStatus: random.weighted([
      [1, 0.35],
      [2, 0.6],
      [3, 0.05],
    ] as const),
  }
  return isCanary ? canaryFrom(person) : person
}

/** The identity as it is written into a registration. */
export function identityOf(person: SyntheticPerson): EventData {
  const { name, alias, idNumber, sex, birthDate, phone } = person
  const isKnown = name !== undefined
  return {
    ...(isKnown ? { name } : { alias: alias ?? '' }),
    idType: idNumber === undefined ? '0' : '1',
    ...(idNumber === undefined ? {} : { idNumber }),
    status: idNumber === undefined ? (isKnown ? 'CLAIMED' : 'UNKNOWN') : 'VERIFIED',
    sex,
    ...(isKnown ? { birthDate, phones: [phone] } : {}),
  }
}

/** Somebody new to look after a person. */
export function guardianOf(random: SeededRandom, index: number, birthDate: string): SyntheticGuardian {
  const kind = random.weighted([
    ['PARENT', 4],
    ['SPOUSE', 3],
    ['CHILD', 2],
    ['OTHER_NEAR_RELATIVE', 1],
  ] as const)
  const relation = { PARENT: '5', SPOUSE: '1', CHILD: random.pick(['2', '3']), OTHER_NEAR_RELATIVE: '7' }[kind]
  return {
    name: syntheticName(random),
    phone: `1990001${String(index % 9999).padStart(4, '0')}`,
    idNumber: idNumberFrom(addDays(birthDate, -9000), 500 + (index % 400)),
    kind,
    relation,
  }
}

/** A guardian as the events of guardianship say it. */
export function guardianData(guardian: SyntheticGuardian): EventData {
  const { name, phone, idNumber, kind, relation } = guardian
  return { guardian: { name, phones: [phone], idNumber }, kind, relation, capacity: true }
}

export function addressOf(random: SeededRandom): string {
  return `测试路${random.whole(1, 900)}号${random.whole(1, 30)}单元${random.whole(101, 1806)}室`
}

/** 999901 + birth + sequence + check character. */
export function idNumberFrom(birthDate: string, sequence: number): string {
  const digits = `${COUNTY_CODE}${birthDate.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`
  return digits + checkCharacter(digits)
}

const DISEASES: readonly (readonly [SyntheticPerson['disease'], number])[] = [
  [{ category: 1, icd10: 'F20.0' }, 70],
  [{ category: 2, icd10: 'F25.1' }, 4],
  [{ category: 3, icd10: 'F22' }, 3],
  [{ category: 4, icd10: 'F31.1' }, 11],
  [{ category: 5, icd10: 'F06.8' }, 4],
  [{ category: 6, icd10: 'F71.1' }, 8],
]

function canaryFrom(person: SyntheticPerson): SyntheticPerson {
  const { name, idNumber, phone, address, guardianName, guardianPhone } = CANARY
  return {
    ...person,
    name,
    idNumber,
    phone,
    address,
    householdAddress: address,
    sex: '2',
    birthDate: '1901-02-03',
    guardian: { ...person.guardian, name: guardianName, phone: guardianPhone },
  }
}
