import * as fc from 'fast-check'
import t from 'tap'
import type { Role } from '../../src/domain/event.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { type DisclosureRule, disclose, type FieldSet, withheldBy } from '../../src/policy/disclosure.js'
import { FACT_PATHS, type FactPath } from '../../src/policy/facts.js'
import { FIELD_SETS, fieldSetOf } from '../../src/policy/field-sets.js'

/** Every fact of the vocabulary, each with a value that names it, so that it is found wherever it surfaces. */
const EVERYTHING: Record<string, unknown> = {}
for (const path of FACT_PATHS) {
  const [head = '', tail] = path.split('.')
  if (tail === undefined) EVERYTHING[head] = `value of ${path}`
  else EVERYTHING[head] = { ...(EVERYTHING[head] as Record<string, unknown>), [tail]: `value of ${path}` }
}
const pseudonymOf = (patientId: string): string => `scoped(${patientId.length})`

function pathsOf(value: Record<string, unknown>): readonly string[] {
  return Object.entries(value).flatMap(([head, inner]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.keys(inner).map((tail) => `${head}.${tail}`)
      : [head],
  )
}

function leavingOf(set: FieldSet): readonly string[] {
  return pathsOf(disclose(set, EVERYTHING, pseudonymOf))
    .slice()
    .sort()
}

const POLICE_HIGH = [
  ...['pseudonym', 'name', 'idNumber', 'presentAddress', 'householdAddress'],
  ...['guardian.name', 'guardian.phones', 'guardian.relation'],
  ...['level', 'assessedOn', 'previousLevel', 'assessment'],
  ...['policeRecorded.minorDisturbance', 'policeRecorded.publicOrderOffence', 'policeRecorded.criminalHarm'],
  ...['policeRecorded.dangerToOthers', 'compulsoryStay.admittedOn', 'compulsoryStay.dischargedOn'],
  ...['lossOfContact.reason', 'lossOfContact.lastSeenOn', 'lossOfContact.declaredOn'],
  ...['healthCentre.name', 'healthCentre.phone'],
]
const POLICE_TOKEN = ['pseudonym', 'level', 'assessedOn', 'assessment', 'healthCentre.name', 'healthCentre.phone']
const PL_HIGH = [
  ...['pseudonym', 'name', 'presentTownship', 'communityCode', 'communityName'],
  ...['level', 'assessedOn', 'assessment', 'healthCentre.name', 'healthCentre.phone'],
]

/** Policy §5.4 and §6.2, spelled out a second time: what may leave, and not a field more. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  'police.high@1': POLICE_HIGH,
  'police.high@2': [...POLICE_HIGH, 'disputed'],
  'police.token@1': POLICE_TOKEN,
  'police.token@2': [...POLICE_TOKEN, 'disputed'],
  'political-legal.high@1': PL_HIGH,
  'political-legal.high@2': [...PL_HIGH, 'disputed'],
  'community.closing@1': ['pseudonym', 'closing.reason', 'closing.on'],
  'office.closing@1': ['pseudonym', 'closing.reason'],
  'civil-affairs.aid@1': [
    ...['pseudonym', 'basis.kind', 'basis.article', 'basis.since', 'disputed'],
    ...['name', 'idNumber', 'presentAddress', 'guardian.name', 'guardian.phones', 'economicStatus', 'povertyTarget'],
    ...['aid.applied', 'aid.granted', 'aid.meetsMedicalCondition', 'aid.temporaryLivingAidOn'],
    ...['homeless.since', 'homeless.kinFound', 'homeless.dischargeReady'],
  ],
  'disabled-persons.rehabilitation@1': [
    ...['pseudonym', 'basis.kind', 'basis.article', 'basis.since', 'disputed'],
    ...['name', 'idNumber', 'phones', 'guardian.name', 'guardian.phones'],
    ...['certificate.held', 'certificate.level', 'certificate.statedOn'],
    ...['rehabilitation.measures', 'rehabilitation.programmes'],
  ],
  'labour.employment@1': [
    ...['pseudonym', 'basis.kind', 'basis.since', 'disputed'],
    ...['name', 'idNumber', 'phones', 'employment', 'function.fit', 'function.assessedOn'],
    ...['aid.applied', 'aid.granted'],
  ],
  'alert.police.high@1': [
    ...['pseudonym', 'name', 'idNumber', 'presentAddress', 'householdAddress'],
    ...['guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'assessedOn', 'previousLevel', 'healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.police.token@1': ['pseudonym', 'level', 'assessedOn', 'healthCentre.name', 'healthCentre.phone'],
  'alert.police.welfare@1': [
    ...['pseudonym', 'name', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'assessedOn', 'healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.political-legal.high@1': [
    ...['pseudonym', 'name', 'presentTownship', 'communityCode'],
    ...['level', 'assessedOn', 'healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.political-legal.token@1': ['pseudonym', 'level', 'assessedOn', 'healthCentre.name', 'healthCentre.phone'],
  'alert.political-legal.level-only@1': ['pseudonym', 'level', 'assessedOn'],
  'alert.health.assessment@1': [
    ...['patientId', 'name', 'phones', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'previousLevel', 'targets', 'assessedOn', 'conditionClass'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.loss-of-contact.police@1': [
    ...['pseudonym', 'name', 'idNumber', 'presentAddress', 'householdAddress'],
    ...['guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['lossOfContact.reason', 'lossOfContact.lastSeenOn', 'lossOfContact.declaredOn'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.loss-of-contact.community@1': [
    ...['pseudonym', 'name', 'presentAddress', 'guardian.name', 'guardian.phones'],
    ...['lossOfContact.lastSeenOn', 'healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.loss-of-contact.subdistrict@1': [
    ...['pseudonym', 'name', 'presentTownship', 'communityCode'],
    ...['lossOfContact.reason', 'lossOfContact.lastSeenOn', 'lossOfContact.declaredOn'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.loss-of-contact.health@1': [
    ...['patientId', 'name', 'phones', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'assessedOn', 'lossOfContact.reason', 'lossOfContact.lastSeenOn', 'lossOfContact.declaredOn'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.loss-of-contact.returned@1': [
    ...['patientId', 'name', 'phones', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'assessedOn', 'lossOfContact.reason', 'lossOfContact.lastSeenOn', 'lossOfContact.declaredOn'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.danger.police@1': [
    ...['pseudonym', 'name', 'idNumber', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['danger.kind', 'danger.at', 'danger.injured', 'healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.danger.welfare@1': [
    ...['pseudonym', 'name', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.danger.health@1': [
    ...['patientId', 'name', 'phones', 'presentAddress', 'guardian.name', 'guardian.phones', 'guardian.relation'],
    ...['level', 'assessedOn', 'danger.kind', 'danger.at', 'danger.injured'],
    ...['healthCentre.name', 'healthCentre.phone'],
  ],
  'alert.contact-regained@1': ['pseudonym', 'contactRegained.on', 'healthCentre.name', 'healthCentre.phone'],
  'alert.moved@1': ['pseudonym', 'relocation.on', 'healthCentre.name', 'healthCentre.phone'],
  'alert.died@1': ['pseudonym', 'died.on', 'healthCentre.name', 'healthCentre.phone'],
  'alert.withdrawn@1': ['pseudonym', 'healthCentre.name', 'healthCentre.phone'],
  'alert.recalled-part@1': ['pseudonym', 'healthCentre.name', 'healthCentre.phone'],
  'alert.discharge-ready@1': ['pseudonym', 'discharge.assessedOn', 'discharge.hospital', 'discharge.phone', 'disputed'],
  'alert.discharged@1': ['pseudonym', 'stay.dischargedOn', 'healthCentre.name', 'healthCentre.phone'],
  'alert.recalled@1': ['pseudonym', 'healthCentre.name', 'healthCentre.phone'],
}

/** What tells of an assessment, a loss of contact or a danger has a second version, which marks what is disputed. */
const MARKING = /^alert\.(police|political-legal|health|loss-of-contact|danger)\..*@1$/
const EXPECTED: typeof FIRST = {
  ...FIRST,
  ...Object.fromEntries(
    Object.entries(FIRST).flatMap(([id, fields]) =>
      MARKING.test(id) ? [[id.replace('@1', '@2'), [...fields, 'disputed']]] : [],
    ),
  ),
}

t.test('lets out what the policy names, and not a field more', async (t) => {
  t.same(FIELD_SETS.map(({ id }) => id).sort(), Object.keys(EXPECTED).sort())
  for (const set of FIELD_SETS) t.same(leavingOf(set), [...(EXPECTED[set.id] ?? [])].sort(), set.id)
})

t.test('a rule that is flipped changes what leaves', async (t) => {
  for (const set of FIELD_SETS) {
    const expected = canonicalJson([...(EXPECTED[set.id] ?? [])].sort())
    for (const [at, rule] of set.rules.entries()) {
      const { field, clauses, basis } = rule
      const flipped: DisclosureRule = {
        field,
        clauses,
        basis,
        action: rule.action === 'withhold' ? 'allow' : 'withhold',
      }
      const mutant = { ...set, rules: set.rules.with(at, flipped) }
      const without = { ...set, rules: set.rules.toSpliced(at, 1) }

      if (canonicalJson(leavingOf(mutant)) === expected) t.fail(`${set.id}: flipping ${field} goes unnoticed`)
      if (rule.action !== 'withhold' && canonicalJson(leavingOf(without)) === expected) {
        t.fail(`${set.id}: removing ${field} goes unnoticed`)
      }
    }
  }
})

t.test('whatever the facts hold, only named fields of plain values leave', async () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
  const junkKey = fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'secret',
    'name ',
    'guardian',
    'level',
    'name',
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('any')), fc.dictionary(junkKey, tie('any'))),
  })).any
  const key = fc.oneof(fc.constantFrom(...FACT_PATHS.map((path) => path.split('.')[0] ?? path)), junkKey, fc.string())
  const inner = fc.oneof(fc.constantFrom(...FACT_PATHS.map((path) => path.split('.')[1] ?? 'x')), junkKey)
  const facts = fc.dictionary(key, fc.oneof(value, fc.dictionary(inner, value)))

  fc.assert(
    fc.property(fc.constantFrom(...FIELD_SETS), facts, (set, given) => {
      const allowed = new Set<string>(
        set.rules.flatMap(({ field, action }) =>
          action === 'withhold' ? [] : [action === 'pseudonymise' ? 'pseudonym' : field],
        ),
      )
      const out = disclose(set, given, pseudonymOf)
      for (const path of pathsOf(out)) {
        if (!allowed.has(path)) throw new Error(`${set.id} let out ${path}`)
      }
      for (const leaf of Object.values(out).flatMap((one) => (isPlainObject(one) ? Object.values(one) : [one]))) {
        for (const scalarLeaf of Array.isArray(leaf) ? leaf : [leaf]) {
          if (!['string', 'number', 'boolean'].includes(typeof scalarLeaf)) throw new Error('an object left')
        }
      }
    }),
    { numRuns: 500 },
  )
})

