/**
 * Hears which keys other hubs destroy, over a connection of its own, so that memory can forget them. It knows for how long it
 * has heard everything: notices come in the order of their commits, and a beat that it sends to itself and hears again proves
 * that every earlier one has come. Without a beat for 10 seconds, or without the connection, nobody may answer from memory.
 */
import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Client } from 'pg'
import { z } from 'zod'
import { SECOND } from '../kernel/dates.js'
import type { PostgresConnections } from './postgres-connections.js'

export const CHANNEL = 'lianhu_vault'
/** A destroyed key is answered from another hub's memory for so long at most. */
export const HEARING_MS = 10 * SECOND
const BEAT_MS = 2 * SECOND
/** The connection is given up 2 seconds after this (`postgres-connections.ts`): before the 10 seconds are over. */
const BEAT_TIMEOUT_MS = 3 * SECOND
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5 * SECOND
const BEAT = 'beat '
/** `{"owner":"patient:5166b806-…","kid":"0199…"}`; a notice that would be too long says nothing. */
const zNotice = z.object({ owner: z.string(), kid: z.string() })
export const NOTICE_SQL = `CASE WHEN octet_length(owner) < 4000 THEN json_build_object('owner', owner, 'kid', kid)::text ELSE '' END`

export interface DestroyedListener {
  /** Whether every key that was destroyed more than 10 seconds ago has been heard of. */
  isHearing(): boolean
  close(): Promise<void>
}

export interface Hearers {
  readonly onDestroyed: (owner: string, kid: string) => void
  /** Something may have been missed. */
  readonly onGap: () => void
}

/** Resolves when it hears; rejects with `HUB_VAULT_AWAY`. Later it comes back by itself. */
export async function openListener(connections: PostgresConnections, hearers: Hearers): Promise<DestroyedListener> {
  const ownBeat = `${BEAT}${randomUUID()}`
  let client: Client | undefined
  let heardThrough = Number.NEGATIVE_INFINITY
  let beatAt = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const hear = (payload = ''): void => {
    if (payload === ownBeat) heardThrough = beatAt
    if (payload.startsWith(BEAT)) return
    const destroyed = readNotice(payload)
    if (destroyed) hearers.onDestroyed(destroyed.owner, destroyed.kid)
    else hearers.onGap()
  }

  const listen = async (): Promise<void> => {
    const fresh = await connections.connect(BEAT_TIMEOUT_MS)
    try {
      fresh.on('notification', ({ payload }) => hear(payload))
      const askedAt = performance.now()
      // What this connection commits are beats, which need not survive anything.
      await fresh.query(`LISTEN ${CHANNEL}; SET synchronous_commit = off`)
      if (closed) throw new Error('listen: closed meanwhile')
      client = fresh
      fresh.once('end', lose)
      // Whatever was kept before this moment may have been destroyed unheard.
      hearers.onGap()
      heardThrough = askedAt
      schedule(beat, BEAT_MS)
    } catch (error) {
      await fresh.end().catch(() => {})
      throw error
    }
  }

  const lose = (): void => {
    client = undefined
    heardThrough = Number.NEGATIVE_INFINITY
    hearers.onGap()
    retry(FIRST_RETRY_MS)
  }

  const retry = (delayMs: number): void =>
    schedule(() => listen().catch(() => retry(Math.min(2 * delayMs, LAST_RETRY_MS))), delayMs)

  const beat = async (): Promise<void> => {
    const beating = client
    try {
      beatAt = performance.now()
      await beating?.query('SELECT pg_notify($1, $2)', [CHANNEL, ownBeat])
      if (beating === client) schedule(beat, BEAT_MS)
    } catch {
      // A dead connection ends, and `lose` follows; one that is alive and refuses is no good either.
      await beating?.end().catch(() => {})
    }
  }

  const schedule = (work: () => Promise<void>, delayMs: number): void => {
    if (closed) return
    clearTimeout(timer)
    timer = setTimeout(() => void work(), delayMs)
    timer.unref()
  }

  await listen()
  return {
    isHearing: () => performance.now() - heardThrough < HEARING_MS,
    async close() {
      closed = true
      clearTimeout(timer)
      client?.off('end', lose)
      await client?.end().catch(() => {})
    },
  }
}

function readNotice(payload: string): z.infer<typeof zNotice> | undefined {
  try {
    return zNotice.parse(JSON.parse(payload))
  } catch {
    return undefined
  }
}
