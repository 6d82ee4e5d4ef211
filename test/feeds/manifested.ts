/** What the manifests of the small county say of whom, as lines that a released row can be compared with. */
import type { ReleasedRow } from '../../src/feeds/port.js'
import { type County, OFFICE, STATION_1, STATION_2, STATION_3 } from './county.js'

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const RECIPIENTS = [
  [POLICE, STATION_1],
  [POLICE, STATION_2],
  [POLICE, STATION_3],
  [PL, OFFICE],
] as const

/** What the manifests say, by patient: the accounting names whose row is which, the recipient's what it is committed to. */
export async function manifested(
  county: County,
  periods: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (const period of periods) {
    for (const [feed, agency] of RECIPIENTS) {
      const manifest = JSON.parse((await county.feeds.recipientManifest(feed, period, agency)).toString('utf8'))
      const commitments = new Map<string, string>(
        manifest.commitments.map(({ id, commitment }: { id: string; commitment: string }) => [id, commitment]),
      )
      const [, ...accounts] = (await county.feeds.accountingManifest(feed, period, agency))
        .toString('utf8')
        .trimEnd()
        .split('\n')
      for (const { patient, outcome, row, fieldSet } of accounts.map((line) => JSON.parse(line))) {
        if (outcome !== 'ROW' && outcome !== 'CLOSED') continue
        const line = [feed, period, agency, manifest.document, row, commitments.get(row), fieldSet].join(' ')
        found.set(patient, [...(found.get(patient) ?? []), line])
      }
    }
  }
  return found
}

export const lineOf = ({ feed, period, agency, documentId, row, commitment, said }: ReleasedRow): string =>
  [feed, period, agency, documentId, row, commitment, said?.fieldSet].join(' ')
