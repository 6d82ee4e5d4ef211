/**
 * Every JSON Schema that the hub serves, by name: event types, messages, what documents hold, problems. A name says the
 * version and never changes its meaning; `$id` is relative, so that a schema is the same wherever the hub runs.
 */
import { FEEDS } from '../../projections/feeds.js'
import { ENVELOPE_VERSION } from '../delivery/envelope.js'
import { MESSAGE_KINDS } from '../delivery/port.js'
import { CATALOGUE } from '../domain/catalogue.js'
import type { Label } from '../domain/define-event.js'
import { FIELD_SETS } from '../policy/field-sets.js'
import { documentHeadSchema, manifestSchema, rowName, rowSchemaOf } from './document-json-schema.js'
import { eventSchemaOf } from './event-json-schema.js'
import { zProblem } from './event-schemas.js'
import { factsSchemaOf } from './fact-json-schema.js'
import { DIALECT, type Json, jsonSchemaOf } from './json-schema.js'
import { anyMessageSchema, KIND_LABELS, messageName, messageSchemaOf } from './message-json-schema.js'
import { eventSchema, writeSchema } from './write-json-schema.js'

export const SCHEMA_KINDS = ['event', 'write', 'message', 'facts', 'document', 'problem'] as const

export interface ServedSchema {
  readonly name: string
  readonly kind: (typeof SCHEMA_KINDS)[number]
  readonly label: Label
  /** Made when it is first asked for. */
  readonly schema: () => Json
}

export const SCHEMAS: ReadonlyMap<string, ServedSchema> = new Map(
  [
    ...[...CATALOGUE].map(([name, definition]) =>
      entry(name, 'event', definition.label, () => eventSchemaOf(definition)),
    ),
    entry('event@1', 'write', { zh: '事件', en: 'An event as it is sent' }, eventSchema),
    entry('write@1', 'write', { zh: '写入', en: 'One event, or the events of one visit' }, writeSchema),
    entry(`envelope@${ENVELOPE_VERSION}`, 'message', { zh: '消息', en: 'Any message' }, anyMessageSchema),
    ...MESSAGE_KINDS.map((kind) => entry(messageName(kind), 'message', KIND_LABELS[kind], () => messageSchemaOf(kind))),
    ...FIELD_SETS.map((set) => {
      const label = { zh: '披露字段', en: `What ${set.id} lets out` }
      return entry(`facts.${set.id}`, 'facts', label, () => factsSchemaOf(set))
    }),
    ...FEEDS.map((feed) => entry(rowName(feed), 'document', feed.label, () => rowSchemaOf(feed))),
    entry('document@1', 'document', { zh: '文档首行', en: 'First line of a document' }, documentHeadSchema),
    entry('manifest@1', 'document', { zh: '接收方清单', en: 'Recipient’s manifest' }, manifestSchema),
    entry('problem@1', 'problem', { zh: '问题文档', en: 'Problem document (RFC 9457)' }, () =>
      jsonSchemaOf(zProblem, 'output'),
    ),
  ].map((served) => [served.name, served]),
)

/** Undefined for a name that is not served. */
export function schemaOf(name: string): Json | undefined {
  return SCHEMAS.get(name)?.schema()
}

function entry(name: string, kind: ServedSchema['kind'], label: Label, make: () => Json): ServedSchema {
  let made: Json | undefined
  return {
    name,
    kind,
    label,
    schema() {
      made ??= {
        $schema: DIALECT,
        $id: `/schemas/${name}`,
        title: `${label.zh} ${label.en}`,
        ...withoutHead(make()),
      }
      return made
    },
  }
}

function withoutHead({ $schema: _, $id: __, ...schema }: Json): Json {
  return schema
}
