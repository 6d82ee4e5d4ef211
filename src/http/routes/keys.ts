/** `/v1/keys` and `/v1/enrolments`: who may act for an agency. A key is shown once, in the answer that issues it. */
import { z } from 'zod'
import { zCode } from '../../domain/code-lists/code-list.js'
import { KEY_REVOCATIONS } from '../../domain/code-lists/hub.js'
import { zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { defineRoute, type Route } from '../route.js'
import { RECORDING } from '../route-problems.js'

const zIssued = z.strictObject({
  agency: zUuid,
  keyId: zUuid,
  key: z.string().describe('Shown here and never again'),
  person: z.string().optional().describe('The pseudonym of the named person'),
})
const zKey = z.strictObject({
  keyId: zUuid,
  agency: zUuid,
  person: z.string().optional(),
  isOperator: z.boolean(),
  revoked: z.boolean(),
})
const MAX_HOURS = 24 * 30

export function keyRoutes({ administration, directory }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/keys',
      operation: 'listKeys',
      tag: 'administration',
      label: { zh: '密钥清单', en: 'The keys of the own agency, or, for an operator, of any' },
      access: 'key',
      query: z.strictObject({ agency: zUuid.optional() }),
      responses: {
        200: { description: 'Without the keys themselves', schema: z.strictObject({ keys: z.array(zKey) }) },
      },
      problems: ['HUB_FORBIDDEN'],
      answer({ principal, query: { agency = principal.agency } }) {
        if (agency !== principal.agency && !principal.isOperator) {
          throw new HubError('HUB_FORBIDDEN', 'only an operator sees the keys of another agency')
        }
        const keys = directory()
          .keysOf(agency)
          .map(({ keyHash: _, ...key }) => key)
        return { body: { keys } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/keys',
      operation: 'issueKey',
      tag: 'administration',
      label: { zh: '签发密钥', en: 'Issue a key for an agency or for a named person of it' },
      access: 'operator',
      body: z.strictObject({
        agency: zUuid,
        staffName: z.string().min(1).max(100).optional(),
        person: zUuid.optional().describe('The pseudonym that the person has already'),
        isOperator: z.boolean().optional(),
      }),
      responses: { 201: { description: 'Issued', schema: zIssued } },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
      async answer({ principal, body: { agency, staffName, person, isOperator } }) {
        const issued = await administration.issueKey(principal, {
          agency,
          ...(staffName === undefined ? {} : { staffName }),
          ...(person === undefined ? {} : { person }),
          ...(isOperator === undefined ? {} : { isOperator }),
        })
        return { status: 201, body: issued }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/keys/:id/revoke',
      operation: 'revokeKey',
      tag: 'administration',
      label: { zh: '吊销密钥', en: 'Revoke a key of the own agency, or, for an operator, any' },
      access: 'key',
      params: z.strictObject({ id: zUuid }),
      body: z.strictObject({ reason: zCode(KEY_REVOCATIONS).optional() }),
      responses: { 204: { description: 'Revoked: the next request with it is refused', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id }, body: { reason } }) {
        await administration.revokeKey(principal, id, reason)
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/agencies/:id/enrolments',
      operation: 'openEnrolment',
      tag: 'administration',
      label: { zh: '签发注册码', en: 'Open an enrolment: a code for one key, once' },
      access: 'operator',
      params: z.strictObject({ id: zUuid }),
      body: z.strictObject({ hours: z.number().int().min(1).max(MAX_HOURS).optional() }),
      responses: {
        201: {
          description: 'Opened; the code is shown here and never again',
          schema: z.strictObject({ code: z.string(), expiresAt: z.string() }),
        },
      },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id }, body: { hours } }) {
        return { status: 201, body: await administration.openEnrolment(principal, id, hours) }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/enrolments',
      operation: 'redeemEnrolment',
      tag: 'administration',
      label: { zh: '使用注册码', en: 'Redeem an enrolment code for an API key' },
      access: 'public',
      body: z.strictObject({
        code: z.string().min(1).max(60),
        staffName: z.string().min(1).max(100).optional().describe('Binds the key to a named person'),
      }),
      responses: { 201: { description: 'The key', schema: zIssued } },
      problems: [...RECORDING, 'HUB_CODE_EXPIRED'],
      async answer({ body: { code, staffName } }) {
        return { status: 201, body: await administration.redeem(code, staffName) }
      },
    }),
  ]
}
