/**
 * A synthetic county: townships, communities and the agencies that serve them, from a seed. Its code 999901 belongs to no
 * county, its names and telephones to nobody; it refuses to grow people here (see `people.ts`).
 */
import type { Role } from '../domain/event.js'
import { hashedId } from '../kernel/ids.js'
import { syntheticName } from './names.js'
import { seededRandom } from './seeded-random.js'

export const COUNTY_CODE = '999901'
/** Where people go who leave: just as fictional. */
export const OTHER_COUNTY_TOWNSHIP = '999902001'

export interface CountyOptions {
  readonly seed: number
  readonly patients: number
  /** Defaults to one per 250 patients, at least 2, at most 20. */
  readonly townships?: number
  /** True adds a corner that no police station and no political-legal office holds. Defaults to false. */
  readonly hasUnmappedCorner?: boolean
}

export interface Community {
  /** 12 digits. */
  readonly code: string
  readonly name: string
}

export interface Township {
  /** 9 digits. */
  readonly code: string
  readonly name: string
  readonly communities: readonly Community[]
}

export interface CountyAgency {
  readonly id: string
  readonly role: Role
  readonly name: string
  readonly phone: string
  readonly dutyPhone?: string
  readonly superior?: string
  readonly areas: readonly string[]
  /** Named people who act for it. */
  readonly staff: readonly string[]
}

export interface County {
  readonly seed: number
  readonly patients: number
  readonly townships: readonly Township[]
  /** Superiors stand before those below them. */
  readonly agencies: readonly CountyAgency[]
  agency(id: string): CountyAgency
  /** The agency of a role that holds a place: the longest area wins. Undefined in the unmapped corner. */
  inCharge(role: Role, place: { readonly township: string; readonly area?: string }): CountyAgency | undefined
  /** The agencies of a role. */
  ofRole(role: Role): readonly CountyAgency[]
}

const TOWNSHIP_NAMES = [
  '青石街道',
  '柳河镇',
  '双桥镇',
  '松岭乡',
  '白云街道',
  '南湖镇',
  '石门乡',
  '清泉镇',
  '东岭街道',
  '沙溪镇',
  '云台乡',
  '北关街道',
  '槐树镇',
  '龙泉乡',
  '平安镇',
  '梅岭街道',
  '枫林镇',
  '长堤乡',
  '金沙镇',
  '望海街道',
] as const
const COMMUNITIES_PER_TOWNSHIP = 4
const PATIENTS_PER_TOWNSHIP = 250

export function createCounty(options: CountyOptions): County {
  const { seed, patients } = options
  const count = options.townships ?? Math.min(20, Math.max(2, Math.round(patients / PATIENTS_PER_TOWNSHIP)))
  if (count > TOWNSHIP_NAMES.length) throw new Error(`createCounty: expected at most 20 townships, got ${count}`)
  const townships = TOWNSHIP_NAMES.slice(0, count).map((name, i) => townshipOf(name, i + 1))
  const corner: readonly Township[] = options.hasUnmappedCorner ? [townshipOf('边角乡', 99)] : []
  const agencies = agenciesOf(seed, townships, corner)
  const byId = new Map(agencies.map((agency) => [agency.id, agency]))
  const ofRole = (role: Role): readonly CountyAgency[] => byRole.get(role) ?? []
  const byRole = new Map<Role, CountyAgency[]>()
  for (const agency of agencies) byRole.set(agency.role, [...(byRole.get(agency.role) ?? []), agency])
  return {
    seed,
    patients,
    townships: [...townships, ...corner],
    agencies,
    agency(id) {
      const agency = byId.get(id)
      if (!agency) throw new Error('county.agency: no such agency')
      return agency
    },
    inCharge: (role, place) => holderOf(ofRole(role), place.area ?? place.township),
    ofRole,
  }
}

function townshipOf(name: string, number: number): Township {
  const code = `${COUNTY_CODE}${String(number).padStart(3, '0')}`
  const communities = Array.from({ length: COMMUNITIES_PER_TOWNSHIP }, (_, i) => ({
    code: `${code}${String(i + 1).padStart(3, '0')}`,
    name: `${name.slice(0, 2)}第${'一二三四'[i] ?? ''}社区`,
  }))
  return { code, name, communities }
}

function agenciesOf(seed: number, townships: readonly Township[], corner: readonly Township[]): CountyAgency[] {
  const random = seededRandom(seed, 'staff')
  const agencies: CountyAgency[] = []
  const add = (role: Role, name: string, areas: readonly string[], superior?: CountyAgency): CountyAgency => {
    const number = String(agencies.length + 1).padStart(4, '0')
    const agency: CountyAgency = {
      id: hashedId(['rehearsal', seed, 'agency', role, name]),
      role,
      name,
      phone: `0999-880${number}`,
      ...(role === 'POLICE' ? { dutyPhone: `0999-110${number}` } : {}),
      ...(superior ? { superior: superior.id } : {}),
      areas,
      staff: [syntheticName(random), syntheticName(random)],
    }
    agencies.push(agency)
    return agency
  }
  const county = [COUNTY_CODE]
  const centre = add('MHPC', '演练县精神卫生中心', county)
  add('HOSPITAL', '演练县精神病医院', county)
  const bureau = add('SUBDISTRICT', '演练县政府', [])
  add('AUDITOR', '演练县审计局', [])
  add('LEADING_OFFICE', '演练县精神卫生工作领导小组办公室', [])
  for (const [role, name] of [
    ['CA', '民政局'],
    ['DPF', '残联'],
    ['LABOUR', '人社局'],
  ] as const)
    add(role, `演练县${name}`, county)
  for (const [i, { code, name, communities }] of townships.entries()) {
    // The corner has a health centre, the last one, so that its people are cared for and only the feeds miss them.
    const beside = i === townships.length - 1 ? corner : []
    const held = [code, ...beside.map((one) => one.code)]
    const health = add('CHC', `${name}社区卫生服务中心`, held, centre)
    add('VILLAGE', `${name}村卫生室`, [], health)
    const station = add('POLICE', `${name}派出所`, [code])
    // Inside the station's township a post holds one community: the longest area decides.
    const last = communities.at(-1)
    if (i === 0 && last) add('POLICE', `${last.name}警务站`, [last.code], station)
    add('PL', `${name}综治办`, [code])
    add('SUBDISTRICT', `${name}办事处`, held, bureau)
    for (const community of communities) add('COMMUNITY', `${community.name}居委会`, [community.code])
  }
  return agencies
}

function holderOf(agencies: readonly CountyAgency[], region: string): CountyAgency | undefined {
  let best: CountyAgency | undefined
  let length = 0
  for (const agency of agencies) {
    for (const area of agency.areas) {
      if (area.length > length && region.startsWith(area)) {
        best = agency
        length = area.length
      }
    }
  }
  return best
}
