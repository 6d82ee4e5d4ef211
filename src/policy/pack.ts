/**
 * Policy packs: what a place has settled where the law leaves room, as data with its source. A pack is frozen once
 * released; a change is a new version that takes effect by `VersionActivated`.
 */
import type { FeedCalendar } from './calendars.js'
import { WEIHAI_CALENDARS } from './calendars.js'

export interface PolicyPack {
  readonly name: string
  readonly version: number
  /** The documents it rests on (W2). */
  readonly legalBasisRef: readonly string[]
  /**
   * `LITERAL_W46`: every assessment is pushed at once, levels 0 to 2 as pseudonymous notices. `LEVEL_3_PLUS`: levels below 3
   * are pushed only where they end or replace what a recipient holds. Feeds are the same under both.
   */
  readonly pushScope: 'LITERAL_W46' | 'LEVEL_3_PLUS'
  readonly calendars: readonly FeedCalendar[]
  /** From this level on an assessment is high risk (W28, W32). */
  readonly highRiskLevel: number
  /** Days after which an assessment reads "not currently assessed" in feeds (policy §5.4). */
  readonly staleAfterDays: number
  /** Attempts on distinct days before loss of contact by reason 4; the reasons that need none (policy §5.2). */
  readonly lossOfContact: { readonly attempts: number; readonly reasonsWithoutAttempts: readonly number[] }
  /**
   * Calendar days from a recall within which its recipient deletes its copies. The law says "promptly" and names no number (PIPL
   * 47): fifteen is this pack's own choice [D].
   */
  readonly recallDays: number
  /**
   * Calendar days from the release of a document within which its recipient sends its own part back (W43 says each quarter, and no
   * day): thirty is this pack's own choice [D].
   */
  readonly returnDays: number
  /** Quarters in which a home-living registered person must be seen at least once (W15). */
  readonly followUpFloor: 'QUARTER'
}

export const WEIHAI_2019: PolicyPack = Object.freeze({
  name: 'weihai-2019',
  version: 1,
  legalBasisRef: ['威环街政发〔2019〕15号', '威环卫〔2019〕53号'],
  pushScope: 'LITERAL_W46',
  calendars: WEIHAI_CALENDARS,
  highRiskLevel: 3,
  staleAfterDays: 184,
  lossOfContact: { attempts: 3, reasonsWithoutAttempts: [1, 2, 3, 5] },
  recallDays: 15,
  returnDays: 30,
  followUpFloor: 'QUARTER',
})

/** Every pack that this node knows, each version of it. */
export const PACKS: readonly PolicyPack[] = [WEIHAI_2019]

export interface PackOptions {
  readonly pushScope?: PolicyPack['pushScope']
  /** Days between the end of a period and its close, 0 to 60. */
  readonly graceDays?: number
}

/** The pack with what this hub's operator has set differently. */
export function packWith(pack: PolicyPack, options: PackOptions): PolicyPack {
  const { pushScope = pack.pushScope, graceDays } = options
  return Object.freeze({
    ...pack,
    pushScope,
    calendars:
      graceDays === undefined ? pack.calendars : pack.calendars.map((calendar) => ({ ...calendar, graceDays })),
  })
}
