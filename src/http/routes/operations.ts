/** For operators and machines: health, readiness, metrics, the description of this API, the schemas of all events. */
import { z } from 'zod'
import { CATALOGUE } from '../../domain/catalogue.js'
import { ROLES } from '../../domain/event.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { zReceipt } from '../event-schemas.js'
import type { HttpMetrics } from '../metrics.js'
import { defineRoute, type Route } from '../route.js'
import { RECORDING } from '../route-problems.js'
import { SCHEMA_KINDS, SCHEMAS, type ServedSchema } from '../schema-catalogue.js'

const zReadiness = z.strictObject({
  isReady: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), isOk: z.boolean(), detail: z.string().optional() })),
})

const zSchemaEntry = z.strictObject({
  name: z.string(),
  kind: z.enum(SCHEMA_KINDS),
  label: z.strictObject({ zh: z.string(), en: z.string() }),
  href: z.string().describe('Relative to the hub'),
  recorders: z.array(z.enum(ROLES)).optional().describe('Of an event; empty where the hub itself records it'),
  clauses: z.array(z.string()).optional(),
})

/** Made from the routes themselves when first asked for. */
export interface Descriptions {
  readonly openApi: () => unknown
  readonly asyncApi: () => unknown
}

export function operationRoutes(hub: Hub, metrics: HttpMetrics, descriptions: Descriptions): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      operation: 'health',
      tag: 'operations',
      label: { zh: '存活检查', en: 'The process answers' },
      access: 'public',
      responses: { 200: { description: 'It does', schema: z.strictObject({ status: z.literal('ok') }) } },
      problems: [],
      answer: () => ({ body: { status: 'ok' } }),
    }),
    defineRoute({
      method: 'GET',
      path: '/readyz',
      operation: 'readiness',
      tag: 'operations',
      label: { zh: '就绪检查', en: 'The hub records and projects' },
      access: 'public',
      responses: {
        200: { description: 'Ready', schema: zReadiness },
        503: { description: 'Not ready: the checks say why', schema: zReadiness },
      },
      problems: [],
      async answer() {
        const readiness = await hub.readiness()
        return { status: readiness.isReady ? 200 : 503, body: readiness }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/clock/confirm',
      operation: 'confirmClock',
      tag: 'operations',
      label: { zh: '确认时钟', en: 'Say that a clock in doubt is right, so that periods close again' },
      note: 'For a clock that was set back by up to ten minutes, rightly. Further behind, the hub records nothing.',
      access: 'operator',
      responses: { 201: { description: 'Confirmed', schema: zReceipt } },
      problems: [...RECORDING, 'HUB_ALREADY_DECIDED'],
      answer: async ({ principal }) => ({ status: 201, body: await hub.confirmClock(principal) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/metrics',
      operation: 'metrics',
      tag: 'operations',
      label: { zh: '运行指标', en: 'Metrics in the Prometheus text format' },
      access: 'public',
      responses: {
        200: { description: 'Counts of machines, never of persons', schema: z.string(), type: 'text/plain' },
      },
      problems: [],
      answer: async () => ({ body: await metrics.page(), type: metrics.contentType }),
    }),
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      operation: 'openApi',
      tag: 'operations',
      label: { zh: '接口描述', en: 'This API in OpenAPI 3.1' },
      access: 'public',
      responses: { 200: { description: 'The description', schema: z.looseObject({ openapi: z.string() }) } },
      problems: [],
      answer: () => ({ body: descriptions.openApi() }),
    }),
    defineRoute({
      method: 'GET',
      path: '/asyncapi.json',
      operation: 'asyncApi',
      tag: 'operations',
      label: { zh: '消息描述', en: 'What the hub sends, in AsyncAPI 3.0' },
      access: 'public',
      responses: { 200: { description: 'The description', schema: z.looseObject({ asyncapi: z.string() }) } },
      problems: [],
      answer: () => ({ body: descriptions.asyncApi() }),
    }),
    defineRoute({
      method: 'GET',
      path: '/schemas',
      operation: 'listSchemas',
      tag: 'operations',
      label: { zh: '数据结构目录', en: 'Every JSON Schema that is served: events, messages, documents, problems' },
      access: 'public',
      responses: {
        200: {
          description: 'Names, kinds and labels; of events also who records them and the clauses that ask for them',
          schema: z.strictObject({ schemas: z.array(zSchemaEntry) }),
        },
      },
      problems: [],
      answer: () => ({ body: { schemas: [...SCHEMAS.values()].map(listed) } }),
    }),
    defineRoute({
      method: 'GET',
      path: '/schemas/:name',
      operation: 'readSchema',
      tag: 'operations',
      label: { zh: '数据结构', en: 'One JSON Schema; of an event type that of its data, with its marks' },
      access: 'public',
      params: z.strictObject({ name: z.string().describe('With its version, as listed: RiskAssessed@1') }),
      responses: {
        200: { description: 'JSON Schema 2020-12', schema: z.looseObject({}), type: 'application/schema+json' },
      },
      problems: ['HUB_NOT_FOUND'],
      answer({ params: { name } }) {
        const served = SCHEMAS.get(name)
        if (!served) throw new HubError('HUB_NOT_FOUND', 'no such schema and version')
        return { body: JSON.stringify(served.schema()), type: 'application/schema+json; charset=utf-8' }
      },
    }),
  ]
}

function listed({ name, kind, label }: ServedSchema): z.output<typeof zSchemaEntry> {
  const { recorders, clauses } = CATALOGUE.get(name) ?? {}
  return {
    ...{ name, kind, label, href: `/schemas/${name}` },
    ...(recorders === undefined ? {} : { recorders: [...recorders] }),
    ...(clauses === undefined ? {} : { clauses: [...clauses] }),
  }
}
