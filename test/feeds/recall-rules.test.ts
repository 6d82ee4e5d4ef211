/** Whom a withdrawal, an exclusion or a mistake asks to delete what, by a person's stream and what was released and told of them. */
import t from 'tap'
import type { StoredEvent } from '../../src/domain/event.js'
import { type DueRecall, dueRecalls, type HeldRow } from '../../src/feeds/recall-rules.js'
import { addDays } from '../../src/kernel/dates.js'
import type { PlacedEvent } from '../../src/log/port.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { CASES, CIVIL, FEDERATION, lived, row, TODAY } from './recall-cases.js'

const asked = (due: readonly DueRecall[]) =>
  due.map(({ cause, agency, reason, fieldSets, rows }) =>
    [cause.id, agency, reason, fieldSets?.join() ?? 'ALL', ...rows.map((one) => one.row)].join(' '),
  )

for (const [what, life, { rows = [], told = [] }, expected] of CASES) {
  t.test(`asks for ${what}`, async (t) => {
    t.same(asked(dueRecalls(life, { rows, told }, TODAY)), expected)
  })
}

/**
 * Stories of consents, applications and releases. The model holds each row to the consent that it was cut under, so that what
 * must be asked back is known without any rule: rows whose consent was withdrawn, or was none, while their copies might be held.
 */
t.test('asks for the rows that rested on a withdrawn consent, all of them, no other and none twice', async (t) => {
  let recalled = 0
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(seed, 'recalls')
    const life: PlacedEvent[] = []
    let leafIndex = 0
    let day = '2026-01-01'
    const append = (type: string, data: object, change: Partial<StoredEvent> = {}): string => {
      const at = `${day}T09:00:00.000+08:00`
      const event = { ...(lived([type, data])[0] as PlacedEvent).event, id: `e${life.length}`, revision: life.length }
      life.push({ leafIndex: leafIndex++, event: { ...event, recordedAt: at, occurredAt: at, ...change } })
      return event.id
    }
    const offices = [FEDERATION, CIVIL].map((office) => ({
      office,
      /** Those that stand, the last in force; the id is that of its version in force. */
      consents: [] as { id: string; readonly since: string }[],
      hasApplied: false,
    }))
    const rows: HeldRow[] = []
    const under = new Map<HeldRow, object>()
    /** It is looked at on its day. */
    const expect = (consents: readonly object[]): void => {
      for (const one of rows)
        if (consents.includes(under.get(one) ?? rows) && one.deleteBy >= day) expected.add(one.row)
    }
    const expected = new Set<string>()
    const found: string[] = []
    for (let step = 0; step < 40; step++) {
      day = addDays(day, random.whole(1, 40))
      leafIndex += random.whole(0, 3)
      const place = random.pick(offices)
      const { office } = place
      const act = random.pick(['give', 'apply', 'withdraw', 'retract', 'correct', 'release', 'release', 'look'])
      const inForce = place.consents.at(-1)
      if (act === 'give') {
        // Given again while it stands it is renewed: what rested on it before goes with a withdrawal too.
        place.consents.push({ id: append('DataConsentGiven', office), since: day })
      } else if (act === 'apply') {
        place.hasApplied = !place.hasApplied
      } else if (act === 'release' && (inForce || place.hasApplied)) {
        const one = row({
          ...{ agency: office.recipientRole, audience: office.recipientRole === 'CA' ? 'CA' : 'DPF' },
          ...{ document: `d${step}`, row: `r${step}`, fieldSet: office.fieldSetId, purpose: office.purposeCode },
          basis: place.hasApplied ? { kind: 'APPLICATION' } : { kind: 'CONSENT', since: inForce?.since ?? '' },
          standsThrough: leafIndex++,
          deleteBy: addDays(day, 270),
        })
        rows.push(one)
        if (!place.hasApplied && inForce) under.set(one, inForce)
      } else if (act === 'withdraw' && inForce) {
        append('DataConsentWithdrawn', office)
        expect(place.consents)
        place.consents = []
      } else if (act === 'retract' && inForce) {
        const retraction = append('RecordRetracted', { scope: 'FACT' }, { corrects: inForce.id })
        // Taken back before anybody looks it takes nothing.
        if (random.whole(0, 2) === 0) append('RecordRetracted', {}, { corrects: retraction })
        else expect([place.consents.pop() ?? place])
      } else if (act === 'correct' && inForce) {
        const isOther = random.whole(0, 1) === 0
        const data = isOther ? { ...office, fieldSetId: 'another@9' } : office
        const occurredAt = `${inForce.since}T09:00:00.000+08:00`
        inForce.id = append('DataConsentGiven', data, { corrects: inForce.id, occurredAt })
        if (isOther) expect([place.consents.pop() ?? place])
      }
      for (const due of dueRecalls(life, { rows, told: [] }, day)) {
        found.push(...due.rows.map((one) => one.row))
        const { agency, reason, fieldSets } = due
        append('RecallSent', { agency, reason, fieldSets, rows: due.rows })
      }
    }
    t.same([...found].sort(), [...expected].sort(), `seed ${seed}`)
    recalled += found.length
  }
  t.ok(recalled > 300, 'there was something to ask for')
})
