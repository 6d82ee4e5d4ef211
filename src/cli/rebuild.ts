/** `lianhu rebuild <projection>`: builds a read model anew beside the live one, compares both row by row, and switches. */
import type { Command } from 'commander'
import type { ParityReport } from '../readmodel/port.js'
import { type CommandLine, FAILED, OK, tell } from './command-line.js'
import { askingHub } from './commands.js'
import { createProgress } from './progress.js'

export function registerRebuild(program: Command, line: CommandLine): void {
  const command = program
    .command('rebuild')
    .argument('<projection>', 'e.g. patient-record')
    .description('重建 · build a read model anew and compare it with the live one')
  askingHub(command, line, async ({ client, isJson }, [projection = '']) => {
    const progress = createProgress(line)
    progress.at(projection, 0, 1)
    let report: ParityReport
    try {
      report = await client.request('POST', `/v1/projections/${encodeURIComponent(projection)}/rebuild`)
    } finally {
      progress.stop()
    }
    tell(line, isJson, report, () => parityLines(report))
    return report.differing === 0 ? OK : FAILED
  })
}

export function parityLines({
  projection,
  compared,
  differing,
  differences,
  leafIndex,
}: ParityReport): readonly string[] {
  return [
    `${projection}: ${compared} 行，${differing === 0 ? '一致' : `${differing} 行不一致`}（至事件 ${leafIndex + 1}）`,
    ...differences
      .slice(0, 20)
      .map(({ key, kind, cut }) => `  ${kind} ${key}${cut === undefined ? '' : ` 截点 ${cut}`}`),
  ]
}
