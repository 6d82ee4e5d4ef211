/**
 * Who must know of a change, in which class and by which field set (design §9, policy §5.4). Pure but for the question who
 * holds which belief, which is asked only where something is taken back. It computes no level.
 */
import { assessmentClass } from '../domain/alert-class.js'
import type { AlertClass } from '../domain/alert-events.js'
import type { PatientState } from '../domain/patient-state.js'
import { type AlertRules, alertSetIn } from '../policy/alert-rules.js'
import type { Belief } from './beliefs.js'
import type { Change } from './lives.js'
import {
  AREA_ROLES,
  areaInCharge,
  type Deciding,
  guardianTask,
  isHighRisk,
  type Match,
  type Recipient,
  riskFieldSet,
  rolesFor,
  type Unmapped,
  WITHDRAWN,
  type World,
} from './match.js'
import { contactMatches, openLossMatches } from './match-contact.js'
import { dangerMatches } from './match-danger.js'
import { dischargeMatches } from './match-discharge.js'

export type PushScope = 'LITERAL_W46' | 'LEVEL_3_PLUS'

export interface Decision {
  /** In the order in which they are queued; at most one for each agency. */
  readonly matches: readonly Match[]
  readonly unmapped: readonly Unmapped[]
}

const MOVED = 'alert.moved'
const DIED = 'alert.died'

/** What a decision follows. */
export interface Rules {
  readonly pushScope: PushScope
  /** The version in force at the cause. */
  readonly alerts: AlertRules
}

export async function decide(change: Change, world: World, { pushScope, alerts }: Rules): Promise<Decision> {
  const before = change.before.state
  const after = change.after.state
  const matches = new Map<string, Match>()
  const unmapped = new Map<string, Unmapped>()
  const deciding: Deciding = {
    change,
    world,
    add(agency, match) {
      if (!matches.has(agency)) matches.set(agency, { agency, ...match, fieldSet: idOf(alerts, match.fieldSet) })
    },
    tells: (fieldSet) => alertSetIn(alerts, fieldSet) !== undefined,
    reach(role, kind) {
      const found = world.inCharge(role, 'after')
      if (found.length === 0) unmapped.set(`${role} ${kind}`, { role, kind })
      return found
    },
  }
  if (isManaged(after)) {
    if (!isManaged(before)) await returnMatches(deciding)
    await contactMatches(deciding)
    await dangerMatches(deciding)
    await moveMatches(deciding)
    if (change.factType === 'RiskAssessed' || change.factType === 'LevelWentStale')
      await riskMatches(deciding, pushScope)
  } else if (isManaged(before)) await endEverything(deciding)
  else if (before.died !== undefined && after.died === undefined) await deathWasNone(deciding)
  await dischargeMatches(deciding)
  return { matches: [...matches.values()], unmapped: [...unmapped.values()] }
}

function idOf(alerts: AlertRules, name: string): string {
  const id = alertSetIn(alerts, name)
  if (id === undefined) throw new Error(`decide: version ${alerts.version} of the alerts has no ${name}`)
  return id
}

/** Police and political-legal office learn nothing of anybody else (policy §3.2), nor of whom nothing is used (PIPL 47). */
export function isManaged(state: PatientState): boolean {
  return (
    state.programmes.COMMUNITY_MANAGEMENT?.open === true &&
    state.died === undefined &&
    state.diagnosisExcluded === undefined &&
    state.restricted === undefined
  )
}

/**
 * A death, a closed programme, an excluded diagnosis: to everyone who knows the person as under management. Whoever waits in a
 * hospital waits without a programme too: that they do is believed on.
 */
async function endEverything({ change, world, add }: Deciding): Promise<void> {
  const hasDied = change.after.state.died !== undefined
  for (const [agency, belief] of await world.beliefs()) {
    if (!belief.holds) continue
    const isDeath = hasDied && world.roleOf(agency) !== 'CHC'
    add(agency, {
      kind: isDeath ? 'died' : 'withdrawn',
      class: 'RETRACTION',
      fieldSet: isDeath ? DIED : WITHDRAWN,
    })
  }
}

/** A death was none, and yet the person is no longer under management: who was told of the death learns what is so. */
async function deathWasNone({ world, add }: Deciding): Promise<void> {
  for (const [agency, { endedBy }] of await world.beliefs()) {
    if (endedBy === 'died') add(agency, { kind: 'withdrawn', class: 'RETRACTION', fieldSet: WITHDRAWN })
  }
}

/**
 * Back under management: an end that was a mistake, or a new beginning. Who was told of the end is told what stands. A mistake
 * is taken back as any other is, by a retraction; by a new beginning, a level of 3 or more is new and rings, and so it is for
 * those in charge who never knew.
 */
