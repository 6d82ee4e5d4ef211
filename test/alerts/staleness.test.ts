import t from 'tap'
import { type AssessmentDay, assessmentDays } from '../../projections/assessment-days.js'
import { createStalenessKeeper, type StalenessDeps } from '../../src/alerts/staleness.js'
import { correctionLedger } from '../../src/domain/effective-history.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import type { PatientState } from '../../src/domain/patient-state.js'
import { DAY } from '../../src/kernel/dates.js'
import type { SmallHub } from '../delivery/small-hub.js'
import { openTownship, said, saidTo } from './township.js'

const LOW = { level: 1, targets: 'NONE', evidence: ['NONE'] }

/** The rig's hub with what a hub's tick does for levels; `asked` counts whose life the read model was asked for. */
async function setup(t: Parameters<typeof openTownship>[0], changes: Partial<StalenessDeps> = {}) {
  const { hub, boxes, agencies } = await openTownship(t)
  const rows = new Map<string, AssessmentDay>()
  const lives = new Map<string, PatientState>()
  const asked: string[] = []
  const refresh = async (): Promise<void> => {
    await hub.idle()
    rows.clear()
    lives.clear()
    for await (const { event } of hub.log.readAll('')) {
      if (event.stream.startsWith('patient-')) lives.set(event.stream, await stateOf(hub, event.stream))
      if (event.type !== 'RiskAssessed') continue
      for (const key of assessmentDays.keys(event)) rows.set(key, { patientId: event.stream.slice('patient-'.length) })
    }
  }
  const keeper = () =>
    createStalenessKeeper({
      log: hub.log,
      recorder: hub.recorder,
      calendar: hub.calendar,
      days: () => ({
        *withPrefix(prefix: string) {
          for (const key of [...rows.keys()].sort()) {
            const row = key.startsWith(prefix) ? rows.get(key) : undefined
            if (row) yield { key, row }
          }
        },
      }),
      riskOf(patientId) {
        asked.push(patientId)
        return lives.get(`patient-${patientId}`)?.risk
      },
      staleAfterDays: 184,
      ...changes,
    })
  const own = keeper()
  const pass = async (days: number): Promise<number> => {
    hub.calendar.advanceTo(hub.calendar.now() + days * DAY)
    await refresh()
    const ended = await own.keep()
    await refresh()
    return ended
  }
  return { hub, boxes, agencies, keeper, pass, refresh, asked }
}

async function stateOf(hub: SmallHub, stream: string): Promise<PatientState> {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of await hub.events(stream)) ledger.apply(event)
  return foldPatient(ledger.effective())
}

t.test('a level that nobody renewed goes stale on its day, once, and its holders are told', async (t) => {
  const { hub, boxes, pass } = await setup(t)
  const patient = await hub.register()
  const assessment = await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  t.equal(await pass(184), 0, 'its last day is still its own')
  t.equal(await pass(1), 1)
  t.equal(await pass(30), 0)

  const stale = (await hub.events(`patient-${patient}`)).at(-1)
  t.match(stale, {
    type: 'LevelWentStale',
    occurredAt: '2026-09-03T00:00:00.000+08:00',
    data: { assessment, assessedOn: '2026-03-02' },
    source: { kind: 'derived' },
  })
  const all = await saidTo(hub, boxes)
  for (const name of ['police', 'pl', 'mhpc', 'centre']) {
    t.equal(all[name]?.at(-1), 'risk-assessed RETRACTION alert.withdrawn@1', name)
  }
  const { body } = await hub.delivery.renderer.render(boxes.police, 1)
  t.match(JSON.parse(body).data.text, /超过有效期/)
  t.equal((await stateOf(hub, `patient-${patient}`)).risk, undefined, 'it reads "not currently assessed"')
})

