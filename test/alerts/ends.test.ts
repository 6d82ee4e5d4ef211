import fc from 'fast-check'
import t from 'tap'
import { ALERT_STATES, type AlertRow, alertStateAt, isEnded } from '../../projections/alerts.js'
import { MESSAGE_KINDS } from '../../src/delivery/port.js'
import { DAY } from '../../src/kernel/dates.js'
import type { SmallHub } from '../delivery/small-hub.js'
import { EXAMPLE_UNIT } from '../fixtures/example-events.js'
import { principalOf } from '../fixtures/recording.js'
import { type Desk, deskOf } from './desk.js'
import { openTownship } from './township.js'

type Act = (hub: SmallHub, patient: string) => Promise<unknown>

const hospital = principalOf('0198f0aa-0000-7000-8000-0000000000ff', 'HOSPITAL', 'staff-7')
const DISCHARGED = { admitDate: '2026-02-10', dischargeDate: '2026-02-26' }
const LOW = { level: 1, targets: 'NONE', evidence: ['NONE'] }

/** What makes every kind of alert that there is, in the classes in which it may stand on a desk. */
const STORIES: Readonly<Record<string, readonly Act[]>> = {
  'an alarm and its retraction': [
    (hub, patient) => hub.record(patient, 'RiskAssessed', { level: 4 }),
    (hub, patient) => hub.record(patient, 'RiskAssessed', LOW),
  ],
  'a level for oneself': [(hub, patient) => hub.record(patient, 'RiskAssessed', { level: 4, targets: 'SELF' })],
  'a search and its end': [
    (hub, patient) => hub.record(patient, 'LossOfContactDeclared', { declaredAt: '2026-03-02T09:30:00+08:00' }),
    (hub, patient) => hub.record(patient, 'ContactRegained', { at: '2026-03-02T09:32:00+08:00' }),
  ],
  'a report and its withdrawal': [
    async (hub, patient) => {
      const report = await hub.record(patient, 'DangerousBehaviorReported', {
        kind: 5,
        at: '2026-03-02T09:30:00+08:00',
      })
      await hub.idle()
      await hub.retract(patient, report)
    },
    (hub, patient) => hub.record(patient, 'DangerousBehaviorReported', { kind: 4, at: '2026-03-02T09:30:00+08:00' }),
  ],
  'a stay, its end, and a statement that was a mistake': [
    (hub, patient) => hub.record(patient, 'DiagnosisConfirmed', { confirmedOn: '2026-02-10' }, hospital),
    (hub, patient) => hub.record(patient, 'DischargeConditionsMet', { assessedOn: '2026-02-25' }, hospital),
    (hub, patient) => hub.record(patient, 'HospitalDischarged', DISCHARGED, hospital),
    async (hub, patient) => {
      const said = await hub.record(patient, 'DischargeConditionsMet', { assessedOn: '2026-03-02' }, hospital)
      await hub.idle()
      await hub.retract(patient, said, 'FACT', hospital)
    },
    (hub, patient) => hub.record(patient, 'DischargeConditionsMet', { assessedOn: '2026-03-02' }, hospital),
  ],
  'somebody at a high level who works elsewhere': [
    (hub, patient) => hub.record(patient, 'RiskAssessed', { level: 3 }),
    (hub, patient) => hub.record(patient, 'PatientRelocated', { kind: 'WORK_AWAY', leftAt: '2026-03-02' }),
  ],
  'a death that was none': [
    (hub, patient) => hub.record(patient, 'RiskAssessed', { level: 4 }),
    async (hub, patient) => {
      const death = await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
      await hub.idle()
      await hub.retract(patient, death)
    },
  ],
  'a programme that ends and opens again': [
    (hub, patient) => hub.record(patient, 'RiskAssessed', { level: 4 }),
    (hub, patient) => hub.record(patient, 'ProgrammeClosed', { occurredAt: '2026-03-02' }),
    (hub, patient) =>
      hub.record(patient, 'ProgrammeOpened', { programme: 'COMMUNITY_MANAGEMENT', occurredAt: '2026-03-02' }),
  ],
  'an alarm that is taken back, and the person erased': [
    (hub, patient) => hub.record(patient, 'RiskAssessed', { level: 4 }),
    (hub, patient) => hub.erase(patient),
  ],
}

/** Kinds that speak of no person's danger and raise no alert. */
const NOT_ON_A_DESK = ['document', 'test']

async function openCounty(t: Parameters<typeof openTownship>[0]) {
  const { hub, agencies } = await openTownship(t)
  await hub.putAlertsInForce(2)
  const bureau = await hub.enrol('POLICE', ['371002'])
  await hub.placeUnder(agencies.police, bureau)
  await hub.mailbox(bureau)
  await hub.dutyDesk(agencies.police)
  return { hub, agencies, desk: deskOf(hub) }
}

