/**
 * `lianhu packages`: the receiving end of the file drop. Opens packages with the agency's private key, writes each envelope to a
 * file of its own, byte for byte, and tells what is missing. It needs no hub, no store and no network.
 */
import type { KeyObject } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type OpenedPackage, parsePackage, parsePackageName } from '../delivery/package-format.js'
import { privateKeyOf, unsealPackage } from '../delivery/package-jwe.js'
import { RECALLED } from '../domain/recalls.js'
import { type CommandLine, FAILED, OK, runCommand, tell, UsageError } from './command-line.js'

export interface OpenedFolder {
  /** Packages that were opened. */
  readonly packages: number
  /** Envelopes that were not in the folder yet. */
  readonly written: number
  /** Everything through here is there, or parked at the hub; -1 for nothing. */
  readonly through: number
  /** Ranges of sequences that are not there: they lie in packages that did not come. */
  readonly missing: readonly (readonly [from: number, through: number])[]
  readonly parked: readonly number[]
  /** What the hub asked to delete: the envelopes here hold nothing any more, and whatever was made of them is to go by that day. */
  readonly recalled: readonly { readonly by: number; readonly deleteBy: string; readonly messages: readonly number[] }[]
  /** Packages that could not be opened, and why. */
  readonly refused: readonly { readonly file: string; readonly reason: string }[]
  /** False where no secret was given: anybody who can write there may have written them. */
  readonly isVerified: boolean
}

const ENVELOPE = /^(\d{10,16})\.json$/
const MIN_SECRET_BYTES = 16

export function registerPackages(program: Command, line: CommandLine): void {
  program
    .command('packages')
    .description('加密文件包 · packages of the file drop, at the receiving end')
    .command('open')
    .requiredOption('--key <file>', 'the private key of the registered public key, PEM or JWK')
    .requiredOption('--in <directory>', 'where the packages lie')
    .requiredOption('--out <directory>', 'where the envelopes go, one file each, named by their sequence')
    .option(
      '--secret-file <file>',
      'file that holds the subscription\u2019s secret, whsec_…: packages of anybody else are refused',
    )
    .option('--ack <directory>', 'write an acknowledgement there for the hub to take')
    .option('--json', 'answer as JSON')
    .description('解密 · open packages, check them, and tell what is missing')
    .action(async (flags: Readonly<Record<string, string | boolean | undefined>>) => {
      const isJson = flags.json === true
      await runCommand(line, isJson, async () => {
        const opened = await openPackages(flags)
        tell(line, isJson, opened, () => linesOf(opened))
        return opened.refused.length === 0 && opened.missing.length === 0 ? OK : FAILED
      })
    })
}

async function openPackages(flags: Readonly<Record<string, string | boolean | undefined>>): Promise<OpenedFolder> {
  const [from, to] = [directoryOf(flags.in, '--in'), directoryOf(flags.out, '--out')]
  const ack = flags.ack === undefined ? undefined : directoryOf(flags.ack, '--ack')
  const key = keyIn(String(flags.key))
  const secret = typeof flags.secretFile === 'string' ? secretIn(flags.secretFile) : undefined
  const names = readdirSync(from)
    .filter((name) => parsePackageName(name) !== undefined)
    .sort()
  const refused: { file: string; reason: string }[] = []
  const parked = new Set<number>()
  const recalls: { readonly by: number; readonly body: string }[] = []
  let subscription: string | undefined
  let written = 0
  for (const file of names) {
    let opened: OpenedPackage
    try {
      opened = parsePackage(await unsealPackage(readFileSync(join(from, file), 'utf8'), key), secret)
      subscription ??= opened.index.subscription
      if (opened.index.subscription !== subscription)
        throw new Error('it is for another subscription than the first one')
    } catch (error) {
      refused.push({ file, reason: error instanceof Error ? error.message : String(error) })
      continue
    }
    for (const sequence of opened.index.parked) parked.add(sequence)
    for (const { sequence, body } of opened.bodies) {
      if (keep(to, sequence, body)) written++
      if (kindOf(body) === RECALLED) recalls.push({ by: sequence, body })
    }
  }
  const recalled = recalls.length === 0 ? [] : emptied(to, recalls)
  const present = new Set(
    readdirSync(to)
      .flatMap((name) => ENVELOPE.exec(name)?.[1] ?? [])
      .map(Number),
  )
  const stillParked = [...parked].filter((sequence) => !present.has(sequence)).sort((a, b) => a - b)
  const { through, missing } = gapsOf(present, new Set(stillParked))
  if (ack !== undefined && through >= 0 && subscription !== undefined) {
    put(join(ack, `ack-${through}.json`), `${JSON.stringify({ subscription, through })}\n`)
  }
  return {
    ...{ packages: names.length - refused.length, written, through, missing, parked: stillParked, recalled, refused },
    isVerified: secret !== undefined,
  }
}

