/** Service consent: asked for in person, signed on paper, refused, asked for again. */
import type { EventData } from '../domain/event.js'
import { dayOf, momentOf } from '../kernel/dates.js'
import { byUnit, daysAfter, event, type Life, officeTime, planVisit, type Turn } from './life.js'

/** Asks a person who may say yes or, as this story has it, no. */
export const askForConsent: Turn = (life, atMs) => {
  if (life.isOver) return []
  const { random } = life
  const isGiven = life.cooperation === 'COOPERATES'
  if (isGiven) planVisit(life, daysAfter(atMs, random.whole(1, 12)), atMs)
  else life.plan(officeTime(life, daysAfter(atMs, random.whole(60, 160)), atMs), refusedVisit)
  const type = isGiven ? 'ServiceConsentGiven' : 'ServiceConsentRefused'
  return [byUnit(life, atMs, event(life, atMs, type, consentData(life, atMs)))]
}

export function consentData(life: Life, atMs: number): EventData {
  return {
    signedBy: life.guardian ? life.random.pick(['PATIENT', 'GUARDIAN', 'BOTH']) : 'PATIENT',
    signedOn: dayOf(atMs),
    formRef: `演练同意书-${life.person.index}`,
    explainedBy: `staff-${life.unit.slice(0, 8)}`,
  }
}

/** Asked again now and then; some change their minds. */
export const refusedVisit: Turn = (life, atMs) => {
  if (life.isOver || life.cooperation !== 'REFUSES') return []
  const { random } = life
  if (random.chance(0.05)) {
    life.cooperation = 'COOPERATES'
    return askForConsent(life, atMs)
  }
  life.plan(officeTime(life, daysAfter(atMs, random.whole(90, 200)), atMs), refusedVisit)
  const refused = event(life, atMs, 'VisitRefused', {
    by: random.pick(['PATIENT', 'GUARDIAN']),
    reason: '不愿接受入户（演练）',
  })
  return [byUnit(life, atMs, { ...refused, occurredAt: momentOf(atMs) })]
}
