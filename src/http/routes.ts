/** Every route of the hub, by resource. What is not listed here does not exist. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Hub } from '../hub-port.js'
import { asyncApiOf } from './asyncapi.js'
import type { HttpMetrics } from './metrics.js'
import { openApiOf } from './openapi.js'
import { createReadPerson } from './read-person.js'
import type { Route } from './route.js'
import { agencyRoutes } from './routes/agencies.js'
import { agencyBatchRoutes } from './routes/agencies-batch.js'
import { alertRoutes } from './routes/alerts.js'
import { disclosureRoutes } from './routes/disclosures.js'
import { erasureRoutes } from './routes/erasures.js'
import { eventRoutes } from './routes/events.js'
import { eventBatchRoutes } from './routes/events-batch.js'
import { feedRoutes } from './routes/feeds.js'
import { heldRoutes } from './routes/held.js'
import { keyRoutes } from './routes/keys.js'
import { messageRoutes } from './routes/messages.js'
import { oneOffRoutes } from './routes/one-off-disclosures.js'
import { operationRoutes } from './routes/operations.js'
import { patientRoutes } from './routes/patients.js'
import { projectionRoutes } from './routes/projections.js'
import { recallRoutes } from './routes/recalls.js'
import { returnRoutes } from './routes/returns.js'
import { subscriptionSecretRoutes } from './routes/subscription-secrets.js'
import { subscriptionRoutes } from './routes/subscriptions.js'
import { versionRoutes } from './routes/versions.js'

export const API_VERSION = '1.0'

export function routesOf(
  hub: Hub,
  metrics: HttpMetrics,
  fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void,
): readonly Route[] {
  const readPerson = createReadPerson(hub)
  let openApi: unknown
  let asyncApi: unknown
  const routes: readonly Route[] = [
    ...eventRoutes(hub, metrics, fail),
    ...eventBatchRoutes(hub, metrics),
    ...heldRoutes(hub),
    ...patientRoutes(hub, readPerson),
    ...disclosureRoutes(hub, readPerson),
    ...erasureRoutes(hub),
    ...oneOffRoutes(hub),
    ...alertRoutes(hub),
    ...recallRoutes(hub),
    ...feedRoutes(hub),
    ...returnRoutes(hub),
    ...versionRoutes(hub),
    ...subscriptionRoutes(hub),
    ...subscriptionSecretRoutes(hub),
    ...messageRoutes(hub),
    ...agencyRoutes(hub),
    ...agencyBatchRoutes(hub),
    ...keyRoutes(hub),
    ...projectionRoutes(hub),
    ...operationRoutes(hub, metrics, {
      openApi() {
        openApi ??= openApiOf(routes, API_VERSION)
        return openApi
      },
      asyncApi() {
        asyncApi ??= asyncApiOf(routes, API_VERSION)
        return asyncApi
      },
    }),
  ]
  return routes
}
