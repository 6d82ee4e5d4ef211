/**
 * `lianhu versions`: which versions are in force, and putting another one in force. Whoever proposes or approves one acts with a
 * key of their own (`LIANHU_KEY`); one that tells nobody more, and takes no correction away, needs no second person.
 */
import { type Command, Option } from 'commander'
import { codesOf } from '../domain/code-lists/code-list.js'
import { APPROVAL_REFUSALS } from '../domain/code-lists/hub.js'
import { FIELD_SETS } from '../policy/field-sets.js'
import { isCorrection, packOpenings, setOpened } from '../policy/openings.js'
import { PACKS } from '../policy/pack.js'
import { parsePackFile } from '../policy/pack-file.js'
import type { Proposal, VersionInfo } from '../versions/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, runCommand, tell, UsageError } from './command-line.js'
import { askingHub, readGivenFile, textFlag, WITH_OWN_KEY } from './commands.js'
import { askedAndDecided, givenId } from './two-persons.js'

const IN_FORCE: Readonly<Record<VersionInfo['state'], string>> = {
  IN_FORCE: '在用',
  NOT_IN_FORCE: '未启用',
  UNKNOWN_HERE: '在用，本节点不识别：不关账、不发警示',
}

const STATES: Readonly<Record<Proposal['state'], string>> = {
  REQUESTED: '待第二人同意',
  GIVEN: '已同意，待启用',
  CARRIED_OUT: '已启用',
  REFUSED: '已驳回或撤回',
  EXPIRED: '逾期失效',
}

interface Listed {
  readonly versions: readonly VersionInfo[]
  readonly proposals: readonly Proposal[]
}

export function registerVersions(program: Command, line: CommandLine): void {
  const versions = program
    .command('versions')
    .description('版本 · versions of feeds, policy and alerts: what is in force, and putting another one in force')

  askingHub(
    versions.command('list').description('清单 · what is in force and what is known, and who proposed which'),
    line,
    async ({ client, isJson }) => {
      const told = await client.request<Listed>('GET', '/v1/versions')
      tell(line, isJson, told, () => listLines(told))
      return OK
    },
  )

  registerCheck(versions, line)
  registerPropose(versions, line)
  registerApprove(versions, line)
  registerRefuse(versions, line)
}

/** Asks no hub: a file is right or not. Exits with 1 where it is refused. */
function registerCheck(versions: Command, line: CommandLine): void {
  const check = versions
    .command('check')
    .argument('<file>', 'a policy file, JSON')
    .option('--json', 'answer as JSON')
    .description('检查政策文件 · check a policy file, and say what it would open; nothing is put in force')
  check.action(async (file: string) => {
    const isJson = check.opts().json === true
    await runCommand(line, isJson, async () => {
      const { pack, fieldSets } = parsePackFile(readGivenFile(file).toString('utf8'))
      const standing = PACKS.findLast(({ name }) => name === pack.name)
      const sets = fieldSets.flatMap((set) =>
        setOpened(
          FIELD_SETS.findLast(({ name }) => name === set.name),
          set,
        ),
      )
      const opened = [...packOpenings(standing, pack), ...sets]
      const told = { name: pack.name, version: pack.version, fieldSets: fieldSets.map(({ id }) => id), opened }
      tell(line, isJson, told, () => [
        `${pack.name} 第${pack.version}版：文件无误，规则上放宽 ${opened.length} 处`,
        ...columns(opened.map(({ label, what, was = '', now = '' }) => [`  + ${label.zh}`, what, `${was} → ${now}`])),
      ])
      return OK
    })
  })
}

