/** What keys and secrets owe: sentences 1 and 3 of the vault's port. */
import type { Test } from 'tap'
import { isUuid } from '../../src/kernel/ids.js'
import { refused } from './log-events.js'
import { beforeAndAfterRestart, type VaultFactory } from './vault-under-test.js'

const OWNER = 'patient:5166b806-c92f-8766-879b-077f506cf391'
const OTHER = 'guardian:patient-5166b806-c92f-8766-879b-077f506cf391:0199810e-ed17-7a99-8d2f-38a7285d0e21'
const UNKNOWN_KID = '019997e4-03e4-4aee-a5a2-96e9164cdf25'

export async function keyContract(t: Test, openVault: VaultFactory): Promise<void> {
  await t.test('gives an owner one key, for ever, and every owner another', async (t) => {
    const { vault, reopen } = await openVault(t)

    const first = await vault.keyFor(OWNER)
    const other = await vault.keyFor(OTHER)

    t.equal(first.key.length, 32)
    t.ok(isUuid(first.kid))
    t.not(first.kid, other.kid)
    t.notSame(bytes(first.key), bytes(other.key))
    t.strictSame(plain(await vault.keyFor(OWNER)), plain(first), 'again')
    const reopened = await reopen()
    t.strictSame(plain(await reopened.keyFor(OWNER)), plain(first), 'after a restart')
    t.strictSame(plain(await reopened.keyFor(OTHER)), plain(other))
  })

  await t.test('makes one key where many ask for a new owner at once', async (t) => {
    const { vault, reopen } = await openVault(t)

    const keys = await Promise.all(Array.from({ length: 64 }, () => vault.keyFor(OWNER)))

    t.equal(new Set(keys.map((key) => JSON.stringify(plain(key)))).size, 1)
    t.equal((await (await reopen()).keyFor(OWNER)).kid, keys[0]?.kid)
  })

  await t.test('has a key in memory once it was asked for, and never before', async (t) => {
    const { vault, reopen } = await openVault(t)
    t.equal(vault.cachedKeyFor(OWNER), undefined)

    const key = await vault.keyFor(OWNER)

    t.strictSame(plain(vault.cachedKeyFor(OWNER)), plain(key))
    t.equal((await reopen()).cachedKeyFor(OWNER), undefined)
  })

  await t.test('holds of a key its 32 bytes and nothing around them', async (t) => {
    const { vault, reopen } = await openVault(t)
    const { kid } = await vault.keyFor(OWNER)
    await vault.secret('signing')
    const again = await reopen()

    for (const held of [await again.keyById(kid), (await again.keyFor(OWNER)).key, await again.secret('signing')]) {
      t.equal(held?.buffer.byteLength, 32, 'no pool of other secrets is kept along with it')
    }
  })

  await t.test('finds keys by their ids, one or many, before and after a restart', async (t) => {
    const opened = await openVault(t)
    const { vault } = opened
    const [first, other] = [await vault.keyFor(OWNER), await vault.keyFor(OTHER)]
    const wanted = [other.kid, UNKNOWN_KID, first.kid]
    const found = [
      [first.kid, bytes(first.key)],
      [other.kid, bytes(other.key)],
    ].sort()

    for await (const each of beforeAndAfterRestart(opened)) {
      t.strictSame(bytes(await each.keyById(first.kid)), bytes(first.key))
      t.equal(await each.keyById(UNKNOWN_KID), undefined)
      const keys = [...(await each.keysById(wanted))].map(([kid, key]) => [kid, bytes(key)]).sort()
      t.strictSame(keys, found)
      t.equal((await each.keysById([])).size, 0)
    }
  })

  await t.test('destroys a key for ever: erased by owner, unknown by id, for no one else', async (t) => {
    const opened = await openVault(t)
    const { vault } = opened
    const [first, other] = [await vault.keyFor(OWNER), await vault.keyFor(OTHER)]

    await vault.destroy(OWNER)
    await vault.destroy(OWNER)

    for await (const each of beforeAndAfterRestart(opened)) {
      await refused(t, each.keyFor(OWNER), 'HUB_ERASED', 'keyFor')
      t.equal(each.cachedKeyFor(OWNER), undefined, 'nor from memory')
      t.equal(await each.keyById(first.kid), undefined)
      t.strictSame([...(await each.keysById([first.kid, other.kid])).keys()], [other.kid])
      t.strictSame(plain(await each.keyFor(OTHER)), plain(other))
    }
  })

  await t.test('forgets a destroyed key that was only ever read by its id', async (t) => {
    const { vault, reopen } = await openVault(t)
    const { kid } = await vault.keyFor(OWNER)
    const again = await reopen()
    t.ok(await again.keyById(kid), 'in memory now')

    await again.destroy(OWNER)

    t.equal(await again.keyById(kid), undefined)
  })

  await t.test('leaves a tombstone where no key was made yet', async (t) => {
    const { vault, reopen } = await openVault(t)

    await vault.destroy(OWNER)

    await refused(t, vault.keyFor(OWNER), 'HUB_ERASED', 'keyFor')
    await refused(t, (await reopen()).keyFor(OWNER), 'HUB_ERASED', 'after a restart')
  })

  await t.test('lets one erased owner among many fail alone', async (t) => {
    const { vault } = await openVault(t)
    await vault.destroy(OWNER)

    const outcomes = await Promise.allSettled([OTHER, OWNER, `${OTHER}.2`].map((owner) => vault.keyFor(owner)))

    t.strictSame(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })

  await t.test('keeps a secret of 32 bytes under its name', async (t) => {
    const { vault, reopen } = await openVault(t)
    t.equal(vault.cachedSecret('signing'), undefined)

    const [one, again] = await Promise.all([vault.secret('signing'), vault.secret('signing')])
    const other = await vault.secret('hub-id')

    t.equal(one.length, 32)
    t.strictSame(bytes(again), bytes(one), 'asked for twice at once')
    t.strictSame(bytes(vault.cachedSecret('signing')), bytes(one))
    t.notSame(bytes(other), bytes(one))
    const reopened = await reopen()
    t.equal(reopened.cachedSecret('signing'), undefined)
    t.strictSame(bytes(await reopened.secret('signing')), bytes(one))
    t.strictSame(bytes(await reopened.secret('hub-id')), bytes(other))
  })

  await t.test('says that it is there', async (t) => {
    const { vault } = await openVault(t)

    await t.resolves(vault.check())
  })
}

const bytes = (held: Uint8Array | undefined): string => Buffer.from(held ?? []).toString('hex')

const plain = (key: { kid: string; key: Uint8Array } | undefined) => ({ kid: key?.kid, key: bytes(key?.key) })
