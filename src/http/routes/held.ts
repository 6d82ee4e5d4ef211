/** `/v1/held`: writes that named a person, for the health centre that knows whom they mean. The list says nothing of whom. */
import { z } from 'zod'
import { codesOf } from '../../domain/code-lists/code-list.js'
import { HELD_REJECTIONS, type HeldRejection } from '../../domain/code-lists/hub.js'
import { zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { zNamedPerson, zRecordedAnswer } from '../event-schemas.js'
import { createRecordViews } from '../record-views.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const isGivenByPeople = (code: string): code is HeldRejection => code !== 'EXPIRED'
const zRejection = z.enum(codesOf(HELD_REJECTIONS).filter(isGivenByPeople))
const zListing = z.strictObject({
  heldId: zUuid,
  type: z.string(),
  heldAt: z.string(),
  agency: zUuid,
  agencyName: z.string().optional(),
  township: z.string().optional(),
})
const zOpened = zListing.omit({ township: true }).extend({
  person: zNamedPerson.describe('The person as named'),
  event: z.record(z.string(), z.unknown()).describe('The event as sent'),
})

export function heldRoutes(hub: Hub): readonly Route[] {
  const { held, heldFor, directory } = hub
  const recordView = createRecordViews(hub)
  const named = (agency: string): { readonly agencyName?: string } => {
    const name = directory().agency(agency)?.name
    return name === undefined ? {} : { agencyName: name }
  }
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/held',
      operation: 'listHeld',
      tag: 'recording',
      label: { zh: '待匹配记录', en: 'Writes that wait for this health centre' },
      access: 'key',
      roles: ['CHC'],
      responses: { 200: { description: 'Oldest first', schema: z.strictObject({ held: z.array(zListing) }) } },
      problems: [],
      answer: ({ principal }) => ({
        body: { held: heldFor(principal.agency).map((listing) => ({ ...listing, ...named(listing.agency) })) },
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/held/:id',
      operation: 'readHeld',
      tag: 'recording',
      label: { zh: '查看待匹配记录', en: 'One held write, opened' },
      access: 'person',
      roles: ['CHC'],
      params,
      responses: { 200: { description: 'Whom it names and what it says', schema: zOpened } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED', 'HUB_ERASED'],
      async answer({ principal, params: { id } }) {
        const opened = await held.open(principal, id)
        // Whom it names is read here: a disclosure like the reading of a record, and no answer without it.
        await recordView(principal, { heldId: id, purpose: 'CARE', kind: 'HELD' })
        return { body: { ...opened, ...named(opened.agency) } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/held/:id/match',
      operation: 'matchHeld',
      tag: 'recording',
      label: { zh: '匹配患者', en: 'Record a held write under a patient' },
      access: 'person',
      roles: ['CHC'],
      params,
      body: z.strictObject({ patientId: zUuid }),
      responses: { 200: { description: 'Recorded as of the agency that sent it', schema: zRecordedAnswer } },
      problems: [
        ...OPENING,
        ...RECORDING,
        'HUB_NOT_FOUND',
        'HUB_ALREADY_DECIDED',
        'HUB_RULE_VIOLATED',
        'HUB_DIFFERENT_CONTENT',
        'HUB_BAD_CORRECTION',
        'HUB_INVALID_EVENT',
        'HUB_REVISION_CONFLICT',
        'HUB_ERASED',
      ],
      async answer({ principal, params: { id }, body }) {
        const outcome = await held.match(principal, id, body.patientId)
        if (outcome.kind === 'held') throw new Error('matchHeld: a write with a patient is held again')
        const warnings =
          outcome.kind === 'recorded' && outcome.warnings.length > 0 ? { warnings: outcome.warnings } : {}
        return { body: { receipts: outcome.receipts, ...warnings } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/held/:id/reject',
      operation: 'rejectHeld',
      tag: 'recording',
      label: { zh: '驳回', en: 'Reject a held write' },
      access: 'person',
      roles: ['CHC'],
      params,
      body: z.strictObject({ reason: zRejection }),
      responses: { 204: { description: 'Rejected', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED', 'HUB_ERASED'],
      async answer({ principal, params: { id }, body }) {
        await held.reject(principal, id, body.reason)
        return { status: 204 }
      },
    }),
  ]
}
