import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { openFileFolder } from '../../src/delivery/file-folder.js'
import { parsePackage } from '../../src/delivery/package-format.js'
import { HubError } from '../../src/kernel/errors.js'
import type { EventLog } from '../../src/log/port.js'
import { principalOf } from '../fixtures/recording.js'
import { type Cleanup, openTempStore, tempDirectory } from '../fixtures/store.js'
import { drivenTimers } from './driven-timers.js'
import { openReceiver } from './receiver.js'
import { enrolTownship, openSmallHub, type SmallHubOptions } from './small-hub.js'

const pair = () => generateKeyPairSync('x25519')
const pemOf = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }))
const OTHER = { identity: { idType: '1', status: 'UNKNOWN', sex: '1' } }

async function openStation(t: Cleanup, options: SmallHubOptions = {}) {
  const temp = await openTempStore(t)
  const directory = tempDirectory(t)
  const hub = await openSmallHub(temp.store, temp.dataDir, { filesDirectory: directory, ...options })
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const { publicKey, privateKey } = pair()
  const id = await hub.files(agencies.police, pemOf(publicKey))
  await hub.idle()
  return { hub, temp, directory, agencies, police, privateKey, id, ...folderOf(directory, id, privateKey) }
}

/** What an agency sees of its folder, opened with the library and not with our own code. */
function folderOf(directory: string, id: string, privateKey: KeyObject) {
  const place = (kind: string, name = ''): string => join(directory, id, kind, name)
  const names = (kind = 'out'): readonly string[] => (existsSync(place(kind)) ? readdirSync(place(kind)).sort() : [])
  const open = async (name: string) => {
    const { plaintext } = await compactDecrypt(readFileSync(place('out', name), 'utf8'), privateKey)
    return new TextDecoder().decode(plaintext)
  }
  return {
    place,
    names,
    open,
    read: async (name: string) => parsePackage(await open(name)),
    acknowledge(name: string, content: string, ageSeconds = 60): void {
      writeFileSync(place('in', name), content)
      const at = Date.now() / 1000 - ageSeconds
      utimesSync(place('in', name), at, at)
    },
  }
}

