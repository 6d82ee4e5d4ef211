/** Copies of letters’ documents that are asked back over HTTP: why, of whom, who has to write, and who learns of it when. */
import t, { type Test } from 'tap'
import { oneOffsOf } from '../../src/hub-one-off.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { exampleBody } from '../fixtures/example-events.js'
import { keyOf, openLetters, ROUTE } from './letters-rig.js'

async function handedOut(t: Test) {
  const real = await openLetters(t)
  const { call, hub, settled, asked, decide, doctor, second, patientId } = real
  const looked = async (): Promise<void> => {
    await settled()
    await hub.tick()
    await hub.recallKeeper.idle()
    await settled()
  }
  const out = async (fields: readonly string[], more: object = {}, verdict: object = {}): Promise<string> => {
    const path = await asked(fields, { requesterKind: 'PROCURATORATE', ...more })
    await decide(second, path, { decision: 'GRANTED', ...verdict })
    const { status, text } = await call(second, 'GET', `${path}/document`)
    if (status !== 200) throw new Error(text)
    return path
  }
  const open = async (key: IssuedKey) => (await call(key, 'GET', `${ROUTE}?open=true`)).json.disclosures
  const passOn = (key: IssuedKey, path: string, what: string) => call(key, 'POST', `${path}/recall`, { what })
  const idOf = async (type: string): Promise<string> => {
    const { entries } = (await call(doctor, 'GET', `/v1/patients/${patientId}/history`)).json
    return entries.find(({ event }: { readonly event: { readonly type: string } }) => event.type === type).event.id
  }
  return { ...real, looked, out, open, passOn, idOf }
}

t.test('an exclusion asks back every copy, whoever handed it out has to write, and the account says so', async (t) => {
  const real = await handedOut(t)
  const { call, looked, out, open, passOn, record, asked, decide, doctor, second, third, hospital, oneOffs } = real
  const { calendar, enrol, patientId } = real
  const auditor = await enrol('AUDITOR', { areas: [] })
  const elsewhere = await enrol('CHC', { areas: ['371002009'] })
  const path = await out(['name', 'diagnosis'])
  const copy = (await call(second, 'GET', `${path}/document`)).json.id
  const fetchedLater = await asked(['name'], { requesterKind: 'COURT' })
  await decide(second, fetchedLater, { decision: 'GRANTED' })
  await looked()
  t.same(await open(doctor), [])

  await record(hospital, { ...exampleBody('DiagnosisExcluded', { excludedOn: '2026-04-20' }) })
  for (let i = 0; i < 2; i++) await looked()

  const recalled = { reason: 'DIAGNOSIS_EXCLUDED', deleteBy: '2026-05-05' }
  for (const key of [doctor, second, third, auditor])
    t.match(await open(key), [{ disclosure: keyOf(path), copy, recalled, isOverdue: false }], 'once, and no other')
  t.same(await open(elsewhere), [])
  const again = { status: 410, json: { code: 'HUB_NOT_HANDED_OUT' } }
  t.match(await call(second, 'GET', `${path}/document`), again)
  t.match(
    await call(second, 'GET', `${fetchedLater}/document?format=html`),
    again,
    'nobody has a copy of what is not so',
  )
  t.match((await call(second, 'GET', fetchedLater)).json, { recalled: undefined })
  const knowing = await out(['name', 'diagnosis'])
  await looked()
  t.match((await call(doctor, 'GET', knowing)).json, { recalled: undefined }, 'it says what stands')

  t.match(await passOn(elsewhere, path, 'WRITTEN'), { status: 404 })
  t.match(await passOn(auditor, path, 'WRITTEN'), { status: 403 })
  t.match(await passOn(second, fetchedLater, 'WRITTEN'), { status: 404 }, 'no copy is asked back')
  t.equal((await passOn(third, path, 'WRITTEN')).status, 204)
  t.match((await passOn(third, path, 'WRITTEN')).json, { code: 'HUB_ALREADY_DECIDED' })
  calendar.advanceTo(Date.parse('2026-05-06T09:00:00+08:00'))
  t.match(await open(doctor), [{ isOverdue: true, recalled: { writtenAt: /^2026-04-20/ } }])
  const page = async () => (await call(doctor, 'GET', `/v1/patients/${patientId}/disclosures?format=html`)).text
  t.match(await page(), /已于2026年4月20日要求在2026年5月5日前删除.*已去函要求销毁（2026年4月20日）/s)
  t.equal((await passOn(doctor, path, 'DESTROYED')).status, 204)
  for (const what of ['WRITTEN', 'DESTROYED'])
    t.match((await passOn(doctor, path, what)).json, { code: 'HUB_ALREADY_DECIDED' })
  t.same(await open(doctor), [])
  t.match(
    (await oneOffs()).find(({ id }) => id.endsWith(keyOf(path))),
    {
      takenBack: { by: 'RECALL', reason: 'DIAGNOSIS_EXCLUDED', destroyedAt: /^2026-05-06/ },
    },
  )
  t.match(await page(), /对方已确认销毁（2026年5月6日）/)
})

