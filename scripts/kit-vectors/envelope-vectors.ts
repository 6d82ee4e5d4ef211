/** Envelopes as the hub renders them, with what a receiver must read in them; and some that it must refuse. */
import type { MessageDraft } from '../../src/delivery/port.js'
import { type Sample, sampleMessages } from './sample-messages.js'

export interface EnvelopeVector {
  readonly name: string
  /** The very bytes, as text. */
  readonly body: string
  /** Members that must be read as given here; absent where the envelope must be refused. */
  readonly expected?: ExpectedEnvelope
  readonly error?: 'MALFORMED_ENVELOPE'
}

export interface ExpectedEnvelope {
  readonly id: string
  readonly source: string
  readonly sequence: number
  readonly subject: string
  readonly kind: string
  readonly isKnownKind: boolean
  readonly class: MessageDraft['class']
  readonly supersedes: readonly string[]
  readonly isTombstone: boolean
  readonly recall?: { readonly deleteBy: string; readonly rows: readonly object[] }
  readonly document?: {
    readonly rows: number
    readonly digest: string
    readonly href: string
    readonly isInline: boolean
  }
}

export async function envelopeVectors(): Promise<readonly EnvelopeVector[]> {
  const samples = await sampleMessages()
  const [first] = samples
  if (!first) throw new Error('envelopeVectors: no sample')
  return [...samples.map(valid), ...malformed(first.message.body)]
}

function valid({ name, message }: Sample): EnvelopeVector {
  const { id, source, sequence, subject, kind, class: of, data } = JSON.parse(message.body)
  const { document, recall } = data
  return {
    name,
    body: message.body,
    expected: {
      id,
      source,
      sequence,
      subject,
      kind,
      isKnownKind: name !== 'unknown-kind',
      class: of,
      supersedes: data.supersedes ?? [],
      isTombstone: message.isTombstone,
      ...(recall === undefined ? {} : { recall: { deleteBy: recall.deleteBy, rows: recall.rows ?? [] } }),
      ...(document
        ? {
            document: {
              rows: document.rows,
              digest: document.digest,
              href: document.href,
              isInline: document.content !== undefined,
            },
          }
        : {}),
    },
  }
}

function malformed(body: string): readonly EnvelopeVector[] {
  const changed = (name: string, from: string | RegExp, to: string): EnvelopeVector => {
    const text = body.replace(from, to)
    if (text === body) throw new Error(`envelopeVectors: nothing was changed for ${name}`)
    return { name, body: text, error: 'MALFORMED_ENVELOPE' }
  }
  return [
    changed('another version of CloudEvents', '"specversion":"1.0"', '"specversion":"0.3"'),
    changed('type and kind differ', '"kind":"risk-assessed"', '"kind":"danger"'),
    changed('no id', /"id":"[^"]*","kind"/, '"kind"'),
    changed('a negative sequence', '"sequence":0', '"sequence":-1'),
    changed('a sequence as text', '"sequence":0', '"sequence":"0"'),
    changed('another content type of data', '"application/json"', '"text/plain"'),
    changed('facts that are a list', /"facts":\{.*?\},"fieldSet"/, '"facts":[],"fieldSet"'),
    { name: 'a list', body: '[]', error: 'MALFORMED_ENVELOPE' },
    { name: 'half of it', body: body.slice(0, body.length / 2), error: 'MALFORMED_ENVELOPE' },
    { name: 'nothing', body: '', error: 'MALFORMED_ENVELOPE' },
  ]
}
