/**
 * Rules of one-off disclosures (policy §6.2, §6.5; design §8; PIPL 6, 18, 35, 50). They judge what two persons do, not a fact of
 * somebody's life, so they look at the request and the decision, and at no state of anybody but whether it may be used at all.
 */
import { addDays, type CalendarDate } from '../../kernel/dates.js'
import type { Fault } from '../../kernel/errors.js'
import {
  isInvestigating,
  isLawfulRequester,
  NOT_LISTED_YET,
  type OneOffDecision,
  type OneOffRequester,
} from '../code-lists/one-off.js'
import { DISCLOSURE_DECIDED, DISCLOSURE_REQUESTED, SUSPENSION_ASKED } from '../one-off-events.js'

/** Days for which a copy may be held; who needs it longer asks again. */
const MAX_COPY_DAYS = 730
/** Days for which one decision may keep a disclosure from the account; another decision of two persons may do so again. */
export const MAX_SUSPENDED_DAYS = 366
/** Days after the decision to disclose by which the account tells of it, however often that was put off. */
export const MAX_SUSPENDED_DAYS_IN_ALL = 730

export interface OneOffGiven {
  readonly kind: OneOffRequester
  readonly asked: readonly string[]
  readonly until: CalendarDate
  /** Until when the requester asks that the person is not told. */
  readonly accountFrom?: CalendarDate
  readonly today: CalendarDate
  /** Absent while it is only asked for. */
  readonly decided?: {
    readonly decision: OneOffDecision
    readonly fields: readonly string[]
    readonly reason?: string
    readonly accountFrom?: CalendarDate
  }
  /** A longer suspension: `was` as it stands, and the day of the decision; absent where nothing is kept from the account. */
  readonly renewed?: {
    readonly was?: CalendarDate
    readonly accountFrom: CalendarDate
    readonly decidedOn?: CalendarDate
  }
  /** True where the letter means nobody whom the health centre knows. */
  readonly isOfNobody: boolean
  /** True where nothing of the person is used but storage. */
  readonly isRestricted: boolean
  /** Whether a fact may be given to this kind of requester at all. */
  readonly mayReceive: (field: string) => boolean
}

interface OneOffRule {
  /** Stable, e.g. `oneOff.neverAnAudience`. */
  readonly id: string
  readonly types: readonly string[]
  readonly severity: 'error'
  readonly clause: string
  /** RFC 6901 pointer into the request body. */
  readonly pointer: string
  readonly zh: string
  readonly en: string
  isBroken(given: OneOffGiven): boolean
}

const ASKING = { types: [DISCLOSURE_REQUESTED], severity: 'error' } as const
const DECIDING = { types: [DISCLOSURE_DECIDED], severity: 'error' } as const

