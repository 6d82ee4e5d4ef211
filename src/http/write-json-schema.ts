/**
 * The JSON Schema of a write: one event or a group, each event by its type, whose `data` is the very schema that the
 * catalogue serves. Where a type has a moment member, `occurredAt` is refused; where it has none and needs one, asked for.
 */
import { PERSON_EVENTS } from '../domain/catalogue.js'
import type { EventDefinition } from '../domain/define-event.js'
import { zEvent, zGroupWrite, zSingleWrite } from './event-schemas.js'
import { type Json, jsonSchemaOf, served } from './json-schema.js'

/** What is posted to record one event, or the events of one visit. */
export function writeSchema(): Json {
  const { $schema: _, ...group } = jsonSchemaOf(zGroupWrite)
  const { $schema: __, ...single } = jsonSchemaOf(zSingleWrite)
  const events = (group.properties as Record<string, Json>).events
  return {
    title: '写入 Write',
    description: 'One event, or the events of one visit: all of them are recorded or none',
    anyOf: [
      { title: 'One event', ...single, ...byType() },
      {
        title: 'The events of one visit',
        ...group,
        properties: { ...(group.properties as object), events: { ...events, items: served('event@1') } },
      },
    ],
  }
}

/** One event as it is sent, without whom it is about. */
export function eventSchema(): Json {
  const { $schema: _, ...event } = jsonSchemaOf(zEvent)
  return { title: '事件 Event', ...event, ...byType() }
}

function byType(): Json {
  return { oneOf: PERSON_EVENTS.map(ofType) }
}

function ofType({ type, version, moment, momentRequired, label }: EventDefinition): Json {
  return {
    title: `${label.zh} ${label.en}`,
    properties: {
      type: { const: type },
      version: { const: version },
      ...(moment === undefined ? {} : { occurredAt: false }),
      data: served(`${type}@${version}`),
    },
    ...(moment === undefined && momentRequired ? { required: ['occurredAt'] } : {}),
  }
}
