/**
 * A process of its own that appends without end, until its parent kills it. Says `open`, then one line for every event whose
 * append was acknowledged: `ack <stream> <revision> <id>`. Each event is sealed under a new key of the vault.
 */
import { writeSync } from 'node:fs'
import type { NewEvent } from '../../src/domain/event.js'
import { wallClock } from '../../src/kernel/clock.js'
import type { Expected } from '../../src/log/port.js'
import { openStore } from '../../src/store.js'
import { newEvent } from '../contract/log-events.js'
import { TEST_MASTER } from '../fixtures/store.js'

const WRITERS = 8

const { log, vault } = await openStore(process.argv[2] ?? '', TEST_MASTER, wallClock)
writeSync(1, 'open\n')

await Promise.all(
  Array.from({ length: WRITERS }, async (_, writer) => {
    const stream = `patient-${writer}`
    const tail = (await log.readTail(stream))?.revision
    let expected: Expected = tail === undefined ? 'new' : { revision: tail }
    for (let size = writer; ; size++) {
      const receipts = await log.append(stream, await groupOf(1 + (size % 3)), expected)
      for (const { revision, id } of receipts) {
        writeSync(1, `ack ${stream} ${revision} ${id}\n`)
        expected = { revision }
      }
    }
  }),
)

async function groupOf(size: number): Promise<readonly NewEvent[]> {
  const events: NewEvent[] = []
  for (let i = 0; i < size; i++) {
    const event = newEvent({ data: { place: i, of: size } })
    const { kid } = await vault.keyFor(`held:${event.id}`)
    const sealed = [{ subject: 'patient', kid, alg: 'A256GCM', nonce: '', ct: '', digests: {} } as const]
    events.push({ ...event, sealed })
  }
  return events
}
