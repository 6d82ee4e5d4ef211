/** `lianhu clock confirm`: a person says that a clock in doubt is right. It sets no clock. */
import type { Command } from 'commander'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub } from './commands.js'

export function registerClock(program: Command, line: CommandLine): void {
  const clock = program.command('clock').description('时钟 · the clock that the hub records by')
  const confirm = clock
    .command('confirm')
    .description('确认 · say that a clock which was set back, by up to ten minutes, is right: periods close again')
  askingHub(
    confirm,
    line,
    async ({ client, isJson }) => {
      const receipt = await client.request('POST', '/v1/clock/confirm')
      tell(line, isJson, receipt, () => ['时钟已确认'])
      return OK
    },
    { needs: 'recording' },
  )
}
