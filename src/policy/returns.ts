/**
 * What an agency may send back about a person of its document (W43: 之间), by role, as data: in which words it is asked for, and what
 * it becomes. Pure. What the catalogue lets the role record becomes that very event; all else becomes `ReturnReceived` and waits for
 * the health centre. A kind that a role does not have here is refused, whatever the catalogue says.
 */
import { z } from 'zod'
import { INSURANCE_SCHEMES } from '../domain/code-lists/aid.js'
import { type CodeList, zCode } from '../domain/code-lists/code-list.js'
import { REGAINED_OUTCOMES } from '../domain/code-lists/contact.js'
import { DANGER_BEHAVIOURS, INCIDENT_KINDS } from '../domain/code-lists/danger.js'
import {
  APPLICATION_DECISIONS,
  DISABILITY_LEVELS,
  PROGRAMMES_OF,
  SERVICE_PROGRAMMES,
} from '../domain/code-lists/rights.js'
import { type Label, zDay, zNarrative, zText, zTime } from '../domain/define-event.js'
import type { EventData, Role } from '../domain/event.js'
import { RETURN_TYPE } from '../domain/return-events.js'

/** What can be typed into one cell. `choice`: one of a code list, by its Chinese words. */
export type ReturnValue =
  | { readonly kind: 'choice'; readonly list: CodeList }
  | { readonly kind: 'flag' | 'day' | 'time' | 'count' | 'line' | 'words' }

export interface ReturnMember {
  /** Member of the item's `data`. */
  readonly name: string
  readonly label: Label
  readonly value: ReturnValue
  readonly isRequired: boolean
}

export const RETURN_KINDS = [
  'INCIDENT',
  'DANGER',
  'CONTACT',
  'WHEREABOUTS',
  'ADDRESS',
  'INCIDENT_NOTED',
  'POVERTY',
  'AID',
  'CERTIFICATE',
  'ENROLMENT',
] as const
export type ReturnKind = (typeof RETURN_KINDS)[number]

export interface ReturnItemKind {
  readonly kind: ReturnKind
  readonly roles: readonly Role[]
  readonly label: Label
  /** The event that it becomes. */
  readonly type: string
  readonly members: readonly ReturnMember[]
  /** The event's `data`, and its `occurredAt` where the type has no moment of its own. */
  readonly eventOf: (data: EventData) => { readonly data: EventData; readonly occurredAt?: string }
}

const member =
  (isRequired: boolean) =>
  (
    name: string,
    zh: string,
    en: string,
    value: ReturnValue | 'flag' | 'day' | 'time' | 'count' | 'line' | 'words',
  ) => ({
    name,
    label: { zh, en },
    value: typeof value === 'string' ? { kind: value } : value,
    isRequired,
  })
const needed = member(true)
const maybe = member(false)
const choice = (list: CodeList): ReturnValue => ({ kind: 'choice', list })
const asItIs: ReturnItemKind['eventOf'] = (data) => ({ data })
const reported =
  (about: string): ReturnItemKind['eventOf'] =>
  ({ on, ...said }) => ({ data: { about, ...said }, ...(typeof on === 'string' ? { occurredAt: on } : {}) })

const CIVIL_AFFAIRS_PROGRAMMES: CodeList = {
  ...SERVICE_PROGRAMMES,
  entries: SERVICE_PROGRAMMES.entries.filter(({ code }) => PROGRAMMES_OF.CA.includes(code)),
}

