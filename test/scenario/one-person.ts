/** The person of the main job, and what is written of her: one life in words that the rules find nothing to warn of. */
import { idNumberFrom } from '../../src/rehearsal/people.js'

export const A = '999901001'
export const B = '999901002'
export const A_COMMUNITY = `${A}001`
export const B_COMMUNITY = `${B}002`
export const NAME = '演练某甲'
export const ID_NUMBER = idNumberFrom('1980-05-06', 131)
export const HOME = '测试路1号1单元101室'
export const NEW_HOME = '测试路2号2单元202室'
export const CENTRE = { name: '甲社区卫生服务中心', phone: '0999-9000' }
export const GUARDIAN = { name: '演练监护人', phones: ['19900010001'], relation: '5' }

export function registration(unit: string): object {
  return {
    type: 'PatientRegistered',
    data: {
      identity: { name: NAME, idType: '1', idNumber: ID_NUMBER, status: 'VERIFIED', sex: '1', birthDate: '1980-05-06' },
      householdTownship: A,
      householdAddress: { region: A_COMMUNITY, text: HOME },
      presentTownship: A,
      presentAddress: { region: A_COMMUNITY, text: HOME },
      presentArea: A_COMMUNITY,
      responsibleUnit: unit,
      registrationBasis: 'SIX_DISEASES',
      programme: 'COMMUNITY_MANAGEMENT',
      householdType: 1,
      economicStatus: 2,
    },
  }
}

export function guardian(): object {
  const { name, phones, relation } = GUARDIAN
  return { type: 'GuardianDesignated', data: { guardian: { name, phones }, kind: 'PARENT', relation, capacity: true } }
}

export function assessment(level: 1 | 3 | 4, assessedAt: string): object {
  const seen = {
    1: { evidence: ['VERBAL_THREAT'], targets: 'PERSON' },
    3: { evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE'], targets: 'PROPERTY', place: 'ANY', stoppable: false },
    4: { evidence: ['AGAINST_PERSON', 'NOT_STOPPABLE'], targets: 'PERSON', place: 'ANY', stoppable: false },
  }[level]
  return { level, assessedAt, ...seen, narrative: '在楼道内打砸，不听劝阻（演练）' }
}
