/** A progress bar on standard error for a person who watches; silence for everybody else. */
import { SingleBar } from 'cli-progress'
import type { CommandLine } from './command-line.js'

export interface Progress {
  /** What is being done now, how far it is, and how far it goes. */
  at(label: string, done: number, total: number): void
  stop(): void
}

export function createProgress({ isInteractive }: CommandLine): Progress {
  if (!isInteractive) return { at: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: '{bar} {percentage}% {value}/{total} {label}',
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    etaBuffer: 100,
  })
  let isRunning = false
  return {
    at(label, done, total) {
      if (!isRunning) bar.start(Math.max(total, 1), done, { label })
      else {
        bar.setTotal(Math.max(total, 1))
        bar.update(done, { label })
      }
      isRunning = true
    },
    stop() {
      if (isRunning) bar.stop()
      isRunning = false
    },
  }
}
