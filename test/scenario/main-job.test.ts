import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { cli, PASSPHRASE } from '../cli/run.js'
import { answersItsAlarm, isTableAndSigned } from './desk-and-files.js'
import { type Desk, openHubOverHttp, type Told } from './hub-over-http.js'
import {
  A,
  A_COMMUNITY,
  assessment,
  B,
  B_COMMUNITY,
  CENTRE,
  GUARDIAN,
  guardian,
  HOME,
  ID_NUMBER,
  NAME,
  NEW_HOME,
  registration,
} from './one-person.js'

t.test('from registration to discharge: who learned what, when, and what each quarter said', async (t) => {
  const run = cli(t)
  const hub = await openHubOverHttp(t, {
    dataDir: run.dataDir,
    passphrase: PASSPHRASE,
    start: '2026-01-05T09:00:00.000+08:00',
  })
  const at = async (moment: string, work: () => Promise<unknown>): Promise<void> => {
    hub.calendar.advanceTo(Date.parse(moment))
    await work()
    await hub.settled()
  }

  const mhpc = await hub.enrol('MHPC', '演练精神卫生中心', ['999901'])
  const hospital = await hub.enrol('HOSPITAL', '演练精神病医院', [])
  const auditor = await hub.enrol('AUDITOR', '演练审计局', [])
  const health = await hub.enrol('CHC', '甲社区卫生服务中心', [A], { superior: mhpc.id })
  await hub.enrol('CHC', '乙社区卫生服务中心', [B], { superior: mhpc.id })
  const policeA = await hub.enrol('POLICE', '甲派出所', [A], { feed: 'police-quarterly' })
  const policeB = await hub.enrol('POLICE', '乙派出所', [B], { feed: 'police-quarterly' })
  const officeA = await hub.enrol('PL', '甲综治办', [A], { feed: 'political-legal-quarterly' })
  const officeB = await hub.enrol('PL', '乙综治办', [B], { feed: 'political-legal-quarterly' })
  const committee = await hub.enrol('COMMUNITY', '甲第一社区居委会', [A_COMMUNITY])
  const subdistrict = await hub.enrol('SUBDISTRICT', '甲街道办事处', [A])
  await hub.enrol('COMMUNITY', '乙第二社区居委会', [B_COMMUNITY])

  let patientId = ''
  const record = (desk: Desk, event: object): Promise<unknown> =>
    hub.ask(desk.key, 'POST', '/v1/events', { patientId, ...event })
  const high = { id: randomUUID(), type: 'RiskAssessed', data: assessment(4, '2026-02-03T10:00:00.000+08:00') }

  await at('2026-01-06T09:00:00.000+08:00', async () => {
    const { receipts } = await hub.ask(health.key, 'POST', '/v1/events', {
      events: [registration(health.id), guardian()],
    })
    patientId = String(receipts[0].stream).slice('patient-'.length)
  })
  await at('2026-01-10T11:00:00.000+08:00', () =>
    record(health, { type: 'RiskAssessed', data: assessment(1, '2026-01-10T10:00:00.000+08:00') }),
  )
  await at('2026-02-03T11:00:00.000+08:00', () => record(health, high))
  await at('2026-02-20T09:00:00.000+08:00', () =>
    record(health, {
      type: 'LossOfContactDeclared',
      data: { reason: 3, lastSeenOn: '2026-02-19', lastRiskLevel: 4, declaredAt: '2026-02-20T08:30:00.000+08:00' },
    }),
  )
  await at('2026-02-25T09:00:00.000+08:00', async () => {
    // The station says it in its own words: it knows the person by the name that the alert gave.
    const [, , lost] = await hub.told(policeA)
    await hub.ask(policeA.key, 'POST', '/v1/events', {
      patientId: lost?.facts.pseudonym,
      type: 'ContactRegained',
      data: { outcome: 'FOUND_ELSEWHERE_LOCAL', at: '2026-02-25T08:00:00.000+08:00' },
    })
  })
  await at('2026-03-02T09:00:00.000+08:00', () =>
    record(health, {
      type: 'PatientRelocated',
      data: {
        from: A,
        to: B,
        toAddress: { region: B_COMMUNITY, text: NEW_HOME },
        toArea: B_COMMUNITY,
        kind: 'PERMANENT',
        leftAt: '2026-03-01',
        riskLevelAtLeaving: 4,
      },
    }),
  )
  await hub.sleepUntil('2026-04-08T00:00:01.000+08:00')

  await at('2026-04-15T09:00:00.000+08:00', () =>
    record(health, { type: 'RiskAssessed', corrects: high.id, data: assessment(3, '2026-02-03T10:00:00.000+08:00') }),
  )
  await at('2026-05-06T15:00:00.000+08:00', () =>
    record(hospital, {
      type: 'HospitalAdmitted',
      data: { route: 'ART30_2', consentBy: 'NOT_REQUIRED', date: '2026-05-06', institution: '演练精神病医院' },
    }),
  )
  await at('2026-06-12T09:00:00.000+08:00', () =>
    record(hospital, {
      type: 'HospitalDischarged',
      data: { admitDate: '2026-05-06', dischargeDate: '2026-06-10', effect: 2, outcome: 'HOME_WITH_GUARDIAN' },
    }),
  )
  await hub.sleepUntil('2026-07-08T00:00:01.000+08:00')

  await t.test('each agency was told this, in this order, and nothing else', async (t) => {
    const me = async (desk: Desk): Promise<unknown> =>
      (await hub.told(desk)).find(({ facts }) => facts.pseudonym !== undefined)?.facts.pseudonym
    const quarter = (fieldSet: string) => ({ class: 'ROUTINE', kind: 'document', fieldSet, facts: {} })
    const police = quarter('community.closing@1 police.high@2 police.token@2')
    const office = quarter('community.closing@1 political-legal.high@2')
    const regained = { class: 'RETRACTION', kind: 'contact-regained', fieldSet: 'alert.contact-regained@1' }
    const left = { class: 'RETRACTION', kind: 'moved', fieldSet: 'alert.moved@1' }
    const found = { contactRegained: { on: '2026-02-25' }, healthCentre: CENTRE }
    const gone = { relocation: { on: '2026-03-01' }, healthCentre: CENTRE }
    const lost = { reason: 3, lastSeenOn: '2026-02-19', declaredOn: '2026-02-20' }
    const named = { name: NAME, idNumber: ID_NUMBER, householdAddress: HOME, guardian: GUARDIAN, healthCentre: CENTRE }
    const known = { pseudonym: await me(policeA), presentAddress: HOME, ...named }
    const knownThere = { pseudonym: await me(policeB), presentAddress: NEW_HOME, ...named }
    const current = { assessedOn: '2026-02-03', previousLevel: 1 }
    const treated = { patientId, name: NAME, guardian: GUARDIAN, healthCentre: CENTRE }
    const stated = { assessedOn: '2026-02-03T10:00:00.000+08:00' }

    await toldExactly(t, policeA, [
      {
        class: 'NOTICE',
        kind: 'risk-assessed',
        fieldSet: 'alert.police.token@2',
        facts: { pseudonym: known.pseudonym, level: 1, assessedOn: '2026-01-10', healthCentre: CENTRE },
      },
      {
        class: 'ALARM',
        kind: 'risk-assessed',
        fieldSet: 'alert.police.high@2',
        facts: { ...known, ...current, level: 4 },
      },
      {
        class: 'ALARM',
        kind: 'loss-of-contact',
        fieldSet: 'alert.loss-of-contact.police@2',
        facts: { ...known, lossOfContact: lost },
      },
      { ...regained, facts: { pseudonym: known.pseudonym, ...found } },
      { ...left, facts: { pseudonym: known.pseudonym, ...gone } },
      police,
      police,
    ])
    await toldExactly(t, policeB, [
      {
        class: 'ALARM',
        kind: 'moved',
        fieldSet: 'alert.police.high@2',
        facts: { ...knownThere, ...current, level: 4 },
      },
      police,
      {
        class: 'RETRACTION',
        kind: 'risk-assessed',
        fieldSet: 'alert.police.high@2',
        facts: { ...knownThere, ...current, level: 3 },
      },
      police,
    ])
    const pseudonymA = await me(officeA)
    await toldExactly(t, officeA, [
      {
        class: 'NOTICE',
        kind: 'risk-assessed',
        fieldSet: 'alert.political-legal.token@2',
        facts: { pseudonym: pseudonymA, level: 1, assessedOn: '2026-01-10', healthCentre: CENTRE },
      },
      {
        class: 'ALARM',
        kind: 'risk-assessed',
        fieldSet: 'alert.political-legal.high@2',
        facts: {
          pseudonym: pseudonymA,
          name: NAME,
          presentTownship: A,
          communityCode: A_COMMUNITY,
          level: 4,
          assessedOn: '2026-02-03',
          healthCentre: CENTRE,
        },
      },
      { ...left, facts: { pseudonym: pseudonymA, ...gone } },
      office,
      office,
    ])
    await toldExactly(t, officeB, [
      office,
      {
        class: 'RETRACTION',
        kind: 'risk-assessed',
        fieldSet: 'alert.political-legal.high@2',
        facts: {
          pseudonym: await me(officeB),
          name: NAME,
          presentTownship: B,
          communityCode: B_COMMUNITY,
          level: 3,
          assessedOn: '2026-02-03',
          healthCentre: CENTRE,
        },
      },
      office,
    ])
    const assessed = { kind: 'risk-assessed', fieldSet: 'alert.health.assessment@2' }
    const alarm4 = { ...treated, ...stated, previousLevel: 1, level: 4, targets: 'PERSON', presentAddress: HOME }
    const now3 = { ...treated, ...stated, previousLevel: 1, level: 3, targets: 'PROPERTY', presentAddress: NEW_HOME }
    await toldExactly(t, health, [
      { class: 'ALARM', ...assessed, facts: alarm4 },
      { class: 'ALARM', ...assessed, kind: 'moved', facts: { ...alarm4, presentAddress: NEW_HOME } },
      { class: 'RETRACTION', ...assessed, facts: now3 },
    ])
    await toldExactly(t, mhpc, [
      { class: 'ALARM', ...assessed, facts: alarm4 },
      {
        class: 'ALARM',
        kind: 'loss-of-contact',
        fieldSet: 'alert.loss-of-contact.health@2',
        facts: { ...treated, ...stated, level: 4, presentAddress: HOME, lossOfContact: lost },
      },
      { ...regained, facts: { pseudonym: await me(mhpc), ...found } },
      { class: 'RETRACTION', ...assessed, facts: now3 },
    ])
    const neighbour = await me(committee)
    await toldExactly(t, committee, [
      {
        class: 'ALARM',
        kind: 'loss-of-contact',
        fieldSet: 'alert.loss-of-contact.community@2',
        facts: {
          pseudonym: neighbour,
          name: NAME,
          presentAddress: HOME,
          guardian: { name: GUARDIAN.name, phones: GUARDIAN.phones },
          lossOfContact: { lastSeenOn: '2026-02-19' },
          healthCentre: CENTRE,
        },
      },
      { ...regained, facts: { pseudonym: neighbour, ...found } },
      { ...left, facts: { pseudonym: neighbour, ...gone } },
    ])
    const coordinated = await me(subdistrict)
    await toldExactly(t, subdistrict, [
      {
        class: 'ALARM',
        kind: 'loss-of-contact',
        fieldSet: 'alert.loss-of-contact.subdistrict@2',
        facts: {
          pseudonym: coordinated,
          name: NAME,
          presentTownship: A,
          communityCode: A_COMMUNITY,
          lossOfContact: lost,
          healthCentre: CENTRE,
        },
      },
      { ...regained, facts: { pseudonym: coordinated, ...found } },
      { ...left, facts: { pseudonym: coordinated, ...gone } },
    ])
    const names = [known.pseudonym, knownThere.pseudonym, pseudonymA, neighbour, coordinated, patientId]
    t.equal(new Set(names).size, names.length, 'no two agencies call the person the same')
  })

  await t.test('the rows of both feeds, both quarters', async (t) => {
    const police = (desk: Desk, period: string) => rowsOf(desk, 'police-quarterly', period)
    const office = (desk: Desk, period: string) => rowsOf(desk, 'political-legal-quarterly', period)
    const pseudonym = (await hub.told(policeB))[0]?.facts.pseudonym
    const nothing = { criminalHarm: 0, dangerToOthers: 0, minorDisturbance: 0, publicOrderOffence: 0 }
    const row = {
      fieldSet: 'police.high@2',
      pseudonym,
      name: NAME,
      idNumber: ID_NUMBER,
      presentAddress: NEW_HOME,
      householdAddress: HOME,
      guardian: GUARDIAN,
      level: 4,
      previousLevel: 1,
      assessment: 'ASSESSED',
      assessedOn: '2026-02-03',
      policeRecorded: nothing,
      healthCentre: CENTRE,
    }
    const coordination = {
      fieldSet: 'political-legal.high@2',
      pseudonym: (await hub.told(officeB))[1]?.facts.pseudonym,
      name: NAME,
      presentTownship: B,
      communityCode: B_COMMUNITY,
      communityName: '乙第二社区居委会',
      level: 4,
      assessment: 'ASSESSED',
      assessedOn: '2026-02-03',
      healthCentre: CENTRE,
    }

    t.strictSame(await police(policeA, '2026Q1'), [], 'the station that the person left has no row')
    t.strictSame(await police(policeB, '2026Q1'), [row])
    t.strictSame(await office(officeA, '2026Q1'), [])
    t.strictSame(await office(officeB, '2026Q1'), [coordination])
    t.strictSame(await police(policeA, '2026Q2'), [])
    t.strictSame(
      await police(policeB, '2026Q2'),
      [{ ...row, level: 3, compulsoryStay: { admittedOn: '2026-05-06', dischargedOn: '2026-06-10' } }],
      'the corrected level, and the stay by its dates alone',
    )
    t.strictSame(await office(officeA, '2026Q2'), [])
    t.strictSame(await office(officeB, '2026Q2'), [{ ...coordination, level: 3 }])
  })

  await t.test('the life as of a day, before and after the correction was known', async (t) => {
    const asOf = '2026-02-10'
    const before = await hub.ask(health.key, 'GET', `/v1/patients/${patientId}?asOf=${asOf}&knownAt=2026-04-14`)
    const after = await hub.ask(health.key, 'GET', `/v1/patients/${patientId}?asOf=${asOf}&knownAt=2026-04-16`)
    const levels = async (knownAt: string): Promise<unknown> => {
      const path = `/v1/patients/${patientId}/history?asOf=${asOf}&knownAt=${knownAt}`
      const { entries } = await hub.ask(auditor.key, 'GET', path)
      return entries
        .filter(({ event }: Entry) => event.type === 'RiskAssessed')
        .map(({ standing, event }: Entry) => `${standing} ${event.data.level}`)
    }

    t.match(before.state, { risk: { level: 4 }, previousRisk: { level: 1 }, residence: { township: A } })
    t.match(after.state, { risk: { level: 3 }, previousRisk: { level: 1 }, residence: { township: A } })
    t.notOk('stay' in after.state, 'the stay was not yet true')
    t.strictSame(await levels('2026-02-01'), ['IN_FORCE 1'])
    t.strictSame(await levels('2026-04-14'), ['IN_FORCE 1', 'IN_FORCE 4'])
    t.strictSame(await levels('2026-04-16'), ['IN_FORCE 1', 'REPLACED 4', 'IN_FORCE 3'])
    const now = await hub.ask(health.key, 'GET', `/v1/patients/${patientId}`)
    t.match(now.state, { residence: { township: B }, stay: { admittedOn: '2026-05-06', dischargedOn: '2026-06-10' } })
    const seen = JSON.stringify(await hub.ask(auditor.key, 'GET', `/v1/patients/${patientId}/history`))
    for (const word of [NAME, ID_NUMBER, HOME, NEW_HOME]) t.notOk(seen.includes(word), 'the auditor reads no identity')
  })

  await t.test('the station answers its alarm, and its desk shows how', (t) => answersItsAlarm(t, hub, policeA))

  await t.test('a document is there as a table too, and its manifest is signed', (t) =>
    isTableAndSigned(t, hub, policeB),
  )

  await t.test('the whole of it verifies', async (t) => {
    await hub.stop()

    const { code, json, err } = await run.run('verify', '--json')

    t.equal(code, 0, err)
    t.match(json, { isSound: true, findings: [] })
    t.ok(json.periods.length >= 4, 'every released document is compiled again')
  })

  async function toldExactly(t: Test, desk: Desk, expected: readonly Omit<Told, 'sequence'>[]): Promise<void> {
    const told = await hub.told(desk)
    t.strictSame(
      told,
      expected.map((one, sequence) => ({ sequence, ...one })),
      desk.role,
    )
  }

  /** Without the row's own id and salt, which are as random as the keys of this run. */
  async function rowsOf(desk: Desk, feed: string, period: string): Promise<readonly unknown[]> {
    const text = await hub.text(desk.key, `/v1/feeds/${feed}/periods/${period}/documents/${desk.id}`)
    const [head = '', ...lines] = text.trimEnd().split('\n')
    t.equal(JSON.parse(head).rows, lines.length)
    return lines.map((line) => {
      const { id: _, salt: _salt, ...row } = JSON.parse(line)
      return row
    })
  }
})

interface Entry {
  readonly standing: string
  readonly event: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }
}
