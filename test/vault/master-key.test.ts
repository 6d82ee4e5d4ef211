import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createMasterKeyFile, openMasterKeyFile } from '../../src/vault/master-key.js'
import { tempDirectory } from '../fixtures/store.js'

const PASSPHRASE = '一个够长的口令 correct horse'
const isAway = { code: 'HUB_VAULT_AWAY' }

t.test('opens with its passphrase and no other', async (t) => {
  const file = join(tempDirectory(t), 'master.key')

  const master = createMasterKeyFile(file, PASSPHRASE)

  t.equal(master.length, 32)
  t.same(openMasterKeyFile(file, PASSPHRASE), master)
  for (const wrong of ['', PASSPHRASE.slice(1), `${PASSPHRASE} `, PASSPHRASE.toUpperCase()]) {
    t.throws(() => openMasterKeyFile(file, wrong), isAway)
  }
})

t.test('is readable by its owner alone, whatever the umask', async (t) => {
  const file = join(tempDirectory(t), 'master.key')
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))

  createMasterKeyFile(file, PASSPHRASE)

  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('refuses to overwrite a file, and leaves it as it is', async (t) => {
  const file = join(tempDirectory(t), 'master.key')
  const master = createMasterKeyFile(file, PASSPHRASE)

  t.throws(() => createMasterKeyFile(file, 'another'), { code: 'EEXIST' })

  t.same(openMasterKeyFile(file, PASSPHRASE), master)
})

t.test('holds neither the key nor the passphrase in the clear', async (t) => {
  const directory = tempDirectory(t)
  const first = createMasterKeyFile(join(directory, 'one'), PASSPHRASE)
  const second = createMasterKeyFile(join(directory, 'two'), PASSPHRASE)
  const text = readFileSync(join(directory, 'one'), 'utf8')

  t.notSame(first, second, 'every file has a key of its own')
  for (const hidden of [
    PASSPHRASE,
    ...(['hex', 'base64', 'base64url'] as const).map((as) => Buffer.from(first).toString(as)),
  ]) {
    t.notOk(text.includes(hidden))
  }
})

t.test('does not open when it is missing, cut short or changed', async (t) => {
  const directory = tempDirectory(t)
  const file = join(directory, 'master.key')
  createMasterKeyFile(file, PASSPHRASE)
  const whole = readFileSync(file, 'utf8')
  const content = JSON.parse(whole) as Record<string, string>
  chmodSync(file, 0o600)
  const damaged = {
    empty: '',
    'cut short': whole.slice(0, 100),
    'no JSON': 'master',
    'weaker cost': JSON.stringify({ ...content, n: 1024 }),
    'another member': JSON.stringify({ ...content, more: true }),
    'another salt': JSON.stringify({ ...content, salt: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    'a flipped bit': JSON.stringify({ ...content, ct: flipped(content.ct ?? '') }),
    'a tag of four bytes': JSON.stringify({ ...content, ct: (content.ct ?? '').slice(0, 6) }),
  }

  for (const [name, text] of Object.entries(damaged)) {
    writeFileSync(file, text)
    t.throws(() => openMasterKeyFile(file, PASSPHRASE), isAway, name)
  }
  t.throws(() => openMasterKeyFile(join(directory, 'nowhere'), PASSPHRASE), isAway, 'missing')
  t.notOk(existsSync(join(directory, 'nowhere')))
})

function flipped(base64url: string): string {
  const bytes = Buffer.from(base64url, 'base64url')
  bytes[3] = (bytes[3] ?? 0) ^ 0x10
  return bytes.toString('base64url')
}
