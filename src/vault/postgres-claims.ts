/**
 * Claims on identities in PostgreSQL: a row for each blind index, and a compare-and-set for whoever wants it. Decides
 * nothing about take-overs but whether the claim is still the one that was seen.
 */
import type { PostgresConnections } from './postgres-connections.js'
import type { ClaimRequest, StoredClaim } from './remembering-vault.js'

export interface BlindClaim extends Omit<ClaimRequest, 'identity'> {
  readonly blind: Buffer
}

interface ClaimRow {
  readonly blind: Buffer
  readonly stream: string
  readonly event_id: string
  /** A bigint, which comes as text. */
  readonly claimed_at: string
}

/** The holder of each blind index, undefined where nobody claimed it. */
export function findingClaimsIn(connections: PostgresConnections) {
  return async (blinds: readonly Buffer[]): Promise<readonly (StoredClaim | undefined)[]> => {
    const rows = await connections.query<ClaimRow>(
      'SELECT blind, stream, event_id, claimed_at FROM lianhu_vault.claim WHERE blind = ANY($1)',
      [blinds],
    )
    const holders = new Map(rows.map((row) => [nameOf(row.blind), claimOf(row)]))
    return blinds.map((blind) => holders.get(nameOf(blind)))
  }
}

/** One answer for each claim. Of several for one identity each takes a round of its own, in the order in which they came. */
export function claimingIn(connections: PostgresConnections) {
  const find = findingClaimsIn(connections)
  const settle = async (round: readonly BlindClaim[]): Promise<readonly (StoredClaim | undefined)[]> => {
    const granted = await setClaims(connections, round)
    const lost = round.filter(({ blind }) => !granted.has(nameOf(blind)))
    const holders = lost.length > 0 ? await find(lost.map(({ blind }) => blind)) : []
    return round.map((claim) => {
      const { stream, eventId, now } = claim
      if (granted.has(nameOf(claim.blind))) return { stream, eventId, claimedAt: now, granted: true }
      const holder = holders[lost.indexOf(claim)]
      // Ours by now, from another request of the same stream: to be claimed once more.
      return holder?.stream === stream ? undefined : holder
    })
  }

  return async (claims: readonly BlindClaim[]): Promise<readonly StoredClaim[]> => {
    const answers = new Map<BlindClaim, StoredClaim>()
    let open = claims
    while (open.length > 0) {
      const round = firstOfEach(open)
      for (const [i, answer] of (await settle(round)).entries()) {
        const claim = round[i]
        if (claim && answer) answers.set(claim, answer)
      }
      open = open.filter((claim) => !answers.has(claim))
    }
    return claims.map((claim) => answers.get(claim) ?? unanswered())
  }
}

/**
 * Sets what is free, what its own stream claims again (which starts the ten minutes anew: nobody takes over between it and
 * its append), and what is still as it was seen by whoever takes it over. Resolves with the blind indexes that were set.
 */
async function setClaims(connections: PostgresConnections, round: readonly BlindClaim[]): Promise<ReadonlySet<string>> {
  const set = async (claims: readonly BlindClaim[], over: BlindClaim['over']): Promise<readonly ClaimRow[]> =>
    connections.query<ClaimRow>(
      `INSERT INTO lianhu_vault.claim AS held (blind, stream, event_id, claimed_at)
       SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[])
       ON CONFLICT (blind) DO UPDATE
         SET stream = excluded.stream, event_id = excluded.event_id, claimed_at = excluded.claimed_at
         WHERE held.stream = excluded.stream OR (held.event_id = $5 AND held.claimed_at = $6)
       RETURNING blind`,
      [...columns(claims), over?.eventId ?? null, over?.claimedAt ?? null],
    )
  const fresh = round.filter(({ over }) => over === undefined)
  const rows = fresh.length > 0 ? [...(await set(fresh, undefined))] : []
  // A take-over is rare, and each has seen another claim.
  for (const claim of round) if (claim.over) rows.push(...(await set([claim], claim.over)))
  return new Set(rows.map(({ blind }) => nameOf(blind)))
}

/** Sorted, as every hub sorts them. */
function firstOfEach(claims: readonly BlindClaim[]): readonly BlindClaim[] {
  const first = new Map<string, BlindClaim>()
  for (const claim of claims) {
    const name = nameOf(claim.blind)
    if (!first.has(name)) first.set(name, claim)
  }
  return [...first.values()].sort((a, b) => Buffer.compare(a.blind, b.blind))
}

function columns(claims: readonly BlindClaim[]): readonly unknown[] {
  return [
    claims.map(({ blind }) => blind),
    claims.map(({ stream }) => stream),
    claims.map(({ eventId }) => eventId),
    claims.map(({ now }) => now),
  ]
}

function claimOf({ stream, event_id, claimed_at }: ClaimRow): StoredClaim {
  return { stream, eventId: event_id, claimedAt: Number(claimed_at), granted: false }
}

function nameOf(blind: Buffer): string {
  return blind.toString('hex')
}

function unanswered(): never {
  throw new Error('claim: no answer')
}
