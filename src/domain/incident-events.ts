/** Dangerous behaviour as anyone responsible reports it, and incidents that only the police may assert (policy §3.4, §4.5). */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { DANGER_BEHAVIOURS, INCIDENT_KINDS } from './code-lists/danger.js'
import { clear, defineEvent, moment, optional, personal, zNarrative, zText, zTime } from './define-event.js'
import { zName, zPhone } from './person-members.js'

/** The reporter is protected: this opens for no recipient (policy §3.2). */
const zReporter = z.strictObject({
  name: zName.optional(),
  phone: zPhone.optional(),
  relation: zText.optional(),
})

export const INCIDENT_EVENTS = [
  defineEvent({
    type: 'PublicSafetyIncidentRecorded',
    stream: 'patient',
    recorders: ['POLICE'],
    clauses: ['W6', 'W32'],
    label: { zh: '肇事肇祸记录', en: 'Public-safety incident recorded' },
    members: {
      kind: clear(zCode(INCIDENT_KINDS), '类别', 'Kind'),
      at: moment(zTime, '时间', 'At'),
      policeRef: personal('patient', zText, '警情编号', 'Police reference'),
    },
  }),
  defineEvent({
    type: 'DangerousBehaviorReported',
    stream: 'patient',
    recorders: ['POLICE', 'CHC', 'COMMUNITY'],
    clauses: ['W8', 'MHL 28', 'Shandong 38'],
    label: { zh: '危险行为报告', en: 'Dangerous behaviour reported' },
    members: {
      kind: clear(zCode(DANGER_BEHAVIOURS), '行为类别', 'Kind'),
      at: moment(zTime, '时间', 'At'),
      injured: clear(z.number().int().min(0).max(9999), '受伤人数', 'Injured'),
      reportedBy: optional(personal('reporter', zReporter, '报告人', 'Reported by')),
      narrative: optional(personal('patient', zNarrative, '情况描述', 'Narrative')),
    },
  }),
] as const
