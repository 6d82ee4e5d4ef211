/** For operators and machines: health, readiness, metrics, the description of this API, the schemas of all events. */
import { z } from 'zod'
import { CATALOGUE } from '../../domain/catalogue.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { eventSchemaOf } from '../event-json-schema.js'
import { zReceipt } from '../event-schemas.js'
import type { HttpMetrics } from '../metrics.js'
import { defineRoute, type Route } from '../route.js'

const zReadiness = z.strictObject({
  isReady: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), isOk: z.boolean(), detail: z.string().optional() })),
})

export function operationRoutes(hub: Hub, metrics: HttpMetrics, openApi: () => unknown): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      operation: 'health',
      tag: 'operations',
      label: { zh: '存活检查', en: 'The process answers' },
      access: 'public',
      responses: { 200: { description: 'It does', schema: z.strictObject({ status: z.literal('ok') }) } },
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
      problems: ['HUB_ALREADY_DECIDED', 'HUB_CLOCK_BEHIND', 'HUB_READ_ONLY'],
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
      answer: () => ({ body: openApi() }),
    }),
    defineRoute({
      method: 'GET',
      path: '/schemas',
      operation: 'listSchemas',
      tag: 'operations',
      label: { zh: '事件目录', en: 'The catalogue of events' },
      access: 'public',
      responses: {
        200: {
          description: 'Type@version, labels, recorders',
          schema: z.strictObject({ schemas: z.array(z.looseObject({})) }),
        },
      },
      answer: () => ({
        body: {
          schemas: [...CATALOGUE].map(([name, { label, recorders, clauses }]) => ({
            name,
            label,
            recorders,
            clauses,
            href: `/schemas/${name}`,
          })),
        },
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/schemas/:name',
      operation: 'readSchema',
      tag: 'operations',
      label: { zh: '事件结构', en: 'JSON Schema of the data of one event type, with its marks' },
      access: 'public',
      params: z.strictObject({ name: z.string().describe('Type@version, e.g. RiskAssessed@1') }),
      responses: {
        200: { description: 'JSON Schema 2020-12', schema: z.looseObject({}), type: 'application/schema+json' },
      },
      problems: ['HUB_NOT_FOUND'],
      answer({ params: { name } }) {
        const definition = CATALOGUE.get(name)
        if (!definition) throw new HubError('HUB_NOT_FOUND', 'no such type and version')
        return { body: JSON.stringify(eventSchemaOf(definition)), type: 'application/schema+json; charset=utf-8' }
      },
    }),
  ]
}
