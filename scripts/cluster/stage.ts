/** What chaos and demo share: a temporary directory, lines with the time, whole numbers from the command line, and an exit code. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Stage {
  readonly directory: string
  readonly say: (text: string) => void
}

/** Ends the process: with 0 only where `play` says so. What a run left is kept where it went wrong, or somebody asks. */
export async function onStage(
  name: string,
  { keepData }: { readonly keepData: boolean },
  play: (stage: Stage) => Promise<boolean>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), `lianhu-${name}-`))
  const startedAt = Date.now()
  let isSound = false
  try {
    isSound = await play({
      directory,
      say: (text) => console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`),
    })
  } catch (error) {
    console.error(error)
  }
  if (keepData || !isSound) console.log(`what it left is kept in ${directory}`)
  else rmSync(directory, { recursive: true, force: true })
  process.exit(isSound ? 0 : 1)
}

/** Ends the process with 2 where the text is no whole number of at least 0. */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  console.error(`--${option}: expected a whole number from 0 on, got ${text}`)
  process.exit(2)
}