t.test('the internal id never leaves where a pseudonym is due', async (t) => {
  const facts = { patientId: 'b1946ac9-0000-7000-8000-000000000000', level: 1 }

  t.same(
    disclose(fieldSetOf('police.token@1'), facts, () => 'mine'),
    { pseudonym: 'mine', level: 1 },
  )
  t.same(disclose(fieldSetOf('police.token@1'), facts), { level: 1 })
})

t.test('a time is cut to its day where the policy asks for a day', async (t) => {
  const facts = { level: 4, assessedOn: '2026-03-02T09:30:00.000+08:00' }

  t.same(disclose(fieldSetOf('police.high@1'), facts), { level: 4, assessedOn: '2026-03-02' })
})

t.test('says what was kept back, and why', async (t) => {
  const facts = { patientId: 'p', name: '王芳', level: 1, guardian: { name: '王强' }, diagnosis: 1, petition: true }
  const withheld = withheldBy(fieldSetOf('police.token@1'), facts)

  t.same(
    withheld.map(({ field }) => field),
    ['name', 'guardian.name', 'diagnosis', 'petition'],
  )
  t.same(withheld[0]?.label, { zh: '姓名', en: 'Name' })
  t.same(withheld[0]?.clauses, ['policy §5.4', 'PIPL 6', 'PIPL 28'])
  t.equal(withheld.at(-1)?.basis, 'default deny: no rule names it')
})

t.test('the coordinating office never receives an ID number, nor a community worker a level', async (t) => {
  const never: readonly (readonly [Role, FactPath])[] = [
    ['PL', 'idNumber'],
    ['PL', 'presentAddress'],
    ['PL', 'diagnosis'],
    ['COMMUNITY', 'level'],
    ['COMMUNITY', 'idNumber'],
    ['SUBDISTRICT', 'level'],
    ['POLICE', 'diagnosis'],
    ['POLICE', 'selfHarm'],
    ['POLICE', 'dangerCounts'],
    ['POLICE', 'conditionClass'],
  ]
  for (const [role, field] of never) {
    for (const set of FIELD_SETS.filter(({ audience }) => audience.includes(role))) {
      t.equal(set.rules.find((rule) => rule.field === field)?.action, 'withhold', `${set.id} ${field}`)
    }
  }
})

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
