import t from 'tap'
import { CATALOGUE, catalogueKey } from '../../src/domain/catalogue.js'
import { isIdNumber } from '../../src/domain/id-number.js'
import { DAY, dayOf, epochMsOf } from '../../src/kernel/dates.js'
import { sha256 } from '../../src/kernel/hash.js'
import { careOf } from '../../src/rehearsal/care.js'
import type { CareAct, SentEvent } from '../../src/rehearsal/care-act.js'
import { type County, createCounty } from '../../src/rehearsal/county.js'
import { CANARY, personOf } from '../../src/rehearsal/people.js'
import { LEVEL_MIX, MANAGED_SHARE, STABLE_SHARE } from '../../src/rehearsal/proportions.js'

const FROM = epochMsOf('2024-01-01T00:00:00.000+08:00')
const LIVE = epochMsOf('2026-01-01T00:00:00.000+08:00')
const TO = epochMsOf('2026-07-01T00:00:00.000+08:00')

const digestOf = (county: County): string => {
  const parts: string[] = []
  for (const act of careOf(county, { fromMs: FROM, toMs: TO, liveFromMs: LIVE })) parts.push(JSON.stringify(act))
  return sha256(parts.join('\n')).toString('hex')
}
const eventsOf = (act: CareAct): readonly SentEvent[] =>
  act.kind === 'record' ? act.events : act.kind === 'name' ? [act.event] : []

t.test('the same seed tells the same story to the byte, another seed another', async (t) => {
  const first = digestOf(createCounty({ seed: 7, patients: 80 }))

  t.equal(digestOf(createCounty({ seed: 7, patients: 80 })), first)
  t.not(digestOf(createCounty({ seed: 8, patients: 80 })), first)
})

t.test('one life does not depend on how many others there are', async (t) => {
  const ofPerson = (patients: number): readonly string[] =>
    [...careOf(createCounty({ seed: 7, patients, townships: 3 }), { fromMs: FROM, toMs: TO })]
      .filter(({ person }) => person === 5)
      .map((act) => JSON.stringify(act))

  t.same(ofPerson(12), ofPerson(60))
})

t.test('an import tells the same history person by person, and then goes on as it happened', async (t) => {
  const county = createCounty({ seed: 7, patients: 60 })
  const span = { fromMs: FROM, toMs: TO, liveFromMs: LIVE }
  const asItHappened = [...careOf(county, span)]
  const imported = [...careOf(county, span, 'BY_PERSON')]
  const told = (acts: readonly CareAct[]): readonly string[] =>
    acts.flatMap((act) => eventsOf(act).map((event) => `${act.person} ${act.agency} ${JSON.stringify(event)}`))
  const history = imported.filter(({ atMs }) => atMs < LIVE)
  const ofPerson = (acts: readonly CareAct[], person: number): readonly string[] =>
    told(acts.filter((act) => act.person === person))

  t.strictSame([...told(imported)].sort(), [...told(asItHappened)].sort(), 'nothing more, nothing less')
  t.strictSame(ofPerson(imported, 9), ofPerson(asItHappened, 9), 'each life in its order')
  t.strictSame(
    imported.slice(history.length),
    asItHappened.filter(({ atMs }) => atMs >= LIVE),
    'then in order of time',
  )
  t.strictSame(
    [...new Set(history.map(({ person }) => person))],
    history.map(({ person }) => person).filter((one, i, all) => one !== all[i - 1]),
    'each person once',
  )
  t.ok(history.every((act) => eventsOf(act).length <= 50))
  t.ok(history.length < asItHappened.filter(({ atMs }) => atMs < LIVE).length / 3, 'in few writes')
})

