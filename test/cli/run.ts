/** Runs command lines in this process on a store of their own, and keeps what they said and how they ended. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandLine } from '../../src/cli/command-line.js'
import { runCli } from '../../src/cli/program.js'
import { loadConfig } from '../../src/config.js'
import { type Follow, openHub, type RunningHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import { type IssuedKey, operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'

export const PASSPHRASE = 'a passphrase of the tests'
export const APRIL = Date.parse('2026-04-20T09:30:00+08:00')

export interface Ended {
  readonly code: number | undefined
  readonly out: string
  readonly err: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  readonly json: any
}

export interface CliRun {
  readonly dataDir: string
  readonly env: Record<string, string>
  run(...args: string[]): Promise<Ended>
  file(name: string, text: string): string
}

export function cli(t: Cleanup): CliRun {
  const directory = tempDirectory(t)
  const file = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  const dataDir = join(directory, 'data')
  const env: Record<string, string> = {
    LIANHU_DATA_DIR: dataDir,
    LIANHU_PASSPHRASE_FILE: file('passphrase', `${PASSPHRASE}\n`),
    LIANHU_PORT: '0',
  }
  return {
    dataDir,
    env,
    file,
    async run(...args) {
      let [out, err, code] = ['', '', undefined as number | undefined]
      const line: CommandLine = {
        env,
        out: (text) => {
          out += text
        },
        err: (text) => {
          err += text
        },
        isInteractive: false,
        ask: async () => '',
        exit: (given) => {
          code = given
        },
        stopped: async () => {},
      }
      await runCli(args, line)
      return { code, out, err, json: args.includes('--json') && out !== '' ? JSON.parse(out) : undefined }
    },
  }
}

export interface SeededStore {
  readonly hub: RunningHub
  readonly operator: Principal
  readonly doctor: IssuedKey
  readonly police: IssuedKey
  readonly patientId: string
}

/** The store of a run, opened in this process. */
export function reopened(
  { dataDir }: Pick<CliRun, 'dataDir'>,
  { follow = 'everything', nowMs = APRIL }: { readonly follow?: Follow; readonly nowMs?: number } = {},
): Promise<RunningHub> {
  return openHub({
    config: loadConfig({ file: { dataDir, simulated: true } }),
    logger: createLogger({ level: 'silent', redact: new Set() }),
    passphrase: PASSPHRASE,
    init: true,
    follow,
    calendar: drivenClock(nowMs),
  })
}

/** A simulated store with one high-risk person, a health centre and a station, opened in this process. */
export async function seededStore(run: CliRun): Promise<SeededStore> {
  const hub = await reopened(run)
  const { administration, recorder } = hub
  const operator: Principal = { agency: operatorAgencyId(hub.logId), role: 'HUB', client: 'test', isOperator: true }
  const enrol = async (role: 'CHC' | 'POLICE', id?: string): Promise<IssuedKey> => {
    const { agencyId } = await administration.enrolAgency(operator, { role, name: `单位 ${role}`, phone: '0631-1' }, id)
    await administration.assignAreas(operator, [{ agency: agencyId, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
    return administration.issueKey(operator, { agency: agencyId, staffName: '测试员甲' })
  }
  const doctor = await enrol('CHC', EXAMPLE_UNIT)
  const police = await enrol('POLICE')
  await administration.goLive(operator, EXAMPLE_UNIT, '2026-01-01')
  const principal: Principal = { agency: EXAMPLE_UNIT, role: 'CHC', client: doctor.keyId, isOperator: false }
  const registered = await recorder.record(principal, { events: [exampleBody('PatientRegistered')] })
  if (registered.kind === 'held') throw new Error('a registration is never held')
  const patientId = String(registered.receipts[0]?.stream).slice('patient-'.length)
  await recorder.record(principal, {
    patientId,
    events: [exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' })],
  })
  await hub.dispatcher.idle()
  await hub.readModels.through()
  return { hub, operator, doctor, police, patientId }
}
