/** What claims owe: sentence 2 of the vault's port, with claimants that race and claims that were left behind. */
import type { Test } from 'tap'
import { MINUTE } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import type { Claim, ClaimHolder, ClaimStanding, Vault } from '../../src/vault/port.js'
import { newStream, refused } from './log-events.js'
import { beforeAndAfterRestart, type VaultFactory } from './vault-under-test.js'

/** A sample number of GB 11643: nobody's. */
const IDENTITY = ['1', '11010519491231002X'] as const
const TAKEOVER = 10 * MINUTE

interface Claimant {
  readonly stream: string
  readonly eventId: string
}

const newClaimant = (): Claimant => ({ stream: newStream(), eventId: uuidv7(0) })
const claim = (vault: Vault, { stream, eventId }: Claimant, standing: ClaimStanding = 'UNUSED'): Promise<Claim> =>
  vault.claim(IDENTITY, stream, eventId, async () => standing)

export async function claimContract(t: Test, openVault: VaultFactory): Promise<void> {
  await t.test('gives an identity to the first stream, and tells the others who holds it', async (t) => {
    const opened = await openVault(t)
    const { vault } = opened
    const [first, second] = [newClaimant(), newClaimant()]
    t.equal(await vault.findClaim(IDENTITY), undefined)

    const granted = await claim(vault, first)

    t.strictSame(granted, { stream: first.stream, granted: true })
    for await (const each of beforeAndAfterRestart(opened)) {
      t.strictSame(await claim(each, second), { stream: first.stream, granted: false })
      t.equal(await each.findClaim(IDENTITY), first.stream)
    }
  })

  await t.test('lets exactly one of many claimants win', async (t) => {
    const { vault } = await openVault(t)
    const claimants = Array.from({ length: 32 }, newClaimant)

    const claims = await Promise.all(claimants.map((claimant) => claim(vault, claimant)))

    t.equal(claims.filter(({ granted }) => granted).length, 1)
    t.equal(new Set(claims.map(({ stream }) => stream)).size, 1, 'and all are told the same one')
    const winner = claimants[claims.findIndex(({ granted }) => granted)]
    t.equal(winner?.stream, claims[0]?.stream)
  })

  await t.test('grants the same event again: a retry after a crash', async (t) => {
    const { vault, reopen, clock } = await openVault(t)
    const first = newClaimant()
    await claim(vault, first)

    t.equal((await claim(vault, first)).granted, true)
    clock.advanceTo(clock.now() + 3 * TAKEOVER)
    t.equal((await claim(await reopen(), first, 'HELD')).granted, true, 'after a restart, however late')
  })

  await t.test('grants the holding stream whatever it says later, and no other stream the same event', async (t) => {
    const { vault } = await openVault(t)
    const first = newClaimant()
    await claim(vault, first)

    t.equal((await claim(vault, { stream: first.stream, eventId: uuidv7(0) })).granted, true)
    t.strictSame(await claim(vault, { stream: newStream(), eventId: first.eventId }), {
      stream: first.stream,
      granted: false,
    })
    t.equal(await vault.findClaim(IDENTITY), first.stream)
  })

  await t.test('takes identities apart by kind and number', async (t) => {
    const { vault } = await openVault(t)
    const identities = [IDENTITY, ['2', IDENTITY[1]], ['1', IDENTITY[1].toLowerCase()], [IDENTITY.join('')], ['1']]

    for (const identity of identities) {
      const { stream, eventId } = newClaimant()
      t.equal(
        (await vault.claim(identity, stream, eventId, async () => 'UNUSED')).granted,
        true,
        JSON.stringify(identity),
      )
    }
  })

  await t.test('lets a claim whose event never came be taken over after ten minutes, not before', async (t) => {
    const { vault, clock, reopen } = await openVault(t)
    const [left, next] = [newClaimant(), newClaimant()]
    await claim(vault, left)

    clock.advanceTo(clock.now() + TAKEOVER - 1)
    t.strictSame(await claim(vault, next), { stream: left.stream, granted: false }, 'a millisecond early')
    clock.advanceTo(clock.now() + 1)
    t.strictSame(await claim(vault, next, 'HELD'), { stream: left.stream, granted: false }, 'the record states it')
    t.strictSame(await claim(vault, next), { stream: next.stream, granted: true })

    const again = await reopen()
    t.equal(await again.findClaim(IDENTITY), next.stream)
    t.strictSame(await claim(again, left), { stream: next.stream, granted: false }, 'the old one comes too late')
  })

  await t.test('asks about the holder and the event that claimed last', async (t) => {
    const { vault, clock } = await openVault(t)
    const [left, next] = [newClaimant(), newClaimant()]
    await claim(vault, left)
    clock.advanceTo(clock.now() + TAKEOVER)
    const asked: ClaimHolder[] = []

    await vault.claim(IDENTITY, next.stream, next.eventId, async (holder) => {
      asked.push(holder)
      return 'HELD'
    })

    t.strictSame(asked, [left])
  })

  await t.test('lets exactly one of two take a claim over', async (t) => {
    const { vault, clock } = await openVault(t)
    await claim(vault, newClaimant())
    clock.advanceTo(clock.now() + TAKEOVER)

    const claims = await Promise.all([claim(vault, newClaimant()), claim(vault, newClaimant())])

    t.equal(claims.filter(({ granted }) => granted).length, 1)
    t.equal(claims[0]?.stream, claims[1]?.stream)
  })

  await t.test('starts the ten minutes anew with a retry', async (t) => {
    const { vault, clock } = await openVault(t)
    const [first, next] = [newClaimant(), newClaimant()]
    await claim(vault, first)
    clock.advanceTo(clock.now() + TAKEOVER - 1)
    await claim(vault, first)

    clock.advanceTo(clock.now() + TAKEOVER - 1)

    t.strictSame(await claim(vault, next), { stream: first.stream, granted: false })
  })

  await t.test('refuses a take-over where the holder came back while it looked', async (t) => {
    const { vault, clock } = await openVault(t)
    const [first, next] = [newClaimant(), newClaimant()]
    await claim(vault, first)
    clock.advanceTo(clock.now() + TAKEOVER)

    const late = await vault.claim(IDENTITY, next.stream, next.eventId, async () => {
      await claim(vault, first)
      return 'UNUSED'
    })

    t.strictSame(late, { stream: first.stream, granted: false })
    t.equal(await vault.findClaim(IDENTITY), first.stream)
  })

  await t.test('lets a claim be taken over at once where the record gave the identity up', async (t) => {
    const { vault } = await openVault(t)
    const [first, next] = [newClaimant(), newClaimant()]
    await claim(vault, first)

    t.strictSame(await claim(vault, next, 'RELEASED'), { stream: next.stream, granted: true })
    t.strictSame(await claim(vault, first, 'HELD'), { stream: next.stream, granted: false }, 'it is not had back')
  })

  await t.test(
    'refuses a take-over where the holder claims again, for another event, while it is looked at',
    async (t) => {
      const { vault } = await openVault(t)
      const [first, next] = [newClaimant(), newClaimant()]
      await claim(vault, first)

      const late = await vault.claim(IDENTITY, next.stream, next.eventId, async () => {
        await claim(vault, { stream: first.stream, eventId: uuidv7(0) })
        return 'RELEASED'
      })

      t.strictSame(late, { stream: first.stream, granted: false })
    },
  )

  await t.test('lets one unfit identity among many fail alone', async (t) => {
    const { vault } = await openVault(t)
    const unfit = vault.claim(['1', '\ud800'], newStream(), uuidv7(0), async () => 'UNUSED')
    const fit = claim(vault, newClaimant())

    await refused(t, unfit, 'HUB_NOT_CANONICAL', 'an unpaired surrogate')
    t.equal((await fit).granted, true)
  })
}