export const RETURN_ITEMS: readonly ReturnItemKind[] = [
  {
    kind: 'INCIDENT',
    roles: ['POLICE'],
    label: { zh: '肇事肇祸', en: 'Public-safety incident' },
    type: 'PublicSafetyIncidentRecorded',
    members: [
      needed('kind', '类别', 'Kind', choice(INCIDENT_KINDS)),
      needed('at', '时间', 'When', 'time'),
      needed('policeRef', '警情编号', 'Police reference', 'line'),
    ],
    eventOf: asItIs,
  },
  {
    kind: 'DANGER',
    roles: ['POLICE'],
    label: { zh: '危险行为', en: 'Dangerous behaviour' },
    type: 'DangerousBehaviorReported',
    members: [
      needed('kind', '类别', 'Kind', choice(DANGER_BEHAVIOURS)),
      needed('at', '时间', 'When', 'time'),
      needed('injured', '受伤人数', 'Injured', 'count'),
      maybe('narrative', '情况', 'In words', 'words'),
    ],
    eventOf: asItIs,
  },
  {
    kind: 'CONTACT',
    roles: ['POLICE'],
    label: { zh: '恢复联系', en: 'Contact regained' },
    type: 'ContactRegained',
    members: [needed('outcome', '结果', 'Outcome', choice(REGAINED_OUTCOMES)), needed('at', '时间', 'When', 'time')],
    eventOf: asItIs,
  },
  {
    kind: 'INCIDENT_NOTED',
    roles: ['PL'],
    label: { zh: '有肇事肇祸情况', en: 'That there was an incident' },
    type: RETURN_TYPE,
    members: [needed('on', '日期', 'On', 'day'), maybe('text', '情况', 'In words', 'words')],
    eventOf: reported('INCIDENT'),
  },
  {
    kind: 'WHEREABOUTS',
    roles: ['POLICE', 'PL'],
    label: { zh: '去向', en: 'Whereabouts' },
    type: RETURN_TYPE,
    members: [maybe('on', '日期', 'On', 'day'), needed('text', '情况', 'In words', 'words')],
    eventOf: reported('WHEREABOUTS'),
  },
  {
    kind: 'ADDRESS',
    roles: ['POLICE', 'PL', 'DPF'],
    label: { zh: '现住址更正', en: 'Another address' },
    type: RETURN_TYPE,
    members: [needed('text', '正确地址', 'The address', 'words')],
    eventOf: reported('ADDRESS'),
  },
  {
    kind: 'POVERTY',
    roles: ['CA'],
    label: { zh: '贫困对象', en: 'Counted as poor' },
    type: 'FlagsUpdated',
    members: [
      needed('povertyTarget', '是否贫困对象', 'Counted as poor', 'flag'),
      needed('date', '认定日期', 'Since', 'day'),
    ],
    eventOf: asItIs,
  },
  {
    kind: 'AID',
    roles: ['CA'],
    label: { zh: '救助申请', en: 'Application for aid' },
    type: 'ApplicationDecided',
    members: [
      needed('programme', '项目', 'Programme', choice(CIVIL_AFFAIRS_PROGRAMMES)),
      needed('decision', '结果', 'Decision', choice(APPLICATION_DECISIONS)),
      needed('decidedOn', '办结日期', 'Decided on', 'day'),
    ],
    eventOf: (data) => ({ data: { recipientRole: 'CA', ...data } }),
  },
  {
    kind: 'CERTIFICATE',
    roles: ['DPF'],
    label: { zh: '残疾人证', en: 'Disability certificate' },
    type: 'FlagsUpdated',
    members: [
      needed('held', '是否持证', 'Held', 'flag'),
      maybe('level', '等级', 'Level', choice(DISABILITY_LEVELS)),
      needed('date', '登记日期', 'Stated on', 'day'),
    ],
    eventOf: ({ date, ...disabilityCert }) => ({ data: { disabilityCert, date } }),
  },
  {
    kind: 'ENROLMENT',
    roles: ['LABOUR'],
    label: { zh: '参保', en: 'Enrolment in insurance' },
    type: 'InsuranceEnrollmentRecorded',
    members: [
      needed('scheme', '险种', 'Scheme', choice(INSURANCE_SCHEMES)),
      needed('validFrom', '生效日期', 'Valid from', 'day'),
      maybe('validTo', '终止日期', 'Valid to', 'day'),
    ],
    eventOf: asItIs,
  },
]

/** The roles of the feeds: every one of them sends something back. */
export const RETURNING_ROLES: readonly Role[] = ['POLICE', 'PL', 'CA', 'DPF', 'LABOUR']

export function returnItemsOf(role: Role): readonly ReturnItemKind[] {
  return RETURN_ITEMS.filter(({ roles }) => roles.includes(role))
}

/** True where the item waits for the health centre. */
export function isForCentre({ type }: ReturnItemKind): boolean {
  return type === RETURN_TYPE
}

export function schemaOf({ value }: ReturnMember): z.ZodType {
  switch (value.kind) {
    case 'choice':
      return zCode(value.list)
    case 'flag':
      return z.boolean()
    case 'day':
      return zDay
    case 'time':
      return zTime
    case 'count':
      return z.number().int().min(0).max(9999)
    case 'line':
      return zText
    case 'words':
      return zNarrative
  }
}

/** The strict schema of an item's `data`. */
export function dataSchemaOf({ members }: ReturnItemKind): z.ZodType<EventData> {
  return z.strictObject(
    Object.fromEntries(members.map((one) => [one.name, one.isRequired ? schemaOf(one) : schemaOf(one).optional()])),
  )
}
