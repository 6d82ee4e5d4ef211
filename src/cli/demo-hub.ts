/** The hub that the demo plays on: a fresh simulated store, served on loopback, with a calendar that the demo drives. */
import { loadConfig } from '../config.js'
import { envelopeDigest } from '../delivery/envelope.js'
import { scopedId } from '../domain/derived-ids.js'
import { createHttp } from '../http/create-http.js'
import { openHub } from '../hub.js'
import { readPassphrase } from '../hub-core.js'
import type { DemoHub, DemoStore } from '../rehearsal/demo-port.js'
import { agencyKeyName } from '../vault/port.js'
import { loggerOf } from './hub-client.js'

export async function openDemoHub({ dataDir, passphraseFile, calendar, port }: DemoStore): Promise<DemoHub> {
  const config = loadConfig({ flags: { dataDir, passphraseFile, simulated: true, port, logLevel: 'error' } })
  const hub = await openHub({
    config,
    logger: loggerOf(config.logLevel),
    passphrase: readPassphrase(passphraseFile),
    init: true,
    calendar,
  })
  const app = createHttp(hub)
  const url = await app.listen({ host: config.host, port: config.port })
  const { vault } = hub.core.store
  const idKeyOf = (agency: string): Promise<Uint8Array> => vault.secret(agencyKeyName(agency))
  return {
    url,
    logId: hub.logId,
    recorder: hub.recorder,
    held: hub.held,
    administration: hub.administration,
    subscriptions: hub.subscriptions,
    feeds: hub.feeds,
    account: hub.account,
    log: hub.log,
    delivery: hub.delivery,
    resolvePseudonym: hub.resolvePseudonym,
    pseudonymOf: async (agency, patientId) => scopedId(await idKeyOf(agency), 'pseudonym', patientId),
    digestOf: async (agency, body) => envelopeDigest(await idKeyOf(agency), body),
    dispatched: () => hub.dispatcher.idle(),
    async stop() {
      await app.close()
      await hub.stop()
    },
  }
}
