import { createHash } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { documentFault, parseEnvelope, signatureFault } from '../../src/rehearsal/receive.js'

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const ID = '9d2e0000-0000-8000-8000-000000000001'
const NOW_MS = 1_780_000_000_000
const BODY = Buffer.from(
  JSON.stringify({
    specversion: '1.0',
    id: ID,
    type: 'lianhu.message.risk-assessed',
    kind: 'risk-assessed',
    class: 'ALARM',
    sequence: 4,
    subject: 's',
    time: '2026-02-03T11:00:00.000+08:00',
    data: { text: '【警示】', fieldSet: 'alert.police.high@1', facts: { level: 4 } },
  }),
)
const signed = (secret = SECRET, atMs = NOW_MS): Record<string, string> => ({
  'webhook-id': ID,
  'webhook-timestamp': String(atMs / 1000),
  'webhook-signature': new Webhook(secret).sign(ID, new Date(atMs), BODY.toString()),
})

t.test('believes what the reference library signed, and nothing else', async (t) => {
  const other = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
  const rotated = `${signed(other)['webhook-signature']} ${signed()['webhook-signature']}`

  t.equal(signatureFault(signed(), BODY, SECRET, NOW_MS), undefined)
  t.equal(
    signatureFault({ ...signed(), 'webhook-signature': rotated }, BODY, SECRET, NOW_MS),
    undefined,
    'one of several',
  )
  t.match(signatureFault(signed(other), BODY, SECRET, NOW_MS), /no signature/)
  t.match(signatureFault(signed(), Buffer.concat([BODY, Buffer.from(' ')]), SECRET, NOW_MS), /no signature/)
  t.match(signatureFault({ ...signed(), 'webhook-id': 'another' }, BODY, SECRET, NOW_MS), /no signature/)
  t.match(signatureFault(signed(SECRET, NOW_MS - 301_000), BODY, SECRET, NOW_MS), /timestamp/)
  t.match(signatureFault({ ...signed(), 'webhook-timestamp': 'soon' }, BODY, SECRET, NOW_MS), /timestamp/)
  t.match(signatureFault({}, BODY, SECRET, NOW_MS), /expected webhook-id/)
})

t.test('reads an envelope, and refuses one that is not what its header says', async (t) => {
  t.match(parseEnvelope(BODY, ID), { sequence: 4, class: 'ALARM', facts: { level: 4 } })
  t.throws(() => parseEnvelope(BODY, 'another'), /id of the header/)
  t.throws(() => parseEnvelope(Buffer.from(BODY.toString().replace('1.0', '0.3')), ID), /CloudEvents/)
  t.throws(
    () => parseEnvelope(Buffer.from(BODY.toString().replace('"sequence":4', '"sequence":-4')), ID),
    /whole number/,
  )
  t.throws(() => parseEnvelope(Buffer.from('[]'), ID), /object/)
})

t.test('knows a document by its bytes and rows', async (t) => {
  const bytes = Buffer.from('{"head":1}\n{"row":1}\n')
  const digest = `sha256:${createHash('sha256').update(bytes).digest('base64url')}`
  const notice = { id: 'd', feed: 'f', period: '2026Q1', rows: 1, digest, href: '/' }

  t.equal(documentFault(notice, bytes), undefined)
  t.match(documentFault({ ...notice, rows: 2 }, bytes), /2 rows/)
  t.match(documentFault(notice, Buffer.from('{"head":1}\n{"row":2}\n')), /digest/)
})