/** A tombstone takes the place of what it stands for; whatever else comes again changes nothing. */
function keep(directory: string, sequence: number, body: string): boolean {
  const file = fileOf(directory, sequence)
  const isNew = !existsSync(file)
  if (isNew || readFileSync(file, 'utf8') !== body) put(file, body)
  return isNew
}

/**
 * Empties the envelopes that were recalled: the copy that this command made goes at once. The package that one came in opens again
 * with it, and the recall that stands behind it empties it again.
 */
function emptied(directory: string, recalls: readonly { readonly by: number; readonly body: string }[]) {
  const sequences = new Map<string, number>()
  for (const name of readdirSync(directory)) {
    const [, sequence] = ENVELOPE.exec(name) ?? []
    if (sequence === undefined) continue
    const { id } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { readonly id?: string }
    if (id !== undefined) sequences.set(id, Number(sequence))
  }
  return recalls.map(({ by, body }) => {
    const { data } = JSON.parse(body) as Recalling
    const messages = (data.supersedes ?? []).flatMap((id) => sequences.get(id) ?? [])
    for (const sequence of messages)
      put(fileOf(directory, sequence), `${JSON.stringify({ sequence, recalledBy: by })}\n`)
    return { by, deleteBy: data.recall.deleteBy, messages }
  })
}

function kindOf(body: string): unknown {
  return (JSON.parse(body) as { readonly kind?: unknown }).kind
}

interface Recalling {
  readonly data: { readonly supersedes?: readonly string[]; readonly recall: { readonly deleteBy: string } }
}

function fileOf(directory: string, sequence: number): string {
  return join(directory, `${String(sequence).padStart(10, '0')}.json`)
}

function put(file: string, text: string): void {
  writeFileSync(`${file}.part`, text, { mode: 0o600 })
  renameSync(`${file}.part`, file)
}

function gapsOf(present: ReadonlySet<number>, parked: ReadonlySet<number>): Pick<OpenedFolder, 'through' | 'missing'> {
  const missing: [number, number][] = []
  const last = Math.max(-1, ...present)
  for (let sequence = 0; sequence <= last; sequence++) {
    if (present.has(sequence) || parked.has(sequence)) continue
    const open = missing.at(-1)
    if (open && open[1] === sequence - 1) open[1] = sequence
    else missing.push([sequence, sequence])
  }
  return { through: (missing[0]?.[0] ?? last + 1) - 1, missing }
}

function linesOf({
  packages,
  written,
  through,
  missing,
  parked,
  recalled,
  refused,
  isVerified,
}: OpenedFolder): readonly string[] {
  return [
    `已解密 ${packages} 个文件包，新增 ${written} 条消息，完整至第 ${through} 号`,
    ...missing.map(([from, to]) => `缺少：第 ${from} 至 ${to} 号`),
    ...recalled.map(
      ({ by, deleteBy, messages }) =>
        `撤回（第 ${by} 号）：第 ${messages.join('、')} 号已清空，其全部副本请于 ${deleteBy} 前删除`,
    ),
    ...(parked.length === 0 ? [] : [`搁置（由系统重发）：${parked.join('、')}`]),
    ...refused.map(({ file, reason }) => `✗ ${file}: ${reason}`),
    ...(isVerified ? [] : ['未核对签名：请用 --secret-file 给出签名密钥']),
  ]
}

function directoryOf(value: unknown, flag: string): string {
  const path = String(value)
  if (!existsSync(path)) throw new UsageError(`${flag}: expected a directory that is there`)
  return path
}

function keyIn(file: string): KeyObject {
  try {
    return privateKeyOf(readFileSync(file, 'utf8'))
  } catch {
    throw new UsageError('--key: expected a private key, PEM (PKCS #8) or JWK')
  }
}

function secretIn(file: string): Uint8Array {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(readFileSync(file, 'utf8').trim()) ?? []
  const secret = Buffer.from(base64, 'base64')
  if (secret.length < MIN_SECRET_BYTES) throw new UsageError('--secret-file: expected whsec_… in it')
  return secret
}
