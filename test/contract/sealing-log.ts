/**
 * The suite that every `SealingLog` owes, whether it seals in this thread or beyond it: what is stored opens with the
 * owner's key and with no other, and what cannot be sealed is not stored.
 */
import type { Test } from 'tap'
import type { OpenEvent, OpenFields, StoredEvent } from '../../src/domain/event.js'
import { type EventLog, type SealingLog, START } from '../../src/log/port.js'
import type { Vault } from '../../src/vault/port.js'
import { openSeal } from '../../src/vault/sealing.js'
import { collect, follow, newEvent, newStream, readWhole, refused, take } from './log-events.js'

export interface SealingUnderTest {
  readonly sealing: SealingLog
  readonly log: EventLog
  readonly vault: Vault
}

export type SealingFactory = (t: Test) => Promise<SealingUnderTest>

const NOTE = '随访时情绪稳定'
const PHONE = '19900000000'

const ofPatient = (owner: string, note = NOTE): OpenFields => ({
  subject: 'patient',
  owner,
  fields: { '/data/note': note, '/data/nested': { drugs: ['a', 'b'] } },
})
const ofGuardian = (owner: string): OpenFields => ({ subject: 'guardian', owner, fields: { '/data/phone': PHONE } })

function openOf(...open: readonly OpenFields[]): OpenEvent {
  const { sealed: _, ...event } = newEvent()
  return { event, open }
}

async function opened(vault: Vault, event: StoredEvent): Promise<Readonly<Record<string, unknown>>> {
  const bySubject: Record<string, unknown> = {}
  for (const entry of event.sealed) {
    const key = await vault.keyById(entry.kid)
    bySubject[entry.subject] = key && openSeal(event, key, entry).fields
  }
  return bySubject
}

/** Runs the whole suite, e.g. `sealingLogContract(t, 'in this thread', open)`. */
export async function sealingLogContract(t: Test, name: string, open: SealingFactory): Promise<void> {
  await t.test(`${name}: sealed`, (t) => sealedContract(t, open))
  await t.test(`${name}: refused`, (t) => refusedContract(t, open))
}

async function sealedContract(t: Test, open: SealingFactory): Promise<void> {
  await t.test('stores each subject under its own key, and answers with its receipts', async (t) => {
    const { sealing, log, vault } = await open(t)
    const stream = newStream()
    const events = [openOf(ofGuardian('guardian:1'), ofPatient('patient:1')), openOf(), openOf(ofPatient('patient:1'))]
    const answered = await sealing.appendSealed(stream, events, 'new')
    const stored = await readWhole(log, stream)
    t.same(
      answered,
      stored.map(({ id, stream, revision, recordedAt }) => ({ id, stream, revision, recordedAt })),
    )
    const [first, bare, last] = stored
    if (!first || !bare || !last) throw new Error('three events are stored')
    t.same(
      first.sealed.map(({ subject }) => subject),
      ['guardian', 'patient'],
    )
    t.same(await opened(vault, first), {
      guardian: ofGuardian('').fields,
      patient: ofPatient('').fields,
    })
    t.same(bare.sealed, [])
    const kids = [first, last].map(({ sealed }) => sealed.at(-1)?.kid)
    t.equal(kids[0], kids[1], 'one owner has one key')
    t.equal(kids[0], (await vault.keyFor('patient:1')).kid, 'the one that the vault gives')
    t.not(first.sealed[0]?.kid, kids[0], 'another owner has another')
    t.not(first.sealed[1]?.nonce, last.sealed[0]?.nonce, 'no nonce twice')
  })

  await t.test('shows followers the seals and never what lies in them', async (t) => {
    const { sealing, log } = await open(t)
    const stream = newStream()
    const follower = follow(t, log, await log.head())
    await sealing.appendSealed(stream, [openOf(ofPatient('patient:1'))], 'new')
    const [record] = await take(follower, 1, [stream])
    t.same(record?.event, (await readWhole(log, stream))[0])
    t.notMatch(JSON.stringify(record), NOTE)
    t.match(record?.event.sealed[0]?.digests, { '/data/note': /^sha256:/, '/data/nested': /^sha256:/ })
    t.notOk(Object.keys(record?.event ?? {}).includes('open'))
  })

  await t.test('seals many streams at once, each under its own', async (t) => {
    const { sealing, log, vault } = await open(t)
    const stored = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const stream = newStream()
        await sealing.appendSealed(stream, [openOf(ofPatient(`patient:${i}`, `${i}`))], 'new')
        return (await readWhole(log, stream))[0]
      }),
    )
    for (const [i, event] of stored.entries()) {
      t.match(event && (await opened(vault, event)), { patient: { '/data/note': `${i}` } })
    }
  })
}

async function refusedContract(t: Test, open: SealingFactory): Promise<void> {
  await t.test('refuses what is known, and what expects another place, as the log does', async (t) => {
    const { sealing, log } = await open(t)
    const stream = newStream()
    const events = [openOf(ofPatient('patient:1'))]
    await sealing.appendSealed(stream, events, 'new')
    await refused(t, sealing.appendSealed(stream, events, 'new'), 'HUB_ID_KNOWN', 'the same again')
    const more = [openOf(ofPatient('patient:1'))]
    await refused(t, sealing.appendSealed(stream, more, { revision: 4 }), 'HUB_WRONG_EXPECTATION', 'another place')
    t.equal((await readWhole(log, stream)).length, 1)
  })

  await t.test('stores nothing of a group whose subject was erased, and all of its neighbours', async (t) => {
    const { sealing, log, vault } = await open(t)
    const [gone, next] = [newStream(), newStream()]
    await sealing.appendSealed(gone, [openOf(ofPatient('patient:1'))], 'new')
    await vault.destroy('patient:1')
    const before = await log.head()
    const [erased, kept] = await Promise.allSettled([
      sealing.appendSealed(gone, [openOf(), openOf(ofPatient('patient:1'))], { revision: 0 }),
      sealing.appendSealed(next, [openOf(ofPatient('patient:2'))], 'new'),
    ])
    t.match(erased, { status: 'rejected', reason: { code: 'HUB_ERASED' } })
    t.match(kept, { status: 'fulfilled' })
    t.equal((await collect(log.readAll(before))).length, 1)
    t.not(await log.head(), START)
  })
}
