/**
 * Acts of two persons: one row per request, as it stands. Why somebody asked stays sealed in its stream. There are few of them,
 * and they stay: they say who agreed to what.
 */
import { type Approval, evolveApproval } from '../src/domain/approvals.js'
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { streamKeyOf } from '../src/domain/streams.js'

export interface ApprovalRow extends Approval {
  readonly approval: string
}

export const approvals = defineFlowProjection<ApprovalRow>({
  name: 'approvals',
  version: 1,
  handles: new Set(['ApprovalRequested', 'ApprovalGiven', 'ApprovalRefused', 'ApprovalExpired', 'ApprovalCarriedOut']),
  initial: {
    approval: '',
    act: 'ERASE_IDENTITY',
    subject: {},
    state: 'REQUESTED',
    eventId: '',
    requestedBy: { agency: '', role: 'HUB' },
    requestedAt: '',
    expiresAt: '',
  },
  keys: ({ stream }) => [streamKeyOf(stream)],
  evolve: (row, event, approval) => ({ ...evolveApproval(row, event), approval }),
})
