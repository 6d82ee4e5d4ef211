/** Who is known and how they live: registration, changes of the basics, programmes (policy §3.2). */
import { zCode } from './code-lists/code-list.js'
import {
  ECONOMIC_STATUSES,
  EDUCATIONS,
  EMPLOYMENTS,
  HOUSEHOLD_TYPES,
  MARITAL_STATUSES,
  PROGRAMMES,
  REGISTRATION_BASES,
} from './code-lists/person.js'
import { clear, defineEvent, optional, personal, quasi, zDay, zUuid } from './define-event.js'
import { zAddress, zArea, zGridCell, zIdentity, zTownship } from './person-members.js'

const identity = personal('patient', zIdentity, '身份信息', 'Identity')
const householdTownship = clear(zTownship, '户籍乡镇（街道）', 'Township of household registration')
const householdAddress = personal('patient', zAddress, '户籍地址', 'Address of household registration')
const presentTownship = clear(zTownship, '现住乡镇（街道）', 'Township of residence')
const presentAddress = personal('patient', zAddress, '现住址', 'Present address')
const presentArea = quasi('patient', zArea, '现住社区（村）', 'Community or village of residence')
const responsibleUnit = clear(zUuid, '责任单位', 'Responsible unit')
const gridCell = clear(zGridCell, '网格', 'Grid cell')
const programme = clear(zCode(PROGRAMMES), '管理项目', 'Programme')

/** What describes how a person lives; all of it may change. */
const circumstances = {
  householdType: clear(zCode(HOUSEHOLD_TYPES), '户别', 'Household type'),
  residentSince: optional(clear(zDay, '居住起始日', 'Resident since')),
  economicStatus: clear(zCode(ECONOMIC_STATUSES), '经济状况', 'Economic status'),
  employment: optional(clear(zCode(EMPLOYMENTS), '就业情况', 'Employment')),
  education: optional(clear(zCode(EDUCATIONS), '文化程度', 'Education')),
  marital: optional(clear(zCode(MARITAL_STATUSES), '婚姻状况', 'Marital status')),
}

export const REGISTRATION_EVENTS = [
  defineEvent({
    type: 'PatientRegistered',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W1', 'W12', 'W45', 'H2', 'MHL 55'],
    label: { zh: '建档登记', en: 'Patient registered' },
    members: {
      identity,
      householdTownship: optional(householdTownship),
      householdAddress: optional(householdAddress),
      presentTownship,
      presentAddress: optional(presentAddress),
      presentArea: optional(presentArea),
      responsibleUnit,
      gridCell: optional(gridCell),
      registrationBasis: clear(zCode(REGISTRATION_BASES), '登记依据', 'Basis of registration'),
      programme,
      ...circumstances,
    },
  }),
  defineEvent({
    type: 'BasicInfoUpdated',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W45'],
    label: { zh: '基础信息更新', en: 'Basic information updated' },
    members: {
      identity: optional(identity),
      householdTownship: optional(householdTownship),
      householdAddress: optional(householdAddress),
      presentTownship: optional(presentTownship),
      presentAddress: optional(presentAddress),
      presentArea: optional(presentArea),
      responsibleUnit: optional(responsibleUnit),
      gridCell: optional(gridCell),
      ...circumstances,
      householdType: optional(circumstances.householdType),
      economicStatus: optional(circumstances.economicStatus),
    },
  }),
  defineEvent({
    type: 'ProgrammeOpened',
    stream: 'patient',
    recorders: ['CHC', 'LEADING_OFFICE'],
    clauses: ['H2', 'H36'],
    label: { zh: '纳入管理项目', en: 'Programme opened' },
    members: { programme },
  }),
  defineEvent({
    type: 'ProgrammeClosed',
    stream: 'patient',
    recorders: ['CHC', 'LEADING_OFFICE'],
    clauses: ['H2', 'H36'],
    label: { zh: '退出管理项目', en: 'Programme closed' },
    members: { programme },
  }),
] as const
