/**
 * `lianhu letters`: what an authority asks for once by letter, recorded by one named person and decided by another. Each acts with a key
 * of their own (`LIANHU_KEY`). What is handed out is recorded by the hub before it is answered.
 */
import { type Command, Option } from 'commander'
import { codesOf } from '../domain/code-lists/code-list.js'
import {
  COPY_RECALL_STEPS,
  NOT_LISTED_YET,
  ONE_OFF_DECISIONS,
  ONE_OFF_REFUSALS,
  ONE_OFF_REQUESTERS,
} from '../domain/code-lists/one-off.js'
import type { LetterWords, OneOffStanding } from '../oneoff/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub, type Flags, fetchToFile, textFlag, WITH_OWN_KEY } from './commands.js'
import { askedAndDecided, givenId } from './two-persons.js'

const ROUTE = '/v1/one-off-disclosures'
const STATES: Readonly<Record<OneOffStanding['state'], string>> = {
  REQUESTED: '待第二人决定',
  EXPIRED: '逾期未决定',
  GRANTED: '同意提供',
  PARTLY: '部分提供',
  REFUSED: '不予提供',
}

export function registerLetters(program: Command, line: CommandLine): void {
  const oneOff = program
    .command('letters')
    .description('一次性提供 · what an authority asks for by letter: two named persons answer for it')
  registerRequest(oneOff, line)
  registerDecide(oneOff, line)
  registerSuspend(oneOff, line)
  registerRecall(oneOff, line)

  askingHub(
    oneOff
      .command('list')
      .option('--open', 'only those whose copy is asked back, and nobody has said is destroyed')
      .description('清单 · list those that you may know of'),
    line,
    async ({ client, isJson }, _args, flags) => {
      const path = flags.open === true ? `${ROUTE}?open=true` : ROUTE
      const told = await client.request<{ readonly disclosures: readonly OneOffStanding[] }>('GET', path)
      tell(line, isJson, told, () => columns(told.disclosures.map(rowOf)))
      return OK
    },
    WITH_OWN_KEY,
  )

  const show = oneOff
    .command('show')
    .argument('<disclosure>', 'as listed')
    .description('查看 · show one with what the letter says; the reading is recorded')
  askingHub(
    show,
    line,
    async ({ client, isJson }, [id = '']) => {
      const told = await client.request<OneOffStanding>('GET', pathOf(id))
      const words = await client.request<LetterWords>('GET', `${pathOf(id)}/letter`)
      tell(line, isJson, { ...told, ...words }, () => [
        ...columns([rowOf(told)]),
        `${words.requesterName} ${words.letter}：${words.purpose}`,
        `请求：${told.fields.join('、')}`,
      ])
      return OK
    },
    WITH_OWN_KEY,
  )

  const document = oneOff
    .command('document')
    .argument('<disclosure>', 'as listed')
    .requiredOption('--out <file>', 'where to write it; never over a file that is there')
    .option('--html', 'as a page to print')
    .description('取件 · fetch the document that was granted; it is recorded')
  askingHub(
    document,
    line,
    (asking, [id = ''], flags) => {
      const path = `${pathOf(id)}/document${flags.html === true ? '?format=html' : ''}`
      return fetchToFile(asking, { path, file: textFlag(flags, 'out') ?? '' }, line)
    },
    WITH_OWN_KEY,
  )

  const refusal = oneOff
    .command('refusal')
    .argument('<disclosure>', 'as listed')
    .requiredOption('--out <file>', 'where to write it; never over a file that is there')
    .description('告知书 · fetch the letter of what is refused, to print; it is recorded')
  askingHub(
    refusal,
    line,
    (asking, [id = ''], flags) =>
      fetchToFile(asking, { path: `${pathOf(id)}/refusal`, file: textFlag(flags, 'out') ?? '' }, line),
    WITH_OWN_KEY,
  )
}

function registerRequest(oneOff: Command, line: CommandLine): void {
  const request = oneOff
    .command('request')
    .argument('[patient id]', 'whom the letter is about; left out where it means nobody whom you know')
    .requiredOption('--letter <number>', 'the number of the official letter: stored sealed')
    .addOption(new Option('--kind <kind>', 'who asks').choices(codesOf(ONE_OFF_REQUESTERS)).makeOptionMandatory())
    .requiredOption('--requester <name>', 'the authority: stored sealed')
    .requiredOption('--purpose <text>', 'what for, in words: stored sealed')
    .requiredOption('--fields <facts>', 'the facts that are asked for, with commas: name,level,guardian.name')
    .requiredOption('--until <day>', 'the day by which the copy is destroyed')
    .option('--account-from <day>', 'until then the letter asks that the person is not told')
    .option('--id <uuid>', 'an id of your own, so that the same again is known')
    .description('登记 · record a letter; a second person decides within seven days')
  askingHub(
    request,
    line,
    async ({ client, isJson }, [patientId], flags) => {
      const accountFrom = textFlag(flags, 'accountFrom')
      const asked = await client.request<{ readonly disclosure: string; readonly expiresAt: string }>('POST', ROUTE, {
        ...givenId(flags),
        ...(patientId === undefined ? {} : { patientId }),
        letter: textFlag(flags, 'letter'),
        requesterKind: textFlag(flags, 'kind'),
        requesterName: textFlag(flags, 'requester'),
        purpose: textFlag(flags, 'purpose'),
        fields: factsIn(flags),
        until: textFlag(flags, 'until'),
        ...(accountFrom === undefined ? {} : { accountFrom }),
      })
      tell(line, isJson, asked, () => [`${asked.disclosure} ${STATES.REQUESTED}，有效至 ${asked.expiresAt}`])
      return OK
    },
    WITH_OWN_KEY,
  )
}

