/**
 * The hub's own events about how a subscription is reached: the secrets that its messages are signed with, and the public key
 * that its packages are encrypted to. No secret stands in any of them: the vault holds it under a name with its number. And who
 * has read what came.
 */
import { z } from 'zod'
import { clear, defineEvent, moment, zCount, zTime } from './define-event.js'
import { zStaffRef } from './person-members.js'

const zBase64url = z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/)
const zNumber = z.number().int().min(1)
/** Messages that a person opens at once: a page of a mailbox. */
export const MOST_OPENED = 100

export const DELIVERY_EVENTS = [
  defineEvent({
    type: 'SecretRotated',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '签名密钥轮换', en: 'Secret rotated' },
    members: {
      number: clear(zNumber, '新密钥序号', 'Number of the new secret'),
      previousUntil: clear(zTime, '旧密钥止于', 'The one before it signs too until'),
    },
  }),
  defineEvent({
    type: 'SecretRetired',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '旧签名密钥停用', en: 'Secret retired' },
    members: { number: clear(zNumber, '停用密钥序号', 'Number of the secret that signs no more') },
  }),
  defineEvent({
    type: 'PublicKeyRegistered',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '加密公钥登记', en: 'Public key registered' },
    members: {
      thumbprint: clear(z.string().regex(/^[A-Za-z0-9_-]{43}$/), '公钥指纹', 'Thumbprint of the key (RFC 7638)'),
      jwk: clear(
        z.strictObject({
          kty: z.enum(['OKP', 'EC', 'RSA']),
          crv: z.enum(['X25519', 'P-256']).optional(),
          x: zBase64url.optional(),
          y: zBase64url.optional(),
          n: zBase64url.optional(),
          e: zBase64url.optional(),
        }),
        '公钥',
        'The key (JWK)',
      ),
    },
  }),
  defineEvent({
    type: 'MessageOpened',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息查看', en: 'Messages opened' },
    members: {
      sequences: clear(z.array(zCount).min(1).max(MOST_OPENED), '序号', 'Sequences'),
      by: clear(zStaffRef, '查看人', 'By'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
]
