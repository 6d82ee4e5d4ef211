import t from 'tap'
import { envelopeBytes, envelopeDigest, envelopeOf, messageIdOf } from '../../src/delivery/envelope.js'
import { fromBase64url } from '../../src/kernel/hash.js'
import { vectors } from '../fixtures/vectors.js'

const key = fromBase64url(vectors.agencyIdKey)
const SUBSCRIPTION = '0198f0aa-0000-7000-8000-0000000000a1'

const envelope = envelopeOf({
  logId: vectors.logId,
  id: messageIdOf(key, SUBSCRIPTION, 12),
  subject: '5166b806-c92f-8766-879b-077f506cf391',
  time: '2026-03-02T09:31:07.214+08:00',
  sequence: 12,
  kind: 'risk-assessed',
  class: 'ALARM',
  data: {
    text: '【警示】示例',
    expiresAt: '2026-03-03T09:31:07.214+08:00',
    staleAfter: '2026-09-02',
    supersedes: [messageIdOf(key, SUBSCRIPTION, 3)],
    fieldSet: 'alert.police.high@1',
    versions: { envelope: 1 },
    facts: { level: 4, assessedOn: '2026-03-02' },
  },
})

// Format 1, written by hand. A change of one byte here breaks every receiver and every recorded digest.
const BYTES =
  '{"class":"ALARM","data":{"expiresAt":"2026-03-03T09:31:07.214+08:00","facts":{"assessedOn":"2026-03-02","level":4},' +
  '"fieldSet":"alert.police.high@1","staleAfter":"2026-09-02","supersedes":["SUPERSEDED"],"text":"【警示】示例",' +
  '"versions":{"envelope":1}},"datacontenttype":"application/json","id":"MESSAGE","kind":"risk-assessed","sequence":12,' +
  '"source":"urn:lianhu:log:LOG","specversion":"1.0","subject":"5166b806-c92f-8766-879b-077f506cf391",' +
  '"time":"2026-03-02T09:31:07.214+08:00","type":"lianhu.message.risk-assessed"}'

t.test('writes an envelope to the byte', async (t) => {
  const expected = BYTES.replace('SUPERSEDED', '89d9bc38-d912-8674-a987-2eb3abf5c45d')
    .replace('MESSAGE', '11d3742f-269d-86f0-9134-bf171fb52a3c')
    .replace('LOG', vectors.logId)

  t.equal(envelopeBytes(envelope), expected)
})

t.test('names a message and digests its bytes under the agency’s key', async (t) => {
  t.equal(messageIdOf(key, SUBSCRIPTION, 12), '11d3742f-269d-86f0-9134-bf171fb52a3c')
  t.equal(envelopeDigest(key, envelopeBytes(envelope)), 'hmac-sha256:sPVHktUvqBNI80GeWNVrW-Ef1EftfJbEKsj3FxrOrnQ')
  t.not(messageIdOf(Buffer.alloc(32, 1), SUBSCRIPTION, 12), messageIdOf(key, SUBSCRIPTION, 12), 'another agency')
})

t.test('keeps to CloudEvents: required attributes, names in lower case, scalars outside data', async (t) => {
  const { data, ...attributes } = envelope

  for (const name of ['specversion', 'id', 'source', 'type']) t.type(attributes[name as 'id'], 'string')
  for (const [name, value] of Object.entries(attributes)) {
    t.match(name, /^[a-z0-9]{1,20}$/)
    t.ok(typeof value === 'string' || Number.isInteger(value), name)
  }
  t.type(data, 'object')
})
