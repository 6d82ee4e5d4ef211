/**
 * Which field sets a message of each kind is disclosed by, as receivers are told. The dispatcher decides by its own rules;
 * that it stays within this table is held by tests, never by refusing an alarm.
 */
import { FEEDS } from '../../projections/feeds.js'
import { ASSESSMENT_SETS, DANGER_SETS, DISCHARGE_SETS, LOSS_OF_CONTACT_SETS } from '../policy/alert-field-sets.js'
import { namedSets } from '../policy/define-feed.js'
import type { MessageKind } from './port.js'

/** Says nothing of anybody. */
export const TEST_FIELD_SET = 'test@1'
const WITHDRAWN = 'alert.withdrawn@1'

/** What comes back to those who treat. */
const RETURNED = ['alert.danger.health', 'alert.loss-of-contact.returned', 'alert.health.assessment']
const ASSESSMENT = ASSESSMENT_SETS.map(({ id }) => id)
const DISCHARGE = DISCHARGE_SETS.map(({ id }) => id)

export const KIND_FIELD_SETS: Readonly<Record<MessageKind, readonly string[]>> = {
  // A level that was withdrawn, or went stale, leaves none.
  'risk-assessed': [...ASSESSMENT, WITHDRAWN],
  'loss-of-contact': [...LOSS_OF_CONTACT_SETS.map(({ id }) => id), WITHDRAWN],
  'contact-regained': ['alert.contact-regained@1', WITHDRAWN],
  danger: [...DANGER_SETS.map(({ id }) => id), WITHDRAWN],
  'discharge-ready': [...DISCHARGE, 'alert.discharged@1', WITHDRAWN],
  moved: ['alert.moved@1', ...ASSESSMENT],
  // A death that was none says what stands instead.
  died: ['alert.died@1', ...ASSESSMENT, WITHDRAWN],
  withdrawn: [WITHDRAWN],
  reinstated: [...ASSESSMENT, WITHDRAWN],
  recalled: ['alert.recalled@1', 'alert.recalled-part@1'],
  returned: [...[1, 2].flatMap((version) => RETURNED.map((name) => `${name}@${version}`)), ...DISCHARGE],
  // Each row names its own set; the message names all sets of its feed.
  document: FEEDS.map(({ fields }) => namedSets(fields)),
  test: [TEST_FIELD_SET],
}
