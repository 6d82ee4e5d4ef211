import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageName, packageText } from '../../src/delivery/package-format.js'
import { sealPackage } from '../../src/delivery/package-jwe.js'
import { parsePublicKey } from '../../src/delivery/public-key.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'
import { cli } from './run.js'

const SUBSCRIPTION = '0198f0aa-0000-7000-8000-0000000000a1'
const SECRET = Buffer.alloc(32, 7)
const body = (sequence: number, text = 'x'): string => `{"data":{"text":"${text}"},"sequence":${sequence}}`

function stage(t: Cleanup) {
  const { run, file } = cli(t)
  const root = tempDirectory(t)
  const [incoming, out, ack] = ['in', 'out', 'ack'].map((name) => join(root, name)) as [string, string, string]
  for (const path of [incoming, out, ack]) mkdirSync(path)
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const key = file('key.pem', String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  const secret = file('secret', `whsec_${SECRET.toString('base64')}\n`)
  const to = parsePublicKey({ pem: String(publicKey.export({ type: 'spki', format: 'pem' })) })
  const put = async (
    sequences: readonly number[],
    parked: readonly number[] = [],
    signedBy = SECRET,
    of = body,
  ): Promise<void> => {
    const [from = 0, through = from] = [sequences[0], sequences.at(-1)]
    const index = { format: 1, subscription: SUBSCRIPTION, from, through, messages: sequences.length, parked } as const
    const text = packageText(
      index,
      sequences.map((sequence) => of(sequence)),
      [signedBy],
    )
    writeFileSync(join(incoming, packageName(from, through)), await sealPackage(text, to))
  }
  const open = (...more: string[]) =>
    run('packages', 'open', '--key', key, '--in', incoming, '--out', out, '--secret-file', secret, '--json', ...more)
  return { run, put, open, incoming, out, ack, key, file }
}

t.test('opens packages, keeps the very bytes, tells gaps, and acknowledges what is whole', async (t) => {
  const { put, open, out, ack } = stage(t)
  await put([0, 1, 2])
  await put([4, 6], [3])
  await put([9])

  const first = await open('--ack', ack)

  t.equal(first.code, 1, 'something is missing')
  t.match(first.json, { packages: 3, written: 6, through: 4, parked: [3], isVerified: true, refused: [] })
  t.same(first.json.missing, [
    [5, 5],
    [7, 8],
  ])
  t.equal(readFileSync(join(out, '0000000001.json'), 'utf8'), body(1))
  t.same(readdirSync(ack), ['ack-4.json'])
  t.same(JSON.parse(readFileSync(join(ack, 'ack-4.json'), 'utf8')), { subscription: SUBSCRIPTION, through: 4 })
  await put([3, 5, 7, 8])
  const second = await open()
  t.equal(second.code, 0)
  t.match(second.json, { written: 4, through: 9, missing: [], parked: [] })
})

t.test('empties what was recalled, however often the packages are opened', async (t) => {
  const { put, open, out } = stage(t)
  const told = (sequence: number): string =>
    `{"data":{"text":"示例${sequence}"},"id":"id-${sequence}","sequence":${sequence}}`
  const recall = (sequence: number): string =>
    `{"data":{"recall":{"deleteBy":"2026-04-15"},"supersedes":["id-0","id-2","id-99"]},"id":"id-${sequence}","kind":"recalled","sequence":${sequence}}`
  await put([0, 1, 2], [], SECRET, told)
  await open()
  await put([3], [], SECRET, recall)

  for (let i = 0; i < 2; i++) {
    const { code, json } = await open()

    t.equal(code, 0)
    t.match(json, { through: 3, missing: [], recalled: [{ by: 3, deleteBy: '2026-04-15', messages: [0, 2] }] })
    t.same(
      [0, 1, 2].map((sequence) => readFileSync(join(out, `000000000${sequence}.json`), 'utf8')),
      ['{"sequence":0,"recalledBy":3}\n', told(1), '{"sequence":2,"recalledBy":3}\n'],
    )
    t.equal(readFileSync(join(out, '0000000003.json'), 'utf8'), recall(3))
  }
})

t.test('refuses what the hub did not write, what was cut short, and what is for another key', async (t) => {
  const { put, open, run, incoming, out, key, file } = stage(t)
  await put([0])
  await put([1], [], Buffer.alloc(32, 8))
  writeFileSync(join(incoming, packageName(2, 2)), readFileSync(join(incoming, packageName(0, 0)), 'utf8').slice(0, -8))
  const other = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

  const { code, json } = await open()
  const unverified = await run('packages', 'open', '--key', key, '--in', incoming, '--out', out)
  const args = ['--in', incoming, '--out', out, '--json']
  const wrongKey = await run('packages', 'open', '--key', file('other.pem', String(other)), ...args)
  const noKey = await run('packages', 'open', '--key', file('none.pem', 'x'), ...args)

  t.equal(code, 1)
  t.match(json, { packages: 1, refused: [{ file: packageName(1, 1), reason: /no signature/ }, {}] })
  t.match(unverified.out, /未核对签名/)
  t.match(wrongKey.json, { packages: 0 })
  t.equal(noKey.code, 2)
})
