/**
 * Checks the log from its raw events: streams gapless, every event of a known type, nothing personal in the clear, every seal
 * opened and its digests computed anew, and the tree of all leaves. Reads only; stops at nothing it finds.
 */
import { CATALOGUE, catalogueKey } from './domain/catalogue.js'
import type { StoredEvent } from './domain/event.js'
import { eventLeaf, fieldDigest } from './domain/leaf.js'
import { streamKindOf } from './domain/streams.js'
import { toBase64url } from './kernel/hash.js'
import { treeHasher } from './kernel/merkle.js'
import { type LogRecord, type Position, START } from './log/port.js'
import { openSeal } from './vault/sealing.js'

/** One thing that is not as it must be; `where` names stream and revision, never a person. */
export interface Finding {
  readonly check: 'streams' | 'leaves' | 'read models' | 'manifests'
  readonly where: string
  readonly message: string
}

export interface LogSource {
  pageAfter(after: Position, limit: number): readonly LogRecord[]
}

export interface LogVerification {
  readonly events: number
  readonly streams: number
  readonly seals: number
  readonly openedSeals: number
  /** Seals whose keys were destroyed: their stored digests are all that is left. */
  readonly erasedSeals: number
  /** RFC 6962 tree hash over all leaves in log order, base64url. */
  readonly root: string
  readonly findings: readonly Finding[]
}

export interface LogVerificationDeps {
  readonly log: LogSource
  /** Absent where no vault is at hand: seals stay closed then. */
  readonly keysById?: (kids: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>
  readonly onProgress?: (events: number) => void
}

const PAGE = 1000
const NAMED_FINDINGS = 100

export async function verifyLog({ log, keysById, onProgress }: LogVerificationDeps): Promise<LogVerification> {
  const tails = new Map<string, { readonly revision: number; readonly recordedAt: string }>()
  const tree = treeHasher()
  const findings: Finding[] = []
  const find = (check: Finding['check'], event: StoredEvent, message: string): void => {
    if (findings.length < NAMED_FINDINGS) findings.push({ check, where: `${event.stream} ${event.revision}`, message })
  }
  let seals = 0
  let openedSeals = 0
  let erasedSeals = 0

  for (let position = START, isEnd = false; !isEnd; ) {
    const page = log.pageAfter(position, PAGE)
    isEnd = page.length === 0
    position = page.at(-1)?.position ?? position
    const kids = new Set(page.flatMap(({ event }) => event.sealed.map(({ kid }) => kid)))
    const keys = keysById && kids.size > 0 ? await keysById([...kids]) : new Map<string, Uint8Array>()
    for (const { event } of page) {
      checkPlace(event, tails.get(event.stream), (message) => find('streams', event, message))
      tails.set(event.stream, { revision: event.revision, recordedAt: event.recordedAt })
      checkType(event, (message) => find('leaves', event, message))
      for (const entry of event.sealed) {
        seals++
        const key = keys.get(entry.kid)
        if (key) {
          openedSeals++
          checkSeal(event, entry, key, (message) => find('leaves', event, message))
        } else if (keysById) erasedSeals++
      }
      tree.add(eventLeaf(event))
    }
    onProgress?.(tree.size())
    await new Promise((resolve) => setImmediate(resolve))
  }
  const root = toBase64url(tree.root())
  return { events: tree.size(), streams: tails.size, seals, openedSeals, erasedSeals, root, findings }
}

type Tell = (message: string) => void

function checkPlace(
  { revision, recordedAt }: StoredEvent,
  before: { readonly revision: number; readonly recordedAt: string } | undefined,
  tell: Tell,
): void {
  const expected = before === undefined ? 0 : before.revision + 1
  if (revision !== expected) tell(`expected revision ${expected}, got ${revision}`)
  if (before !== undefined && recordedAt < before.recordedAt) tell('recordedAt goes back within the stream')
}

function checkType(event: StoredEvent, tell: Tell): void {
  const definition = CATALOGUE.get(catalogueKey(event.type, event.version))
  if (!definition) {
    tell(`${event.type}@${event.version} is in no catalogue of this release`)
    return
  }
  if (definition.stream !== streamKindOf(event.stream))
    tell(`${event.type} stands in a ${streamKindOf(event.stream)} stream`)
  for (const member of Object.keys(event.data)) {
    if (definition.subjects[member] !== undefined) tell(`data.${member} stands in the clear and must be sealed`)
    else if (!Object.hasOwn(definition.members, member)) tell(`data.${member} is no member of ${event.type}`)
  }
}

function checkSeal(event: StoredEvent, entry: StoredEvent['sealed'][number], key: Uint8Array, tell: Tell): void {
  try {
    const { seed2, fields } = openSeal(event, key, entry)
    const pointers = new Set([...Object.keys(fields), ...Object.keys(entry.digests)])
    for (const pointer of pointers) {
      const digest = pointer in fields ? fieldDigest(seed2, pointer, fields[pointer]) : undefined
      if (digest !== entry.digests[pointer]) tell(`the digest of ${pointer} is not that of the sealed value`)
    }
  } catch {
    tell(`the ${entry.subject} seal does not open with its key`)
  }
}
