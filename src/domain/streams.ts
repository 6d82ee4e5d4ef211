/** The names of all streams: one place that writes them and one that reads them (design §3). */
import type { StreamKind } from './define-event.js'

export const HUB_STREAM = 'hub'
export const patientStream = (patientId: string): string => `patient-${patientId}`
export const heldStream = (heldId: string): string => `held-${heldId}`
export const agencyStream = (agencyId: string): string => `agency-${agencyId}`
export const subscriptionStream = (subscriptionId: string): string => `subscription-${subscriptionId}`
export const outboxStream = (subscriptionId: string): string => `outbox-${subscriptionId}`
export const alertStream = (causeId: string, agencyId: string): string => `alert-${causeId}-${agencyId}`
export const periodStream = (feed: string, period: string): string => `period-${feed}-${period}`
export const documentStream = (documentId: string): string => `document-${documentId}`
export const approvalStream = (approvalId: string): string => `approval-${approvalId}`
export const disclosureStream = (disclosureId: string): string => `disclosure-${disclosureId}`
export const viewsStream = (agencyId: string, day: string): string => `views-${agencyId}-${day}`
export const recallStream = (recallId: string): string => `recall-${recallId}`
export const returnStream = (documentId: string): string => `return-${documentId}`

/** The kind of a stream from its name: what stands before the first dash. */
export function streamKindOf(stream: string): StreamKind {
  const dash = stream.indexOf('-')
  return (dash < 0 ? stream : stream.slice(0, dash)) as StreamKind
}

/** What stands after the kind: `patient-7c0e…` → `7c0e…`. */
export function streamKeyOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1)
}
