/**
 * Visits: attempts that reach nobody, follow-up with assessment and class in one write, entries typed weeks late, levels
 * mistyped and corrected, a visit typed under the wrong person. A level here is what the story says, never derived.
 */
import type { EventData } from '../domain/event.js'
import { addDays, DAY, dayOf, HOUR, MINUTE, momentOf } from '../kernel/dates.js'
import type { CareAct, SentEvent } from './care-act.js'
import { byUnit, daysAfter, event, type Life, officeTime, planVisit, recorded, type Turn } from './life.js'
import { LEVEL_MIX, type Level, MEAN_DAYS_AT_A_LEVEL, PER_VISIT, STABLE_AT_LEVEL_0 } from './proportions.js'
import { declareLoss } from './search.js'

/** Days to the next visit by class (policy §5.1): unstable, basically stable at first and then, stable. */
const UNSTABLE_DAYS = 14
const SETTLING_DAYS = 14
const BASICALLY_STABLE_DAYS = 30
const STABLE_DAYS = 90
/** Adherence as the form codes it; policy §5.5 puts regular and intermittent use together at about 70 %. */
const NO_DRUG_ORDERED = 4
const ADHERENCE_MIX = [
  [1, 45],
  [2, 30],
  [3, 12],
  [NO_DRUG_ORDERED, 13],
] as const

/** Somebody goes there, or calls. */
export const visit: Turn = (life, atMs) => {
  if (life.isOver || life.isLost || life.stay || !life.isManaged || life.cooperation === 'REFUSES') return []
  if (life.cooperation === 'UNREACHED' || life.random.chance(PER_VISIT.missedFirst)) return missedVisit(life, atMs)
  return completedVisit(life, atMs)
}

function missedVisit(life: Life, atMs: number): readonly CareAct[] {
  const { random, missed } = life
  const attempt = event(life, atMs, 'FollowUpAttempted', {
    at: momentOf(atMs - random.whole(5, 90) * MINUTE),
    form: random.pick([2, 3]),
    outcome: random.chance(0.95) ? 'NOT_REACHED' : 'REFUSED',
  })
  if (attempt.data.outcome === 'NOT_REACHED') missed.push({ id: attempt.id, day: dayOf(atMs) })
  const village = life.county.ofRole('VILLAGE').find(({ superior }) => superior === life.unit)
  const by = village && random.chance(0.4) ? village : { id: life.unit, role: 'CHC' as const }
  const acts: CareAct[] = [recorded(life, atMs, by, [attempt])]
  if (new Set(missed.map(({ day }) => day)).size < 3) planVisit(life, daysAfter(atMs, random.whole(2, 6)), atMs)
  else acts.push(declareLoss(life, atMs, 4))
  return acts
}

function completedVisit(life: Life, atMs: number): readonly CareAct[] {
  const { random } = life
  moveLevel(life, atMs)
  life.missed = []
  life.lastSeenOn = dayOf(atMs)
  const isMistyped = random.chance(PER_VISIT.levelCorrected)
  const stated = isMistyped ? otherLevel(life) : life.level
  const seenMs = atMs - random.whole(20, 240) * MINUTE
  const conditionClass = classOf(life, life.level)
  life.classVisits = conditionClass === life.conditionClass ? life.classVisits + 1 : 0
  life.conditionClass = conditionClass
  const days = intervalOf(life)
  const group = visitEvents(life, seenMs, stated, isMistyped ? classOf(life, stated) : conditionClass, days)
  planVisit(life, daysAfter(atMs, random.whole(days - Math.ceil(days / 10), days)), atMs)

  if (random.chance(PER_VISIT.enteredLate)) {
    life.plan(officeTime(life, daysAfter(atMs, random.whole(14, 45)), atMs), (_, lateMs) =>
      life.isOver ? [] : [byUnit(life, lateMs, ...group)],
    )
    return []
  }
  life.recordedLevel = stated
  if (isMistyped) planCorrection(life, atMs, group, seenMs)
  else if (random.chance(PER_VISIT.wrongPerson)) planWithdrawal(life, atMs, group)
  return [byUnit(life, atMs, ...group)]
}

