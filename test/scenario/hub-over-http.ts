/**
 * A hub as its clients see it: everything that is asked or told goes through a socket with a key. Only time is driven from
 * within, and the first operator's key is made as the command line makes it.
 */
import { loadConfig } from '../../src/config.js'
import type { Role } from '../../src/domain/event.js'
import { createHttp } from '../../src/http/create-http.js'
import { openHub } from '../../src/hub.js'
import { type DrivenClock, drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import type { Cleanup } from '../fixtures/store.js'

export interface Desk {
  readonly id: string
  readonly role: Role
  readonly key: string
  /** Its mailbox, where it has one. */
  readonly subscription: string
}

/** What is compared of a message: all but ids that are random and text that is rendered from the facts. */
export interface Told {
  readonly sequence: number
  readonly class: string
  readonly kind: string
  readonly fieldSet: string
  readonly facts: Readonly<Record<string, unknown>>
}

export interface HubOverHttp {
  readonly calendar: DrivenClock
  /** Throws with status and body where the hub refuses. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  ask(key: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<any>
  text(key: string, path: string): Promise<string>
  /** Enrols an agency with its areas, a key for a named person, and a mailbox for alerts and its feed. */
  enrol(
    role: Role,
    name: string,
    areas: readonly string[],
    options?: { readonly superior?: string; readonly feed?: string },
  ): Promise<Desk>
  /** Resolves when everything that was recorded has been matched and queued. */
  settled(): Promise<void>
  /** Moves the calendar, closes what is due, and waits until it is released and queued. */
  sleepUntil(moment: string): Promise<void>
  /** The messages of an agency's mailbox from a sequence on. */
  told(desk: Desk, from?: number): Promise<readonly Told[]>
  stop(): Promise<void>
}

export async function openHubOverHttp(
  t: Cleanup,
  store: { readonly dataDir: string; readonly passphrase: string; readonly start: string },
): Promise<HubOverHttp> {
  const calendar = drivenClock(Date.parse(store.start))
  const config = loadConfig({ file: { dataDir: store.dataDir, simulated: true, port: 0 } })
  const logger = createLogger({ level: 'silent', redact: new Set() })
  const hub = await openHub({ config, logger, passphrase: store.passphrase, init: true, calendar })
  const app = createHttp(hub)
  const url = await app.listen({ host: config.host, port: 0 })
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await app.close()
    await hub.stop()
  }
  t.teardown(stop)
  const operatorKey = (await hub.administration.createOperatorKey('测试运维甲')).key

  const send = async (key: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> => {
    const reply = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
    return text
  }
  const ask: HubOverHttp['ask'] = async (key, method, path, body) => {
    const text = await send(key, method, path, body)
    return text === '' ? undefined : JSON.parse(text)
  }
  const settled = async (): Promise<void> => {
    await hub.dispatcher.idle()
    await hub.readModels.through()
  }

  return {
    calendar,
    ask,
    text: (key, path) => send(key, 'GET', path),
    async enrol(role, name, areas, { superior, feed } = {}) {
      const from = store.start.slice(0, 10)
      const { agencyId: id } = await ask(operatorKey, 'POST', '/v1/agencies', {
        role,
        name,
        phone: `0999-${name.length}000`,
        ...(superior === undefined ? {} : { superior }),
      })
      if (areas.length > 0) {
        await ask(operatorKey, 'POST', '/v1/areas', { assignments: [{ agency: id, areas, from }] })
      }
      await ask(operatorKey, 'POST', `/v1/agencies/${id}/live`, { from })
      const { key } = await ask(operatorKey, 'POST', '/v1/keys', { agency: id, staffName: '测试员甲' })
      if (role === 'HOSPITAL' || role === 'AUDITOR') return { id, role, key, subscription: '' }
      const { subscription } = await ask(key, 'POST', '/v1/subscriptions', {
        alerts: true,
        feeds: feed === undefined ? [] : [feed],
        channel: 'mailbox',
      })
      return { id, role, key, subscription }
    },
    settled,
    async sleepUntil(moment) {
      calendar.advanceTo(Date.parse(moment))
      hub.feeds.tick()
      await hub.feeds.idle()
      await settled()
    },
    async told(desk, from = 0) {
      const page = await ask(desk.key, 'GET', `/v1/subscriptions/${desk.subscription}/messages?after=${from - 1}`)
      return page.messages.map(({ envelope }: { envelope: ReceivedEnvelope }) => toldOf(envelope))
    },
    stop,
  }
}

interface ReceivedEnvelope {
  readonly sequence: number
  readonly class: string
  readonly kind: string
  readonly data: { readonly fieldSet: string; readonly facts: Readonly<Record<string, unknown>> }
}

function toldOf({ sequence, class: alertClass, kind, data }: ReceivedEnvelope): Told {
  return { sequence, class: alertClass, kind, fieldSet: data.fieldSet, facts: data.facts }
}
