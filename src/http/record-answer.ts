/**
 * What a recording answers, as bytes. Written by hand since it is the hottest answer there is: ids, stream names and moments
 * need no escaping.
 */
import { isHealthRole } from '../domain/authority.js'
import type { Receipt } from '../domain/event.js'
import { patientStream } from '../domain/streams.js'
import type { Principal, ProposedWrite, RecordOutcome } from '../recording/port.js'

/** 201 where something was recorded, 200 for the same again, 202 for a write that waits to be matched. */
export function statusOf(outcome: RecordOutcome): 200 | 201 | 202 {
  return outcome.kind === 'recorded' ? 201 : outcome.kind === 'known' ? 200 : 202
}

/**
 * The members of the answer, without its braces: `"receipts":[{"id":"0199…","stream":"patient-7c0e…","revision":12,
 * "recordedAt":"2026-03-02T09:31:07.214+08:00"}]`, then `"warnings":[…]` where there are any, or `"heldId":"…"`.
 */
export function membersOf(outcome: RecordOutcome, principal: Principal, write: ProposedWrite): string {
  if (outcome.kind === 'held') return `"heldId":"${outcome.heldId}"`
  const stream = streamFor(principal, write)
  let out = '"receipts":['
  for (let i = 0; i < outcome.receipts.length; i++) {
    const receipt = outcome.receipts[i]
    if (receipt) out += (i === 0 ? '' : ',') + receiptJson(receipt, stream ?? receipt.stream)
  }
  if (outcome.kind === 'recorded' && outcome.warnings.length > 0) {
    return `${out}],"warnings":${JSON.stringify(outcome.warnings)}`
  }
  return `${out}]`
}

function receiptJson({ id, revision, recordedAt }: Receipt, stream: string): string {
  return `{"id":"${id}","stream":"${stream}","revision":${revision},"recordedAt":"${recordedAt}"}`
}

/** Only those who treat know a person by the hub's own id; others see the pseudonym by which they asked. */
function streamFor(principal: Principal, write: ProposedWrite): string | undefined {
  return isHealthRole(principal.role) || write.patientId === undefined ? undefined : patientStream(write.patientId)
}