/** Follow-up, assessment and class, as one visit is written down. */
export function visitEvents(
  life: Life,
  seenMs: number,
  level: Level,
  conditionClass: 1 | 2 | 3,
  days: number,
): readonly SentEvent[] {
  const { random, lastDischarge } = life
  const isAway = seenMs < life.awayUntilMs
  const day = dayOf(seenMs)
  // A form has one date; some clinics note the hour beside it.
  const when = random.chance(0.5) ? day : momentOf(seenMs)
  const assessedAt = random.chance(PER_VISIT.hourNotedOnce) ? momentOf(seenMs) : when
  const form = isAway
    ? 3
    : random.weighted([
        [1, 3],
        [2, 5],
        [3, 2],
      ] as const)
  const adherence = random.weighted(ADHERENCE_MIX)
  const followUp = event(life, seenMs, 'FollowUpCompleted', {
    date: when,
    form,
    respondents: random.chance(0.85) ? (random.chance(0.4) ? [1, 2] : [1]) : [2],
    hospitalStay: lastDischarge === undefined ? 0 : 2,
    ...(lastDischarge === undefined ? {} : { lastDischargeDate: lastDischarge }),
    adherence,
    dangerCounts: dangerCountsOf(life, level),
    confinement: random.weighted([
      [1, 0.995],
      [2, 0.002],
      [3, 0.003],
    ] as const),
    referralAdvised: conditionClass === 1,
    nextDate: addDays(day, days),
    doctor: `staff-${life.unit.slice(0, 8)}`,
    ...(random.chance(PER_VISIT.noteWritten) ? { note: '情况如前，已嘱按时服药（演练）。' } : {}),
    ...(random.chance(PER_VISIT.clinicalRecorded)
      ? { clinical: clinicalOf(life, conditionClass, adherence !== NO_DRUG_ORDERED) }
      : {}),
  })
  const assessment = assessmentEvent(life, seenMs, level, { assessedAt, followUpId: followUp.id })
  const classified = event(life, seenMs, 'ConditionClassified', {
    class: conditionClass,
    basis: level > 0 ? ['RISK_LEVEL'] : ['SYMPTOMS', 'INSIGHT'],
  })
  return [followUp, assessment, { ...classified, occurredAt: assessedAt }]
}

/** An assessment in the wording of its level (policy §4.1). */
export function assessmentEvent(life: Life, seenMs: number, level: Level, more: EventData = {}): SentEvent {
  return event(life, seenMs, 'RiskAssessed', {
    level,
    assessedAt: momentOf(seenMs),
    ...seenAt(life, level),
    assessorQualification: 'TRAINED_PHYSICIAN',
    ...more,
  })
}

