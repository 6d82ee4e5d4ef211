/**
 * What a health centre records to protect a person’s data beside what they decide themselves (policy §3.3; design §8; PIPL 47, 57):
 * a hold that keeps their keys while a matter is open, and what went to somebody who should not have had it.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { CONTAINMENTS, HOLD_AUTHORITIES, MISDIRECTED_KINDS } from './code-lists/rights.js'
import { clear, defineEvent, moment, optional, personal, zDay, zText, zUuid } from './define-event.js'
import { zFactPath, zFieldSetId, zInstitution } from './person-members.js'

export const HOLD_PLACED = 'LegalHoldPlaced'
export const HOLD_LIFTED = 'LegalHoldLifted'
export const MISDIRECTED = 'MisdirectedDisclosure'

const hold = { stream: 'patient', recorders: ['CHC'], clauses: ['policy §3.3', 'PIPL 47'] } as const

export const SAFEGUARD_EVENTS = [
  defineEvent({
    ...hold,
    type: HOLD_PLACED,
    label: { zh: '依法保全', en: 'Legal hold placed' },
    members: {
      authority: clear(zCode(HOLD_AUTHORITIES), '要求保全的机关类别', 'Kind of authority'),
      authorityName: personal('patient', zInstitution, '要求保全的机关', 'Authority'),
      letter: personal('patient', zText, '公函文号', 'Number of the official letter'),
      placedOn: moment(zDay, '保全日期', 'Placed on'),
      until: optional(clear(zDay, '保全至', 'Until and with this day; until it is lifted where absent')),
    },
  }),
  defineEvent({
    ...hold,
    type: HOLD_LIFTED,
    label: { zh: '解除保全', en: 'Legal hold lifted' },
    members: {
      hold: clear(zUuid, '所解除的保全', 'The hold: the event that placed it'),
      liftedOn: moment(zDay, '解除日期', 'Lifted on'),
    },
  }),
  defineEvent({
    type: MISDIRECTED,
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['policy §3.3', 'PIPL 57'],
    label: { zh: '误发登记', en: 'Misdirected disclosure' },
    members: {
      what: clear(zCode(MISDIRECTED_KINDS), '误发内容', 'What it was'),
      agency: clear(zUuid, '误收单位', 'Agency that got it'),
      fieldSet: optional(clear(zFieldSetId, '所按字段集', 'By which field set; all that it was told where absent')),
      fields: clear(z.array(zFactPath).min(1).max(100), '所涉信息', 'Facts that were told'),
      discoveredOn: moment(zDay, '发现日期', 'Found on'),
      containment: clear(zCode(CONTAINMENTS), '误发后果', 'What came of it'),
      notifiedOn: optional(clear(zDay, '告知本人或者监护人日期', 'The person or guardian was told on')),
    },
  }),
]
