/**
 * Who must know of a change, in which class and by which field set (design §9, policy §5.4). Pure but for the question who
 * holds which belief, which is asked only where something is taken back. It computes no level.
 */
import type { MessageKind } from '../delivery/port.js'
import { assessmentClass, HIGH_RISK_LEVEL } from '../domain/alert-class.js'
import { SELF_DIRECTED_BEHAVIOURS } from '../domain/code-lists/danger.js'
import type { Role } from '../domain/event.js'
import type { AlertClass } from '../domain/hub-events.js'
import type { PatientState } from '../domain/patient-state.js'
import type { Belief } from './beliefs.js'
import type { Change } from './lives.js'

export type Task = 'GUARDIAN' | 'CARE_GROUP'

/** One agency that must know. */
export interface Match {
  readonly agency: string
  readonly kind: MessageKind
  readonly class: AlertClass
  readonly fieldSet: string
  readonly tasks?: readonly Task[]
}

export interface Recipient {
  readonly id: string
  readonly role: Role
}

/** What a decision asks about the world at the cause. */
export interface World {
  /** The agencies of a role in charge of the person as they lived before or after the change. */
  inCharge(role: Role, when: 'before' | 'after'): readonly Recipient[]
  /** The agencies of a role in whose area a township lies. */
  inTownship(role: Role, township: string): readonly Recipient[]
  roleOf(agency: string): Role | undefined
  beliefs(): Promise<ReadonlyMap<string, Belief>>
}

export type PushScope = 'LITERAL_W46' | 'LEVEL_3_PLUS'

const WITHDRAWN = 'alert.withdrawn@1'
const MOVED = 'alert.moved@1'
const DIED = 'alert.died@1'
const HEALTH = 'alert.health.assessment@1'
/** Roles that are in charge of an area: they cease to be when the person leaves it. */
const AREA_ROLES: readonly Role[] = ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT']
const LOSS_SETS: Readonly<Partial<Record<Role, string>>> = {
  POLICE: 'alert.loss-of-contact.police@1',
  COMMUNITY: 'alert.loss-of-contact.community@1',
  SUBDISTRICT: 'alert.loss-of-contact.subdistrict@1',
  MHPC: 'alert.loss-of-contact.health@1',
}
const LOSS_ROLES: readonly Role[] = ['POLICE', 'COMMUNITY', 'SUBDISTRICT', 'MHPC']

/** The matches of a change in the order in which they are queued; at most one for each agency. */
export async function decide(change: Change, world: World, pushScope: PushScope): Promise<readonly Match[]> {
  const before = change.before.state
  const after = change.after.state
  const matches = new Map<string, Match>()
  const add = (agency: string, match: Omit<Match, 'agency'>): void => {
    if (!matches.has(agency)) matches.set(agency, { agency, ...match })
  }
  if (!isManaged(after)) {
    if (isManaged(before)) await endEverything(after, world, add)
    return [...matches.values()]
  }
  if (!isManaged(before) && before.died) await undoDeath(after, world, add)
  await contactMatches(change, world, add)
  await dangerMatches(change, world, add)
  await moveMatches(change, world, add)
  if (change.factType === 'RiskAssessed') await riskMatches(change, world, { add, pushScope })
  return [...matches.values()]
}

type Add = (agency: string, match: Omit<Match, 'agency'>) => void

/** Police and political-legal office learn nothing of anybody else (policy §3.2). */
export function isManaged(state: PatientState): boolean {
  return (
    state.programmes.COMMUNITY_MANAGEMENT?.open === true &&
    state.died === undefined &&
    state.diagnosisExcluded === undefined
  )
}

/** A death, a closed programme, an excluded diagnosis: to everyone who knows the person as under management. */
async function endEverything(after: PatientState, world: World, add: Add): Promise<void> {
  for (const [agency, belief] of await world.beliefs()) {
    if (!belief.holds) continue
    const isDeath = after.died !== undefined && world.roleOf(agency) !== 'CHC'
    add(agency, {
      kind: isDeath ? 'died' : 'withdrawn',
      class: 'RETRACTION',
      fieldSet: isDeath ? DIED : WITHDRAWN,
    })
  }
}

