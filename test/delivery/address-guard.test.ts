import t from 'tap'
import { mayConnect, parseWebhookUrl } from '../../src/delivery/address-guard.js'
import { outcomeOf } from '../../src/delivery/webhook.js'
import { isHubError } from '../../src/kernel/errors.js'

const REAL = { simulated: false, allowedHosts: ['hub.police.local', '10.1.2.3:8443', '169.254.169.254', 'localhost'] }
const SIMULATED = { simulated: true, allowedHosts: ['hub.police.local'] }

const CASES: readonly (readonly [url: string, rules: typeof REAL, refusedBy: string | undefined])[] = [
  ['https://hub.police.local/in', REAL, undefined],
  ['https://hub.police.local:9443/in', REAL, undefined],
  ['https://10.1.2.3:8443/in', REAL, undefined],
  ['http://localhost:9000/in', REAL, undefined],
  ['http://127.0.0.1:9000/in', SIMULATED, undefined],
  ['http://[::1]:9000/in', SIMULATED, undefined],
  ['http://hub.police.local/in', REAL, 'subscription.urlTls'],
  ['https://10.1.2.3/in', REAL, 'subscription.urlAllowed'],
  ['https://elsewhere.example/in', REAL, 'subscription.urlAllowed'],
  ['https://hub.police.local.elsewhere.example/', REAL, 'subscription.urlAllowed'],
  ['https://169.254.169.254/latest', REAL, 'subscription.urlAddress'],
  ['https://user:secret@hub.police.local/', REAL, 'subscription.urlUserinfo'],
  ['ftp://hub.police.local/', REAL, 'subscription.urlScheme'],
  ['not an address', REAL, 'subscription.urlScheme'],
  ['https://hub.police.local/in', SIMULATED, 'subscription.urlLoopback'],
  ['https://10.0.0.1/', SIMULATED, 'subscription.urlLoopback'],
  ['http://127.0.0.1.elsewhere.example/', SIMULATED, 'subscription.urlLoopback'],
]

t.test('lets webhooks go where they may and names the rule where they may not', async (t) => {
  for (const [url, rules, expected] of CASES) {
    let refusedBy: string | undefined
    try {
      parseWebhookUrl(url, rules)
    } catch (error) {
      if (isHubError(error, 'HUB_RULE_VIOLATED')) refusedBy = error.faults[0]?.rule
      t.notMatch(String(error), /secret/)
    }
    t.equal(refusedBy, expected, `${url} ${rules.simulated ? 'simulated' : ''}`)
  }
})

t.test('looks at the address that a name resolves to', async (t) => {
  t.ok(mayConnect('10.1.2.3', 'hub.police.local', REAL))
  t.notOk(mayConnect('127.0.0.1', 'hub.police.local', REAL), 'a name that leads home')
  t.notOk(mayConnect('169.254.169.254', 'hub.police.local', REAL))
  t.notOk(mayConnect('::', 'hub.police.local', REAL))
  t.notOk(mayConnect('fe80::1', 'hub.police.local', REAL))
  t.ok(mayConnect('127.0.0.1', 'localhost', REAL))
  t.notOk(mayConnect('10.1.2.3', 'localhost', SIMULATED))
  t.ok(mayConnect('::1', 'localhost', SIMULATED))
})

t.test('knows a message that is refused for good from a receiver that is not well', async (t) => {
  for (const status of [200, 201, 204, 299]) t.equal(outcomeOf(status).kind, 'accepted', String(status))
  for (const status of [400, 410, 413, 422]) t.equal(outcomeOf(status).kind, 'refused', String(status))
  for (const status of [301, 302, 307, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504, 599]) {
    t.equal(outcomeOf(status).kind, 'failed', String(status))
  }
})
