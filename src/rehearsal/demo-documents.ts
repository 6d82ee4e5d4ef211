/**
 * One person in the newest documents of all feeds, each as its recipient has it, and the person's own account of it. Made from the
 * bytes that left; whom to show is found in the accounts that stay with the hub.
 */
import type { Account } from '../account/port.js'
import type { Label } from '../domain/define-event.js'
import { POLICE_HIGH } from '../policy/feed-field-sets.js'
import type { DemoHub } from './demo-port.js'
import { type KnownFact, knownFacts, type Learnt, learntFrom } from './demo-side-by-side.js'
import type { ReleasedDocument } from './demo-tally.js'

export interface InDocument {
  readonly feed: string
  readonly label: Label
  readonly period: string
  /** Absent where no agency of the feed had to do with the person. */
  readonly agency?: string
  /** What the agency calls the person; absent without a row. */
  readonly pseudonym?: string
  /** As the accounting manifest says it: `ROW`, `COUNTED`, `EXCLUDED`. */
  readonly outcome?: string
}

export interface InDocuments {
  readonly documents: readonly InDocument[]
  /** The answers are in the order of the documents. */
  readonly facts: readonly KnownFact[]
  readonly account: Account
}

interface Standing extends Pick<ReleasedDocument, 'feed' | 'period' | 'agency'> {
  readonly outcome: string
  readonly row?: string
  readonly fieldSet?: string
}

const NOTHING: Learnt = { values: new Map(), fieldSets: new Set() }

/** Undefined where nobody has a row. @param play what is played about the person before their account is read */
export async function personInDocuments(
  hub: Pick<DemoHub, 'feeds' | 'account'>,
  released: readonly ReleasedDocument[],
  play: (patientId: string) => Promise<void>,
): Promise<InDocuments | undefined> {
  const newest = new Map<string, string>()
  for (const { feed, period } of released) if (period > (newest.get(feed) ?? '')) newest.set(feed, period)
  const people = new Map<string, Standing[]>()
  for (const document of released) {
    if (newest.get(document.feed) === document.period) await collect(hub, document, people)
  }
  const [found] = [...people].sort(([a, of], [b, others]) => rank(others) - rank(of) || (a < b ? -1 : 1))
  if (!found || rank(found[1]) === 0) return undefined
  const [patientId, standings] = found
  const columns = await Promise.all(
    hub.feeds.definitions().map(async ({ name: feed, label }) => {
      const about = { feed, label, period: newest.get(feed) ?? '' }
      const standing = standings.find((one) => one.feed === feed)
      return standing ? learnt(hub, about, standing) : { document: about, learnt: NOTHING }
    }),
  )
  await play(patientId)
  return {
    documents: columns.map(({ document }) => document),
    facts: knownFacts(columns.map((column) => column.learnt)),
    account: await hub.account(patientId),
  }
}

/** Whoever has a row in more feeds tells more, and more still where the police know who it is. */
function rank(standings: readonly Standing[]): number {
  const rows = standings.filter(({ outcome }) => outcome === 'ROW')
  return 2 * rows.length + (rows.some(({ fieldSet }) => fieldSet === POLICE_HIGH.id) ? 1 : 0)
}

async function collect(
  { feeds }: Pick<DemoHub, 'feeds'>,
  { feed, period, agency }: ReleasedDocument,
  people: Map<string, Standing[]>,
): Promise<void> {
  const text = (await feeds.accountingManifest(feed, period, agency)).toString('utf8')
  for (const line of text.trimEnd().split('\n').slice(1)) {
    const { patient, ...account } = JSON.parse(line) as Omit<Standing, 'feed'> & { readonly patient: string }
    // Whom an agency has let go of is another's now.
    if (account.outcome === 'CLOSED') continue
    const standings = people.get(patient) ?? []
    people.set(patient, standings)
    standings.push({ ...account, feed, period, agency })
  }
}

async function learnt(
  { feeds }: Pick<DemoHub, 'feeds'>,
  about: InDocument,
  { feed, period, agency, outcome, row }: Standing,
): Promise<{ readonly document: InDocument; readonly learnt: Learnt }> {
  const document = { ...about, agency, outcome }
  if (row === undefined) return { document, learnt: NOTHING }
  const [, ...lines] = (await feeds.document(feed, period, agency)).bytes.toString('utf8').trimEnd().split('\n')
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ id }) => id === row)
  if (!said) throw new Error(`demo: no row in ${feed} ${period} that its account names`)
  return { document: { ...document, pseudonym: String(said.pseudonym) }, learnt: learntFrom(said) }
}
