/**
 * Checks a whole hub against its own log: the events themselves, every read model against one built anew, and every released
 * document against one compiled again. It changes nothing and names the first things that differ.
 */
import type { Recomputation } from './feeds/port.js'
import type { ParityReport } from './readmodel/port.js'
import { type Finding, type LogVerification, type LogVerificationDeps, verifyLog } from './verify-log.js'

export interface VerifyProgress {
  readonly step: 'log' | 'read models' | 'manifests'
  readonly done: number
  readonly total: number
  readonly name?: string
}

export interface VerifyReport {
  readonly isSound: boolean
  readonly log: LogVerification
  readonly readModels: readonly ParityReport[]
  readonly periods: readonly { readonly feed: string; readonly period: string; readonly isEqual: boolean }[]
  readonly findings: readonly Finding[]
}

export interface VerifyDeps extends Omit<LogVerificationDeps, 'onProgress'> {
  /** Events in the log, for the progress. */
  readonly events: number
  /** The names of all read models. */
  readonly projections: readonly string[]
  /** Compares a read model with one built anew, and leaves it as it is: a difference is evidence. */
  readonly compare: (projection: string) => Promise<ParityReport>
  /** Every released period of every feed. */
  readonly released: readonly { readonly feed: string; readonly period: string }[]
  readonly recompute: (feed: string, period: string) => Promise<Pick<Recomputation, 'isEqual'>>
  readonly onProgress: (progress: VerifyProgress) => void
}

export async function verifyHub(deps: VerifyDeps): Promise<VerifyReport> {
  const { onProgress } = deps
  const log = await verifyLog({
    log: deps.log,
    ...(deps.keysById ? { keysById: deps.keysById } : {}),
    onProgress: (done) => onProgress({ step: 'log', done, total: deps.events }),
  })

  const names = deps.projections
  const readModels: ParityReport[] = []
  for (const [done, name] of names.entries()) {
    onProgress({ step: 'read models', done, total: names.length, name })
    readModels.push(await deps.compare(name))
  }
  onProgress({ step: 'read models', done: names.length, total: names.length })

  const { released } = deps
  const periods: { feed: string; period: string; isEqual: boolean }[] = []
  for (const [done, { feed, period }] of released.entries()) {
    onProgress({ step: 'manifests', done, total: released.length, name: `${feed} ${period}` })
    const { isEqual } = await deps.recompute(feed, period)
    periods.push({ feed, period, isEqual })
  }
  onProgress({ step: 'manifests', done: released.length, total: released.length })

  const findings = [...log.findings, ...readModelFindings(readModels), ...periodFindings(periods)]
  return { isSound: findings.length === 0, log, readModels, periods, findings }
}

function readModelFindings(reports: readonly ParityReport[]): readonly Finding[] {
  return reports
    .filter(({ differing }) => differing > 0)
    .map(({ projection, differing, compared, differences: [first] }) => ({
      check: 'read models',
      where: first ? `${projection} ${first.key}` : projection,
      message: `${differing} of ${compared} rows differ from what the log says`,
    }))
}

function periodFindings(
  periods: readonly { readonly feed: string; readonly period: string; readonly isEqual: boolean }[],
): readonly Finding[] {
  return periods
    .filter(({ isEqual }) => !isEqual)
    .map(({ feed, period }) => ({
      check: 'manifests',
      where: `${feed} ${period}`,
      message: 'a released document differs from one compiled again',
    }))
}