export const ONE_OFF_RULES: readonly OneOffRule[] = [
  {
    ...ASKING,
    id: 'oneOff.neverAnAudience',
    clause: 'design §8, policy §6.2, PIPL 25, MHL 4(3)',
    pointer: '/requesterKind',
    zh: '任何情况下都不得向该类单位提供；请勿登记，也不要答复其是否知悉本人',
    en: 'nobody of this kind is ever given anything: record nothing, and do not say whether the person is known',
    isBroken: ({ kind }) => !isLawfulRequester(kind),
  },
  {
    ...ASKING,
    id: 'oneOff.copyEnds',
    clause: 'PIPL 19',
    pointer: '/until',
    zh: '副本销毁期限应在今天以后、两年以内',
    en: 'expected a day after today and within two years, by which the copy is destroyed',
    isBroken: ({ until, today }) => until <= today || until > addDays(today, MAX_COPY_DAYS),
  },
  {
    ...ASKING,
    id: 'oneOff.secrecyOfInvestigation',
    clause: 'PIPL 18(1), 35',
    pointer: '/accountFrom',
    zh: `只有告知将妨碍依法办案的机关可以请求${NOT_LISTED_YET}，最长一年`,
    en: 'only an authority whose inquiry would be hindered may ask that the person is not told, for a year at most',
    isBroken: ({ kind, accountFrom, today }) => isTooSecret(kind, accountFrom, today),
  },
  {
    ...DECIDING,
    id: 'oneOff.decisionFits',
    clause: 'PIPL 6, 50',
    pointer: '/decision',
    zh: '同意须提供全部所请求内容；部分提供须列明内容和原因；不予提供须有原因、不列内容',
    en: 'granted gives all that is asked for; partly names some and says why not the rest; refused says why and names none',
    isBroken: ({ asked, decided }) => decided !== undefined && !fits(asked, decided),
  },
  {
    ...DECIDING,
    id: 'oneOff.onlyWhatIsAsked',
    clause: 'PIPL 6',
    pointer: '/fields',
    zh: '不得提供来函没有请求的内容',
    en: 'expected no fact that is not asked for',
    isBroken: ({ asked, decided }) => decided?.fields.some((field) => !asked.includes(field)) === true,
  },
  {
    ...DECIDING,
    id: 'oneOff.fieldHasAnswer',
    clause: 'policy §6.2, MHL 4(3), PIPL 28',
    pointer: '/fields',
    zh: '所列内容中有依规定不向该类机关提供的',
    en: 'expected no fact that this kind of requester must not receive',
    isBroken: ({ decided, mayReceive }) => decided?.fields.some((field) => !mayReceive(field)) === true,
  },
  {
    ...DECIDING,
    id: 'oneOff.nobodyIsMeant',
    clause: 'MHL 4(3), policy §6.2',
    pointer: '/decision',
    zh: '来函所指的人不在本单位的服务之列，只能不予提供；告知书与其他情形相同',
    en: 'the letter means nobody whom the health centre knows: it is refused, in the same form as any other',
    isBroken: ({ decided, isOfNobody }) => isOfNobody && decided !== undefined && decided.decision !== 'REFUSED',
  },
  {
    ...DECIDING,
    id: 'oneOff.notRestricted',
    clause: 'PIPL 47',
    pointer: '/decision',
    zh: '本人信息已停止处理，不得对外提供',
    en: 'the processing of this person’s data is restricted: nothing is given out',
    isBroken: ({ decided, isRestricted }) => isRestricted && decided !== undefined && decided.decision !== 'REFUSED',
  },
  {
    ...DECIDING,
    id: 'oneOff.suspendedAsAsked',
    clause: 'PIPL 18(1), 35',
    pointer: '/accountFrom',
    zh: `只有来函请求、确有提供时才可${NOT_LISTED_YET}，不得晚于所请求的日期，最长一年`,
    en: 'a disclosure is kept from the account only where the letter asks for it, no longer than it asks, for a year at most',
    isBroken: ({ kind, accountFrom, decided, today }) =>
      decided?.accountFrom !== undefined &&
      (decided.decision === 'REFUSED' ||
        accountFrom === undefined ||
        decided.accountFrom > accountFrom ||
        isTooSecret(kind, decided.accountFrom, today)),
  },
  {
    types: [SUSPENSION_ASKED],
    severity: 'error',
    id: 'oneOff.renewedInTime',
    clause: 'PIPL 18(1), 35',
    pointer: '/accountFrom',
    zh: `只有仍在${NOT_LISTED_YET}期间才可以延长，每次最长一年，自决定之日起合计最长两年；已经列入的不得再隐去`,
    en: 'only what is still kept from the account is kept longer, for a year at most and two years after the decision in all: what was told once is not hidden again',
    isBroken: ({ kind, renewed, today }) =>
      renewed !== undefined &&
      (renewed.was === undefined ||
        renewed.decidedOn === undefined ||
        renewed.accountFrom > addDays(renewed.decidedOn, MAX_SUSPENDED_DAYS_IN_ALL) ||
        today >= renewed.was ||
        renewed.accountFrom <= renewed.was ||
        isTooSecret(kind, renewed.accountFrom, today)),
  },
]

/** Every rule that a request or a decision breaks, at once. */
export function checkOneOff(given: OneOffGiven): readonly Fault[] {
  const type = given.renewed ? SUSPENSION_ASKED : given.decided ? DISCLOSURE_DECIDED : DISCLOSURE_REQUESTED
  return ONE_OFF_RULES.filter((rule) => rule.types.includes(type) && rule.isBroken(given)).map(
    ({ id, pointer, en, zh }) => ({ pointer, rule: id, message: en, messageZh: zh }),
  )
}

function isTooSecret(kind: OneOffRequester, accountFrom: CalendarDate | undefined, today: CalendarDate): boolean {
  if (accountFrom === undefined) return false
  return !isInvestigating(kind) || accountFrom <= today || accountFrom > addDays(today, MAX_SUSPENDED_DAYS)
}

function fits(asked: readonly string[], { decision, fields, reason }: NonNullable<OneOffGiven['decided']>): boolean {
  const isAll = asked.every((field) => fields.includes(field))
  switch (decision) {
    case 'GRANTED':
      return isAll && reason === undefined
    case 'PARTLY':
      return fields.length > 0 && !isAll && reason !== undefined
    case 'REFUSED':
      return fields.length === 0 && reason !== undefined
  }
}
