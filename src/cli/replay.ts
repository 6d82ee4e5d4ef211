/** `lianhu replay <patient>`: a life as of a day and as known on a day, event by event. The reading itself is recorded. */
import type { Command } from 'commander'
import { CATALOGUE } from '../domain/catalogue.js'
import { columns } from './columns.js'
import { type CommandLine, OK, tell } from './command-line.js'
import { askingHub, textFlag } from './commands.js'

interface Entry {
  readonly standing: 'IN_FORCE' | 'REPLACED' | 'WITHDRAWN' | 'IGNORED'
  readonly by?: string
  readonly event: {
    readonly id: string
    readonly type: string
    readonly version: number
    readonly revision: number
    readonly occurredAt?: string
    readonly recordedAt: string
    readonly recordedBy: { readonly agency: string; readonly role: string }
    readonly corrects?: string
    readonly data: Readonly<Record<string, unknown>>
  }
}

interface History {
  readonly patientId: string
  readonly revision: number
  readonly provisional: boolean
  readonly entries: readonly Entry[]
}

const STANDINGS = { IN_FORCE: '', REPLACED: '已被更正', WITHDRAWN: '已撤销', IGNORED: '无效更正' } as const

export function registerReplay(program: Command, line: CommandLine): void {
  const command = program
    .command('replay')
    .argument('<patient>', 'patient id, or the own pseudonym for the person')
    .option('--as-of <time>', 'true on this day (all of it) or at this moment')
    .option('--known-at <time>', 'recorded by this day (all of it) or moment')
    .description('回放患者经历 · replay a person as of a day, as known on a day')
  askingHub(
    command,
    line,
    async ({ client, isJson }, [patient = ''], flags) => {
      const query = new URLSearchParams()
      for (const [name, flag] of [
        ['asOf', 'asOf'],
        ['knownAt', 'knownAt'],
      ] as const) {
        const value = textFlag(flags, flag)
        if (value !== undefined) query.set(name, value)
      }
      const path = `/v1/patients/${encodeURIComponent(patient)}`
      const asked = query.size === 0 ? '' : `?${query}`
      const history = await client.request<History>('GET', `${path}/history${asked}`)
      const { state } = await client.request<{ readonly state: unknown }>('GET', `${path}${asked}`)
      tell(line, isJson, { ...history, state }, () => described(history))
      return OK
    },
    { actingAs: () => 'auditor' },
  )
}

function described({ patientId, revision, provisional, entries }: History): readonly string[] {
  const heads = columns(
    entries.map(({ standing, event }) => [
      event.occurredAt ?? event.recordedAt,
      CATALOGUE.get(`${event.type}@${event.version}`)?.label.zh ?? event.type,
      event.type,
      event.recordedBy.role,
      `录于 ${event.recordedAt.slice(0, 16)}`,
      [STANDINGS[standing], event.corrects === undefined ? '' : '更正'].filter((part) => part !== '').join(' '),
    ]),
  )
  const note = provisional ? '（暂定：可能仍有新记录）' : ''
  return [
    `${patientId} · 版本 ${revision} · ${entries.length} 个事件${note}`,
    ...entries.flatMap(({ event }, i) => [heads[i] ?? '', `    ${dataText(event.data)}`]),
  ]
}

/** What was said; what is sealed for the reader, or erased, says so. */
function dataText(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}=${isSealed(value) ? '〔密封〕' : JSON.stringify(value)}`)
    .join(' ')
}

function isSealed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sealed' in value
}
