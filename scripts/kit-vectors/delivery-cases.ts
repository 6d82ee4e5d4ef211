/** The cases of the delivery vectors, as a person reads them: who is spoken of, what comes in which order, what is right. */
import type { Given } from '../../kit/port.js'

/** A message of a case, before it is made and signed. */
export interface Written {
  readonly sequence: number
  /** The person `A` or `B`, `document`, or `heartbeat`: its sequence is the tail that it tells. */
  readonly of: 'A' | 'B' | 'document' | 'heartbeat'
  readonly kind?: string
  readonly isTombstone?: boolean
  /** It asks to delete these sequences. */
  readonly recalls?: readonly number[]
  readonly document?: 'AS_ANNOUNCED' | 'TAMPERED'
  readonly log?: string
}

/** One thing that happens, and what must hold after it. Exactly one of `deliver`, `read` and `restart`. */
export interface Step {
  /** A webhook comes with this message. */
  readonly deliver?: string
  /** `lianhu-parked` beside it. */
  readonly parked?: readonly number[]
  /** The receiver reads its mailbox after this sequence, and takes the page. */
  readonly read?: number
  /** The process ends and begins again with this state: the mark that it had once, or -1. */
  readonly restart?: number
  /** What the mailbox holds from now on; `null` where it does not answer. Empty before it is first given. */
  readonly mailbox?: { readonly messages: readonly string[]; readonly parked: readonly number[] } | null
  /** `apply` fails for these messages, from now on. */
  readonly failing?: readonly string[]
  /** What a webhook is answered. */
  readonly status?: number
  /** What is handed to the application in this step, in this order. */
  readonly applied: readonly (readonly [message: string, what: Given['what']])[]
  /** Ranges asked of the mailbox in this step: the `after` of each. */
  readonly asked: readonly number[]
  /** The low-water mark after it: what may be acknowledged. */
  readonly mark: number
}

export interface DeliveryCase {
  readonly name: string
  readonly messages: Readonly<Record<string, Written>>
  /** Messages that the application knows already, whatever the state file says. */
  readonly known?: readonly string[]
  readonly steps: readonly Step[]
}

const M0 = { m0: { sequence: 0, of: 'A' } } as const
const ABA = { ...M0, m1: { sequence: 1, of: 'B' }, m2: { sequence: 2, of: 'A' } } as const
const AAA = { ...M0, m1: { sequence: 1, of: 'A' }, m2: { sequence: 2, of: 'A' } } as const
const ALL = { messages: ['m0', 'm1', 'm2'], parked: [] } as const
const as = (name: string) => [name, 'MESSAGE'] as const

