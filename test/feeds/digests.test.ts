import * as fc from 'fast-check'
import t from 'tap'
import { scopedId } from '../../src/domain/derived-ids.js'
import { type CommittedRow, commitmentOf, rowIdOf, saltOf, sealedRowsRoot } from '../../src/feeds/commitments.js'
import { committedLine } from '../../src/feeds/committed-line.js'
import { treeRootOf } from '../../src/feeds/fast-digests.js'
import { recipientIds } from '../../src/feeds/recipient-ids.js'
import { fromBase64url, sha256, toBase64url } from '../../src/kernel/hash.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import type { RowHalves } from '../../src/policy/disclosed-text.js'
import { vectors } from '../fixtures/vectors.js'

function halvesOf(row: Readonly<Record<string, unknown>>): RowHalves {
  const half = (isIn: (name: string) => boolean): string =>
    canonicalJson(Object.fromEntries(Object.entries(row).filter(([name]) => isIn(name)))).slice(1, -1)
  return { before: half((name) => name < 'salt'), after: half((name) => name > 'salt') }
}

t.test('finds the ids, salts and commitments of the vector manifests', async (t) => {
  const key = fromBase64url(vectors.agencyIdKey)
  for (const manifest of vectors.manifests) {
    const lines = manifest.rows.map((given) => {
      const ids = recipientIds(key, given.documentInternalId)
      t.equal(ids.documentId, given.documentId)
      const id = ids.rowIdOf(given.patientId)
      t.equal(id, given.rowId)
      return { id, ...committedLine(halvesOf({ ...given.row, id }), ids.saltOf(id)) }
    })
    lines.sort((a, b) => (a.id < b.id ? -1 : 1))

    t.same(
      lines.map(({ commitment }) => commitment),
      manifest.commitmentsInOrder,
    )
    const root = treeRootOf(manifest.commitmentsInOrder.map((one) => one.slice('sha256:'.length)))
    t.equal(fromBase64url(root).toString('hex'), manifest.rootHex)
  }
})

t.test('agrees with the plain formulas for any key, id and row', async (t) => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.array(fc.string({ unit: 'grapheme' })))
  const row = fc.dictionary(fc.constantFrom('a', 'name', 'pseudonym', 'sal', 'salty', 'targets', 'zz'), value)
  fc.assert(
    fc.property(bytes32, fc.uuid(), fc.uuid(), row, (key, document, patient, fields) => {
      const ids = recipientIds(key, document)
      const id = rowIdOf(key, document, patient)
      const salt = saltOf(key, ids.documentId, id)
      const whole: CommittedRow = { ...fields, id, salt }
      const { line, commitment } = committedLine(halvesOf({ ...fields, id }), ids.saltOf(ids.rowIdOf(patient)))
      return (
        ids.documentId === scopedId(key, 'document', document) &&
        ids.pseudonymOf(patient) === scopedId(key, 'pseudonym', patient) &&
        ids.rowIdOf(patient) === id &&
        line === canonicalJson(whole) &&
        commitment === commitmentOf(whole)
      )
    }),
    { numRuns: 300 },
  )
  t.pass('300 rows')
})

t.test('finds the RFC 6962 root of any number of rows', async (t) => {
  for (let size = 0; size <= 130; size++) {
    const entries = Array.from({ length: size }, (_, i) => toBase64url(sha256(`row ${i}`)))
    t.equal(treeRootOf(entries), toBase64url(sealedRowsRoot(entries.map((entry) => `sha256:${entry}`))))
  }
})
