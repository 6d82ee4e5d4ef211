/**
 * The members that an answer's schema describes and those that a value has, under the same names: `alerts[].relayed[].at`. A
 * schema that is served under `/schemas` is described there and stops the search; so does a map, whose members have no names.
 */
type Json = Readonly<Record<string, unknown>>

/** @param document where references into `#/components/schemas` lead */
export function membersDescribed(document: Json, schema: unknown): ReadonlySet<string> {
  return new Set(
    partsOf(document, schema)
      .map(({ at }) => at)
      .filter((at) => at !== '' && !at.endsWith('[]')),
  )
}

export function membersMet(value: unknown, at = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => membersMet(item, `${at}[]`))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) => [`${at}.${name}`, ...membersMet(member, `${at}.${name}`)])
}

/** Where anything but what is named may stand. */
export function openPlaces(document: Json, schema: unknown): readonly string[] {
  return partsOf(document, schema)
    .filter(({ part }) => part.type === 'object' && part.additionalProperties !== false)
    .map(({ at }) => at)
}

interface Part {
  readonly at: string
  readonly part: Json
}

/** A schema and every schema inside it, by the place of what it describes. `false` describes what may not be there. */
function partsOf(document: Json, part: unknown, at = ''): readonly Part[] {
  if (!isObject(part)) return part === true ? [{ at, part: {} }] : []
  const { $ref, properties, items } = part
  const referred = typeof $ref === 'string' && !isServed($ref) ? [resolved(document, $ref)] : []
  const choices = [part.anyOf, part.oneOf, part.allOf].flatMap((some) => (Array.isArray(some) ? some : []))
  return [
    { at, part },
    ...[...referred, ...choices].flatMap((one) => partsOf(document, one, at)),
    ...Object.entries(isObject(properties) ? properties : {}).flatMap(([name, member]) =>
      partsOf(document, member, `${at}.${name}`),
    ),
    ...partsOf(document, items, `${at}[]`),
  ]
}

function resolved(document: Json, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), document)
}

/** `RiskAssessed.v1`, `facts.police.high.v1` and so on. */
function isServed(reference: string): boolean {
  return /\.v\d+$/.test(reference)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
