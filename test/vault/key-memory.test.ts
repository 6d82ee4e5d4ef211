import t from 'tap'
import { createKeyMemory } from '../../src/vault/key-memory.js'

const KEY = { kid: '019997e4-03e4-4aee-a5a2-96e9164cdf25', key: new Uint8Array(32) }

t.test('keeps a key under both of its names, and forgets it under both', async (t) => {
  const memory = createKeyMemory()
  memory.keepKeyOf('patient:1', KEY, memory.mark())
  t.equal(memory.keyOf('patient:1'), KEY)
  t.equal(memory.keyById(KEY.kid), KEY.key)

  memory.forget('patient:1', KEY.kid)

  t.equal(memory.keyOf('patient:1'), undefined)
  t.equal(memory.keyById(KEY.kid), undefined)
})

t.test('keeps nothing that was asked for before something was forgotten', async (t) => {
  for (const forget of ['forget', 'forgetAll'] as const) {
    const memory = createKeyMemory()
    const mark = memory.mark()

    memory[forget]('patient:1', KEY.kid)
    memory.keepKeyOf('patient:1', KEY, mark)
    memory.keepKey(KEY.kid, KEY.key, mark)
    memory.keepSecret('signing', KEY.key, mark)

    t.equal(memory.keyOf('patient:1'), undefined, forget)
    t.equal(memory.keyById(KEY.kid), undefined, forget)
    t.equal(memory.secret('signing'), undefined, forget)
  }
})

t.test('answers no key while nobody knows which are destroyed, and what it kept afterwards', async (t) => {
  let isCurrent = false
  const memory = createKeyMemory(() => isCurrent)
  memory.keepKeyOf('patient:1', KEY, memory.mark())
  memory.keepSecret('signing', KEY.key, memory.mark())

  t.equal(memory.keyOf('patient:1'), undefined)
  t.equal(memory.keyById(KEY.kid), undefined)
  t.equal(memory.secret('signing'), KEY.key, 'secrets are never destroyed')

  isCurrent = true
  t.equal(memory.keyOf('patient:1'), KEY)
})
