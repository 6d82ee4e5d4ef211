import t from 'tap'
import { createTaken } from '../../src/alerts/taken.js'

t.test('waits for the head that it is told of, and for nothing behind it', async (t) => {
  const taken = createTaken('1', new AbortController().signal)
  await taken.all({ head: async () => '1' })
  let isDone = false
  const waiting = taken.all({ head: async () => '3' }).then(() => {
    isDone = true
  })
  await new Promise(setImmediate)
  taken.note('2')
  await new Promise(setImmediate)
  t.notOk(isDone)
  taken.note('3')
  taken.note('4')
  await waiting
})

t.test('counts what is taken while the log is asked', async (t) => {
  const taken = createTaken('', new AbortController().signal)
  await taken.all({
    async head() {
      taken.note('1')
      taken.note('2')
      return '1'
    },
  })
  t.pass('the head was taken before anybody waited for it')
})

t.test('refuses where nothing more is taken', async (t) => {
  const stopping = new AbortController()
  const taken = createTaken('1', stopping.signal)
  const waiting = taken.all({ head: async () => '2' })
  stopping.abort()
  await t.rejects(waiting, { code: 'HUB_STOPPING' })
})
