/**
 * Enrols the agencies of a file, some hundred lines at a time, so that the file may be of any length, and prints the enrolment
 * code of each. Run again after a failure it goes on: what is enrolled is known by its own id.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type CommandLine, FAILED, OK, tell } from './command-line.js'
import type { Asking } from './commands.js'
import { createProgress } from './progress.js'

interface AnswerLine {
  readonly line: number
  readonly status: number
  readonly agencyId?: string
  readonly code?: string
  readonly expiresAt?: string
  readonly title?: string
  readonly titleZh?: string
  readonly detail?: string
}

const LINES_AT_ONCE = 500

export async function enrolMany(
  { client, isJson }: Asking,
  line: CommandLine,
  { file, hours }: { readonly file: string; readonly hours: string | undefined },
): Promise<number> {
  const path = `/v1/agencies/batch${hours === undefined ? '' : `?hours=${encodeURIComponent(hours)}`}`
  const progress = createProgress(line)
  const codes: AnswerLine[] = []
  const refused: AnswerLine[] = []
  let [enrolled, known, before] = [0, 0, 0]

  const send = async (lines: readonly string[]): Promise<void> => {
    const { bytes } = await client.raw('POST', path, lines.map((one) => `${one}\n`).join(''))
    for (const text of bytes
      .toString('utf8')
      .split('\n')
      .filter((one) => one !== '')) {
      const answer = JSON.parse(text) as AnswerLine
      const told = { ...answer, line: answer.line + before }
      // The code of a problem is no enrolment code.
      if (answer.status >= 400) {
        refused.push(told)
        continue
      }
      if (answer.status === 201) enrolled++
      else known++
      if (answer.code === undefined) continue
      if (isJson) codes.push(told)
      else line.out(`${answer.agencyId},${answer.code},${answer.expiresAt}\n`)
    }
    before += lines.length
    progress.at('注册单位', before, before + 1)
  }

  try {
    let lines: string[] = []
    for await (const one of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      lines.push(one.replace(/^\ufeff/, ''))
      if (lines.length < LINES_AT_ONCE) continue
      await send(lines)
      lines = []
    }
    if (lines.length > 0) await send(lines)
  } finally {
    progress.stop()
  }
  if (isJson) tell(line, true, { enrolled, known, refused, codes }, () => [])
  else {
    for (const { line: number, titleZh, detail } of refused) line.err(`第 ${number} 行：${titleZh} ${detail ?? ''}\n`)
    line.err(`新注册 ${enrolled} 个单位，此前已注册 ${known} 个，未通过 ${refused.length} 行\n`)
  }
  return refused.length === 0 ? OK : FAILED
}
