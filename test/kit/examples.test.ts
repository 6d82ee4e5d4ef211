import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { ReceivedMessage } from '../../kit/envelope.js'
import { runOffice } from '../../kit/examples/mailbox.js'
import { startStation } from '../../kit/examples/webhook.js'
import { createHttp } from '../../src/http/create-http.js'
import { cli, seededStore } from '../cli/run.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'

/** A real hub that listens, a station's key, and an application that keeps what it is given by its id. */
async function openHub(t: Cleanup) {
  const { hub, police } = await seededStore(cli(t))
  const app = createHttp(hub)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => {
    await app.close()
    await hub.stop()
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  const ask = async (path: string, body?: object): Promise<any> => {
    const response = await fetch(new URL(path, url), {
      headers: { authorization: `Bearer ${police.key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    })
    return response.status === 204 ? undefined : response.json()
  }
  const kept = new Map<string, ReceivedMessage>()
  const application = {
    save: async (message: ReceivedMessage) => void kept.set(message.id, message),
    remove: async (id: string) => void kept.delete(id),
    recall: async (message: ReceivedMessage) => {
      for (const id of message.supersedes) kept.delete(id)
      kept.set(message.id, message)
    },
  }
  const sequences = () => [...kept.values()].map(({ sequence }) => sequence)
  const told = async (id: string, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await ask(`/v1/subscriptions/${id}/test`, {})
    await hub.dispatcher.idle()
    await hub.delivery.idle()
  }
  const hubOf = (subscription: string) => ({ url, key: police.key, subscription })
  return { ask, application, sequences, told, hubOf, stateFile: join(tempDirectory(t), 'state.json') }
}

const closed = (server: Server): Promise<unknown> => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
}

t.test('the station of the README takes webhooks, and what it missed, also after its state was restored', async (t) => {
  const { ask, application, sequences, told, hubOf, stateFile } = await openHub(t)
  // The address is known before the secret is: a receiver that listens for nothing yet finds one.
  const { subscription } = await ask('/v1/subscriptions', { alerts: false, feeds: [], channel: 'mailbox' })
  const secretless = { hub: hubOf(subscription), stateFile, port: 0, ...application }
  const [server, receiver] = await startStation({ ...secretless, secret: `whsec_${'A'.repeat(43)}=` })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await receiver.close()
  await closed(server)
  await ask(`/v1/subscriptions/${subscription}`, { channel: 'webhook', url: `http://127.0.0.1:${port}/hook` })
  const { secret } = await ask(`/v1/subscriptions/${subscription}/secret`)
  const station = { ...secretless, secret, port }

  const [first, firstReceiver] = await startStation(station)
  await told(subscription, 2)
  t.same(sequences(), [0, 1])
  await firstReceiver.close()
  await closed(first)
  copyFileSync(stateFile, `${stateFile}.backup`)
  // So that the hub does not wait for the next attempt of its schedule.
  await ask(`/v1/subscriptions/${subscription}/pause`, {})

  await told(subscription, 2)
  const [second, secondReceiver] = await startStation(station)
  t.same(sequences(), [0, 1, 2, 3], 'what was missed is read from the mailbox')
  await secondReceiver.close()
  await closed(second)

  copyFileSync(`${stateFile}.backup`, stateFile)
  const [third, thirdReceiver] = await startStation(station)
  t.teardown(() => closed(third))
  await ask(`/v1/subscriptions/${subscription}/resume`, {})
  await told(subscription, 1)
  t.same(sequences().sort(), [0, 1, 2, 3, 4], 'what was applied before keeps its id, and is kept once')
  t.match(thirdReceiver.status(), { failing: [] })
  await thirdReceiver.close()
})

t.test('the office of the README reads its mailbox and acknowledges', async (t) => {
  const { ask, application, sequences, told, hubOf, stateFile } = await openHub(t)
  const { subscription } = await ask('/v1/subscriptions', { alerts: true, feeds: [], channel: 'mailbox' })
  await told(subscription, 3)
  const ending = new AbortController()

  const running = runOffice({ hub: hubOf(subscription), stateFile, ...application, signal: ending.signal })
  const acknowledged = async (): Promise<number> =>
    (await ask(`/v1/subscriptions/${subscription}`)).delivery.acknowledgedThrough
  while ((await acknowledged()) < 2) await new Promise((resolve) => setImmediate(resolve))
  ending.abort()
  await running

  t.same(sequences(), [0, 1, 2])
})
