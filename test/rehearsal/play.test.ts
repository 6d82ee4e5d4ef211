import t from 'tap'
import { loadConfig } from '../../src/config.js'
import { scopedId } from '../../src/domain/derived-ids.js'
import { openHubCore } from '../../src/hub-core.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { epochMsOf } from '../../src/kernel/dates.js'
import { careOf } from '../../src/rehearsal/care.js'
import type { CareAct } from '../../src/rehearsal/care-act.js'
import { createCounty } from '../../src/rehearsal/county.js'
import { enrolCounty, goLive } from '../../src/rehearsal/enrol.js'
import { createPlay } from '../../src/rehearsal/play.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { tempDirectory } from '../fixtures/store.js'

const FROM = epochMsOf('2024-01-01T00:00:00.000+08:00')
const LIVE = epochMsOf('2025-07-01T00:00:00.000+08:00')
const TO = epochMsOf('2026-07-01T00:00:00.000+08:00')

t.test('two and a half years of sixty people are recorded, and no rule refuses any of it', async (t) => {
  const calendar = drivenClock(FROM)
  const county = createCounty({ seed: 5, patients: 60, townships: 3 })
  const patients = new Set<string>()
  const config = loadConfig({ flags: { dataDir: tempDirectory(t), simulated: true } })
  const core = await openHubCore({ config, passphrase: 'rehearsal', init: true, calendar, patientIds: () => patients })
  t.teardown(() => core.stop())
  const enrolled = await enrolCounty(core.administration, county, FROM)
  const outcomes = new Map<string, number>()
  const days: number[] = []
  const play = createPlay(careOf(county, { fromMs: FROM, toMs: TO, liveFromMs: LIVE }), {
    hub: {
      logId: core.logId,
      recorder: core.recorder,
      held: core.held,
      principalOf: enrolled.principalOf,
      pseudonymOf: async (agency, patientId) =>
        scopedId(await core.store.vault.secret(agencyKeyName(agency)), 'pseudonym', patientId),
    },
    calendar,
    onAct(act: CareAct, outcome) {
      patients.add(play.patientId(act.person) ?? '')
      const key = outcome?.kind ?? act.kind
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
    },
    onDay: (dayEndMs) => {
      days.push(dayEndMs)
    },
  })

  play.settleEvery(30)
  await play.until(LIVE)
  await goLive(core.administration, county, enrolled.operator, LIVE)
  play.settleEvery(1)
  await play.until(TO)

  let stored = 0
  let misdated = 0
  for await (const { event } of core.store.log.readAll('')) {
    if (!event.stream.startsWith('patient-')) continue
    stored += 1
    if (event.occurredAt !== undefined && event.occurredAt > event.recordedAt) misdated += 1
  }
  const matched = outcomes.get('match') ?? 0
  t.equal(stored, play.counts.events + matched, 'every event that was acknowledged is in the log once')
  t.equal(misdated, 0, 'nothing is recorded before it happened')
  t.equal(calendar.now(), TO)
  t.equal(days.at(-1), TO, 'the last day is settled')
  t.same(days, [...new Set(days)].sort(), 'each day once, in order')
  t.ok(play.counts.warnings < play.counts.events / 20, `warnings are few: ${play.counts.warnings}`)
  t.comment({ ...play.counts, outcomes: Object.fromEntries(outcomes), stored })
})
