/** `lianhu recalls`: what was asked back, of whom, and who has not said that the copies are gone. */
import type { Command } from 'commander'
import type { OwnRecall, SentRecall } from '../feeds/port.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub } from './commands.js'

interface Listed {
  readonly recalls: readonly OwnRecall[]
  readonly sent?: readonly SentRecall[]
}

export function registerRecalls(program: Command, line: CommandLine): void {
  const recalls = program
    .command('recalls')
    .option('--open', 'only what nobody has answered')
    .description('撤回 · what was asked back, and who has not said that the copies are deleted')
  askingHub(recalls, line, async ({ client, isJson }, _args, flags) => {
    const query = flags.open === true ? '?open=true' : ''
    const told = await client.request<Listed>('GET', `/v1/recalls${query}`)
    tell(line, isJson, told, () => [
      ...columns(
        told.recalls.map((one) => [
          one.recall,
          `代号 ${one.pseudonym}`,
          one.isPart ? `${one.rows.length} 行` : `全部信息，${one.rows.length} 行`,
          standing(one, one.acknowledged?.at),
        ]),
      ),
      ...columns(
        (told.sent ?? []).map((one) => [
          one.recall,
          `${one.recipient.role} ${one.recipient.name}`,
          `${one.rows} 行`,
          ...(one.patientId === undefined ? [] : [`患者 ${one.patientId}`]),
          standing(one, one.acknowledgedAt),
        ]),
      ),
    ])
    return OK
  })
}

function standing({ deleteBy, isOverdue }: OwnRecall | SentRecall, answeredAt: string | undefined): string {
  if (answeredAt !== undefined) return `${answeredAt} 已确认删除`
  return isOverdue ? `逾期未确认（期限 ${deleteBy}）` : `待确认（期限 ${deleteBy}）`
}
