/**
 * `lianhu rebuild <projection>`: compares a read model with one built anew and tells what differs; only then it builds again
 * beside the live one and switches, for after that what differed is gone.
 */
import type { Command } from 'commander'
import type { ParityReport } from '../readmodel/port.js'
import { type CommandLine, FAILED, OK, tell } from './command-line.js'
import { askingHub } from './commands.js'
import { createProgress } from './progress.js'

export function registerRebuild(program: Command, line: CommandLine): void {
  const command = program
    .command('rebuild')
    .argument('<projection>', 'e.g. patient-record')
    .description('重建 · compare a read model with the log, tell what differs, and build it anew')
  askingHub(command, line, async ({ client, isJson }, [projection = '']) => {
    const progress = createProgress(line)
    const path = `/v1/projections/${encodeURIComponent(projection)}`
    const asked = async (what: 'verify' | 'rebuild', done: number): Promise<ParityReport> => {
      progress.at(`${what} ${projection}`, done, 2)
      return client.request('POST', `${path}/${what}`)
    }
    try {
      const found = await asked('verify', 0)
      progress.stop()
      tell(line, isJson, found, () => parityLines(found))
      const replaced = await asked('rebuild', 1)
      progress.stop()
      if (!isJson) line.out(`${replaced.projection}: 已重建\n`)
      return found.differing === 0 && replaced.differing === 0 ? OK : FAILED
    } finally {
      progress.stop()
    }
  })
}

function parityLines({ projection, compared, differing, differences, leafIndex }: ParityReport): readonly string[] {
  return [
    `${projection}: ${compared} 行，${differing === 0 ? '一致' : `${differing} 行不一致`}（至事件 ${leafIndex + 1}）`,
    ...differences
      .slice(0, 20)
      .map(({ key, kind, cut }) => `  ${kind} ${key}${cut === undefined ? '' : ` 截点 ${cut}`}`),
  ]
}