function registerDecide(oneOff: Command, line: CommandLine): void {
  const decide = oneOff
    .command('decide')
    .argument('<disclosure>', 'as listed')
    .addOption(
      new Option('--decision <decision>', 'what is decided').choices(codesOf(ONE_OFF_DECISIONS)).makeOptionMandatory(),
    )
    .option('--fields <facts>', 'of PARTLY the facts that are given, with commas')
    .addOption(new Option('--reason <reason>', 'why not, or not all').choices(codesOf(ONE_OFF_REFUSALS)))
    .option('--account-from <day>', 'kept from the person’s account until then, where the letter asks for it')
    .description('决定 · decide one, as the second person')
  askingHub(
    decide,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      const [decision, fields] = [textFlag(flags, 'decision'), factsIn(flags)]
      const [reason, accountFrom] = [textFlag(flags, 'reason'), textFlag(flags, 'accountFrom')]
      await client.request('POST', `${pathOf(id)}/decide`, {
        decision,
        ...(fields === undefined ? {} : { fields }),
        ...(reason === undefined ? {} : { reason }),
        ...(accountFrom === undefined ? {} : { accountFrom }),
      })
      const told = await client.request<OneOffStanding>('GET', pathOf(id))
      tell(line, isJson, told, () => columns([rowOf(told)]))
      return OK
    },
    WITH_OWN_KEY,
  )
}

function registerSuspend(oneOff: Command, line: CommandLine): void {
  const suspend = oneOff
    .command('suspend')
    .argument('<disclosure>', 'as listed')
    .option(
      '--account-from <day>',
      'keep it from the account until then; left out approves what the other one asked for',
    )
    .description(`继续${NOT_LISTED_YET} · keep one from the account longer: one of the two asks, the other approves`)
  askingHub(
    suspend,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      const accountFrom = textFlag(flags, 'accountFrom')
      if (accountFrom === undefined) await client.request('POST', `${pathOf(id)}/suspension/approve`)
      else await client.request('POST', `${pathOf(id)}/suspension`, { accountFrom })
      const told = await client.request<OneOffStanding>('GET', pathOf(id))
      tell(line, isJson, told, () => columns([rowOf(told)]))
      return OK
    },
    WITH_OWN_KEY,
  )
}

function registerRecall(oneOff: Command, line: CommandLine): void {
  const recall = oneOff
    .command('recall')
    .argument('<disclosure>', 'as listed')
    .addOption(new Option('--what <step>', 'what was done').choices(codesOf(COPY_RECALL_STEPS)).makeOptionMandatory())
    .description('追回 · say that the requester was written to, or that they destroyed the copy that is asked back')
  askingHub(
    recall,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      await client.request('POST', `${pathOf(id)}/recall`, { what: textFlag(flags, 'what') })
      const told = await client.request<OneOffStanding>('GET', pathOf(id))
      tell(line, isJson, told, () => columns([rowOf(told)]))
      return OK
    },
    WITH_OWN_KEY,
  )
}

function factsIn(flags: Flags): readonly string[] | undefined {
  return textFlag(flags, 'fields')
    ?.split(',')
    .map((field) => field.trim())
}

function rowOf(one: OneOffStanding) {
  const { disclosure, patientId, kind, state, decided } = one
  return [
    ...[disclosure, patientId ?? '-', kind, STATES[state]],
    ...askedAndDecided({ ...one, decidedBy: decided?.by }),
    ...recallIn(one),
  ]
}

/** What has to be done about a copy that is asked back, and the id by which its holder finds it. */
function recallIn({ recalled, copy, isOverdue }: OneOffStanding): readonly string[] {
  if (!recalled) return []
  const { deleteBy, writtenAt, destroyedAt } = recalled
  if (destroyedAt !== undefined) return [`副本 ${copy}`, `${destroyedAt} 对方已确认销毁`]
  const day = `${isOverdue ? '逾期，' : ''}期限 ${deleteBy}`
  const next = writtenAt === undefined ? '须去函要求对方销毁' : `${writtenAt} 已去函，待对方确认`
  return [`副本 ${copy}`, `${next}（${day}）`]
}

function pathOf(id: string): string {
  return `${ROUTE}/${encodeURIComponent(id)}`
}