t.test('a big county', async (t) => {
  const county = createCounty({ seed: 11, patients: 2000 })
  const span = { fromMs: FROM, toMs: TO, liveFromMs: LIVE }
  const types = new Map<string, number>()
  const visitedIn2025 = new Set<number>()
  const registered = new Set<number>()
  const lastClass = new Map<number, unknown>()
  const lastLevel = new Map<number, unknown>()
  const gone = new Set<number>()
  const aidOnly = new Set<number>()
  let atMs = 0
  let isOrdered = true
  let misfits = 0
  let lateEntries = 0
  let corrections = 0
  const ids = new Set<string>()
  let events = 0

  for (const act of careOf(county, span)) {
    isOrdered &&= act.atMs >= atMs
    atMs = act.atMs
    for (const event of eventsOf(act)) {
      events += 1
      ids.add(event.id)
      types.set(event.type, (types.get(event.type) ?? 0) + 1)
      const definition = CATALOGUE.get(catalogueKey(event.type, 1))
      if (!definition?.data.safeParse(event.data).success || !definition.recorders.includes(act.role)) misfits += 1
      if (event.corrects !== undefined) corrections += 1
      const { person } = act
      switch (event.type) {
        case 'PatientRegistered':
          if (!event.corrects) registered.add(person)
          if (event.data.programme === 'MEDICAL_AID') aidOnly.add(person)
          break
        case 'FollowUpCompleted':
          if (String(event.data.date) >= '2025' && String(event.data.date) < '2026') visitedIn2025.add(person)
          if (dayOf(act.atMs - 14 * DAY) >= String(event.data.date).slice(0, 10)) lateEntries += 1
          break
        case 'ConditionClassified':
          lastClass.set(person, event.data.class)
          break
        case 'RiskAssessed':
          lastLevel.set(person, event.data.level)
          break
        case 'PatientDied':
        case 'DiagnosisExcluded':
        case 'ProgrammeClosed':
          gone.add(person)
          break
        case 'ProgrammeOpened':
          aidOnly.delete(person)
          break
      }
    }
  }
  const present = [...registered].filter((person) => !gone.has(person) && !aidOnly.has(person))
  const shareOf = (count: number, all: number): number => count / all

  t.ok(isOrdered, 'is told in the order of time')
  t.equal(misfits, 0, 'every event fits its schema and is recorded by a role that may')
  t.equal(ids.size, events, 'every id is its own')
  t.match(
    [...types.keys()].sort(),
    [...CATALOGUE.values()]
      // What the hub itself appends is nobody's to record.
      .filter(({ stream, recorders }) => stream === 'patient' && recorders.length > 0)
      .map(({ type }) => type)
      .sort(),
    'every event type of a person happens',
  )
  t.ok(lateEntries > 100, `visits are typed weeks late: ${lateEntries}`)
  t.ok(corrections > 100, `facts are corrected and taken back: ${corrections}`)

  const managed = shareOf(present.filter((person) => visitedIn2025.has(person)).length, present.length)
  t.ok(Math.abs(managed - MANAGED_SHARE) < 0.06, `managed: ${managed}`)
  const seen = present.filter((person) => lastClass.has(person))
  const stable = shareOf(seen.filter((person) => lastClass.get(person) === 3).length, seen.length)
  t.ok(Math.abs(stable - STABLE_SHARE) < 0.05, `stable: ${stable}`)
  const high = shareOf(seen.filter((person) => Number(lastLevel.get(person)) >= 3).length, seen.length)
  const expected = LEVEL_MIX.reduce((sum, [level, share]) => sum + (level >= 3 ? share : 0), 0)
  t.ok(Math.abs(high - expected) < 0.02, `level 3 and above: ${high}`)
  t.comment({ events, managed, stable, high, types: Object.fromEntries(types) })
})

t.test('people', async (t) => {
  const county = createCounty({ seed: 3, patients: 25_000 })
  const people = Array.from({ length: 25_000 }, (_, index) => personOf(county, index))
  const numbers = people.flatMap(({ idNumber }) => (idNumber === undefined ? [] : [idNumber]))

  t.ok(numbers.every(isIdNumber), 'have ID numbers with the right check character')
  t.ok(
    numbers.every((number) => number.startsWith('999901')),
    'of no real county',
  )
  t.equal(new Set(numbers).size, numbers.length, 'each its own')
  t.ok(
    people.some(({ idNumber }) => idNumber === undefined),
    'some without any',
  )
  t.ok(
    people.some(({ name }) => name === undefined),
    'some without a name',
  )
  t.ok(
    people.every(({ phone }) => phone.startsWith('19900')),
    'have telephones that nobody has',
  )
  t.match(people[0], { name: CANARY.name, idNumber: CANARY.idNumber, phone: CANARY.phone })
  t.equal(
    people.filter(
      ({ name, phone, idNumber }) => name === CANARY.name || phone === CANARY.phone || idNumber === CANARY.idNumber,
    ).length,
    1,
    'and one canary',
  )
})

t.test('every place is held by one agency of a role, but for the corner that is left out', async (t) => {
  const county = createCounty({ seed: 1, patients: 1000, hasUnmappedCorner: true })
  const [first] = county.townships
  const corner = county.townships.at(-1)
  const post = county.inCharge('POLICE', { township: first?.code ?? '', area: first?.communities.at(-1)?.code ?? '' })

  t.match(post?.name, /警务站/, 'the longest area wins')
  t.match(county.inCharge('POLICE', { township: first?.code ?? '' })?.name, /派出所/)
  t.ok(county.inCharge('CHC', { township: corner?.code ?? '' }))
  t.equal(county.inCharge('POLICE', { township: corner?.code ?? '' }), undefined)
  t.equal(county.inCharge('PL', { township: corner?.code ?? '' }), undefined)
  for (const role of ['POLICE', 'PL', 'CHC', 'COMMUNITY'] as const) {
    const areas = county.ofRole(role).flatMap(({ areas }) => areas)
    t.equal(new Set(areas).size, areas.length, `no two agencies of ${role} hold the same area`)
  }
})
