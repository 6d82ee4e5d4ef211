/**
 * The JSON Schema of what one field set lets out of a person's facts, and of nothing else: members with labels, clauses and
 * basis. A fact that is not known of a person is absent, so none is required.
 */
import { z } from 'zod'
import { zDay, zRegion, zUuid } from '../domain/define-event.js'
import type { DisclosureRule, FieldSet } from '../policy/disclosure.js'
import { FACT_FIELDS, PSEUDONYM } from '../policy/facts.js'
import { type Json, jsonSchemaOf } from './json-schema.js'

export function factsSchemaOf({ id, audience, purpose, rules }: FieldSet): Json {
  return {
    title: id,
    description: `What ${audience.join(', ')} may know of a person under ${id}`,
    ...closedObject(leavingMembers(rules)),
    'x-audience': audience,
    'x-purpose': purpose,
  }
}

/** The members that a field set lets out, nested facts as objects of their own. */
export function leavingMembers(rules: readonly DisclosureRule[]): Readonly<Record<string, Json>> {
  const members: Record<string, Json> = {}
  const nested: Record<string, Record<string, Json>> = {}
  for (const rule of rules) {
    if (rule.action === 'withhold') continue
    const [head = '', tail] = rule.action === 'pseudonymise' ? ['pseudonym'] : rule.field.split('.')
    if (tail === undefined) members[head] = memberOf(rule)
    else nested[head] = { ...nested[head], [tail]: memberOf(rule) }
  }
  for (const [head, inner] of Object.entries(nested)) members[head] = closedObject(inner)
  return members
}

export function closedObject(properties: Readonly<Record<string, Json>>, required: readonly string[] = []): Json {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false }
}

function memberOf(rule: DisclosureRule): Json {
  const { label, schema } = FACT_FIELDS[rule.field]
  const { zh, en } = rule.action === 'pseudonymise' ? PSEUDONYM : label
  const { $schema: _, title, ...shape } = jsonSchemaOf(leavingSchema(rule, schema))
  return {
    title: `${zh} ${en}`,
    ...shape,
    ...(title === undefined ? {} : { 'x-code-list': title }),
    description: rule.basis,
    'x-clauses': rule.clauses,
  }
}

/** What the value looks like once the rule has made of it what leaves. */
function leavingSchema(rule: DisclosureRule, schema: z.ZodType): z.ZodType {
  if (rule.action === 'pseudonymise') return zUuid
  if (rule.action !== 'generalise') return schema
  return rule.to === 'DAY' ? zDay : z.string().max(9).and(zRegion)
}