/** A death that was recorded by mistake: who was told of it is told what stands. */
async function undoDeath(after: PatientState, world: World, add: Add): Promise<void> {
  for (const [agency, { endedBy }] of await world.beliefs()) {
    if (endedBy !== 'died') continue
    const role = world.roleOf(agency)
    const fieldSet = (role && after.risk && riskFieldSet(role, after)) ?? WITHDRAWN
    add(agency, { kind: 'died', class: 'RETRACTION', fieldSet })
  }
}

async function contactMatches(change: Change, world: World, add: Add): Promise<void> {
  const before = change.before.state.lossOfContact
  const after = change.after.state.lossOfContact
  if (before?.id === after?.id) return
  if (!after) {
    const isFound = change.event.type === 'ContactRegained' || change.event.type === 'FollowUpCompleted'
    const fieldSet = isFound ? 'alert.contact-regained@1' : WITHDRAWN
    for (const [agency, belief] of await world.beliefs()) {
      if (belief.isLost) add(agency, { kind: 'contact-regained', class: 'RETRACTION', fieldSet })
    }
    return
  }
  const beliefs = before ? await world.beliefs() : undefined
  for (const role of LOSS_ROLES) {
    for (const { id } of world.inCharge(role, 'after')) {
      const isCorrection = beliefs?.get(id)?.isLost === true && change.event.corrects !== undefined
      add(id, {
        kind: 'loss-of-contact',
        class: isCorrection ? 'RETRACTION' : 'ALARM',
        fieldSet: LOSS_SETS[role] ?? WITHDRAWN,
      })
    }
  }
}

async function dangerMatches(change: Change, world: World, add: Add): Promise<void> {
  const { event, factType, applied, replaced } = change
  if (factType !== 'DangerousBehaviorReported' || applied === 'ignored') return
  const holders = new Set<string>()
  if (replaced !== undefined) {
    for (const [agency, { dangers }] of await world.beliefs()) if (dangers.has(replaced)) holders.add(agency)
  }
  if (event.type === 'RecordRetracted') {
    for (const agency of holders) add(agency, { kind: 'danger', class: 'RETRACTION', fieldSet: WITHDRAWN })
    return
  }
  const isSelfDirected = SELF_DIRECTED_BEHAVIOURS.includes(Number(event.data.kind))
  const classFor = (agency: string): AlertClass => (holders.has(agency) ? 'RETRACTION' : 'ALARM')
  const tell = (role: Role, fieldSet: string, tasks?: readonly Task[]): void => {
    for (const { id } of world.inCharge(role, 'after')) {
      add(id, { kind: 'danger', class: classFor(id), fieldSet, ...(tasks ? { tasks } : {}) })
    }
  }
  if (isSelfDirected) {
    tell('MHPC', 'alert.danger.health@1')
    tell('CHC', 'alert.danger.health@1', ['GUARDIAN', 'CARE_GROUP'])
    tell('POLICE', 'alert.danger.welfare@1')
  } else {
    tell('POLICE', 'alert.danger.police@1')
    tell('CHC', 'alert.danger.health@1', ['GUARDIAN', 'CARE_GROUP'])
  }
}

/** Who is left behind learns that the person left; the new station learns of somebody at level 3 or above. */
async function moveMatches(change: Change, world: World, add: Add): Promise<void> {
  const before = change.before.state
  const after = change.after.state
  const isHighRisk = (after.risk?.level ?? 0) >= HIGH_RISK_LEVEL
  const tell = (recipient: Recipient, alertClass: AlertClass): void => {
    const fieldSet = riskFieldSet(recipient.role, after)
    if (fieldSet !== undefined) add(recipient.id, { kind: 'moved', class: alertClass, fieldSet })
  }
  const { event } = change
  if (event.type === 'PatientRelocated' && event.data.kind === 'WORK_AWAY') {
    if (!isHighRisk) return
    for (const police of world.inCharge('POLICE', 'before')) tell(police, 'ALARM')
    for (const police of world.inTownship('POLICE', String(event.data.to))) tell(police, 'ALARM')
    for (const centre of world.inCharge('CHC', 'after')) tell(centre, 'ALARM')
    return
  }
  if (!before.residence || !after.residence) return
  const stay = inChargeOf(world, 'after')
  const isElsewhere = before.residence.township !== after.residence.township
  if (!isElsewhere && isSameSet(stay, inChargeOf(world, 'before'))) return
  for (const [agency, { holds }] of await world.beliefs()) {
    const role = world.roleOf(agency)
    if (!holds || stay.has(agency) || !role || !AREA_ROLES.includes(role)) continue
    add(agency, { kind: 'moved', class: 'RETRACTION', fieldSet: MOVED })
  }
  if (!isHighRisk) return
  const old = new Set(world.inCharge('POLICE', 'before').map(({ id }) => id))
  const hasLeft = world.inCharge('POLICE', 'after').every(({ id }) => !old.has(id))
  for (const police of world.inCharge('POLICE', 'after')) tell(police, old.has(police.id) ? 'NOTICE' : 'ALARM')
  for (const centre of world.inCharge('CHC', 'after')) tell(centre, hasLeft ? 'ALARM' : 'NOTICE')
}

