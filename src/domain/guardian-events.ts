/** Guardians: named, changed, ended. Their data stand under a key of their own (policy §3.6, §4.9; W49). */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { GUARDIAN_KINDS, RELATIONS } from './code-lists/guardian.js'
import { clear, defineEvent, optional, personal, zText } from './define-event.js'
import { zGuardian } from './person-members.js'

const members = {
  guardian: personal('guardian', zGuardian, '监护人', 'Guardian'),
  kind: clear(zCode(GUARDIAN_KINDS), '监护人类别', 'Kind'),
  relation: clear(zCode(RELATIONS), '与患者关系', 'Relation'),
  reason: optional(personal('patient', zText, '原因', 'Reason')),
  capacity: clear(z.boolean(), '有监护能力', 'Able to supervise'),
}
const shared = {
  stream: 'patient',
  recorders: ['COMMUNITY', 'CHC'],
  clauses: ['W34', 'Civil Code 28', 'Civil Code 32'],
} as const

export const GUARDIAN_EVENTS = [
  defineEvent({
    ...shared,
    type: 'GuardianDesignated',
    label: { zh: '确定监护人', en: 'Guardian designated' },
    members,
  }),
  defineEvent({ ...shared, type: 'GuardianChanged', label: { zh: '变更监护人', en: 'Guardian changed' }, members }),
  defineEvent({
    ...shared,
    type: 'GuardianEnded',
    label: { zh: '监护终止', en: 'Guardianship ended' },
    members: { reason: optional(personal('patient', zText, '原因', 'Reason')) },
  }),
] as const
