/** Taking back what was recorded (policy §3.3, design §3). Corrections have no type of their own: they are the same type again. */
import { zCode } from './code-lists/code-list.js'
import { RETRACTION_SCOPES } from './code-lists/guardian.js'
import { clear, defineEvent, optional, personal, zText } from './define-event.js'
import { ROLES } from './event.js'

export const RETRACTION_TYPE = 'RecordRetracted'

export const CORRECTION_EVENTS = [
  defineEvent({
    type: RETRACTION_TYPE,
    stream: 'patient',
    recorders: ROLES.filter((role) => role !== 'HUB' && role !== 'AUDITOR'),
    clauses: ['PIPL 46', 'design §3'],
    label: { zh: '撤销记录', en: 'Record retracted' },
    members: {
      scope: optional(clear(zCode(RETRACTION_SCOPES), '撤销范围', 'Scope')),
      reason: personal('patient', zText, '撤销原因', 'Reason'),
    },
  }),
] as const
