/**
 * A hub for benchmarks in a temporary directory: one health centre with a key, and patients registered through the one way
 * in. The hub is the real one; only its people are made up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig } from '../../src/config.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { openHub, type RunningHub } from '../../src/hub.js'
import type { Clock } from '../../src/kernel/clock.js'
import { createLogger, personalMembers } from '../../src/kernel/logger.js'
import type { Principal } from '../../src/recording/port.js'

export interface BenchHub {
  readonly hub: RunningHub
  readonly dataDir: string
  readonly operator: Principal
  readonly unit: string
  /** The health centre's key, and who acts with it. */
  readonly key: string
  readonly doctor: Principal
  close(): Promise<void>
}

export const TOWNSHIP = '999901001'
/** Of the master key of every benchmark's hub. */
export const PASSPHRASE = 'a benchmark'

export interface BenchHubOptions {
  readonly follow?: 'everything' | 'reading' | 'recording'
  /** Patients that recording keeps folded in memory. */
  readonly patientCacheSize?: number
  /** A driven calendar, for periods that close. */
  readonly calendar?: Clock
  /** A directory that is kept. Defaults to a temporary one. */
  readonly dataDir?: string
  /** Options of the policy that differ from their defaults. */
  readonly policy?: Partial<Config['policy']>
}

/** The bare hub; whoever opens it enrols whom he needs. */
export async function openEmptyHub({
  follow = 'everything',
  patientCacheSize = 20_000,
  calendar,
  dataDir: keptDir,
  policy = {},
}: BenchHubOptions = {}) {
  const dataDir = keptDir ?? mkdtempSync(join(tmpdir(), 'lianhu-bench-'))
  const config = loadConfig({
    file: { dataDir, simulated: true, logLevel: 'warn', recording: { patientCacheSize }, policy },
  })
  const logger = createLogger({
    level: 'warn',
    redact: personalMembers(CATALOGUE.values()),
    destination: pinoToStandardError,
  })
  const hub = await openHub({
    config,
    logger,
    passphrase: PASSPHRASE,
    init: true,
    follow,
    ...(calendar ? { calendar } : {}),
  })
  return {
    hub,
    dataDir,
    async close() {
      await hub.stop()
      if (keptDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const pinoToStandardError = { write: (line: string): void => void process.stderr.write(line) }

export async function openBenchHub(options: BenchHubOptions = {}): Promise<BenchHub> {
  const { hub, dataDir, close } = await openEmptyHub(options)
  const { administration } = hub
  const operatorKey = await administration.createOperatorKey('运维')
  const operator: Principal = { agency: operatorKey.agency, role: 'HUB', client: operatorKey.keyId, isOperator: true }
  const { agencyId: unit } = await administration.enrolAgency(operator, {
    role: 'CHC',
    name: '测试卫生服务中心',
    phone: '0000-0000001',
  })
  await administration.assignAreas(operator, [{ agency: unit, areas: [TOWNSHIP], from: '2020-01-01' }])
  await administration.goLive(operator, unit, '2020-01-01')
  const issued = await administration.issueKey(operator, { agency: unit, staffName: '测试医生' })
  const doctor: Principal = {
    agency: unit,
    role: 'CHC',
    client: issued.keyId,
    person: issued.person ?? '',
    isOperator: false,
  }
  return {
    hub,
    dataDir,
    operator,
    unit,
    doctor,
    key: issued.key,
    close,
  }
}

const CONCURRENT = 256

/** Registers so many patients and answers with their ids; all live in `TOWNSHIP` unless `townshipOf` says where the n-th does. */
export async function registerPatients(
  { hub, unit, doctor }: BenchHub,
  count: number,
  townshipOf: (n: number) => string = () => TOWNSHIP,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let from = 0; from < count; from += CONCURRENT) {
    const batch = Array.from({ length: Math.min(CONCURRENT, count - from) }, (_, i) =>
      register(hub, doctor, { unit, township: townshipOf(from + i), n: from + i }),
    )
    ids.push(...(await Promise.all(batch)))
  }
  return ids
}

async function register(
  hub: RunningHub,
  doctor: Principal,
  { unit, township, n }: { readonly unit: string; readonly township: string; readonly n: number },
): Promise<string> {
  const outcome = await hub.recorder.record(doctor, {
    events: [
      {
        type: 'PatientRegistered',
        occurredAt: '2024-01-05',
        data: {
          identity: { name: `测试${n}`, idType: '1', status: 'UNKNOWN', sex: '1', phones: ['19900000000'] },
          householdTownship: township,
          presentTownship: township,
          householdAddress: { text: `测试路${n}号` },
          presentAddress: { text: `测试路${n}号` },
          responsibleUnit: unit,
          registrationBasis: 'SIX_DISEASES',
          programme: 'COMMUNITY_MANAGEMENT',
          householdType: 2,
          economicStatus: 3,
        },
      },
    ],
  })
  if (outcome.kind === 'held') throw new Error('a registration is never held')
  return (outcome.receipts[0]?.stream ?? '').slice('patient-'.length)
}

/** A follow-up with all core fields and one sealed field, without `clinical`; `@ID@` and `@PATIENT@` to be filled in. */
export function followUpBody(day: string, nextDay: string): string {
  const data = {
    date: day,
    form: 1,
    respondents: [1, 2],
    hospitalStay: 0,
    adherence: 1,
    dangerCounts: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0 },
    confinement: 1,
    referralAdvised: false,
    nextDate: nextDay,
    doctor: 'staff-0001',
    note: '随访时情绪稳定，家属陪同，已嘱按时服药。',
  }
  return `{"id":"@ID@","patientId":"@PATIENT@","type":"FollowUpCompleted","version":1,"data":${JSON.stringify(data)}}`
}

/** The clinical half of the form, sealed as one value. */
export const CLINICAL = {
  symptoms: [3, 10],
  insight: 2,
  sleep: 2,
  diet: 1,
  selfCare: 1,
  housework: 2,
  study: 2,
  social: 2,
  work: 9,
  labTest: 1,
  adr: 1,
  effect: 2,
  rehab: [1, 4],
  drugs: [{ code: 'risperidone', morningMg: 1, eveningMg: 2 }],
}
