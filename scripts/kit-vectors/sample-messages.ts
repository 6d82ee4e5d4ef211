/**
 * One message of every kind, rendered by the product itself for a person who does not exist: a life of fixed events with real
 * seals, fixed keys and ids. The same bytes on any machine.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ComposerDeps, createComposer } from '../../src/delivery/compose.js'
import { personAtCause } from '../../src/delivery/person-at.js'
import type { EarlierMessage, MessageDraft, RenderedMessage } from '../../src/delivery/port.js'
import { supersededBy } from '../../src/delivery/supersede.js'
import { definitionOf } from '../../src/domain/catalogue.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { recallOf } from '../../src/domain/recalls.js'
import type { LogReader } from '../../src/log/port.js'
import { shapeEvent } from '../../src/recording/shape-event.js'
import { seal } from '../../src/vault/sealing.js'
import { EXAMPLE_UNIT, exampleBody } from '../../test/fixtures/example-events.js'

export const LOG_ID = '0199aaaa-0000-7000-8000-000000000001'
const SUBSCRIPTION = '0198f0aa-0000-7000-8000-0000000000a1'
const AGENCY = '0198f0aa-0000-7000-8000-00000000b011'
const HOSPITAL = '0198f0aa-0000-7000-8000-0000000000f5'
const PATIENT = 'patient-5166b806-c92f-8766-879b-077f506cf391'
const DOCUMENT = 'document-0198f0aa-0000-7000-8000-0000000000d1'
const AGENCY_KEY = Buffer.alloc(32, 0x11)
const DATA_KEY = { kid: '0198f0aa-0000-4000-8000-000000000001', key: Buffer.alloc(32, 0x22) }
/** A document as the feeds render it: what a golden test of theirs holds to the byte. */
export const DOCUMENT_CONTENT = readFileSync('test/feeds/golden/station-1.ndjson', 'utf8')

export interface Sample {
  /** The kind, or `document-announced`, `tombstone`, `unknown-kind`. */
  readonly name: string
  readonly message: RenderedMessage
}

interface Told extends Pick<MessageDraft, 'kind' | 'class' | 'fieldSet'> {
  readonly name?: string
  /** The event of the life that it is about, by its place there. */
  readonly cause: number
}

const LIFE: readonly (readonly [type: string, changes: Readonly<Record<string, unknown>>])[] = [
  ['PatientRegistered', {}],
  ['GuardianDesignated', {}],
  ['RiskAssessed', { level: 4, targets: 'PERSON' }],
  ['LossOfContactDeclared', { declaredAt: '2026-03-02T10:00:00+08:00' }],
  ['ContactRegained', { at: '2026-03-05T18:00:00+08:00' }],
  ['DangerousBehaviorReported', { at: '2026-03-06T22:00:00+08:00' }],
  ['PatientRelocated', {}],
  ['ProgrammeClosed', {}],
  ['ProgrammeOpened', { programme: 'COMMUNITY_MANAGEMENT' }],
  ['DischargeConditionsMet', { assessedOn: '2026-03-11' }],
  ['PatientDied', {}],
]
/** After the life: everything that this agency was told is to be deleted. */
const RECALL = { agency: AGENCY, reason: 'SENT_IN_ERROR', deleteBy: '2026-04-15' }

