import t from 'tap'
import { watchAppends } from '../src/hub-appends.js'
import { type ErrorCode, HubError } from '../src/kernel/errors.js'
import { newEvent, newStream } from './contract/log-events.js'
import { openTempStore } from './fixtures/store.js'

t.test('is read-only from an append that was refused for good until one that is stored', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  let refusal: ErrorCode | undefined
  const watched = watchAppends(
    {
      ...store.log,
      append: async (...asked) => {
        if (refusal) throw new HubError(refusal, 'no')
        return store.log.append(...asked)
      },
    },
    dataDir,
  )
  const append = () => watched.log.append(newStream(), [newEvent()], 'new')

  t.notOk(watched.isReadOnly())
  refusal = 'HUB_OUTCOME_UNKNOWN'
  await t.rejects(append(), { code: refusal })
  t.notOk(watched.isReadOnly(), 'nobody knows yet')
  refusal = 'HUB_READ_ONLY'
  await t.rejects(append(), { code: refusal })
  t.ok(watched.isReadOnly())
  refusal = 'HUB_WRONG_EXPECTATION'
  await t.rejects(append(), { code: refusal })
  t.ok(watched.isReadOnly(), 'a log that compares still stores nothing')
  refusal = undefined
  await append()
  t.notOk(watched.isReadOnly())

  refusal = 'HUB_READ_ONLY'
  await t.rejects(append(), { code: refusal })
  await watched.look()
  t.notOk(watched.isReadOnly(), 'there is space, and nobody else would tell')
})