async function returnMatches(deciding: Deciding): Promise<void> {
  const { change, world, add, reach } = deciding
  const after = change.after.state
  const here = areaInCharge(world, 'after')
  const rings = isHighRisk(after) && change.event.corrects === undefined
  const tell = async (ending: 'died' | 'withdrawn'): Promise<void> => {
    for (const [agency, { endedBy }] of await world.beliefs()) {
      const role = world.roleOf(agency)
      if (!role || endedBy !== ending) continue
      if (AREA_ROLES.includes(role) && !here.has(agency)) {
        // To a station that the person has left nothing stands again: who was told of a death learns that they left.
        if (ending === 'died') add(agency, { kind: 'moved', class: 'RETRACTION', fieldSet: MOVED })
        continue
      }
      const fieldSet = (after.risk && riskFieldSet(role, after)) ?? WITHDRAWN
      const isAlarm = rings && fieldSet !== WITHDRAWN
      add(agency, {
        kind: ending === 'died' ? 'died' : 'reinstated',
        class: isAlarm ? 'ALARM' : 'RETRACTION',
        fieldSet,
        ...(isAlarm ? guardianTask(role, after) : {}),
      })
    }
  }
  await tell('died')
  // An agency is told one thing of one event. That a death was none, and a level of 3 or more, come before a search; it comes
  // before anything else.
  if (!isHighRisk(after)) await openLossMatches(deciding)
  await tell('withdrawn')
  if (isHighRisk(after)) {
    for (const role of rolesFor(after)) {
      const fieldSet = riskFieldSet(role, after) ?? WITHDRAWN
      for (const { id } of reach(role, 'reinstated')) {
        add(id, { kind: 'reinstated', class: 'ALARM', fieldSet, ...guardianTask(role, after) })
      }
    }
  }
  await openLossMatches(deciding)
}

/** Who is left behind learns that the person left; those in the new area of a search, and of somebody at level 3 or above. */
async function moveMatches(deciding: Deciding): Promise<void> {
  const { change, world, add, reach } = deciding
  const before = change.before.state
  const after = change.after.state
  const tell = (recipient: Recipient, alertClass: AlertClass): void => {
    const fieldSet = riskFieldSet(recipient.role, after)
    if (fieldSet !== undefined) add(recipient.id, { kind: 'moved', class: alertClass, fieldSet })
  }
  const { event } = change
  if (event.type === 'PatientRelocated' && event.data.kind === 'WORK_AWAY') {
    if (!isHighRisk(after)) return
    for (const police of world.inCharge('POLICE', 'before')) tell(police, 'ALARM')
    for (const police of world.inTownship('POLICE', String(event.data.to))) tell(police, 'ALARM')
    for (const centre of reach('CHC', 'moved')) tell(centre, 'ALARM')
    return
  }
  // The same object, not an equal one: whatever may change who is in charge, a grid cell included, makes a new one.
  if (!before.residence || !after.residence || before.residence === after.residence) return
  const stay = areaInCharge(world, 'after')
  const isElsewhere = before.residence.township !== after.residence.township
  if (!isElsewhere && isSameSet(stay, areaInCharge(world, 'before'))) return
  for (const [agency, { holds }] of await world.beliefs()) {
    const role = world.roleOf(agency)
    if (!holds || stay.has(agency) || !role || !AREA_ROLES.includes(role)) continue
    add(agency, { kind: 'moved', class: 'RETRACTION', fieldSet: MOVED })
  }
  if (isHighRisk(after)) tellOfLeaving(deciding, tell, stay)
  await openLossMatches(deciding)
}

/** Somebody at level 3 or above: the old and the new station, and the health centre (policy §5.4). */
function tellOfLeaving(
  { world, add, reach }: Deciding,
  tell: (recipient: Recipient, alertClass: AlertClass) => void,
  stay: ReadonlySet<string>,
): void {
  const old = new Set(world.inCharge('POLICE', 'before').map(({ id }) => id))
  const now = reach('POLICE', 'moved')
  const hasLeft = now.every(({ id }) => !old.has(id))
  for (const police of now) tell(police, old.has(police.id) ? 'NOTICE' : 'ALARM')
  // The old station is told of the leaving even where it never knew of the level (policy §5.4), and of nothing but the leaving.
  for (const id of old) if (!stay.has(id)) add(id, { kind: 'moved', class: 'NOTICE', fieldSet: MOVED })
  for (const centre of reach('CHC', 'moved')) tell(centre, hasLeft ? 'ALARM' : 'NOTICE')
}

/**
 * Every assessment is pushed at once (W46); only a new or raised level of 3 or more rings. That a level went stale is no
 * assessment: it is taken back from those who hold it, and nobody else hears of the person.
 */
async function riskMatches({ change, world, add, reach }: Deciding, pushScope: PushScope): Promise<void> {
  const state = change.after.state
  const before = change.before.state.risk?.level
  const after = state.risk?.level
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
      const fieldSet = riskFieldSet(role, state)
      if (fieldSet !== undefined) add(agency, { kind: 'risk-assessed', class: 'RETRACTION', fieldSet })
    }
  }
  if (change.factType === 'LevelWentStale') return
  const others: AlertClass = assessed === 'ALARM' ? 'ALARM' : 'NOTICE'
  if (others === 'NOTICE' && !isHighRisk(state) && pushScope === 'LEVEL_3_PLUS') return
  for (const role of rolesFor(state)) {
    const fieldSet = riskFieldSet(role, state)
    if (fieldSet === undefined) continue
    const tasks = others === 'ALARM' ? guardianTask(role, state) : {}
    for (const { id } of reach(role, 'risk-assessed')) {
      add(id, { kind: 'risk-assessed', class: others, fieldSet, ...tasks })
    }
  }
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member))
}