t.test('who held no level hears nothing of the person', async (t) => {
  const { hub, boxes, pass } = await setup(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', LOW)
  await pass(185)

  const all = await saidTo(hub, boxes)
  t.same(Object.keys(all).sort(), ['pl', 'police'], 'the token rows of W46 and nobody else')
})

t.test('after it a level of 3 or more is new again and rings', async (t) => {
  const { hub, boxes, pass } = await setup(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await pass(185)

  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.idle()

  t.equal(said(await hub.outbox(boxes.police)).at(-1), 'risk-assessed ALARM alert.police.high@1')
})

t.test(
  'an assessment in time keeps the level current, and nobody’s life is read but those whose day has come',
  async (t) => {
    const { hub, pass, asked } = await setup(t)
    const patient = await hub.register()
    await hub.record(patient, 'RiskAssessed', { level: 2 })
    await hub.idle()
    t.equal(await pass(92), 0)
    t.same(asked, [])
    await hub.record(patient, 'RiskAssessed', { level: 2 })

    t.equal(await pass(93), 0)
    t.same(asked, [patient], 'asked for once, and current')
    t.equal(await pass(92), 1)
  },
)

t.test('a correction of a stale assessment does not bring it back, one that dates it later does', async (t) => {
  const { hub, boxes, pass } = await setup(t)
  const patient = await hub.register()
  const first = await hub.record(patient, 'RiskAssessed', { level: 4 })
  await pass(185)

  const corrected = await hub.correct(patient, first, 'RiskAssessed', { level: 5, assessedAt: '2026-03-02' })
  await hub.idle()
  t.equal((await stateOf(hub, `patient-${patient}`)).risk, undefined)
  t.notMatch(said(await hub.outbox(boxes.police)).at(-1), /ALARM/)
  t.equal(await pass(1), 0, 'nor does it go stale twice')

  await hub.correct(patient, corrected, 'RiskAssessed', { level: 5, assessedAt: '2026-08-02' })
  t.equal((await stateOf(hub, `patient-${patient}`)).risk?.level, 5)
})

t.test('what is recorded long after it happened goes stale on the next day', async (t) => {
  const { hub, pass } = await setup(t)
  const other = await hub.register()
  await hub.record(other, 'RiskAssessed', { level: 2 })
  t.equal(await pass(185), 1)
  const patient = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await hub.record(patient, 'RiskAssessed', { level: 4, assessedAt: '2026-02-20' })
  t.equal(await pass(0), 0)

  t.equal(await pass(1), 1)
})

t.test('two hubs and a restart end each level once, and recording goes on meanwhile', async (t) => {
  const { hub, keeper, refresh } = await setup(t)
  const patients: string[] = []
  for (let n = 0; n < 5; n++) {
    const patient = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1', name: `示例${n}` } })
    await hub.record(patient, 'RiskAssessed', { level: 3 })
    patients.push(patient)
  }
  hub.calendar.advanceTo(hub.calendar.now() + 200 * DAY)
  await refresh()

  const ended = await Promise.all([keeper().keep(), keeper().keep()])
  await refresh()
  t.equal(await keeper().keep(), 0, 'and after a restart nothing is left')

  t.equal(ended[0] + ended[1], 5)
  for (const patient of patients) {
    const types = (await hub.events(`patient-${patient}`)).map(({ type }) => type)
    t.same(types, ['PatientRegistered', 'RiskAssessed', 'LevelWentStale'])
    await hub.record(patient, 'RiskAssessed', LOW)
  }
})

t.test('gives way to whoever records at the same instant, and looks again', async (t) => {
  const { hub, pass, refresh } = await setup(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await refresh()
  const { keeper } = await setupOn(hub, patient)
  hub.calendar.advanceTo(hub.calendar.now() + 185 * DAY)

  t.equal(await keeper.keep(), 0, 'a visit came first')
  t.equal(await keeper.keep(), 1)
  t.equal(await pass(0), 0)
})

t.test('is the hub’s own to say: nobody sends it, corrects it or takes it back', async (t) => {
  const { hub, pass } = await setup(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 3 })
  await pass(185)
  const stale = (await hub.events(`patient-${patient}`)).at(-1)

  await t.rejects(hub.retract(patient, stale?.id ?? ''), { code: 'HUB_FORBIDDEN' })
  t.equal(stale?.recordedBy.role, 'HUB')
})

/** A keeper over one person's day, in whose first append somebody else records first. */
async function setupOn(hub: SmallHub, patientId: string) {
  let isFirst = true
  const keeper = createStalenessKeeper({
    log: hub.log,
    recorder: {
      async appendAt(slot, event) {
        if (isFirst) {
          isFirst = false
          await hub.record(patientId, 'FollowUpAttempted', { at: '2026-03-02T10:00:00+08:00' })
        }
        return hub.recorder.appendAt(slot, event)
      },
    },
    calendar: hub.calendar,
    days: () => ({
      *withPrefix(prefix: string) {
        const key = `on/2026-03-02/${patientId}`
        if (key.startsWith(prefix)) yield { key, row: { patientId } }
      },
    }),
    riskOf: () => ({ assessedAt: '2026-03-02' }),
    staleAfterDays: 184,
  })
  return { keeper }
}
