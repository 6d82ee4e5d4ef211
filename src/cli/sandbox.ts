/**
 * `lianhu sandbox`: sends signed samples of every kind of message to a receiver that somebody is writing, and judges what it
 * answers. The samples are the conformance vectors of the receiver kit: of people who do not exist. It needs no hub and no
 * store, sends nowhere but to the address given, and follows no redirect.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { MESSAGE_KINDS } from '../delivery/port.js'
import { webhookSignature } from '../delivery/webhook.js'
import { SECOND } from '../kernel/dates.js'
import { canonicalJson } from '../kernel/jcs.js'
import { columns } from './columns.js'
import { type CommandLine, FAILED, OK, runCommand, tell, UsageError } from './command-line.js'

export interface SandboxReply {
  readonly sample: string
  readonly sent: 'valid' | 'again' | 'too early' | 'badly signed'
  /** The status, or why there is none. */
  readonly answered: number | 'NO_ANSWER'
  readonly expected: '2xx' | '4xx' | '2xx or 5xx'
  readonly isRight: boolean
}

interface Sample {
  readonly name: string
  readonly id: string
  readonly body: string
}

interface Vectors {
  readonly cases: readonly { readonly name: string; readonly body: string; readonly error?: string }[]
}

const DEFAULT_URL = 'http://127.0.0.1:9000/hook'
const MESSAGES = new URL('../../../kit/vectors/envelopes.json', import.meta.url)
const HEARTBEATS = new URL('../../../kit/vectors/heartbeats.json', import.meta.url)
/** What a hub would be needed for: the bytes of an announced document are fetched from it. */
const NEEDS_HUB = 'document-announced'
/** Of the vectors' names, beside the kinds. */
const EXTRA_KINDS = ['unknown-kind', 'tombstone', 'heartbeat'] as const
const TIMEOUT_MS = 10 * SECOND
const MIN_SECRET_BYTES = 16

export function registerSandbox(program: Command, line: CommandLine): void {
  program
    .command('sandbox')
    .description('接收端联调 · send signed samples of every kind of message to a receiver, and judge its answers')
    .option('--url <address>', `where the receiver listens. Defaults to ${DEFAULT_URL}`)
    .requiredOption('--secret-file <file>', 'file that holds the secret that it verifies with, whsec_…')
    .addOption(new Option('--kind <kind>', 'this kind only').choices([...MESSAGE_KINDS, ...EXTRA_KINDS]))
    .option('--repeat', 'send each again: it must be taken, and may not be applied twice')
    .option('--out-of-order', 'send the later of two first: it may be put off, and must be taken when it comes again')
    .option('--bad-signature', 'send each badly signed too: it must be refused')
    .option('--json', 'answer as JSON')
    .action(async (flags: Readonly<Record<string, string | boolean | undefined>>) => {
      const isJson = flags.json === true
      await runCommand(line, isJson, async () => {
        const replies = await runSandbox(flags)
        const isRight = replies.every((reply) => reply.isRight)
        tell(line, isJson, { isRight, replies }, () => [
          ...columns(replies.map(replyCells)),
          isRight ? '✓ 全部正确' : `✗ ${replies.filter((reply) => !reply.isRight).length} 项不正确`,
        ])
        return isRight ? OK : FAILED
      })
    })
}

function replyCells({ sample, sent, answered, expected, isRight }: SandboxReply): readonly string[] {
  return [isRight ? '✓' : '✗', sample, sent, String(answered), isRight ? '' : `应为 ${expected}`]
}