function registerPropose(versions: Command, line: CommandLine): void {
  const propose = versions
    .command('propose')
    .argument('<name>', 'e.g. police-quarterly')
    .argument('<version>', 'e.g. 2')
    .requiredOption('--reason <text>', 'why, in words')
    .option('--id <uuid>', 'an id of your own, so that the same again is known')
    .description('提出 · propose a version; one that tells anybody more, or corrects less, waits for a second person')
  askingHub(
    propose,
    line,
    async ({ client, isJson }, [name = '', version = ''], flags) => {
      if (!/^[1-9]\d{0,3}$/.test(version)) throw new UsageError(`version: expected a number such as 2, got ${version}`)
      const told = await client.request<{ outcome: string; proposal?: string; expiresAt?: string }>(
        'POST',
        `/v1/versions/${encodeURIComponent(name)}/${version}/propose`,
        { reason: textFlag(flags, 'reason'), ...givenId(flags) },
      )
      tell(line, isJson, told, () =>
        told.proposal === undefined
          ? [`${name} 第${version}版不放宽，也不减少更正，已启用，自下一次关账起生效`]
          : [`${told.proposal} ${name} 第${version}版放宽或减少更正，待第二人同意，有效至 ${told.expiresAt}`],
      )
      return OK
    },
    WITH_OWN_KEY,
  )
}

function registerApprove(versions: Command, line: CommandLine): void {
  const approve = versions
    .command('approve')
    .argument('<proposal>', 'as listed')
    .option('--confirm <name>', 'the name once more: from the next close on it counts, or, of alerts, at once')
    .description('同意 · approve one, as the second person')
  askingHub(
    approve,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      const typed = textFlag(flags, 'confirm')
      if (typed === undefined && !line.isInteractive)
        throw new UsageError('what is told is not untold: add --confirm with the name of what changes')
      const { kind, name, version } = await client.request<Proposal>('GET', pathOf(id))
      const confirm = typed ?? (await line.ask(`将改变提供的内容。请输入名称以确认 ${name} 第${version}版: `))
      if (confirm.trim() !== name) throw new UsageError('this is not the name in the proposal')
      await client.request('POST', `${pathOf(id)}/approve`)
      tell(line, isJson, { proposal: id, state: 'CARRIED_OUT' }, () => [
        `${name} 第${version}版已启用，${kind === 'rules' ? '即时生效' : '自下一次关账起生效'}`,
      ])
      return OK
    },
    WITH_OWN_KEY,
  )
}

function registerRefuse(versions: Command, line: CommandLine): void {
  const refuse = versions
    .command('refuse')
    .argument('<proposal>', 'as listed')
    .addOption(new Option('--reason <reason>', 'why').choices(codesOf(APPROVAL_REFUSALS)).makeOptionMandatory())
    .description('驳回或撤回 · refuse one, or withdraw the own')
  askingHub(
    refuse,
    line,
    async ({ client, isJson }, [id = ''], flags) => {
      await client.request('POST', `${pathOf(id)}/refuse`, { reason: textFlag(flags, 'reason') })
      tell(line, isJson, { proposal: id, state: 'REFUSED' }, () => [`${id} ${STATES.REFUSED}`])
      return OK
    },
    WITH_OWN_KEY,
  )
}

function listLines({ versions, proposals }: Listed): readonly string[] {
  return [
    ...columns(
      versions.map(({ kind, name, version, state, label, opened, closed }) => [
        ...[kind, name, `第${version}版`, IN_FORCE[state], label?.zh ?? ''],
        state === 'NOT_IN_FORCE' ? changeOf(opened, closed) : '',
      ]),
    ),
    ...columns(
      proposals.map(({ proposal, name, version, state, overtakenBy, ...act }) => [
        ...[proposal, name, `第${version}版`, overtakenBy ? '已被其他版本或更早的申请取代' : STATES[state]],
        ...askedAndDecided(act),
      ]),
    ),
  ]
}

function changeOf(opened: VersionInfo['opened'], closed: VersionInfo['closed']): string {
  const lost = closed.filter(isCorrection).length
  const note = lost === 0 ? '' : `（其中更正 ${lost} 处，接收单位将不再得知更正，须由第二人同意）`
  return `规则上放宽 ${opened.length} 处，收窄 ${closed.length} 处${note}`
}

function pathOf(id: string): string {
  return `/v1/versions/proposals/${encodeURIComponent(id)}`
}
