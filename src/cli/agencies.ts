/** `lianhu agencies`: who takes part, their areas, and from when on they are live. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { AreaReport } from '../recording/administration.js'
import { enrolMany } from './agencies-file.js'
import { columns } from './columns.js'
import { type CommandLine, FAILED, OK, tell, UsageError } from './command-line.js'
import { askingHub, textFlag } from './commands.js'

interface ListedAgency {
  readonly id: string
  readonly role: string
  readonly name: string
  readonly phone: string
  readonly liveFrom?: string
  readonly areas: readonly { readonly area: string; readonly from: string; readonly to?: string }[]
}

interface Assignment {
  readonly agency: string
  readonly areas: string[]
  readonly from: string
  readonly to?: string
}

const RECORDING = { needs: 'recording' } as const

export function registerAgencies(program: Command, line: CommandLine): void {
  const agencies = program.command('agencies').description('单位 · the agencies that take part')

  const list = agencies.command('list').option('--role <role>', 'only this role').description('名录 · list them')
  askingHub(
    list,
    line,
    async ({ client, isJson }, _args, flags) => {
      const role = textFlag(flags, 'role')
      const query = role === undefined ? '' : `?role=${encodeURIComponent(role)}`
      const answer = await client.request<{ readonly agencies: readonly ListedAgency[] }>('GET', `/v1/agencies${query}`)
      tell(line, isJson, answer, () =>
        columns(
          answer.agencies.map(({ id, role: of, name, phone, liveFrom, areas }) => [
            id,
            of,
            name,
            phone,
            liveFrom === undefined ? '未上线' : `${liveFrom} 上线`,
            areas.map(({ area }) => area).join(' '),
          ]),
        ),
      )
      return OK
    },
    RECORDING,
  )

  const enrol = agencies
    .command('enrol')
    .option('--role <role>', 'e.g. CHC, POLICE, PL, COMMUNITY')
    .option('--name <name>', 'name of the agency')
    .option('--phone <phone>', 'its telephone')
    .option('--duty-phone <phone>', 'the telephone on duty')
    .option('--superior <agency>', 'the agency above it')
    .option('--id <uuid>', 'an id of your own, so that a retry finds the agency')
    .option(
      '--file <file>',
      'enrol many instead: NDJSON as POST /v1/agencies/batch takes it; prints a code for each as CSV',
    )
    .option('--hours <hours>', 'with --file: how long the codes are good. Defaults to 72')
    .description('注册 · enrol one, or many with their enrolment codes')
  askingHub(
    enrol,
    line,
    async (asking, _args, flags) => {
      const file = textFlag(flags, 'file')
      if (file !== undefined) return enrolMany(asking, line, { file, hours: textFlag(flags, 'hours') })
      for (const name of ['role', 'name', 'phone']) {
        if (flags[name] === undefined) throw new UsageError(`--${name}: expected it, or --file to enrol many`)
      }
      const { client, isJson } = asking
      const names = ['role', 'name', 'phone', 'dutyPhone', 'superior', 'id']
      const draft = Object.fromEntries(names.map((name) => [name, textFlag(flags, name)]))
      const answer = await client.request<{ readonly agencyId: string }>('POST', '/v1/agencies', present(draft))
      tell(line, isJson, answer, () => [answer.agencyId])
      return OK
    },
    RECORDING,
  )

  const areas = agencies
    .command('areas')
    .argument(
      '<file>',
      'CSV with the columns agency,area,from,to (one area a line), or JSON as POST /v1/areas takes it',
    )
    .option('--dry-run', 'only report overlaps')
    .description('划定辖区 · assign areas in bulk, with a report of overlaps')
  askingHub(
    areas,
    line,
    async ({ client, isJson }, [file = ''], flags) => {
      const assignments = readAssignments(file)
      const dryRun = flags.dryRun === true
      const report = await client.request<AreaReport>('POST', '/v1/areas', { assignments, dryRun })
      tell(line, isJson, report, () => [
        `${report.areas} 个辖区，${report.assignments} 项，${report.isStored ? '已登记' : '未登记（试运行）'}`,
        ...report.overlaps.map(
          ({ assignment, area, heldBy, from }) => `重叠：第 ${assignment + 1} 项 ${area} 已属 ${heldBy}（自 ${from}）`,
        ),
      ])
      return report.overlaps.length === 0 ? OK : FAILED
    },
    RECORDING,
  )

  const change = agencies
    .command('change')
    .argument('<agency>', 'its id')
    .option('--name <name>', 'name of the agency')
    .option('--phone <phone>', 'its telephone')
    .option('--duty-phone <phone>', 'the telephone on duty')
    .description('变更 · state name or telephones anew; what is left out stays')
  askingHub(
    change,
    line,
    async ({ client, isJson }, [agency = ''], flags) => {
      const body = present(
        Object.fromEntries(['name', 'phone', 'dutyPhone'].map((name) => [name, textFlag(flags, name)])),
      )
      const answer = await client.request<ListedAgency>('POST', `/v1/agencies/${encodeURIComponent(agency)}`, body)
      tell(line, isJson, answer, () => columns([[answer.id, answer.role, answer.name, answer.phone]]))
      return OK
    },
    RECORDING,
  )

  const endAreas = agencies
    .command('end-areas')
    .argument('<agency>', 'its id')
    .argument('<areas...>', 'e.g. 371002001 grid:A-12')
    .requiredOption('--to <day>', 'the last day on which the agency answers for them')
    .description('终止辖区 · end areas of an agency, so that another may hold them')
  askingHub(
    endAreas,
    line,
    async ({ client, isJson }, [agency = '', ...ending], flags) => {
      const body = { agency, areas: ending, to: textFlag(flags, 'to') }
      const answer = await client.request<{ readonly ended: number }>('POST', '/v1/areas/end', body)
      tell(line, isJson, answer, () => [`${answer.ended} 个辖区至 ${body.to} 终止`])
      return OK
    },
    RECORDING,
  )

  const live = agencies
    .command('live')
    .argument('<agency>', 'its id')
    .requiredOption('--from <day>', 'from this day on its facts raise alerts and meet deadlines')
    .description('上线 · state from when on a unit is live')
  askingHub(
    live,
    line,
    async ({ client, isJson }, [agency = ''], flags) => {
      const body = { from: textFlag(flags, 'from') }
      const receipt = await client.request('POST', `/v1/agencies/${encodeURIComponent(agency)}/live`, body)
      tell(line, isJson, receipt, () => [`${agency} ${body.from} 上线`])
      return OK
    },
    RECORDING,
  )
}

/** Lines of the same agency and days go in one assignment. */
function readAssignments(file: string): readonly Assignment[] {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '')
  if (text.trimStart().startsWith('{')) return (JSON.parse(text) as { assignments: readonly Assignment[] }).assignments
  const together = new Map<string, Assignment>()
  const [header = '', ...lines] = text.split(/\r?\n/).filter((one) => one.trim() !== '')
  if (header.replaceAll(' ', '') !== 'agency,area,from,to') {
    throw new UsageError(`${file}: expected the columns agency,area,from,to, got ${header}`)
  }
  for (const [index, one] of lines.entries()) {
    const [agency, area, from, to = ''] = one.split(',').map((cell) => cell.trim())
    if (agency === undefined || area === undefined || from === undefined) {
      throw new UsageError(`${file}: line ${index + 2}: expected agency,area,from,to`)
    }
    const key = `${agency} ${from} ${to}`
    const assignment = together.get(key) ?? { agency, areas: [], from, ...(to === '' ? {} : { to }) }
    assignment.areas.push(area)
    together.set(key, assignment)
  }
  return [...together.values()]
}

function present(draft: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined))
}