async function runSandbox(
  flags: Readonly<Record<string, string | boolean | undefined>>,
): Promise<readonly SandboxReply[]> {
  const url = addressOf(flags.url)
  const secret = secretIn(String(flags.secretFile))
  const messages = readMessages(typeof flags.kind === 'string' ? flags.kind : undefined)
  const beats =
    flags.kind === undefined || flags.kind === 'heartbeat'
      ? [readHeartbeat(Math.max(-1, ...messages.map(({ sequence }) => sequence)))]
      : []
  const samples = [...messages, ...beats]
  const send = async (
    { name, id, body }: Sample,
    { sent, expected, key = secret }: Pick<SandboxReply, 'sent' | 'expected'> & { readonly key?: Uint8Array },
  ): Promise<SandboxReply> => {
    const answered = await post(url, key, id, body)
    return { sample: name, sent, answered, expected, isRight: isExpected(answered, expected) }
  }
  const replies: SandboxReply[] = []
  if (flags.badSignature === true) {
    const key = randomBytes(32)
    for (const sample of samples) replies.push(await send(sample, { sent: 'badly signed', expected: '4xx', key }))
  }
  for (const [first, second] of pairsOf(messages)) {
    if (flags.outOfOrder === true && second) {
      replies.push(await send(second, { sent: 'too early', expected: '2xx or 5xx' }))
    }
    for (const sample of second ? [first, second] : [first]) {
      replies.push(await send(sample, { sent: 'valid', expected: '2xx' }))
    }
  }
  for (const beat of beats) replies.push(await send(beat, { sent: 'valid', expected: '2xx' }))
  if (flags.repeat === true) {
    for (const sample of samples) replies.push(await send(sample, { sent: 'again', expected: '2xx' }))
  }
  return replies
}

/** Numbered from 0 in the order in which they are sent; a tombstone keeps the number of the message that it stands for. */
function readMessages(kind: string | undefined): readonly (Sample & { readonly sequence: number })[] {
  const { cases } = JSON.parse(readFileSync(MESSAGES, 'utf8')) as Vectors
  const sequenceOfId = new Map<string, number>()
  return cases
    .filter(({ name, error }) => error === undefined && name !== NEEDS_HUB && (kind === undefined || name === kind))
    .map(({ name, body }) => {
      const envelope = JSON.parse(body) as { readonly id: string }
      const sequence = sequenceOfId.get(envelope.id) ?? sequenceOfId.size
      sequenceOfId.set(envelope.id, sequence)
      return { name, id: envelope.id, sequence, body: canonicalJson({ ...envelope, sequence }) }
    })
}

/** It has no number, and tells that of the last message. */
function readHeartbeat(tail: number): Sample {
  const { cases } = JSON.parse(readFileSync(HEARTBEATS, 'utf8')) as Vectors
  const found = cases.find(({ name }) => name === 'heartbeat')
  if (!found) throw new Error('sandbox: no heartbeat among the vectors')
  const beat = JSON.parse(found.body) as { readonly id: string }
  return { name: found.name, id: beat.id, body: canonicalJson({ ...beat, tail }) }
}

function pairsOf(samples: readonly Sample[]): readonly (readonly [Sample, Sample | undefined])[] {
  return samples.flatMap((sample, i) => (i % 2 === 0 ? [[sample, samples[i + 1]] as const] : []))
}

async function post(url: URL, secret: Uint8Array, id: string, body: string): Promise<number | 'NO_ANSWER'> {
  const timestamp = Math.floor(Date.now() / SECOND)
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': webhookSignature(secret, id, timestamp, body),
      },
      body,
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return 'NO_ANSWER'
  }
}

function isExpected(answered: SandboxReply['answered'], expected: SandboxReply['expected']): boolean {
  if (answered === 'NO_ANSWER') return false
  const hundreds = Math.floor(answered / 100)
  return expected.includes(`${hundreds}xx`)
}

function addressOf(given: unknown): URL {
  const text = typeof given === 'string' ? given : DEFAULT_URL
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError('--url: expected an http or https address without a user, got something else')
  }
  return url
}

/** The secret is never given on the command line: other users of the machine could read it there. */
function secretIn(file: string): Uint8Array {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch {
    throw new UsageError('--secret-file: expected a file that can be read')
  }
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const secret = Buffer.from(base64, 'base64')
  if (secret.length < MIN_SECRET_BYTES)
    throw new UsageError('--secret-file: expected whsec_… in it, got something else')
  return secret
}
