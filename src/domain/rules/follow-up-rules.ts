/** Rules of the visit: follow-up, assessment, class (policy §3.4, §4.1, §4.3, §5.1). None of them names a level. */
import { type CalendarDate, dayOfTime, daysBetween } from '../../kernel/dates.js'
import { OTHER_SYMPTOM } from '../code-lists/follow-up.js'
import type { EventData } from '../event.js'
import { findNumber, findText, readNumber, readObject, readText, readTexts } from '../read-data.js'
import { fitsWording } from './risk-wording.js'
import type { Rule } from './rule.js'

const FOLLOW_UP = ['FollowUpCompleted']
const IN_HOSPITAL = 1
const WAS_IN_HOSPITAL = 2
const NO_DRUG_ORDERED = 4
const UNSTABLE = 1
const UNSTABLE_INTERVAL_DAYS = 14

export const FOLLOW_UP_RULES: readonly Rule[] = [
  {
    id: 'followUp.nextDateAfterDate',
    types: FOLLOW_UP,
    severity: 'error',
    clause: 'policy §3.4',
    pointer: '/data/nextDate',
    zh: '下次随访日期须晚于本次随访日期',
    en: 'the next follow-up is after this one',
    isBroken: ({ data, day }) => readText(data, 'nextDate') <= day,
  },
  {
    id: 'followUp.nextDateWithinInterval',
    types: FOLLOW_UP,
    severity: 'error',
    clause: 'W15, policy §5.1',
    pointer: '/data/nextDate',
    zh: '下次随访日期超过规定的最长间隔',
    en: 'the next follow-up is later than the longest interval allows',
    isBroken: ({ data, day, context }) => daysBetween(day, readText(data, 'nextDate')) > context.maxFollowUpDays,
  },
  {
    id: 'followUp.nextDateFitsClass',
    types: FOLLOW_UP,
    severity: 'warning',
    clause: 'policy §5.1',
    pointer: '/data/nextDate',
    zh: '病情不稳定者应在两周内再次随访，请核对下次随访日期',
    en: 'who is unstable is followed up within two weeks, please check the next date',
    // Only a class of the same day was stated beside this follow-up.
    isBroken: ({ data, state: { conditionClass }, day }) =>
      conditionClass?.value === UNSTABLE &&
      dayOfTime(conditionClass.at) === day &&
      isTooLateForUnstable(day, readText(data, 'nextDate'), data.hospitalStay),
  },
  {
    id: 'condition.nextDateFits',
    types: ['ConditionClassified'],
    severity: 'warning',
    clause: 'policy §5.1',
    pointer: '/data/class',
    zh: '病情不稳定者应在两周内再次随访，请核对下次随访日期',
    en: 'who is unstable is followed up within two weeks, please check the next date',
    isBroken: ({ data, state: { lastFollowUp }, day }) =>
      data.class === UNSTABLE &&
      lastFollowUp !== undefined &&
      dayOfTime(lastFollowUp.date) === day &&
      isTooLateForUnstable(day, lastFollowUp.nextDate, lastFollowUp.hospitalStay),
  },
  {
    id: 'followUp.dischargeDateGiven',
    types: FOLLOW_UP,
    severity: 'error',
    clause: 'policy §3.4',
    pointer: '/data/lastDischargeDate',
    zh: '曾住院者须填写末次出院日期',
    en: 'who was in hospital before has a last discharge date',
    isBroken: ({ data }) => data.hospitalStay === WAS_IN_HOSPITAL && data.lastDischargeDate === undefined,
  },
  {
    id: 'followUp.dischargeDateOnlyThen',
    types: FOLLOW_UP,
    severity: 'warning',
    clause: 'policy §4.4',
    pointer: '/data/lastDischargeDate',
    zh: '未曾住院却填写了末次出院日期，请核对',
    en: 'a last discharge date without a stay before, please check',
    isBroken: ({ data }) => data.hospitalStay === 0 && data.lastDischargeDate !== undefined,
  },
  {
    id: 'followUp.dischargedBeforeVisit',
    types: FOLLOW_UP,
    severity: 'error',
    clause: 'fact',
    pointer: '/data/lastDischargeDate',
    zh: '末次出院日期不能晚于随访日期',
    en: 'the last discharge cannot be after the follow-up',
    isBroken: ({ data, day }) => (findText(data, 'lastDischargeDate') ?? day) > day,
  },
  {
    id: 'followUp.stayAgrees',
    types: FOLLOW_UP,
    severity: 'warning',
    clause: 'policy §4.4',
    pointer: '/data/hospitalStay',
    zh: '住院情况与入出院记录不一致，请核对',
    en: 'hospital stay and recorded admissions disagree, please check',
    // A visit on the day of admission or discharge may lie on either side of it.
    isBroken: ({ data, state: { stay }, day }) => {
      if (!stay || dayOfTime(stay.admittedOn) >= day) return false
      if (stay.dischargedOn === undefined || dayOfTime(stay.dischargedOn) > day)
        return data.hospitalStay !== IN_HOSPITAL
      return dayOfTime(stay.dischargedOn) < day && data.hospitalStay === IN_HOSPITAL
    },
  },
  {
    id: 'followUp.otherSymptomText',
    types: FOLLOW_UP,
    severity: 'error',
    clause: 'policy §3.4',
    pointer: '/data/clinical/otherSymptom',
    zh: '选择“其他症状”须填写说明',
    en: 'another symptom is said in words',
    isBroken: ({ data }) => {
      const { symptoms, otherSymptom } = readObject(data, 'clinical')
      return Array.isArray(symptoms) && symptoms.includes(OTHER_SYMPTOM) && otherSymptom === undefined
    },
  },
  {
    id: 'followUp.drugsAgree',
    types: FOLLOW_UP,
    severity: 'warning',
    clause: 'policy §4.4',
    pointer: '/data/clinical/drugs',
    zh: '医嘱勿需用药却填写了用药，请核对',
    en: 'no drug is ordered, yet drugs are listed, please check',
    isBroken: ({ data }) =>
      data.adherence === NO_DRUG_ORDERED && drugsOf(readObject(data, 'clinical').drugs).length > 0,
  },
  {
    id: 'drug.longActingDose',
    types: ['FollowUpCompleted', 'HospitalDischarged'],
    severity: 'warning',
    clause: 'policy §4.4',
    pointer: '/data',
    zh: '长效药须填写间隔周数和每次剂量',
    en: 'a long-acting drug has an interval in weeks and a dose',
    isBroken: ({ data }) =>
      [readObject(data, 'clinical').drugs, data.drugsInHospital, data.drugGuidance]
        .flatMap(drugsOf)
        .some((drug) => drug.longActing === true && (drug.everyWeeks === undefined || drug.doseMg === undefined)),
  },
  {
    id: 'risk.noneStandsAlone',
    types: ['RiskAssessed'],
    severity: 'error',
    clause: 'policy §4.14',
    pointer: '/data/evidence',
    zh: '“无上述行为”不能与其他依据同时选择',
    en: '“none” stands alone',
    isBroken: ({ data }) => {
      const evidence = readTexts(data, 'evidence')
      return evidence.length > 1 && evidence.includes('NONE')
    },
  },
  {
    id: 'risk.evidenceAgrees',
    types: ['RiskAssessed'],
    severity: 'warning',
    clause: 'W46, policy §4.1',
    pointer: '/data/evidence',
    zh: '评估依据与等级不一致，请核对',
    en: 'evidence and level disagree, please check',
    isBroken: ({ data }) => !fitsWording(data),
  },
  {
    id: 'condition.levelAgrees',
    types: ['ConditionClassified'],
    severity: 'warning',
    clause: 'policy §3.4, §4.3',
    pointer: '/data/class',
    zh: '病情分类与危险性评估不一致，请核对',
    en: 'class and risk assessment disagree, please check',
    isBroken: ({ data, state: { risk }, day }) =>
      risk !== undefined && dayOfTime(risk.assessedAt) <= day && disagree(risk.level, readNumber(data, 'class')),
  },
  {
    id: 'risk.classAgrees',
    types: ['RiskAssessed'],
    severity: 'warning',
    clause: 'policy §3.4, §4.3',
    pointer: '/data/level',
    zh: '病情分类与危险性评估不一致，请核对',
    en: 'class and risk assessment disagree, please check',
    // An older class is simply replaced by the next; only one of the same day was stated beside this assessment.
    isBroken: ({ data, state: { conditionClass }, day }) =>
      conditionClass !== undefined &&
      dayOfTime(conditionClass.at) === day &&
      disagree(readNumber(data, 'level'), conditionClass.value),
  },
]

/** Another visit within two weeks, but for whoever is in hospital (policy §5.1). */
function isTooLateForUnstable(date: CalendarDate, nextDate: CalendarDate, hospitalStay: unknown): boolean {
  return hospitalStay !== IN_HOSPITAL && daysBetween(date, nextDate) > UNSTABLE_INTERVAL_DAYS
}

/** Levels 3 to 5 go with class 1; levels 1 and 2 do not go with class 3 (policy §3.4). */
function disagree(level: number, conditionClass: number): boolean {
  return level >= 3 ? conditionClass !== 1 : level >= 1 && conditionClass === 3
}

function drugsOf(value: unknown): readonly EventData[] {
  return Array.isArray(value) ? value : []
}

/** True where a level was stated that is not the last recorded one. */
export function differsFromLastLevel(data: EventData, member: string, lastLevel: number | undefined): boolean {
  const stated = findNumber(data, member)
  return stated !== undefined && stated !== lastLevel
}
