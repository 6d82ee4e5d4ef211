/** Rules of flags, discharge conditions, help for the homeless and insurance (policy §3.2, §3.5, §3.6). */
import type { EventData, Role } from '../event.js'
import { findText, readObject, readText } from '../read-data.js'
import type { Rule } from './rule.js'

/** What each office may state besides the health centre, which may state all: its own duty (W28, W33, H33). */
const FLAGS_OF: Readonly<Partial<Record<Role, readonly string[]>>> = {
  DPF: ['disabilityCert', 'communityRehab'],
  CA: ['povertyTarget', 'guardianSubsidy'],
}

export const AID_RULES: readonly Rule[] = [
  {
    id: 'flags.changesSomething',
    types: ['FlagsUpdated'],
    severity: 'error',
    clause: 'W28',
    pointer: '/data',
    zh: '未填写任何变更项',
    en: 'expected at least one flag',
    isBroken: ({ data }) => statedIn(data).length === 0,
  },
  {
    id: 'flags.ownDuty',
    types: ['FlagsUpdated'],
    severity: 'error',
    clause: 'W28, W33, H33',
    pointer: '/data',
    zh: '只能填写本单位职责内的项目',
    en: 'an office states what is its own duty alone',
    isBroken: ({ data, context }) => {
      const own = FLAGS_OF[context.role]
      return own !== undefined && statedIn(data).some((flag) => !own.includes(flag))
    },
  },
  {
    id: 'flags.levelOfCertificate',
    types: ['FlagsUpdated'],
    severity: 'error',
    clause: 'GB/T 26341',
    pointer: '/data/disabilityCert',
    zh: '持证须填残疾等级，未持证不填',
    en: 'a certificate has a level, none has none',
    isBroken: ({ data }) => {
      if (data.disabilityCert === undefined) return false
      const { held, level } = readObject(data, 'disabilityCert')
      return (held === true) !== (level !== undefined)
    },
  },
  {
    id: 'dischargeReady.inHospital',
    types: ['DischargeConditionsMet'],
    severity: 'warning',
    clause: 'W20',
    pointer: '',
    zh: '无在院记录，请核对',
    en: 'the person is not recorded as in hospital, please check',
    isBroken: ({ state: { stay } }) => stay === undefined || stay.dischargedOn !== undefined,
  },
  {
    id: 'returnHome.homeAndKinFound',
    types: ['ReturnHomeAssisted'],
    severity: 'warning',
    clause: 'W13',
    pointer: '/data/kinFound',
    zh: '未找到居住地和近亲属，请核对',
    en: 'home and near relatives are not both found, please check',
    isBroken: ({ data }) => data.kinFound !== true || data.homeRegion === undefined,
  },
  {
    id: 'insurance.endsAfterItBegins',
    types: ['InsuranceEnrollmentRecorded'],
    severity: 'error',
    clause: 'fact',
    pointer: '/data/validTo',
    zh: '终止日期不能早于生效日期',
    en: 'it cannot end before it begins',
    isBroken: ({ data }) => (findText(data, 'validTo') ?? '9999-12-31') < readText(data, 'validFrom'),
  },
]

function statedIn(data: EventData): readonly string[] {
  return Object.keys(data).filter((member) => member !== 'date' && data[member] !== undefined)
}
