/**
 * The JSON Schemas of what a feed hands over: the first line of a document, its rows, and the recipient's manifest. All are
 * closed: a member more is another format or another version of the feed.
 */
import { z } from 'zod'
import type { PatientFeed } from '../../projections/feeds.js'
import { zDay, zDigest, zTime, zUuid } from '../domain/define-event.js'
import { ALGORITHMS, DOCUMENT_FORMAT, MANIFEST_FORMAT } from '../feeds/document.js'
import { closedObject, leavingMembers } from './fact-json-schema.js'
import { type Json, jsonSchemaOf } from './json-schema.js'

export const zCut = z.strictObject({ id: zUuid, at: zTime })
export const zEd25519 = z.string().regex(/^ed25519:[A-Za-z0-9_-]+$/)
const zSalt = z.string().regex(/^[A-Za-z0-9_-]{22}$/)

/** What document and manifest both say. */
const edition = {
  document: zUuid.describe('The recipient’s own id of the document'),
  feed: z.string(),
  period: z.string(),
  cut: zCut,
  versions: z.record(z.string(), z.number().int()),
  fieldSets: z.array(z.string()),
  rows: z.number().int().min(0),
  counts: z.record(z.string(), z.unknown()).describe('As the feed counts; numbers that could name somebody are coarse'),
  simulated: z.literal(true).optional().describe('Of a rehearsal: nobody in it exists'),
}

const zHead = z
  .strictObject({
    ...edition,
    format: z.literal(DOCUMENT_FORMAT),
    recipient: z.strictObject({ id: zUuid, name: z.string() }),
    purposes: z.array(z.string()),
    deleteBy: zDay.describe('No copy is kept longer'),
    preview: z.literal(true).optional(),
  })
  .meta({ title: '文档首行 First line of a document', description: 'Canonical JSON; every other line is a row' })

const zManifest = z
  .strictObject({
    ...edition,
    format: z.literal(MANIFEST_FORMAT),
    algorithms: z.strictObject({
      commitment: z.literal(ALGORITHMS.commitment),
      root: z.literal(ALGORITHMS.root),
      digest: z.literal(ALGORITHMS.digest),
      signature: z.literal(ALGORITHMS.signature),
    } satisfies Record<keyof typeof ALGORITHMS, z.ZodType>),
    recipient: zUuid,
    root: zDigest,
    documentDigest: zDigest,
    accountingDigest: zDigest,
    commitments: z.array(z.strictObject({ id: zUuid.describe('Of the row'), commitment: zDigest })),
    signedBy: zEd25519,
    signature: zEd25519,
  })
  .meta({ title: '接收方清单 Recipient’s manifest', description: 'Canonical JSON (RFC 8785), signed' })

export function documentHeadSchema(): Json {
  return jsonSchemaOf(zHead, 'output')
}

export function manifestSchema(): Json {
  return jsonSchemaOf(zManifest, 'output')
}

/** The name under which the rows of a feed are served: `row.police-quarterly@1`. */
export function rowName({ name, version }: Pick<PatientFeed, 'name' | 'version'>): string {
  return `row.${name}@${version}`
}

/** A row: one person, by one of the feed's field sets. */
export function rowSchemaOf({ label, fields }: PatientFeed): Json {
  const shape = (schema: z.ZodType): Json => {
    const { $schema: _, ...rest } = jsonSchemaOf(schema)
    return rest
  }
  const id = shape(zUuid.describe('One row per person and document; no other document shares it'))
  const salt = shape(zSalt.describe('Of its commitment'))
  const commitment = shape(zDigest.describe('In the place of the row: the root can still be computed'))
  return {
    title: `${label.zh} ${label.en}`,
    description: 'One line of the document: what the field set that it names lets out of one person’s facts',
    oneOf: [
      ...fields.map((set) => ({
        title: set.id,
        ...closedObject({ id, salt, fieldSet: { const: set.id }, ...leavingMembers(set.rules) }, [
          'id',
          'salt',
          'fieldSet',
        ]),
      })),
      // What was taken back since the release.
      {
        title: 'recalled',
        ...closedObject({ id, commitment, recalled: { const: true } }, ['id', 'commitment', 'recalled']),
      },
    ],
  }
}
