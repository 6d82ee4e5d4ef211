/** `lianhu keys`: the operator's first key, keys of agencies and named persons, enrolment codes. A key is printed once. */
import { type Command, Option } from 'commander'
import { codesOf } from '../domain/code-lists/code-list.js'
import { KEY_REVOCATIONS } from '../domain/code-lists/hub.js'
import type { IssuedKey } from '../recording/administration.js'
import { columns } from './columns.js'
import { type CommandLine, OK, runCommand, tell, UsageError } from './command-line.js'
import { askingHub, textFlag } from './commands.js'
import { configOf, STORE_OPTIONS, withConfigFlags } from './config-flags.js'
import { openStoreOf } from './hub-client.js'

interface ListedKey {
  readonly keyId: string
  readonly agency: string
  readonly person?: string
  readonly isOperator: boolean
  readonly revoked: boolean
}

const RECORDING = { needs: 'recording' } as const

export function registerKeys(program: Command, line: CommandLine): void {
  const keys = program.command('keys').description('密钥 · who may act for an agency')

  const create = keys
    .command('create')
    .option('--operator', 'the operator\u2019s first key; only on a store that no hub serves')
    .option('--init', 'make the store too where there is none')
    .option('--staff-name <name>', 'the person who acts with it: sealed')
    .option('--json', 'answer as JSON')
    .description('创建首个运维密钥 · make the operator\u2019s first key')
  withConfigFlags(create, STORE_OPTIONS).action(async (flags: Readonly<Record<string, unknown>>) => {
    const isJson = flags.json === true
    await runCommand(line, isJson, async () => {
      if (flags.operator !== true)
        throw new UsageError('keys create makes an operator key: add --operator, or use keys issue')
      const hub = await openStoreOf(configOf(flags, line), { follow: 'recording', init: flags.init === true })
      try {
        const name = typeof flags.staffName === 'string' ? flags.staffName : undefined
        tellKey(line, isJson, await hub.administration.createOperatorKey(name))
      } finally {
        await hub.stop()
      }
      return OK
    })
  })

  const issue = keys
    .command('issue')
    .requiredOption('--agency <agency>', 'for whom')
    .option('--staff-name <name>', 'the person who acts with it: sealed')
    .option('--person <pseudonym>', 'the pseudonym that the person has already')
    .option('--operator', 'an operator\u2019s key')
    .description('签发 · issue one for an agency or a named person of it')
  askingHub(
    issue,
    line,
    async ({ client, isJson }, _args, flags) => {
      const [staffName, person] = [textFlag(flags, 'staffName'), textFlag(flags, 'person')]
      const issued = await client.request<IssuedKey>('POST', '/v1/keys', {
        agency: textFlag(flags, 'agency'),
        ...(staffName === undefined ? {} : { staffName }),
        ...(person === undefined ? {} : { person }),
        ...(flags.operator === true ? { isOperator: true } : {}),
      })
      tellKey(line, isJson, issued)
      return OK
    },
    RECORDING,
  )

  const code = keys
    .command('code')
    .requiredOption('--agency <agency>', 'for whom')
    .option('--hours <hours>', 'how long it is good. Defaults to 72')
    .description('签发注册码 · open an enrolment: a code for one key, once')
  askingHub(
    code,
    line,
    async ({ client, isJson }, _args, flags) => {
      const hours = textFlag(flags, 'hours')
      const path = `/v1/agencies/${encodeURIComponent(textFlag(flags, 'agency') ?? '')}/enrolments`
      const opened = await client.request<{ readonly code: string; readonly expiresAt: string }>(
        'POST',
        path,
        hours === undefined ? {} : { hours: Number(hours) },
      )
      tell(line, isJson, opened, () => [opened.code, `有效至 ${opened.expiresAt}；仅可使用一次，不再显示`])
      return OK
    },
    RECORDING,
  )

  const revoke = keys
    .command('revoke')
    .argument('<key id>', 'as listed')
    .addOption(new Option('--reason <reason>', 'why').choices(codesOf(KEY_REVOCATIONS)))
    .description('吊销 · revoke one: the next request with it is refused')
  askingHub(
    revoke,
    line,
    async ({ client, isJson }, [keyId = ''], flags) => {
      const reason = textFlag(flags, 'reason')
      await client.request(
        'POST',
        `/v1/keys/${encodeURIComponent(keyId)}/revoke`,
        reason === undefined ? {} : { reason },
      )
      tell(line, isJson, { keyId, revoked: true }, () => [`${keyId} 已吊销`])
      return OK
    },
    RECORDING,
  )

  const list = keys
    .command('list')
    .option('--agency <agency>', 'of another agency; an operator only')
    .description('清单 · list the keys of an agency, without the keys themselves')
  askingHub(
    list,
    line,
    async ({ client, isJson }, _args, flags) => {
      const agency = textFlag(flags, 'agency')
      const query = agency === undefined ? '' : `?agency=${encodeURIComponent(agency)}`
      const answer = await client.request<{ readonly keys: readonly ListedKey[] }>('GET', `/v1/keys${query}`)
      tell(line, isJson, answer, () =>
        columns(
          answer.keys.map(({ keyId, agency: of, person = '-', isOperator, revoked }) => [
            keyId,
            of,
            person,
            isOperator ? '运维' : '',
            revoked ? '已吊销' : '有效',
          ]),
        ),
      )
      return OK
    },
    RECORDING,
  )
}

function tellKey(line: CommandLine, isJson: boolean, issued: IssuedKey): void {
  tell(line, isJson, issued, () => [
    issued.key,
    `密钥编号 ${issued.keyId}，单位 ${issued.agency}${issued.person === undefined ? '' : `，人员 ${issued.person}`}；密钥不再显示`,
  ])
}