export const DELIVERY_CASES: readonly DeliveryCase[] = [
  {
    name: 'applies in order, each once, and takes a duplicate without applying it',
    messages: ABA,
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'm0', status: 200, applied: [], asked: [], mark: 0 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 1 },
      { deliver: 'm2', status: 200, applied: [as('m2')], asked: [], mark: 2 },
      { deliver: 'm1', status: 200, applied: [], asked: [], mark: 2 },
    ],
  },
  {
    name: 'asks for what is missing, and applies it before a later message of the same person',
    messages: AAA,
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'm2', mailbox: ALL, status: 200, applied: [as('m1'), as('m2')], asked: [0], mark: 2 },
      { deliver: 'm1', status: 200, applied: [], asked: [], mark: 2 },
    ],
  },
  {
    name: 'does not know whom a missing message speaks of before it has asked',
    messages: ABA,
    steps: [
      { deliver: 'm2', mailbox: ALL, status: 200, applied: [as('m0'), as('m1'), as('m2')], asked: [-1], mark: 2 },
    ],
  },
  {
    name: 'takes nothing past a gap while the mailbox does not answer',
    messages: AAA,
    steps: [
      { deliver: 'm0', mailbox: null, status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'm2', status: 503, applied: [], asked: [0], mark: 0 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 1 },
      { deliver: 'm2', status: 200, applied: [as('m2')], asked: [], mark: 2 },
    ],
  },
  {
    name: 'takes a parked message for no gap, and applies it when it is sent again',
    messages: ABA,
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'm2', parked: [1], status: 200, applied: [as('m2')], asked: [], mark: 2 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 2 },
      { deliver: 'm1', status: 200, applied: [], asked: [], mark: 2 },
    ],
  },
  {
    name: 'asks for a message that was parked once and is not any more',
    messages: { ...ABA, m3: { sequence: 3, of: 'B' } },
    steps: [
      { deliver: 'm0', parked: [1], status: 200, applied: [as('m0')], asked: [], mark: 1 },
      { deliver: 'm2', parked: [1], status: 200, applied: [as('m2')], asked: [], mark: 2 },
      {
        deliver: 'm3',
        mailbox: { messages: ['m0', 'm1', 'm2', 'm3'], parked: [] },
        status: 200,
        applied: [as('m1'), as('m3')],
        asked: [0],
        mark: 3,
      },
    ],
  },
  {
    name: 'applies nothing from a page that the hub still has parked',
    messages: ABA,
    steps: [
      {
        read: -1,
        mailbox: { messages: ['m0', 'm1', 'm2'], parked: [0, 2] },
        applied: [as('m1')],
        asked: [],
        mark: 2,
      },
      { read: -1, mailbox: ALL, applied: [as('m0'), as('m2')], asked: [], mark: 2 },
    ],
  },
  {
    name: 'lets one person wait whose message fails, and nobody else',
    messages: ABA,
    steps: [
      { deliver: 'm0', failing: ['m0'], status: 500, applied: [as('m0')], asked: [], mark: -1 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: -1 },
      { deliver: 'm2', status: 500, applied: [], asked: [], mark: -1 },
      { deliver: 'm0', failing: [], status: 200, applied: [as('m0')], asked: [], mark: 1 },
      { deliver: 'm2', status: 200, applied: [as('m2')], asked: [], mark: 2 },
    ],
  },
  {
    name: 'answers a heartbeat, hands it to nobody and asks for nothing, whatever it says is missing',
    messages: { ...M0, early: { sequence: -1, of: 'heartbeat' }, ahead: { sequence: 3, of: 'heartbeat' } },
    steps: [
      { deliver: 'early', status: 200, applied: [], asked: [], mark: -1 },
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'ahead', status: 200, applied: [], asked: [], mark: 0 },
      { deliver: 'ahead', status: 200, applied: [], asked: [], mark: 0 },
    ],
  },
  {
    name: 'hands a tombstone over once, also of a message that was applied',
    messages: { ...M0, erased: { sequence: 0, of: 'A', isTombstone: true } },
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'erased', status: 200, applied: [['erased', 'DELETE']], asked: [], mark: 0 },
      { deliver: 'erased', status: 200, applied: [], asked: [], mark: 0 },
    ],
  },
  {
    name: 'takes a tombstone of a message that never came, and that message no more',
    messages: { ...M0, erased: { sequence: 0, of: 'A', isTombstone: true } },
    steps: [
      { deliver: 'erased', status: 200, applied: [['erased', 'DELETE']], asked: [], mark: 0 },
      { deliver: 'm0', status: 200, applied: [], asked: [], mark: 0 },
    ],
  },
  {
    name: 'hands a recall over as one, with what it takes back',
    messages: { ...M0, recall: { sequence: 1, of: 'A', kind: 'recalled', recalls: [0] } },
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'recall', status: 200, applied: [['recall', 'RECALL']], asked: [], mark: 1 },
      { deliver: 'recall', status: 200, applied: [], asked: [], mark: 1 },
    ],
  },
  {
    name: 'hands a kind that it does not know to the application as such',
    messages: { later: { sequence: 0, of: 'A', kind: 'later' }, m1: { sequence: 1, of: 'A' } },
    steps: [
      { deliver: 'later', status: 200, applied: [['later', 'UNKNOWN_KIND']], asked: [], mark: 0 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 1 },
    ],
  },
  {
    name: 'asks again for everything after an old state, and applies nothing that the application knows',
    messages: { ...ABA, m3: { sequence: 3, of: 'A' } },
    known: ['m1', 'm2'],
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { restart: 0, applied: [], asked: [], mark: 0 },
      {
        deliver: 'm3',
        mailbox: { messages: ['m0', 'm1', 'm2', 'm3'], parked: [] },
        status: 200,
        applied: [as('m3')],
        asked: [0],
        mark: 3,
      },
    ],
  },
  {
    name: 'repeats under the same id what was applied and not written down',
    messages: ABA,
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 1 },
      { restart: 0, applied: [], asked: [], mark: 0 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: 1 },
    ],
  },
  {
    name: 'refuses a message of another hub',
    messages: { ...M0, stranger: { sequence: 1, of: 'A', log: '0199aaaa-0000-7000-8000-000000000002' } },
    steps: [
      { deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 },
      { deliver: 'stranger', status: 409, applied: [], asked: [], mark: 0 },
    ],
  },
  {
    name: 'fetches an announced document before it hands it over',
    messages: { m0: { sequence: 0, of: 'document', document: 'AS_ANNOUNCED' } },
    steps: [{ deliver: 'm0', status: 200, applied: [as('m0')], asked: [], mark: 0 }],
  },
  {
    name: 'refuses a document whose bytes are not those announced, and lets others pass',
    messages: { m0: { sequence: 0, of: 'document', document: 'TAMPERED' }, m1: { sequence: 1, of: 'A' } },
    steps: [
      { deliver: 'm0', status: 422, applied: [], asked: [], mark: -1 },
      { deliver: 'm1', status: 200, applied: [as('m1')], asked: [], mark: -1 },
      { deliver: 'm1', parked: [0], status: 200, applied: [], asked: [], mark: 1 },
    ],
  },
  {
    name: 'reads a mailbox page by page and again, each message once',
    messages: ABA,
    steps: [
      { read: -1, mailbox: { messages: ['m0'], parked: [] }, applied: [as('m0')], asked: [], mark: 0 },
      { read: 0, mailbox: ALL, applied: [as('m1'), as('m2')], asked: [], mark: 2 },
      { read: -1, applied: [], asked: [], mark: 2 },
    ],
  },
]
