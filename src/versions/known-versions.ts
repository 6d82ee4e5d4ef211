/** The versions of feeds, policy packs and alerts that this node knows, beside those in force, and what each would change. Pure. */
import type { PatientFeed } from '../../projections/feeds.js'
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import type { AlertRules } from '../policy/alert-rules.js'
import { alertOpenings, feedOpenings, type Opening, packOpenings } from '../policy/openings.js'
import type { PolicyPack } from '../policy/pack.js'
import { VERSION_KINDS, type VersionInfo, type VersionKind } from './port.js'

export interface KnownVersions {
  readonly definitions: readonly PatientFeed[]
  readonly packs: readonly PolicyPack[]
  readonly alerts: readonly AlertRules[]
}

/** `feed:police-quarterly` → 1 */
export type InForce = ReadonlyMap<string, number>

/** A version beside the one in force of its name. */
export interface Candidate {
  readonly kind: VersionKind
  readonly name: string
  readonly version: number
  readonly from: number | undefined
  readonly audiences: readonly Role[]
  readonly opened: readonly Opening[]
  readonly closed: readonly Opening[]
}

/** Throws `HUB_NOT_FOUND` for a name that nothing has, `HUB_UNKNOWN_VERSION` for a version that this node does not know. */
export function candidateOf(known: KnownVersions, inForce: InForce, name: string, version: number): Candidate {
  const found = candidatesOf(known, inForce).filter((one) => one.name === name)
  if (found.length === 0) throw new HubError('HUB_NOT_FOUND', 'nothing of that name has versions')
  const candidate = found.find((one) => one.version === version)
  if (!candidate) throw new HubError('HUB_UNKNOWN_VERSION', `this node does not know version ${version} of ${name}`)
  return candidate
}

/** Every version that is known, and those in force that are not. */
export function versionsOf(known: KnownVersions, inForce: InForce): readonly VersionInfo[] {
  const candidates = candidatesOf(known, inForce)
  const told = candidates.map(({ from, ...one }): VersionInfo => {
    const label = labelOf(known, one)
    return { ...one, state: from === one.version ? 'IN_FORCE' : 'NOT_IN_FORCE', ...(label && { label }) }
  })
  const unknown = [...inForce].flatMap(([key, version]): readonly VersionInfo[] => {
    const kind = VERSION_KINDS.find((one) => key.startsWith(`${one}:`))
    const name = key.slice(key.indexOf(':') + 1)
    if (!kind || candidates.some((one) => one.kind === kind && one.name === name && one.version === version)) return []
    return [{ kind, name, version, state: 'UNKNOWN_HERE', audiences: [], opened: [], closed: [] }]
  })
  return [...told, ...unknown]
}

function labelOf({ definitions }: KnownVersions, { kind, name }: Pick<Candidate, 'kind' | 'name'>): Label | undefined {
  if (kind === 'rules') return { zh: '警示内容', en: 'What alerts tell' }
  return kind === 'feed' ? definitions.find((feed) => feed.name === name)?.label : undefined
}

function candidatesOf({ definitions, packs, alerts }: KnownVersions, inForce: InForce): readonly Candidate[] {
  const feeds = definitions.map((feed): Candidate => {
    const { name, version, audience } = feed
    const from = inForce.get(`feed:${name}`)
    const standing = definitions.find((one) => one.name === name && one.version === from)
    return {
      ...{ kind: 'feed', name, version, from, audiences: [audience] },
      ...{ opened: feedOpenings(standing, feed), closed: standing ? feedOpenings(feed, standing) : [] },
    }
  })
  const audiences = [...new Set(definitions.map(({ audience }) => audience))]
  const policies = packs.map((pack): Candidate => {
    const { name, version } = pack
    const from = inForce.get(`policy:${name}`)
    const standing = packs.find((one) => one.name === name && one.version === from)
    return {
      ...{ kind: 'policy', name, version, from, audiences },
      ...{ opened: packOpenings(standing, pack), closed: standing ? packOpenings(pack, standing) : [] },
    }
  })
  const rules = alerts.map((one): Candidate => {
    const { name, version, sets } = one
    const from = inForce.get(`rules:${name}`)
    const standing = alerts.find((other) => other.version === from)
    return {
      ...{ kind: 'rules', name, version, from, audiences: [...new Set(sets.flatMap(({ audience }) => audience))] },
      ...{ opened: alertOpenings(standing, one), closed: standing ? alertOpenings(one, standing) : [] },
    }
  })
  return [...feeds, ...policies, ...rules]
}