t.test('a fact that is retracted asks back the copies that told it, and a registration all of them', async (t) => {
  const { call, looked, out, open, passOn, idOf, record, doctor, second, calendar, patientId, account } =
    await handedOut(t)
  const [level, name] = [await out(['level']), await out(['name'])]
  const short = await out(['level'], { until: '2026-04-22' })
  const retract = async (type: string, reason = '误录') =>
    record(doctor, { type: 'RecordRetracted', corrects: await idOf(type), data: { scope: 'FACT', reason } })
  calendar.advanceTo(Date.parse('2026-04-23T09:00:00+08:00'))

  t.equal((await retract('RiskAssessed')).status, 201)
  await looked()
  t.match(await open(doctor), [{ disclosure: keyOf(level), recalled: { reason: 'SENT_IN_ERROR' } }])
  t.match((await call(doctor, 'GET', short)).json, { recalled: undefined }, 'its copy is destroyed by now')

  t.equal((await retract('PatientRegistered')).status, 201)
  for (let i = 0; i < 2; i++) await looked()
  t.equal((await call(doctor, 'GET', `/v1/patients/${patientId}`)).status, 404)
  t.same(
    (await open(second)).map(({ disclosure }: { readonly disclosure: string }) => disclosure).sort(),
    [keyOf(level), keyOf(name)].sort(),
    'whose person is nobody’s any more',
  )
  t.match(await call(second, 'GET', `${name}/letter`), { status: 200 }, 'or to whom would they write')
  t.equal((await passOn(second, name, 'WRITTEN')).status, 204)
  const { entries } = await account()
  t.equal(entries.filter(({ takenBack }: { readonly takenBack?: object }) => takenBack).length, 2)
})

t.test('what is kept from the account does not show by its recall before its day', async (t) => {
  const real = await handedOut(t)
  const { call, looked, out, open, passOn, record, doctor, second, third, hospital, account, oneOffs, patientId } = real
  const { calendar } = real
  const operator = await real.operatorKey()
  const silent = { accountFrom: '2026-09-01' }
  const path = await out(['name', 'diagnosis'], silent, silent)
  await record(hospital, { ...exampleBody('DiagnosisExcluded', { excludedOn: '2026-04-20' }) })
  const history = async () => (await call(third, 'GET', `/v1/patients/${patientId}/history`)).json
  const [before, told] = [await history(), await account(third)]

  for (let i = 0; i < 2; i++) await looked()

  t.same(await history(), before, 'no event, no gap')
  t.same(await account(third), told)
  t.same(await open(third), [])
  t.match(await passOn(third, path, 'WRITTEN'), { status: 404 })
  for (const key of [third, operator]) t.match((await call(key, 'GET', '/v1/recalls')).json, { sent: [] })
  for (const key of [doctor, second]) {
    t.match(await open(key), [{ disclosure: keyOf(path) }])
    t.match(await oneOffs(key), [{ takenBack: { reason: 'DIAGNOSIS_EXCLUDED' } }])
  }
  calendar.advanceTo(Date.parse('2026-09-01T00:00:00+08:00'))
  t.match(await open(third), [{ disclosure: keyOf(path), isOverdue: true }])
  t.match(await oneOffs(third), [{ takenBack: { at: /^2026-04-20/, deleteBy: '2026-05-05' } }])
})

