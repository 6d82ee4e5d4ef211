/**
 * `lianhu erase`: destroying a person's keys, asked for by one named person and approved by another. Each acts with a key of their
 * own (`LIANHU_KEY`); the hub that serves carries out what was approved.
 */
import { type Command, Option } from 'commander'
import { codesOf } from '../domain/code-lists/code-list.js'
import { APPROVAL_REFUSALS, ERASURE_GROUNDS } from '../domain/code-lists/hub.js'
import type { Erasure } from '../erasure/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell, UsageError } from './command-line.js'
import { type Asking, askingHub, type Flags, textFlag, WITH_OWN_KEY } from './commands.js'
import { askedAndDecided, givenId } from './two-persons.js'

const STATES: Readonly<Record<Erasure['state'], string>> = {
  REQUESTED: '待第二人同意',
  GIVEN: '已同意，执行中',
  CARRIED_OUT: '密钥已销毁',
  REFUSED: '已驳回或撤回',
  EXPIRED: '逾期失效',
}

export function registerErase(program: Command, line: CommandLine): void {
  const erase = program.command('erase').description('销毁身份信息 · destroy a person’s keys: two named persons agree')

  const request = erase
    .command('request')
    .argument('<patient id>', 'whose keys are to be destroyed')
    .addOption(
      new Option('--authority <ground>', 'on what ground').choices(codesOf(ERASURE_GROUNDS)).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why, in words: stored sealed')
    .option('--id <uuid>', 'an id of your own, so that the same again is known')
    .description('申请 · ask for it; a second person approves within seven days')
  askingHub(request, line, (asking, args, flags) => ask(asking, args, flags, line), WITH_OWN_KEY)

  const approve = erase
    .command('approve')
    .argument('<request>', 'as listed')
    .option('--confirm <patient id>', 'the patient once more: it cannot be undone')
    .description('同意 · approve it, as the second person')
  askingHub(approve, line, (asking, args, flags) => agree(asking, args, flags, line), WITH_OWN_KEY)

  const refuse = erase
    .command('refuse')
    .argument('<request>', 'as listed')
    .addOption(new Option('--reason <reason>', 'why').choices(codesOf(APPROVAL_REFUSALS)).makeOptionMandatory())
    .description('驳回或撤回 · refuse it, or withdraw the own')
  askingHub(
    refuse,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      await client.request('POST', `${pathOf(id)}/refuse`, { reason: textFlag(flags, 'reason') })
      tell(line, isJson, { erasure: id, state: 'REFUSED' }, () => [`${id} ${STATES.REFUSED}`])
      return OK
    },
    WITH_OWN_KEY,
  )

  const show = erase
    .command('show')
    .argument('<request>', 'as listed')
    .description('查看 · show one with its reason; the reading is recorded')
  askingHub(
    show,
    line,
    async ({ client, isJson }, [id = '']) => {
      const told = await client.request<Erasure & { readonly reason?: string }>('GET', pathOf(id))
      tell(line, isJson, told, () => [...columns([rowOf(told)]), `理由：${told.reason ?? '已随密钥销毁'}`])
      return OK
    },
    WITH_OWN_KEY,
  )

  askingHub(
    erase.command('list').description('清单 · list the requests that you may act on'),
    line,
    async ({ client, isJson }) => {
      const told = await client.request<{ readonly erasures: readonly Erasure[] }>('GET', '/v1/erasures')
      tell(line, isJson, told, () => columns(told.erasures.map(rowOf)))
      return OK
    },
    WITH_OWN_KEY,
  )
}

async function ask({ client, isJson }: Asking, [patientId = '']: readonly string[], flags: Flags, line: CommandLine) {
  const asked = await client.request<{ readonly erasure: string; readonly expiresAt: string }>('POST', '/v1/erasures', {
    ...givenId(flags),
    patientId,
    authority: textFlag(flags, 'authority'),
    reason: textFlag(flags, 'reason'),
  })
  tell(line, isJson, asked, () => [`${asked.erasure} 待第二人同意，有效至 ${asked.expiresAt}`])
  return OK
}

async function agree({ client, isJson }: Asking, [id = '']: readonly string[], flags: Flags, line: CommandLine) {
  const typed = textFlag(flags, 'confirm')
  if (typed === undefined && !line.isInteractive)
    throw new UsageError('destroyed keys never come back: add --confirm with the patient id')
  const { patientId } = await client.request<Erasure>('GET', pathOf(id))
  const confirm = typed ?? (await line.ask('销毁不可撤销。请输入患者编号以确认: '))
  if (confirm.trim() !== patientId) throw new UsageError('this is not the patient of the request')
  await client.request('POST', `${pathOf(id)}/approve`)
  tell(line, isJson, { erasure: id, state: 'GIVEN' }, () => [`${id} ${STATES.GIVEN}`])
  return OK
}

function rowOf({ erasure, patientId, authority, state, ...act }: Erasure): readonly string[] {
  return [erasure, patientId, authority, STATES[state], ...askedAndDecided(act)]
}

function pathOf(id: string): string {
  return `/v1/erasures/${encodeURIComponent(id)}`
}
