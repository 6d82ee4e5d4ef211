/** The demo's screen: a bar for the stage that is under way on standard error, and lines that stay. Without a terminal, lines only. */
import { MultiBar, type SingleBar } from 'cli-progress'
import type { DemoScreen } from '../rehearsal/demo-port.js'
import type { CommandLine } from './command-line.js'

export function createDemoScreen({ isInteractive, err, out }: CommandLine): DemoScreen {
  if (!isInteractive) {
    return {
      stage: (label) => err(`… ${label}\n`),
      at: () => {},
      line: (text) => out(`${text}\n`),
      stop: () => {},
    }
  }
  const bars = new MultiBar({
    format: '{bar} {percentage}%  {label}',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    forceRedraw: true,
  })
  let bar: SingleBar | undefined
  return {
    stage(label, total) {
      if (bar) bars.remove(bar)
      bar = bars.create(Math.max(total, 1), 0, { label })
    },
    at: (done) => bar?.update(done),
    line: (text) => bars.log(`${text}\n`),
    stop: () => bars.stop(),
  }
}