t.test('an erasure asks back every copy, by the id that stands on it', async (t) => {
  const { call, looked, out, open, passOn, erase, second, oneOffs } = await handedOut(t)
  const path = await out(['name'])
  const copy = (await call(second, 'GET', `${path}/document`)).json.id
  await erase({ authority: 'UNLAWFUL', reason: '误登记' })
  await looked()

  t.match(await open(second), [
    { disclosure: keyOf(path), copy, recalled: { reason: undefined, deleteBy: '2026-05-20' } },
  ])
  t.equal((await passOn(second, path, 'WRITTEN')).status, 204)
  t.match(await oneOffs(), [{ letter: undefined, takenBack: { by: 'ERASURE', writtenAt: /^2026-04-20/ } }])
})

t.test('the health centre that handed a copy out has to write, wherever the person lives by then', async (t) => {
  const { call, looked, out, open, passOn, record, doctor, second, hospital, enrol, patientId } = await handedOut(t)
  const next = await enrol('CHC', { areas: ['371002009'] })
  const [path, other] = [await out(['diagnosis']), await out(['name'], { until: '2026-04-21' })]
  const moved = await record(doctor, { type: 'BasicInfoUpdated', data: { responsibleUnit: next.agency } })
  t.equal(moved.status, 201, moved.text)
  t.match(await call(second, 'GET', path), { status: 404 })

  await record(hospital, { ...exampleBody('DiagnosisExcluded', { excludedOn: '2026-04-20' }) })
  await looked()

  t.equal((await call(second, 'GET', `/v1/patients/${patientId}`)).status, 404)
  t.same(
    (await open(second)).map(({ disclosure }: { readonly disclosure: string }) => disclosure).sort(),
    [keyOf(path), keyOf(other)].sort(),
  )
  t.match(await open(next), { length: 2 }, 'and whoever is responsible sees it')
  t.match(await call(second, 'GET', `${path}/document`), { status: 404 })
  t.equal((await passOn(doctor, path, 'WRITTEN')).status, 204)
  t.equal((await passOn(next, path, 'DESTROYED')).status, 204)
})

t.test('a document that something takes back while it is being handed out does not leave', async (t) => {
  const { asked, decide, second, hospital, record, call, hub } = await handedOut(t)
  const path = await asked(['name'])
  await decide(second, path, { decision: 'GRANTED' })
  const { core } = hub
  const hubRecorder: typeof core.hubRecorder = {
    ...core.hubRecorder,
    async appendNext(event, check) {
      await record(hospital, { ...exampleBody('DiagnosisExcluded', { excludedOn: '2026-04-20' }) })
      return core.hubRecorder.appendNext(event, check)
    },
  }
  const { oneOffs } = oneOffsOf({ ...core, hubRecorder }, hub.readModels)
  const by = { agency: second.agency, role: 'CHC', person: second.person ?? '', client: second.keyId } as const

  const fetched = oneOffs.paper({ ...by, isOperator: false }, keyOf(path), 'DOCUMENT')

  await t.rejects(fetched, { code: 'HUB_NOT_HANDED_OUT' })
  t.match(
    (await call(second, 'GET', path)).json,
    { handedOut: [{ what: 'DOCUMENT' }] },
    'that it was tried is recorded',
  )
})
