/** The JSON Schema of an event type's `data`, generated from the catalogue, with labels, marks, recorders and clauses. */
import type { EventDefinition, Mark } from '../domain/define-event.js'
import { jsonSchemaOf } from './json-schema.js'

export function eventSchemaOf(definition: EventDefinition): Record<string, unknown> {
  const { type, version, label, recorders, clauses, moment } = definition
  const schema = jsonSchemaOf(definition.data)
  const properties = isRecord(schema.properties) ? schema.properties : {}
  for (const [name, member] of Object.entries(definition.members)) {
    const property = properties[name]
    if (!isRecord(property)) continue
    properties[name] = { title: `${member.label.zh} ${member.label.en}`, ...property, 'x-mark': markName(member.mark) }
  }
  return {
    ...schema,
    $id: `/schemas/${type}@${version}`,
    title: `${label.zh} ${label.en}`,
    'x-type': type,
    'x-version': version,
    'x-recorders': recorders,
    'x-clauses': clauses,
    ...(moment === undefined ? {} : { 'x-moment': moment }),
  }
}

/** `clear`, `moment`, `personal:patient`, `quasi:guardian`. */
function markName(mark: Mark): string {
  return typeof mark === 'string' ? mark : `${mark.kind}:${mark.subject}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
