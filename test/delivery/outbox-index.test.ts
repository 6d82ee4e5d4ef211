import t from 'tap'
import { createOutboxIndex } from '../../src/delivery/outbox-index.js'
import type { StoredEvent } from '../../src/domain/event.js'
import type { LogReader } from '../../src/log/port.js'

/** Outboxes of so many messages about two people in turn; `read` counts the messages that were read. */
function outboxes(lengths: Readonly<Record<string, number>>) {
  const log = {
    read: 0,
    lengths: { ...lengths },
    async *readStream(stream: string, from = 0) {
      for (let revision = from; revision < (log.lengths[stream] ?? 0); revision++) {
        await null
        log.read++
        yield {
          revision,
          data: { key: `person ${revision % 2}`, kind: 'risk-assessed', fieldSet: 'alert.police.token@1' },
        } as unknown as StoredEvent
      }
    },
  }
  return { log, reader: log as unknown as LogReader }
}

const sequences = (messages: readonly { readonly sequence: number }[]) => messages.map(({ sequence }) => sequence)

t.test('reads an outbox once for all who ask at the same time', async (t) => {
  const { log, reader } = outboxes({ 'outbox-a': 6 })
  const index = createOutboxIndex(reader)

  const found = await Promise.all([index.earlier('a', 'person 0', 5), index.earlier('a', 'person 1', 6)])

  t.strictSame(found.map(sequences), [
    [0, 2, 4],
    [1, 3, 5],
  ])
  t.equal(log.read, 6)
})

t.test('reads on where the outbox has grown, also while it was read', async (t) => {
  const { log, reader } = outboxes({ 'outbox-a': 3 })
  const index = createOutboxIndex(reader)
  const first = index.earlier('a', 'person 0', 3)
  log.lengths['outbox-a'] = 5

  t.strictSame(sequences(await index.earlier('a', 'person 0', 5)), [0, 2, 4])
  t.strictSame(sequences(await first), [0, 2])
  t.equal(log.read, 5)
})

t.test('asks no longer for what the log does not hold', async (t) => {
  const { reader } = outboxes({ 'outbox-a': 2 })

  t.strictSame(sequences(await createOutboxIndex(reader).earlier('a', 'person 0', 9)), [0])
})

t.test('keeps so many messages in mind, and of the outbox asked for last all', async (t) => {
  const { log, reader } = outboxes({ 'outbox-a': 4, 'outbox-b': 4, 'outbox-c': 20 })
  const index = createOutboxIndex(reader, 8)
  const ask = (outbox: string, before: number) => index.earlier(outbox, 'person 0', before)
  await ask('a', 4)
  await ask('b', 4)
  await ask('a', 4)
  t.equal(log.read, 8, 'both fit')

  await ask('c', 20)
  await ask('c', 20)
  t.equal(log.read, 28, 'the last is kept, however long it is')

  await ask('a', 4)
  t.equal(log.read, 32, 'the others were forgotten for it')
})