t.test('carries the same bytes as webhook and mailbox, encrypted to the agency’s key alone', async (t) => {
  const { hub, police, id, names, open, read } = await openStation(t)
  const patient = await hub.register()
  for (const level of [1, 4, 0]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()
  const packages = await Promise.all(names().map(read))
  const byFiles = packages.flatMap(({ bodies }) => bodies.map(({ body }) => body))

  const { messages } = await hub.delivery.messages(police, id, { after: -1 })
  const receiver = await openReceiver(t)
  receiver.trust((await hub.subscriptions.secrets(police, id)).secret)
  await hub.subscriptions.change(police, id, { channel: 'webhook', url: receiver.url })
  await hub.idle()
  await hub.delivery.rewind(police, id, { from: 0, dryRun: false })
  await hub.idle()

  t.same(
    byFiles.map((body) => JSON.parse(body).sequence),
    [0, 1, 2],
  )
  t.same(
    messages.map(({ body }) => body),
    byFiles,
  )
  t.same(
    receiver.received.map(({ body }) => body),
    byFiles,
  )
  const [name = ''] = names()
  const sealed = await open(name)
  t.match(JSON.parse(sealed.slice(0, sealed.indexOf('\n'))), { format: 1, subscription: id, from: 0, parked: [] })
})

t.test('seals for every kind of key that it takes, as the standard says', async (t) => {
  const { hub, agencies, police, directory, id } = await openStation(t)
  const patient = await hub.register()
  const kinds = [
    [generateKeyPairSync('x25519'), 'ECDH-ES+A256KW'],
    [generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ECDH-ES+A256KW'],
    [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RSA-OAEP-256'],
  ] as const
  for (const [{ publicKey, privateKey }, alg] of kinds) {
    const subscription = await hub.files(agencies.police, pemOf(publicKey))
    await hub.record(patient, 'RiskAssessed', { level: 3 })
    await hub.idle()
    const { names, read, place } = folderOf(directory, subscription, privateKey)
    const [name = ''] = names()

    t.match(decodeProtectedHeader(readFileSync(place('out', name), 'utf8')), {
      alg,
      enc: 'A256GCM',
      kid: /^[\w-]{43}$/,
    })
    t.match(await read(name), { index: { subscription, messages: 1 } })
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const pkcs8 = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  for (const pem of [pemOf(publicKey), pemOf(small), pkcs8, 'nonsense']) {
    await t.rejects(hub.subscriptions.registerKey(police, id, { pem }), { code: 'HUB_RULE_VIOLATED' })
  }
  const jwk = { ...pair().privateKey.export({ format: 'jwk' }) }
  await t.rejects(hub.subscriptions.registerKey(police, id, { jwk }), { code: 'HUB_RULE_VIOLATED' }, 'a private key')
  const office = principalOf(agencies.pl, 'PL')
  await t.rejects(hub.subscriptions.registerKey(office, id, { pem: pemOf(pair().publicKey) }), {
    code: 'HUB_NOT_FOUND',
  })
})

t.test('a package that was named and not written down is written again with the same messages', async (t) => {
  let isRefusing = true
  const through = (log: EventLog): EventLog => ({
    ...log,
    async append(stream, events, expected) {
      if (isRefusing && events.some(({ type }) => type === 'MessageHandedOver'))
        throw new HubError('HUB_READ_ONLY', 'no')
      return log.append(stream, events, expected)
    },
  })
  const { hub, temp, directory, police, id, names, read } = await openStation(t, { through })
  const patient = await hub.register()
  await hub.subscriptions.change(police, id, { paused: true })
  for (const level of [1, 4]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.subscriptions.change(police, id, { paused: false })
  await hub.idle()
  const before = await Promise.all(names().map(read))
  await hub.stop()
  isRefusing = false

  const again = await openSmallHub(await temp.reopen(), temp.dataDir, { filesDirectory: directory })
  t.teardown(() => again.stop())
  await again.record(patient, 'RiskAssessed', { level: 5 })
  await again.idle()

  t.same(names().slice(0, before.length), ['0000000000-0000000001.jwe'])
  t.same(await read('0000000000-0000000001.jwe'), before[0])
  t.match(await again.delivery.status(police, id), { cursor: 3, length: 3 })
  const all = await Promise.all(names().map(read))
  t.same(
    all.flatMap(({ bodies }) => bodies.map(({ sequence }) => sequence)),
    [0, 1, 2],
  )
})

t.test('takes acknowledgements from files, and sets aside what is none, with the reason', async (t) => {
  const { hub, police, id, directory, acknowledge, place, names } = await openStation(t)
  const patient = await hub.register()
  for (const level of [1, 4]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.idle()
  const secret = join(directory, 'secret')
  writeFileSync(secret, '{"through":1}')

  acknowledge('ack-1.json', '{"through":0}')
  acknowledge('ack-2.json', `{"subscription":"${id}","through":1}`)
  acknowledge('ack-3.json', '{"through":7}')
  acknowledge('ack-4.json', '{"through":"1"}')
  acknowledge('ack-5.json', '{"subscription":"0198f0aa-0000-7000-8000-0000000000ff","through":1}')
  acknowledge('ack-6.json', `{"through":1}${' '.repeat(9000)}`)
  acknowledge('notes.txt', 'not for the hub')
  acknowledge('ack-8.json', '{"thr', 1)
  symlinkSync(secret, place('in', 'ack-7.json'))
  symlinkSync(secret, place('refused', 'ack-4.json.reason.txt'))
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  await hub.idle()

  t.same(names('done'), ['ack-1.json', 'ack-2.json'])
  const refused = ['ack-3.json', 'ack-4.json', 'ack-5.json', 'ack-6.json', 'ack-7.json']
  t.same(
    names('refused').filter((name) => name.endsWith('.json')),
    refused,
  )
  for (const name of refused) t.match(readFileSync(place('refused', `${name}.reason.txt`), 'utf8'), /\p{Script=Han}/u)
  t.equal(readFileSync(secret, 'utf8'), '{"through":1}', 'no reason is written through a link')
  t.same(names('in'), ['ack-8.json', 'notes.txt'], 'one may still be being written, the other is none')
  t.match(await hub.delivery.status(police, id), { acknowledgedThrough: 1 })
  const written = (await hub.events(`subscription-${id}`)).filter(({ type }) => type === 'MessageAcknowledged')
  t.same(
    written.map(({ data }) => data.through),
    [0, 1],
  )
})

t.test('a directory that is not there pauses this subscription and no other, and loses nothing', async (t) => {
  const timers = drivenTimers(Date.now())
  const problems: unknown[] = []
  const { hub, agencies, police, id, directory, names } = await openStation(t, {
    timers,
    onProblem: (_, error) => problems.push(error),
  })
  const receiver = await openReceiver(t)
  await hub.webhook(agencies.pl, receiver.url)
  renameSync(directory, `${directory}-away`)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  t.match(await hub.delivery.status(police, id), { cursor: 0, pause: { reason: 'ENOENT' } })
  t.notOk(existsSync(directory), 'it is not made: a disk is missing')
  t.equal(receiver.received.length, 1, 'the others go on')
  t.ok(problems.length > 0, 'the operator is told')
  writeFileSync(directory, 'a file')
  timers.advance(5_000)
  await hub.idle()
  t.match(await hub.delivery.status(police, id), { cursor: 0, pause: { reason: 'ENOTDIR' } })
  rmSync(directory)
  renameSync(`${directory}-away`, directory)
  timers.advance(15_000)
  await hub.idle()
  t.match(await hub.delivery.status(police, id), { cursor: 1, pause: undefined })
  t.same(names(), ['0000000000-0000000000.jwe'])
})

t.test('sends again what is asked for beside what was sent, and writes nothing while paused', async (t) => {
  const { hub, police, id, names, read } = await openStation(t)
  const [one, other] = [await hub.register(), await hub.register(OTHER)]
  await hub.subscriptions.change(police, id, { paused: true })
  await hub.record(one, 'RiskAssessed', { level: 1 })
  await hub.record(other, 'RiskAssessed', { level: 1 })
  await hub.record(one, 'RiskAssessed', { level: 4 })
  await hub.idle()
  t.same(names(), [])
  await hub.subscriptions.change(police, id, { paused: false })
  await hub.idle()
  t.same(names(), ['0000000000-0000000002.jwe'], 'what waited goes in one package')

  t.match(await hub.delivery.rewind(police, id, { from: 1, dryRun: true }), { sequences: [1, 2], isDryRun: true })
  await hub.idle()
  t.equal(names().length, 1, 'a preview writes nothing')
  await hub.delivery.rewind(police, id, { from: 1, dryRun: false })
  await hub.idle()

  const [again = ''] = names().filter((name) => name.includes('again'))
  t.match(again, /^0000000001-0000000002-again-[\da-f]{8}\.jwe$/)
  t.match(await read(again), { index: { from: 1, through: 2, messages: 2 } })
  t.match(await hub.delivery.status(police, id), { cursor: 3, redriving: [], parked: [] })
})

t.test('leaves nothing under a name that its writer might not give any more', async (t) => {
  const directory = tempDirectory(t)
  const folder = await openFileFolder(directory, 'a')
  mkdirSync(join(directory, 'a', 'tmp', 'left'))
  writeFileSync(join(directory, 'a', 'tmp', 'left', 'half'), 'x')

  t.equal(await folder.put('x.jwe', 'text', () => false), false, 'another hub may send by now')
  await openFileFolder(directory, 'a')

  t.same(readdirSync(join(directory, 'a', 'out')), [])
  t.same(readdirSync(join(directory, 'a', 'tmp')), [], 'what a crash left is gone')
  symlinkSync(directory, join(directory, 'b'))
  await t.rejects(openFileFolder(directory, 'b'), { code: 'ENOTDIR' }, 'no link is followed')
})

t.test('offers files only where the operator named a directory', async (t) => {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir)
  t.teardown(() => hub.stop())
  const { police } = await enrolTownship(hub)
  const draft = { alerts: true, feeds: [], channel: 'files' } as const

  await t.rejects(hub.subscriptions.open(principalOf(police, 'POLICE'), draft), { code: 'HUB_RULE_VIOLATED' })
})