function seenAt(life: Life, level: Level): EventData {
  const { random } = life
  switch (level) {
    case 0:
      return { evidence: ['NONE'], targets: 'NONE' }
    case 1:
      return { evidence: ['VERBAL_THREAT'], targets: random.pick(['NONE', 'PERSON']) }
    case 2:
      return { evidence: ['SMASHING_AT_HOME'], targets: 'PROPERTY', place: 'HOME', stoppable: true }
    case 3:
      return { evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE'], targets: 'PROPERTY', place: 'ANY', stoppable: false }
    case 4:
      return random.chance(0.25)
        ? { evidence: ['SELF_HARM'], targets: 'SELF', place: 'HOME' }
        : {
            evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE', 'AGAINST_PERSON'],
            targets: 'PERSON',
            place: 'ANY',
            stoppable: false,
          }
    case 5:
      return { evidence: ['AGAINST_PERSON', 'WEAPON'], targets: 'PERSON', weapon: true }
  }
}

function dangerCountsOf({ random }: Life, level: Level): EventData {
  if (level <= 1) return {}
  if (level === 2) return { 1: random.whole(0, 1) }
  return { 1: random.whole(0, 2), 4: random.whole(1, 2), ...(random.chance(0.2) ? { 5: 1 } : {}) }
}

function clinicalOf({ random }: Life, conditionClass: 1 | 2 | 3, isOnDrugs: boolean): EventData {
  return {
    symptoms: conditionClass === 3 ? [11] : conditionClass === 2 ? [3, 10] : [1, 3, 7],
    insight: conditionClass === 3 ? 1 : conditionClass === 2 ? 2 : 3,
    sleep: random.pick([1, 2]),
    diet: 1,
    social: conditionClass,
    adr: random.chance(0.1) ? 2 : 1,
    effect: conditionClass === 1 ? 3 : 2,
    ...(isOnDrugs ? { drugs: [{ code: 'RISPERIDONE', morningMg: 1, eveningMg: random.pick([1, 2, 3]) }] } : {}),
  }
}

/** Each level lasts a while and is then drawn again from the mix, so that at any time the county looks like the mix. */
function moveLevel(life: Life, atMs: number): void {
  const days = (atMs - life.levelSinceMs) / DAY
  life.levelSinceMs = atMs
  if (!life.random.chance(1 - Math.exp(-days / MEAN_DAYS_AT_A_LEVEL))) return
  life.level = life.random.weighted(LEVEL_MIX)
  life.isSettled = life.random.chance(STABLE_AT_LEVEL_0)
}

export function classOf({ isSettled }: Life, level: Level): 1 | 2 | 3 {
  if (level >= 3) return 1
  return level >= 1 || !isSettled ? 2 : 3
}

function intervalOf({ conditionClass, classVisits }: Life): number {
  if (conditionClass === 1) return UNSTABLE_DAYS
  if (conditionClass === 3) return STABLE_DAYS
  return classVisits === 0 ? SETTLING_DAYS : BASICALLY_STABLE_DAYS
}

function otherLevel({ random, level }: Life): Level {
  return random.pick(LEVEL_MIX.map(([candidate]) => candidate).filter((candidate) => candidate !== level))
}

/** Days later somebody notices: the right level replaces the mistyped one, and now and then that too is taken back. */
function planCorrection(life: Life, atMs: number, group: readonly SentEvent[], seenMs: number): void {
  const { random, unit, level } = life
  const [, assessment, classified] = group
  if (!assessment || !classified) return
  const { assessedAt } = assessment.data
  const right = { ...assessmentEvent(life, seenMs, level, { assessedAt }), corrects: assessment.id }
  const conditionClass = { ...event(life, seenMs, 'ConditionClassified', { class: classOf(life, level) }) }
  const rightClass = { ...conditionClass, occurredAt: String(assessedAt), corrects: classified.id }
  const isHere = (): boolean => !life.isOver && life.unit === unit
  life.plan(officeTime(life, daysAfter(atMs, random.whole(3, 40)), atMs), (_, correctedMs) => {
    if (!isHere()) return []
    life.recordedLevel = level
    if (random.chance(PER_VISIT.correctionTakenBack)) {
      life.plan(officeTime(life, daysAfter(correctedMs, random.whole(1, 12)), correctedMs), (_life, takenBackMs) =>
        isHere()
          ? [
              byUnit(
                life,
                takenBackMs,
                ...[right, rightClass].map((one) => takenBack(life, takenBackMs, one.id, 'VERSION')),
              ),
            ]
          : [],
      )
    }
    return [byUnit(life, correctedMs, right, rightClass)]
  })
}

/** The visit was somebody else's: the whole of it is taken back, and the person visited soon. */
function planWithdrawal(life: Life, atMs: number, group: readonly SentEvent[]): void {
  const { unit } = life
  life.plan(officeTime(life, daysAfter(atMs, life.random.whole(1, 10)), atMs), (_, withdrawnMs) => {
    if (life.isOver || life.unit !== unit) return []
    if (!life.stay && !life.isLost) planVisit(life, withdrawnMs + 2 * DAY, withdrawnMs + HOUR)
    return [byUnit(life, withdrawnMs, ...group.map(({ id }) => takenBack(life, withdrawnMs, id, 'FACT')))]
  })
}

export function takenBack(life: Life, atMs: number, corrects: string, scope: 'VERSION' | 'FACT'): SentEvent {
  const reason = scope === 'VERSION' ? '核对后原记录无误（演练）' : '录入到他人档案（演练）'
  return { ...event(life, atMs, 'RecordRetracted', { scope, reason }), corrects }
}
