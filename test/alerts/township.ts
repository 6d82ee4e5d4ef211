/** A small hub with the agencies of one township, each with a mailbox: what tests of the dispatcher start from. */
import { KIND_FIELD_SETS } from '../../src/delivery/kind-field-sets.js'
import type { MessageKind } from '../../src/delivery/port.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { enrolTownship, openSmallHub, type SmallHub, type SmallHubOptions } from '../delivery/small-hub.js'
import { type Cleanup, openTempStore } from '../fixtures/store.js'

export async function openTownship(t: Cleanup, options: SmallHubOptions = {}) {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir, options)
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const boxes = {
    police: await hub.mailbox(agencies.police),
    pl: await hub.mailbox(agencies.pl),
    mhpc: await hub.mailbox(agencies.mhpc),
    centre: await hub.mailbox(agencies.centre),
    community: await hub.mailbox(agencies.community),
    subdistrict: await hub.mailbox(agencies.subdistrict),
  }
  return { hub, agencies, boxes, temp }
}

/** `risk-assessed ALARM alert.police.high@1`. Throws where receivers are told that such a message does not come. */
export function said(events: readonly StoredEvent[]): readonly string[] {
  return events.map(({ data }) => {
    const described: readonly string[] = KIND_FIELD_SETS[data.kind as MessageKind]
    // A document names the sets of its release, which tests here write by hand.
    const isHeld = data.kind === 'document' || described.includes(String(data.fieldSet))
    if (!isHeld) throw new Error(`said: no ${data.kind} under ${data.fieldSet}`)
    return `${data.kind} ${data.class} ${data.fieldSet}`
  })
}

/** What was said to each mailbox, once everything is dispatched. */
export async function saidTo(
  hub: SmallHub,
  boxes: Readonly<Record<string, string>>,
): Promise<Record<string, readonly string[]>> {
  await hub.idle()
  const all: Record<string, readonly string[]> = {}
  for (const [name, subscription] of Object.entries(boxes)) {
    const messages = said(await hub.outbox(subscription))
    if (messages.length > 0) all[name] = messages
  }
  return all
}
