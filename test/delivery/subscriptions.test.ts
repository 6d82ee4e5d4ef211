import t from 'tap'
import { openTownship } from '../alerts/township.js'
import { principalOf } from '../fixtures/recording.js'

t.test('opens what a role may take, and refuses the rest with the reason', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const finance = principalOf(await hub.enrol('FIN', ['371002']), 'FIN')
  const police = principalOf(agencies.police, 'POLICE')
  const mailbox = { alerts: true, feeds: [], channel: 'mailbox' } as const

  await t.rejects(hub.subscriptions.open(finance, mailbox), { code: 'HUB_FORBIDDEN' }, 'no alert is made for it')
  await t.rejects(hub.subscriptions.open(police, { ...mailbox, feeds: ['political-legal-quarterly'] }), {
    code: 'HUB_FORBIDDEN',
  })
  await t.rejects(hub.subscriptions.open(police, { ...mailbox, feeds: ['no-such-feed'] }), { code: 'HUB_FORBIDDEN' })
  await t.rejects(hub.subscriptions.open(police, { ...mailbox, channel: 'webhook' }), { code: 'HUB_RULE_VIOLATED' })
  await t.rejects(
    hub.subscriptions.open(police, { ...mailbox, channel: 'webhook', url: 'https://elsewhere.example/' }),
    { code: 'HUB_RULE_VIOLATED' },
    'a simulated log sends to loopback only',
  )
  await t.rejects(hub.subscriptions.open(police, mailbox, agencies.pl), { code: 'HUB_FORBIDDEN' })

  const opened = await hub.subscriptions.open(police, { ...mailbox, channel: 'webhook', url: 'http://127.0.0.1:1/' })
  t.match(opened.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const operated = await hub.subscriptions.open({ ...finance, isOperator: true }, mailbox, agencies.pl)
  t.equal(operated.secret, undefined)
})

t.test('lets nobody touch a subscription of another agency, or learn its secret', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const police = principalOf(agencies.police, 'POLICE')
  const office = principalOf(agencies.pl, 'PL')
  const id = await hub.webhook(agencies.police, 'http://127.0.0.1:1/')

  const acts: readonly (() => Promise<unknown>)[] = [
    () => hub.subscriptions.change(office, id, { paused: true }),
    () => hub.subscriptions.close(office, id),
    () => hub.subscriptions.requestTest(office, id),
    () => hub.subscriptions.secrets(office, id),
    () => hub.subscriptions.secrets({ ...office, isOperator: true }, id),
  ]
  for (const act of acts) await t.rejects(act(), { code: 'HUB_NOT_FOUND' })
  t.match(await hub.subscriptions.secrets(police, id), { secret: /^whsec_/, previous: undefined })
  t.ok(hub.subscriptions.list(police).some((one) => one.id === id))
  t.notOk(hub.subscriptions.list(office).some((one) => one.id === id))
  await t.rejects(hub.subscriptions.change(police, id, {}), { code: 'HUB_INVALID_EVENT' })
  await t.rejects(hub.subscriptions.change(police, id, { url: 'http://10.0.0.1/' }), { code: 'HUB_RULE_VIOLATED' })
})
