/**
 * The hub's own events about how a subscription is reached: the secrets that its webhooks are signed with. No secret stands in
 * any of them: the vault holds it under a name with its number.
 */
import { z } from 'zod'
import { clear, defineEvent, zTime } from './define-event.js'

const zNumber = z.number().int().min(1)

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
]
