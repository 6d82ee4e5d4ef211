/**
 * `/v1/erasures`: destroying a person's keys, which two named persons agree on. The list says nothing of why; who reads that of one
 * request reads something about a person, and it is recorded like the reading of a record.
 */
import { z } from 'zod'
import { zCode } from '../../domain/code-lists/code-list.js'
import { APPROVAL_REFUSALS, ERASURE_GROUNDS } from '../../domain/code-lists/hub.js'
import { zNarrative, zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { zActingPerson } from '../acting-person.js'
import { createRecordViews } from '../record-views.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const zErasure = z.strictObject({
  erasure: zUuid,
  patientId: zUuid,
  authority: zCode(ERASURE_GROUNDS),
  state: z
    .enum(['REQUESTED', 'GIVEN', 'CARRIED_OUT', 'REFUSED', 'EXPIRED'])
    .describe('GIVEN: approved; CARRIED_OUT: the keys are destroyed'),
  requestedBy: zActingPerson,
  requestedAt: z.string(),
  expiresAt: z.string().describe('Until then a second person approves, or it ends'),
  decidedBy: zActingPerson.optional(),
  decidedAt: z.string().optional(),
  erasedAt: z
    .string()
    .optional()
    .describe('From here on nothing is recorded of the person, and whoever was told deletes'),
  carriedOutAt: z.string().optional(),
})
const zRead = zErasure.extend({ reason: z.string().optional().describe('Absent once it is destroyed with the keys') })
const zDraft = z.strictObject({
  id: zUuid.optional().describe('A UUID of the client’s own, so that a retry finds the request'),
  patientId: zUuid,
  authority: zCode(ERASURE_GROUNDS),
  reason: zNarrative.describe('In words; stored sealed'),
})
const zAsked = z.strictObject({ erasure: zUuid, expiresAt: z.string() })
const BY_PERSONS = { access: 'person', tag: 'erasures' } as const

export function erasureRoutes(hub: Hub): readonly Route[] {
  const { erasures } = hub
  const recordView = createRecordViews(hub)
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/erasures',
      operation: 'requestErasure',
      ...BY_PERSONS,
      label: { zh: '申请销毁身份信息', en: 'Ask for a person’s keys to be destroyed' },
      note: 'For a named person of the responsible health centre, or of one above it, or a named operator. A second one approves.',
      body: zDraft,
      responses: {
        200: { description: 'Asked for before', schema: zAsked },
        201: { description: 'Waits for a second person', schema: zAsked },
      },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED', 'HUB_ERASED', 'HUB_DIFFERENT_CONTENT'],
      async answer({ principal, body: { id, ...draft } }) {
        const { isKnown, ...asked } = await erasures.request(principal, {
          ...draft,
          ...(id === undefined ? {} : { id }),
        })
        return { status: isKnown ? 200 : 201, body: asked }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/erasures',
      operation: 'listErasures',
      ...BY_PERSONS,
      label: { zh: '销毁申请清单', en: 'Requests that this person may act on' },
      responses: {
        200: { description: 'Newest first', schema: z.strictObject({ erasures: z.array(zErasure) }) },
      },
      problems: [],
      answer: async ({ principal }) => ({ body: { erasures: await erasures.list(principal) } }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/erasures/:id',
      operation: 'readErasure',
      ...BY_PERSONS,
      label: { zh: '查看销毁申请', en: 'One request, with its reason' },
      params,
      responses: { 200: { description: 'As it stands', schema: zRead } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id } }) {
        const told = await erasures.read(principal, id)
        const reason = await erasures.reasonOf(id)
        if (reason === undefined) return { body: told }
        await recordView(principal, { patientId: told.patientId, purpose: 'CARE', kind: 'ERASURE' })
        return { body: { ...told, reason } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/erasures/:id/approve',
      operation: 'approveErasure',
      ...BY_PERSONS,
      label: { zh: '同意销毁', en: 'Approve one, as the second person' },
      note: 'What follows cannot be undone. Of the two persons at least one acts for the responsible health centre.',
      params,
      responses: { 204: { description: 'Approved: the hub carries it out by itself', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_SECOND_PERSON', 'HUB_ALREADY_DECIDED', 'HUB_LEGAL_HOLD'],
      async answer({ principal, params: { id } }) {
        await erasures.approve(principal, id)
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/erasures/:id/refuse',
      operation: 'refuseErasure',
      ...BY_PERSONS,
      label: { zh: '驳回或撤回', en: 'Refuse one, or withdraw the own' },
      params,
      body: z.strictObject({ reason: zCode(APPROVAL_REFUSALS) }),
      responses: { 204: { description: 'Ended', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_FORBIDDEN', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id }, body: { reason } }) {
        await erasures.refuse(principal, id, reason)
        return { status: 204 }
      },
    }),
  ]
}