const TOLD: readonly Told[] = [
  { kind: 'risk-assessed', class: 'ALARM', fieldSet: 'alert.police.high@2', cause: 2 },
  { kind: 'loss-of-contact', class: 'ALARM', fieldSet: 'alert.loss-of-contact.police@2', cause: 3 },
  { kind: 'returned', class: 'ALARM', fieldSet: 'alert.loss-of-contact.returned@2', cause: 3 },
  { kind: 'contact-regained', class: 'RETRACTION', fieldSet: 'alert.contact-regained@1', cause: 4 },
  { kind: 'danger', class: 'ALARM', fieldSet: 'alert.danger.police@2', cause: 5 },
  { kind: 'moved', class: 'RETRACTION', fieldSet: 'alert.moved@1', cause: 6 },
  { kind: 'withdrawn', class: 'RETRACTION', fieldSet: 'alert.withdrawn@1', cause: 7 },
  { kind: 'reinstated', class: 'NOTICE', fieldSet: 'alert.police.token@2', cause: 8 },
  { kind: 'discharge-ready', class: 'ALARM', fieldSet: 'alert.discharge-ready@1', cause: 9 },
  { kind: 'died', class: 'RETRACTION', fieldSet: 'alert.died@1', cause: 10 },
  { kind: 'recalled', class: 'RETRACTION', fieldSet: 'alert.recalled@1', cause: 11 },
]

/** In the order of their sequences, from 0; the tombstone is one of the first message. */
export async function sampleMessages(): Promise<readonly Sample[]> {
  const lived = LIFE.map(([type, changes], revision) => storedEvent(type, changes, revision))
  const life = [...lived, { ...hubMembers(PATIENT, lived.length), type: 'RecallSent', data: RECALL }]
  const log = logOf(new Map([[PATIENT, life], ...CARDS]))
  const compose = createComposer(depsOf(log, async () => DATA_KEY.key, undefined))
  const samples: Sample[] = []
  const told: EarlierMessage[] = []
  for (const [sequence, { cause: at, ...one }] of TOLD.entries()) {
    const draft = await draftOf(log, eventAt(life, at), { ...one, sequence }, told)
    samples.push({ name: one.kind, message: await compose(draft) })
    told.push({ sequence, kind: one.kind, fieldSet: one.fieldSet })
  }
  const released = documentReleased()
  const notice = { kind: 'document', class: 'ROUTINE', fieldSet: 'police.high@1 police.token@1' } as const
  const inline = createComposer(
    depsOf(
      log,
      async () => undefined,
      async () => ({ content: DOCUMENT_CONTENT, recalled: 0 }),
    ),
  )
  const next = (): number => samples.length
  samples.push({
    name: 'document',
    message: await inline(await draftOf(log, released, { ...notice, sequence: next() })),
  })
  const test = { kind: 'test', class: 'ROUTINE', fieldSet: 'test@1', sequence: next() } as const
  samples.push({ name: 'test', message: await compose(await draftOf(log, testRequested(), test)) })
  samples.push({
    name: 'unknown-kind',
    message: ofUnknownKind(await compose(await draftOf(log, testRequested(), { ...test, sequence: next() }))),
  })
  const announced = await compose(await draftOf(log, released, { ...notice, sequence: next() }))
  samples.push({ name: 'document-announced', message: announced })
  const erased = createComposer(depsOf(log, async () => undefined, undefined))
  const [first] = TOLD
  if (!first) throw new Error('sampleMessages: nothing is told')
  const { cause: at, ...one } = first
  samples.push({
    name: 'tombstone',
    message: await erased(await draftOf(log, eventAt(life, at), { ...one, sequence: 0 })),
  })
  return samples
}

/** A kind of a later version of the hub. */
function ofUnknownKind(message: RenderedMessage): RenderedMessage {
  return {
    ...message,
    body: message.body
      .replaceAll('lianhu.message.test', 'lianhu.message.later')
      .replace('"kind":"test"', '"kind":"later"'),
  }
}

async function draftOf(
  log: LogReader,
  cause: StoredEvent,
  told: Pick<MessageDraft, 'kind' | 'class' | 'fieldSet' | 'sequence'>,
  earlier: readonly EarlierMessage[] = [],
): Promise<MessageDraft> {
  const person = await personAtCause(log, cause)
  return {
    subscription: SUBSCRIPTION,
    agency: AGENCY,
    cause,
    ...told,
    versions: { envelope: 1, alertHours: 24, staleAfterDays: 184, centre: 1, hospital: 1 },
    supersedes: supersededBy(
      { kind: told.kind, recall: recallOf(cause), waits: person?.discharge !== undefined },
      earlier,
      told.sequence,
    ),
    ...(person ? { person } : {}),
  }
}

