/** The hub’s own events about alerts: whom one rang for, what people did about it, and how it ended (design §9). */
import { z } from 'zod'
import { clear, defineEvent, moment, optional, zCount, zDay, zEventRef, zText, zTime, zUuid } from './define-event.js'
import { actingPerson } from './person-members.js'

export const ALERT_CLASSES = ['ALARM', 'NOTICE', 'RETRACTION', 'ROUTINE'] as const
export type AlertClass = (typeof ALERT_CLASSES)[number]
/** The rungs of the ladder in order: the agency's subscriptions marked `duty`, then its superior. */
export const ALERT_RUNGS = ['DUTY', 'SUPERIOR'] as const
export type AlertRung = (typeof ALERT_RUNGS)[number]
/** `UNANSWERED`: an alarm that nobody attended to. `SUPERSEDED`: something later took its place. `EXPIRED`: it rang nobody. */
export const ALERT_ENDS = ['UNANSWERED', 'SUPERSEDED', 'EXPIRED'] as const
export type AlertEnd = (typeof ALERT_ENDS)[number]

export const ALERT_EVENTS = [
  defineEvent({
    type: 'AlertRaised',
    stream: 'alert',
    recorders: [],
    clauses: ['W8', 'W16', 'W46'],
    label: { zh: '警示发出', en: 'Alert raised' },
    members: {
      agency: clear(zUuid, '接收单位', 'Recipient'),
      cause: clear(zEventRef, '起因', 'Cause'),
      kind: clear(zText, '种类', 'Kind'),
      class: clear(z.enum(ALERT_CLASSES), '等级', 'Class'),
      message: optional(clear(z.strictObject({ stream: z.string(), revision: zCount }), '消息', 'Message')),
      tasks: optional(clear(z.array(z.enum(['GUARDIAN', 'CARE_GROUP'])), '待转告', 'To be told by the health centre')),
    },
  }),
  defineEvent({
    type: 'AlertAcknowledged',
    stream: 'alert',
    recorders: [],
    clauses: ['W16'],
    label: { zh: '警示签收', en: 'Alert acknowledged' },
    members: { by: actingPerson('签收人', 'By'), at: moment(zTime, '时间', 'At') },
  }),
  defineEvent({
    type: 'AlertRelayed',
    stream: 'alert',
    recorders: [],
    clauses: ['W8', 'W16'],
    label: { zh: '警示转告', en: 'Alert relayed' },
    members: {
      by: actingPerson('转告人', 'By'),
      to: clear(
        z.enum(['DUTY_OFFICER', 'GUARDIAN', 'CARE_GROUP', 'GRID_WORKER', 'COMMUNITY', 'OTHER']),
        '转告对象',
        'To',
      ),
      means: clear(z.enum(['TELEPHONE', 'PAPER', 'IN_PERSON']), '方式', 'Means'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'AlertOutcomeReported',
    stream: 'alert',
    recorders: [],
    clauses: ['W8', 'W48'],
    label: { zh: '警示处置结果', en: 'Alert outcome reported' },
    members: {
      by: actingPerson('报告人', 'By'),
      outcome: clear(z.enum(['HANDLED', 'NO_ACTION_NEEDED', 'NOT_OURS', 'NOT_FOUND']), '结果', 'Outcome'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'AlertEscalated',
    stream: 'alert',
    recorders: [],
    clauses: ['policy §5.4'],
    label: { zh: '警示升级', en: 'Alert escalated' },
    members: {
      step: clear(z.enum(ALERT_RUNGS), '升级层级', 'Rung'),
      to: optional(clear(zUuid, '升级至单位', 'Agency that is told')),
      about: optional(clear(zEventRef, '所依据的事件', 'The later event that it speaks of')),
      at: moment(zTime, '应升级时间', 'Due at'),
    },
  }),
  defineEvent({
    type: 'AlertExpired',
    stream: 'alert',
    recorders: [],
    clauses: ['policy §5.4'],
    label: { zh: '警示终结', en: 'Alert expired' },
    members: {
      end: clear(z.enum(ALERT_ENDS), '终结方式', 'How it ended'),
      by: optional(clear(zEventRef, '取代其的事件', 'The event that took its place')),
      at: moment(zTime, '终结时间', 'Ended at'),
    },
  }),
  defineEvent({
    type: 'LevelWentStale',
    stream: 'patient',
    recorders: [],
    clauses: ['policy §5.4', 'design §9'],
    label: { zh: '危险性评估过期', en: 'Level went stale' },
    members: {
      assessment: clear(zUuid, '过期的评估', 'The assessment'),
      assessedOn: clear(zDay, '评估日期', 'Assessed on'),
      at: moment(zTime, '过期时间', 'Stale from'),
    },
  }),
]