/** Every assessment is pushed at once (W46); only a new or raised level of 3 or more rings. */
async function riskMatches(
  change: Change,
  world: World,
  { add, pushScope }: { readonly add: Add; readonly pushScope: PushScope },
): Promise<void> {
  const before = change.before.state.risk?.level
  const after = change.after.state.risk?.level
  const { applied, replaced } = change
  const isReplacing = applied === 'replaced' || applied === 'withdrew'
  const assessed = assessmentClass(before, after, isReplacing)
  if (assessed === 'RETRACTION' || assessed === 'RETRACTION_PAST') {
    const isOutdated = ({ level, assessments }: Belief): boolean =>
      assessed === 'RETRACTION'
        ? level !== undefined && level !== (after ?? 'none')
        : replaced !== undefined && assessments.has(replaced)
    for (const [agency, belief] of await world.beliefs()) {
      const role = world.roleOf(agency)
      if (!role || !belief.holds || !isOutdated(belief)) continue
      const fieldSet = riskFieldSet(role, change.after.state)
      if (fieldSet !== undefined) add(agency, { kind: 'risk-assessed', class: 'RETRACTION', fieldSet })
    }
  }
  const isHighRisk = after !== undefined && after >= HIGH_RISK_LEVEL
  const others: AlertClass = assessed === 'ALARM' ? 'ALARM' : 'NOTICE'
  if (others === 'NOTICE' && !isHighRisk && pushScope === 'LEVEL_3_PLUS') return
  for (const role of rolesFor(change.after.state)) {
    const fieldSet = riskFieldSet(role, change.after.state)
    if (fieldSet === undefined) continue
    const isSelf = change.after.state.risk?.targets === 'SELF'
    const tasks: readonly Task[] | undefined = role === 'CHC' && isSelf && others === 'ALARM' ? ['GUARDIAN'] : undefined
    for (const { id } of world.inCharge(role, 'after')) {
      add(id, { kind: 'risk-assessed', class: others, fieldSet, ...(tasks ? { tasks } : {}) })
    }
  }
}

/** Police and political-legal office always, clinicians from level 3 on, and first where the target is the person themself. */
function rolesFor({ risk }: PatientState): readonly Role[] {
  if (risk === undefined || risk.level < HIGH_RISK_LEVEL) return ['POLICE', 'PL']
  return risk.targets === 'SELF' ? ['MHPC', 'CHC', 'POLICE', 'PL'] : ['POLICE', 'PL', 'MHPC', 'CHC']
}

/** The tier follows the level that now stands, never the event's own. Undefined for a role that is told no level. */
export function riskFieldSet(role: Role, { risk }: PatientState): string | undefined {
  if (role !== 'POLICE' && role !== 'PL' && role !== 'MHPC' && role !== 'CHC') return undefined
  if (!risk) return WITHDRAWN
  if (role === 'MHPC' || role === 'CHC') return HEALTH
  const isSelf = risk.targets === 'SELF'
  if (risk.level < HIGH_RISK_LEVEL) return role === 'POLICE' ? 'alert.police.token@1' : 'alert.political-legal.token@1'
  if (role === 'POLICE') return isSelf ? 'alert.police.welfare@1' : 'alert.police.high@1'
  return isSelf ? 'alert.political-legal.level-only@1' : 'alert.political-legal.high@1'
}

function inChargeOf(world: World, when: 'before' | 'after'): ReadonlySet<string> {
  return new Set(AREA_ROLES.flatMap((role) => world.inCharge(role, when).map(({ id }) => id)))
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member))
}
