import t from 'tap'
import { assessmentClass } from '../../src/domain/alert-class.js'
import { derivedEventId, importedEventId, patientIdOf, scopedId } from '../../src/domain/derived-ids.js'
import { correctionLedger, type HistoryEvent } from '../../src/domain/effective-history.js'
import { eventDigests, eventLeaf } from '../../src/domain/leaf.js'
import { commitmentOf, rowIdOf, saltOf, sealedRowsRoot } from '../../src/feeds/commitments.js'
import { storedTime } from '../../src/kernel/dates.js'
import { fromBase64url } from '../../src/kernel/hash.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { leafHash, treeRoot } from '../../src/kernel/merkle.js'
import { shapeEvent } from '../../src/recording/shape-event.js'
import { openSeal, seal } from '../../src/vault/sealing.js'
import { vectors } from '../fixtures/vectors.js'

t.test('seals every vector event to the byte and finds its leaf', async (t) => {
  for (const [index, vector] of vectors.events.entries()) {
    const { body, moment, marks, hub, seed, keys } = vector.given
    const shaped = shapeEvent({ ...body, data: body.data }, moment ?? undefined, subjectsOf(marks))
    const context = { stream: hub.stream, id: body.id, type: body.type, version: body.version }
    const sealed = Object.keys(shaped.sealedFields)
      .sort()
      .map((subject) => {
        const given = keys[subject]
        if (!given) throw new Error(`vector ${index}: no key for ${subject}`)
        const entry = seal(
          { ...context, subject },
          { kid: given.kid, key: fromBase64url(given.key) },
          shaped.sealedFields[subject] ?? {},
          {
            nonce: fromBase64url(given.nonce),
            seed2: fromBase64url(given.seed2),
          },
        )
        const opened = openSeal(context, fromBase64url(given.key), entry)
        t.same(opened.fields, shaped.sealedFields[subject], `event ${index}: opens again`)
        return entry
      })
    const stored = {
      ...shaped.envelope,
      ...hub,
      seed,
      data: shaped.clearData,
      sealed,
    }

    t.equal(canonicalJson(stored), vector.storedJcs, `event ${index}: stored bytes`)
    t.same(eventDigests(stored), vector.digestsSorted, `event ${index}: digests`)
    t.equal(eventLeaf(stored).toString('hex'), vector.leafHex, `event ${index}: leaf`)
  }
  t.equal(vectors.events.length, 80)
})

t.test('derives the vector ids', async (t) => {
  for (const ids of vectors.ids) {
    t.equal(patientIdOf(vectors.logId, ids.registrationId), ids.patientId)
    t.equal(derivedEventId(vectors.logId, ids.stream, ids.revision), ids.derivedEventId)
    t.equal(importedEventId(fromBase64url(vectors.vaultIdKey), ids.importRecordKey), ids.importId)
    t.equal(
      scopedId(fromBase64url(vectors.agencyIdKey), 'pseudonym', ids.pseudonymOfPatient[0]),
      ids.pseudonymOfPatient[1],
    )
  }
})

t.test('commits to rows as the vector manifests do', async (t) => {
  const key = fromBase64url(vectors.agencyIdKey)
  for (const manifest of vectors.manifests) {
    const rows = manifest.rows.map((given) => {
      t.equal(scopedId(key, 'document', given.documentInternalId), given.documentId)
      const id = rowIdOf(key, given.documentInternalId, given.patientId)
      t.equal(id, given.rowId)
      return { id, salt: saltOf(key, given.documentId, id), ...given.row }
    })
    rows.sort((a, b) => (a.id < b.id ? -1 : 1))

    t.same(rows.map(commitmentOf), manifest.commitmentsInOrder)
    t.equal(sealedRowsRoot(manifest.commitmentsInOrder).toString('hex'), manifest.rootHex)
  }
})

t.test('finds effective history and alert class of every vector life', async (t) => {
  for (const [index, life] of vectors.lives.entries()) {
    const ledger = correctionLedger<HistoryEvent>()
    for (const [step, given] of life.events.entries()) {
      const event = given.occurredAt === undefined ? given : { ...given, occurredAt: storedTime(given.occurredAt) }
      const before = levelOf(ledger.effective())
      const applied = ledger.apply(event)
      const effective = ledger.effective()
      const replaces = applied === 'replaced' || applied === 'withdrew'
      const expected = life.after[step]

      t.same(
        effective.map(({ id }) => id),
        expected?.effective,
        `life ${index}.${step}: effective`,
      )
      t.equal(assessmentClass(before, levelOf(effective), replaces), expected?.class, `life ${index}.${step}: class`)
    }
  }
})

t.test('hashes the RFC 6962 test tree', async (t) => {
  const entries = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ].map((hex) => Buffer.from(hex, 'hex'))
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  for (const [size, root] of roots.entries()) t.equal(treeRoot(entries.slice(0, size)).toString('hex'), root)
  t.equal(leafHash('').toString('hex'), roots[1])
})

function subjectsOf(marks: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(marks).map(([pointer, subject]) => [pointer.slice('/data/'.length), subject]),
  )
}

function currentOf(effective: readonly HistoryEvent[]): HistoryEvent | undefined {
  return effective.filter(({ type }) => type === 'RiskAssessed').at(-1)
}

function levelOf(effective: readonly HistoryEvent[]): number | undefined {
  const level = currentOf(effective)?.data.level
  return typeof level === 'number' ? level : undefined
}