function depsOf(
  log: LogReader,
  keyById: ComposerDeps['vault']['keyById'],
  inlineDocument: ComposerDeps['inlineDocument'],
): ComposerDeps {
  const vault = { secret: async () => AGENCY_KEY, cachedSecret: () => AGENCY_KEY, keyById }
  return { logId: LOG_ID, log, vault, ...(inlineDocument ? { inlineDocument } : {}) }
}

function storedEvent(type: string, changes: Readonly<Record<string, unknown>>, revision: number): StoredEvent {
  const { moment, subjects } = definitionOf(type, 1)
  const id = `0198f0aa-0000-7000-8000-${revision.toString(16).padStart(12, '0')}`
  const shaped = shapeEvent({ ...exampleBody(type, changes), version: 1, id }, moment, subjects)
  const sealed = Object.entries(shaped.sealedFields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, fields], i) =>
      seal({ stream: PATIENT, id, type, version: 1, subject }, DATA_KEY, fields, {
        nonce: Buffer.alloc(12, revision * 16 + i),
        seed2: Buffer.alloc(16, revision),
      }),
    )
  const by = type === 'DischargeConditionsMet' ? { recordedBy: { agency: HOSPITAL, role: 'HOSPITAL' } as const } : {}
  return { ...hubMembers(PATIENT, revision), ...by, ...shaped.envelope, data: shaped.clearData, sealed }
}

function documentReleased(): StoredEvent {
  const hash = `sha256:${createHash('sha256').update(DOCUMENT_CONTENT).digest('base64url')}`
  const data = {
    feed: 'police-quarterly',
    period: '2026Q1',
    agency: AGENCY,
    rows: DOCUMENT_CONTENT.split('\n').length - 2,
    root: hash,
    documentDigest: hash,
  }
  return { ...hubMembers(DOCUMENT, 0), type: 'FeedReleased', data }
}

function testRequested(): StoredEvent {
  return { ...hubMembers(`subscription-${SUBSCRIPTION}`, 1), type: 'TestRequested', data: {} }
}

const CARDS: readonly (readonly [string, readonly StoredEvent[]])[] = [
  cardOf(EXAMPLE_UNIT, { role: 'CHC', name: '示例街道社区卫生服务中心', phone: '0631-5190000' }),
  cardOf(HOSPITAL, { role: 'HOSPITAL', name: '示例精神卫生中心', phone: '0631-5190100' }),
]

function cardOf(agency: string, data: Readonly<Record<string, string>>): readonly [string, readonly StoredEvent[]] {
  const stream = `agency-${agency}`
  return [stream, [{ ...hubMembers(stream, 0), type: 'AgencyEnrolled', data }]]
}

function hubMembers(stream: string, revision: number): StoredEvent {
  return {
    id: `0198f0aa-0000-7000-8000-${(0x100 + revision).toString(16).padStart(12, '0')}`,
    type: '',
    version: 1,
    stream,
    revision,
    recordedAt: `2026-03-${String(2 + revision).padStart(2, '0')}T09:31:07.214+08:00`,
    recordedBy: { agency: EXAMPLE_UNIT, role: 'CHC', client: 'client-1' },
    source: { kind: 'api' },
    seed: 'AAAAAAAAAAAAAAAAAAAAAA',
    data: {},
    sealed: [],
  }
}

function eventAt(life: readonly StoredEvent[], at: number): StoredEvent {
  const event = life[at]
  if (!event) throw new Error(`sampleMessages: no event ${at} in the life`)
  return event
}

function logOf(streams: ReadonlyMap<string, readonly StoredEvent[]>): LogReader {
  return {
    async *readStream(stream, from = 0) {
      yield* (streams.get(stream) ?? []).slice(from)
    },
    readTail: async (stream) => streams.get(stream)?.at(-1),
    async *readAll() {},
    head: async () => '',
  }
}