function allRows(desk: Desk): readonly AlertRow[] {
  return [...desk.rows()].filter(([key, row]) => key.startsWith(`${row.agency}/`)).map(([, row]) => row)
}

const people = new Map<number, Readonly<Record<string, unknown>>>()
const personOf = (n: number) => {
  people.set(n, { identity: { idType: '1', status: 'UNKNOWN', sex: '1', name: `示例${n}` } })
  return people.get(n)
}

t.test('no alert without an end: every kind in every class ends, whoever does nothing', async (t) => {
  const { hub, agencies, desk } = await openCounty(t)
  let n = 0
  for (const acts of Object.values(STORIES)) {
    const patient = await hub.register(personOf(++n))
    for (const act of acts) {
      await act(hub, patient)
      await hub.idle()
    }
  }
  await desk.refresh()
  const station = principalOf(agencies.police, 'POLICE', 'staff-9')
  const theirs = desk.of(agencies.police).find(({ class: alertClass }) => alertClass === 'ALARM')
  await desk.alerts.outcome(station, theirs?.alert ?? '', 'NOT_OURS')
  await desk.refresh()

  const kinds = new Set(allRows(desk).map(({ kind }) => kind))
  t.same(
    MESSAGE_KINDS.filter((kind) => !kinds.has(kind)),
    NOT_ON_A_DESK,
    'the stories make every kind that may stand on a desk',
  )
  t.same([...new Set(allRows(desk).map((row) => row.class))].sort(), ['ALARM', 'RETRACTION'])

  for (let day = 0; day < 95; day++) await desk.pass(24 * 60)

  const left = allRows(desk).filter((row) => !isEnded(alertStateAt(row, hub.calendar.now())))
  t.same(left, [])
  t.same(
    [...desk.rows().keys()].filter((key) => key.startsWith('waiting/')),
    [],
    'and nothing waits',
  )
  const centre = principalOf(EXAMPLE_UNIT, 'CHC', 'staff-1')
  t.same(desk.alerts.list(station, { open: true }), [])
  t.ok(desk.alerts.list(centre, { state: 'UNANSWERED' }).length > 0, 'who was not answered is listed')
})

t.test('whatever people do with an alert and when, it ends once, and attending to it ends the climbing', async (t) => {
  const { hub, agencies, desk } = await openCounty(t)
  const station = principalOf(agencies.police, 'POLICE', 'staff-9')
  const acts = fc.constantFrom('acknowledge', 'relay', 'outcome', 'lower', 'raise', 'nothing')
  const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 2000 }), acts), { maxLength: 5 })
  let n = 100

  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const patient = await hub.register(personOf(++n))
      await hub.record(patient, 'RiskAssessed', { level: 3 })
      await desk.refresh()
      for (const [minutes, act] of steps) {
        await desk.pass(minutes)
        const alert = desk.alerts.list(station, { patientId: patient })[0]?.alert ?? ''
        const done =
          act === 'acknowledge'
            ? desk.alerts.acknowledge(station, alert)
            : act === 'relay'
              ? desk.alerts.relay(station, alert, { to: 'OTHER', means: 'PAPER' })
              : act === 'outcome'
                ? desk.alerts.outcome(station, alert, 'HANDLED')
                : act === 'nothing'
                  ? undefined
                  : hub.record(patient, 'RiskAssessed', act === 'raise' ? { level: 5 } : LOW)
        // A second acknowledgement is refused, and that is no end either.
        await done?.catch((error: { code?: string }) => t.equal(error.code, 'HUB_ALREADY_DECIDED'))
      }
      for (let day = 0; day < 4; day++) await desk.pass(24 * 60)

      for (const { alert, class: alertClass, state } of desk.alerts.list(station, { patientId: patient })) {
        const events = await hub.events(`alert-${alert}`)
        const types = events.map(({ type }) => type)
        const attended = types.findIndex((type) => /Acknowledged|Relayed|Outcome/.test(type))
        const ended = types.filter((type) => type === 'AlertExpired').length
        const climbedLate = types.slice(attended).includes('AlertEscalated') && attended >= 0
        const isKept = attended >= 0 || alertClass !== 'ALARM' || ended === 1
        if (!ALERT_STATES.includes(state) || ended > 1 || climbedLate || !isKept) throw new Error(types.join(' '))
        if (alertClass === 'ALARM' && attended < 0 && !isEnded(state)) throw new Error(`still ${state}`)
      }
    }),
    { numRuns: 25, seed: 4711 },
  )
  hub.calendar.advanceTo(hub.calendar.now() + 95 * DAY)
  await desk.pass(0)
  t.same(desk.alerts.list(station, { open: true }), [], 'and in the end nothing is open')
})
