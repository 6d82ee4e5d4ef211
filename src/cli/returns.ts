/** `lianhu returns`: who owes what on a document, what came back, the sheet to answer on, and sending it. */
import type { Command } from 'commander'
import type { OthersReturn, OwnReturn, ReturnedAbout, ReturnOutcome, ReturnState } from '../returns/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub, type Flags, fetchToFile, readGivenFile, textFlag, WITH_OWN_KEY } from './commands.js'
import type { ActingAs } from './hub-client.js'

interface Listed {
  readonly own: readonly OwnReturn[]
  readonly others?: readonly OthersReturn[]
  readonly about?: readonly ReturnedAbout[]
}

const STATES: Readonly<Record<ReturnState, string>> = {
  AWAITED: '待反馈',
  OVERDUE: '逾期未反馈',
  RETURNED: '已反馈',
  MISSED: '未反馈（已有新一期）',
  NOT_OWED: '无名单，不需反馈',
}

export function registerReturns(program: Command, line: CommandLine): void {
  const returns = program
    .command('returns')
    .description('信息反馈 · what agencies send back about the people of a document')

  const listed = returns
    .command('list', { isDefault: true })
    .option('--open', 'only what is owed, or waits for the health centre')
    .option('--patient <id>', 'for a health centre: what came back about this person')
    .option('--agency <agency>', 'as whom; the operator where absent')
    .description('清单 · who owes a return, and what came back')
  askingHub(
    listed,
    line,
    async ({ client, isJson }, _args, flags) => {
      const query = new URLSearchParams()
      if (flags.open === true) query.set('open', 'true')
      const patient = textFlag(flags, 'patient')
      if (patient !== undefined) query.set('patientId', patient)
      const told = await client.request<Listed>('GET', `/v1/returns${query.size === 0 ? '' : `?${query}`}`)
      tell(line, isJson, told, () => linesOf(told))
      return OK
    },
    { actingAs: agencyOf },
  )

  const sheet = returns
    .command('sheet')
    .argument('<feed>', 'e.g. police-quarterly')
    .argument('<period>', 'e.g. 2026Q1')
    .requiredOption('--agency <agency>', 'whose')
    .requiredOption('--out <file>', 'where to, e.g. return.xlsx')
    .description('反馈表 · write the sheet to answer a document on to a file')
  askingHub(
    sheet,
    line,
    (asking, [feed = '', period = ''], flags) => {
      const steps = [feed, period, textFlag(flags, 'agency') ?? ''].map(encodeURIComponent)
      const path = `/v1/feeds/${steps[0]}/periods/${steps[1]}/documents/${steps[2]}/return-sheet`
      return fetchToFile(asking, { path, file: textFlag(flags, 'out') ?? '' }, line)
    },
    { actingAs: agencyOf },
  )

  const send = returns
    .command('send')
    .argument('<file>', 'the filled sheet (.xlsx)')
    .description(
      '提交 · send a filled sheet back with a key of the agency; all of it is taken, or every wrong cell is named',
    )
  askingHub(
    send,
    line,
    async ({ client, isJson }, [file = '']) => {
      const { bytes } = await client.raw('POST', '/v1/returns/sheets', readGivenFile(file))
      const told = JSON.parse(bytes.toString()) as ReturnOutcome
      tell(line, isJson, told, () => [
        `文件编号 ${told.document}：${told.outcome === 'known' ? '此前已收，未重复登记' : '已收'}，登记 ${told.recorded} 条，交卫生机构核实 ${told.forCentre} 条`,
      ])
      return OK
    },
    WITH_OWN_KEY,
  )
}

function agencyOf(flags: Flags): ActingAs {
  const agency = textFlag(flags, 'agency')
  return agency === undefined ? 'operator' : { agency }
}

function linesOf({ own, others = [], about = [] }: Listed): readonly string[] {
  return [
    ...columns(
      own.map(({ document, feed, period, state, dueOn, returns }) => [
        ...[document, feed, period, `期限 ${dueOn}`, STATES[state]],
        returns.map(({ recorded, forCentre }) => `登记 ${recorded}、待核实 ${forCentre}`).join('；'),
      ]),
    ),
    ...columns(
      others.map(({ role, name, feed, period, state, dueOn }) => [
        `${role} ${name}`,
        ...[feed, period, `期限 ${dueOn}`, STATES[state]],
      ]),
    ),
    ...columns(
      about.map(({ patientId, type, from, receivedAt, isOpen }) => [
        ...[`患者 ${patientId}`, type, `${from.role} ${from.name}`, receivedAt],
        isOpen ? '待核实' : '',
      ]),
    ),
  ]
}
