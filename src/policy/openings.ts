/**
 * What one version lets out that another does not: computed from field sets, numbers and days, never claimed by whoever wrote it.
 * Pure. A scope can widen without any of these, so that nothing opening here does not yet make a version a narrower one: that
 * takes a comparison of people (`feeds/diff.ts`).
 */
import { CLOSING_REASONS } from '../domain/code-lists/rights.js'
import type { Label } from '../domain/define-event.js'
import type { AlertRules } from './alert-rules.js'
import { coarse, type FeedDefinition } from './define-feed.js'
import type { DisclosureRule, FieldSet, Purpose } from './disclosure.js'
import { labelAsLeft } from './facts.js'
import type { PolicyPack } from './pack.js'

export const OPENING_KINDS = [
  /** Nobody of the audience had the feed before. */
  'FEED',
  'AUDIENCE',
  'CADENCE',
  'FIELD',
  'CLOSING_REASON',
  /** What older documents said is corrected in later ones. */
  'AMENDMENTS',
  'NUMBER',
  'POLICY',
] as const
export type OpeningKind = (typeof OPENING_KINDS)[number]

/** How much of a value leaves: not at all, as the recipient's own name for it, made coarser, or as it is. */
export type Openness = DisclosureRule['action']

export interface Opening {
  readonly kind: OpeningKind
  /** The field, number, reason or setting by its name, e.g. `guardian.name`, `byUnit[].high`. */
  readonly what: string
  readonly label: Label
  readonly was?: string
  readonly now?: string
  /** Of a field alone. */
  readonly fieldSet?: string
  readonly purpose?: Purpose
  readonly clauses?: readonly string[]
  readonly basis?: string
}

const OPENNESS: Readonly<Record<Openness, number>> = { withhold: 0, pseudonymise: 1, generalise: 2, allow: 3 }

/** Nothing of a record is read here. */
type AnyFeed = Pick<
  FeedDefinition<never>,
  'name' | 'label' | 'audience' | 'cadence' | 'fields' | 'groups' | 'counts' | 'follows'
>

/**
 * What `after` lets out and `before` does not; with the two changed over, what it closes. Without `before` all that it lets out.
 * Field sets are compared by name: one of another name is a new one, however alike.
 */
export function feedOpenings(before: AnyFeed | undefined, after: AnyFeed): readonly Opening[] {
  return [...framesOpened(before, after), ...fieldsOpened(before, after), ...numbersOpened(before, after)]
}

/**
 * True where an opening is of what takes back or doubts what was told before: closing rows, amendments, marks of what is disputed.
 * Whoever loses one goes on believing the old, so that closing it takes a second person as opening something does.
 */
export function isCorrection({ kind, what, purpose }: Opening): boolean {
  if (kind === 'CLOSING_REASON' || kind === 'AMENDMENTS') return true
  return kind === 'FIELD' && (purpose === 'CORRECTION' || what === 'disputed')
}

function framesOpened(before: AnyFeed | undefined, after: AnyFeed): readonly Opening[] {
  if (!before) return [{ kind: 'FEED', what: after.name, label: after.label }]
  const opened: Opening[] = []
  if (before.audience !== after.audience) {
    const label = { zh: '接收单位类别', en: 'Kind of recipient' }
    opened.push({ kind: 'AUDIENCE', what: after.audience, label, was: before.audience, now: after.audience })
  }
  if (before.cadence === 'HALF_YEAR' && after.cadence === 'QUARTER') {
    const label = { zh: '提供周期', en: 'How often' }
    opened.push({ kind: 'CADENCE', what: 'cadence', label, was: before.cadence, now: after.cadence })
  }
  for (const reason of after.follows?.reasons ?? []) {
    if (before.follows?.reasons.includes(reason)) continue
    const { zh, en } = CLOSING_REASONS.entries.find(({ code }) => code === reason) ?? { zh: reason, en: reason }
    opened.push({ kind: 'CLOSING_REASON', what: reason, label: { zh, en } })
  }
  if (after.follows?.periodFacts && !before.follows?.periodFacts) {
    opened.push({ kind: 'AMENDMENTS', what: 'amendments', label: { zh: '对以往各期的更正', en: 'Amendments' } })
  }
  return opened
}

function fieldsOpened(before: AnyFeed | undefined, after: AnyFeed): readonly Opening[] {
  return setsOpened(before?.fields, after.fields)
}

/** What one version of the alerts lets out that another does not; without `before` all of it. */
export function alertOpenings(before: AlertRules | undefined, after: AlertRules): readonly Opening[] {
  return setsOpened(before?.sets, after.sets)
}

function setsOpened(before: readonly FieldSet[] | undefined, after: readonly FieldSet[]): readonly Opening[] {
  const known = new Map<string, FieldSet>(before?.map((set) => [set.name, set]))
  return after.flatMap((set) => setOpened(known.get(set.name), set))
}

/** What a field set lets out that another one does not, field by field. */
export function setOpened(before: FieldSet | undefined, after: FieldSet): readonly Opening[] {
  const isSamePurpose = before?.purpose === after.purpose
  const rules = new Map<string, DisclosureRule>(before?.rules.map((rule) => [rule.field, rule]))
  return after.rules.flatMap((rule): readonly Opening[] => {
    const was = isSamePurpose ? rules.get(rule.field) : undefined
    if (!isMoreOpen(was, rule)) return []
    const { field, clauses, basis } = rule
    return [
      {
        ...{ kind: 'FIELD', what: field, label: labelAsLeft(rule), was: wordOf(was), now: wordOf(rule) },
        ...{ fieldSet: after.id, purpose: after.purpose, clauses, basis },
      },
    ]
  })
}

/** A day and a township cannot be compared: either in the place of the other opens something. */
function isMoreOpen(was: DisclosureRule | undefined, now: DisclosureRule): boolean {
  const [before, after] = [OPENNESS[was?.action ?? 'withhold'], OPENNESS[now.action]]
  return after > before || (was?.action === 'generalise' && now.action === 'generalise' && was.to !== now.to)
}

function wordOf(rule: DisclosureRule | undefined): string {
  if (!rule) return 'withhold'
  return rule.action === 'generalise' ? `generalise:${rule.to}` : rule.action
}

/** A number that `coarse` makes another one of. */
const PROBE = 7

/** Numbers of the document itself: whether it says them at all, and whether to the person. */
function numbersOpened(before: AnyFeed | undefined, after: AnyFeed): readonly Opening[] {
  const was = before ? numbersOf(before) : new Map<string, 'coarse' | 'exact'>()
  return [...numbersOf(after)].flatMap(([what, now]): readonly Opening[] => {
    const then = was.get(what)
    if (then === now || then === 'exact') return []
    const label = { zh: `汇总数 ${what}`, en: `Number ${what}` }
    return [{ kind: 'NUMBER', what, label, was: then ?? 'withhold', now }]
  })
}

function numbersOf({ counts, groups }: AnyFeed): ReadonlyMap<string, 'coarse' | 'exact'> {
  const all = Object.fromEntries(groups.map((group) => [group, PROBE]))
  const told = counts({ rows: PROBE, closings: PROBE, groups: all, units: [{ name: '', groups: all }] })
  return new Map(leavesOf(told, '').map(([path, value]) => [path, value === coarse(PROBE) ? 'coarse' : 'exact']))
}

function leavesOf(value: unknown, path: string): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((one) => leavesOf(one, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path === '' ? name : `${path}.${name}`))
}

/** What a pack lets out that another one does not: sooner, of more people, or for longer. */
export function packOpenings(before: PolicyPack | undefined, after: PolicyPack): readonly Opening[] {
  if (!before) return [{ kind: 'POLICY', what: after.name, label: { zh: '政策包', en: 'Policy pack' } }]
  const { attempts, reasonsWithoutAttempts } = after.lossOfContact
  const less = before.lossOfContact
  const opened: readonly (readonly [isOpened: boolean, what: string, zh: string, en: string])[] = [
    [
      before.pushScope === 'LEVEL_3_PLUS' && after.pushScope === 'LITERAL_W46',
      'pushScope',
      '即时通知范围',
      'Which assessments are pushed at once',
    ],
    [after.highRiskLevel < before.highRiskLevel, 'highRiskLevel', '高风险起点', 'From which level on'],
    [after.staleAfterDays > before.staleAfterDays, 'staleAfterDays', '评估有效天数', 'How long an assessment counts'],
    [attempts < less.attempts, 'lossOfContact.attempts', '失访前查找次数', 'Attempts before loss of contact'],
    [
      reasonsWithoutAttempts.some((reason) => !less.reasonsWithoutAttempts.includes(reason)),
      'lossOfContact.reasonsWithoutAttempts',
      '无须查找即报失访的原因',
      'Reasons that need no attempts',
    ],
    [after.recallDays > before.recallDays, 'recallDays', '撤回后删除期限', 'Days to delete after a recall'],
  ]
  return opened
    .filter(([isOpened]) => isOpened)
    .map(([, what, zh, en]) => ({
      ...{ kind: 'POLICY', what, label: { zh, en } },
      ...{ was: settingOf(before, what), now: settingOf(after, what) },
    }))
}

function settingOf(pack: PolicyPack, path: string): string {
  let at: unknown = pack
  for (const member of path.split('.')) at = typeof at === 'object' && at !== null ? Reflect.get(at, member) : undefined
  return String(at)
}
