/** One-off disclosures over HTTP: who asks and decides, what leaves and what the person’s account says of it, and when. */
import t from 'tap'
import { disclosureStream } from '../../src/domain/streams.js'
import { sha256, toBase64url } from '../../src/kernel/hash.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { eventsOf } from '../fixtures/recording.js'
import { keyOf, keysKept, openLetters, ROUTE, WORDS } from './letters-rig.js'

t.test('a second person grants part of what is asked, and exactly that leaves, told in the account', async (t) => {
  const real = await openLetters(t)
  const { ask, decide, call, doctor, second, third, hub, oneOffs, lettersRead, patientId, logLines, rulesIn } = real
  const id = '0198f0aa-0000-7000-8000-0000000d15c1'
  const fields = ['patientId', 'name', 'level', 'assessedOn', 'diagnosis', 'guardian.name', 'lossOfContact.reason']

  const asked = await ask(doctor, fields, { id })
  t.match(asked, { status: 201, json: { disclosure: id, expiresAt: '2026-04-27T09:30:00.000+08:00' } })
  t.match(await ask(doctor, fields, { id }), { status: 200, json: asked.json }, 'a retry finds it')
  t.match(await ask(doctor, fields, { id, purpose: '别的' }), { status: 409, json: { code: 'HUB_DIFFERENT_CONTENT' } })
  const path = `${ROUTE}/${id}`
  t.same((await call(second, 'GET', `${path}/letter`)).json, WORDS)
  const partly = { decision: 'PARTLY', fields: fields.filter((one) => one !== 'diagnosis'), reason: 'WITHHELD' }
  t.match((await decide(doctor, path, partly)).json, { status: 403, code: 'HUB_SECOND_PERSON' })
  t.same(
    rulesIn(await decide(second, path, { decision: 'GRANTED' })),
    ['oneOff.fieldHasAnswer'],
    'a diagnosis, to police',
  )
  t.equal((await call(second, 'GET', `${path}/document`)).status, 404, 'before it is decided')
  t.equal((await decide(second, path, partly)).status, 204)
  t.match((await decide(second, path, partly)).json, { code: 'HUB_ALREADY_DECIDED' }, 'once')

  const { text, json, headers } = await call(second, 'GET', `${path}/document`)
  t.same(json.facts, {
    pseudonym: json.facts.pseudonym,
    ...{ name: '张示例', level: 4, assessedOn: '2026-03-02', guardian: { name: '赵示例' } },
  })
  t.same(json.notHeld, ['lossOfContact.reason'])
  t.match(json, { letter: WORDS.letter, requester: { name: WORDS.requesterName }, deleteBy: '2026-12-31' })
  t.notMatch(text, new RegExp(`F20|${patientId}|${id}|110105`), 'neither what was refused nor an id of ours')
  const digest = `sha256:${toBase64url(sha256(text))}`
  const [requested, , decided, handedOut] = await eventsOf(hub.log, disclosureStream(id))
  t.match(decided, { type: 'DisclosureDecided', data: { digest, clauses: ['design §8', 'Criminal Procedure Law 54'] } })
  t.match(handedOut, { type: 'DisclosureHandedOut', data: { what: 'DOCUMENT', by: second.person } })
  t.equal(headers['x-lianhu-digest'], digest)
  t.notMatch(JSON.stringify([requested, decided]), /公安局|调证|核查/, 'what the letter says is sealed')
  t.notMatch(logLines.join('\n'), /公安局刑警|调证字/)

  // The person goes on living; the document does not.
  await call(doctor, 'POST', '/v1/events', {
    patientId,
    ...exampleBody('RiskAssessed', { level: 1, targets: 'PROPERTY', assessedAt: '2026-04-19T09:00:00+08:00' }),
  })
  t.equal((await call(second, 'GET', `${path}/document`)).text, text, 'the same bytes each time')
  const page = (await call(second, 'GET', `${path}/document?format=html`)).text
  for (const said of [WORDS.letter, WORDS.requesterName, '2026-12-31', digest, '张示例', '4级', '无记录'])
    t.match(page, said)
  t.notMatch(page, /F20|分裂|诊断/)
  const letter = await call(second, 'GET', `${path}/refusal`)
  t.match(letter.text, /除另行提供的外，不予提供.*诊断.*不属于可以依法向来函单位提供的内容.*第五十条.*第八十二条/s)
  t.notMatch(letter.text, /张示例|4级|F20/)

  for (let i = 0; i < 2; i++) t.match((await call(third, 'GET', path)).json, { state: 'PARTLY' })
  const read = { kind: 'VIEW', purpose: 'LETTER', to: { agency: EXAMPLE_UNIT, role: 'CHC' } }
  t.match(
    await lettersRead(doctor),
    [read, read],
    'what the letter says by the second, how it stands by the third, once',
  )
  t.match(await oneOffs(), [
    {
      ...{ id: `one-off:${id}`, letter: WORDS.letter, deleteBy: '2026-12-31', suspendedUntil: undefined },
      requester: { kind: 'POLICE_INVESTIGATION', name: WORDS.requesterName },
      said: { fieldSet: 'one-off.police@1', fields: { length: 6 } },
      handedOutAt: { length: 3 },
    },
  ])
  for (const version of ['patient', 'guardian']) {
    const printed = await call(doctor, 'GET', `/v1/patients/${patientId}/disclosures?format=html&for=${version}`)
    t.match(printed.text, /示例市公安局刑警支队（公安机关（侦查办案））.*一次性提供.*《刑事诉讼法》第五十四条/s)
    t.equal(printed.text.includes('查阅来函2次'), version === 'patient', 'care is the person’s own')
  }
})

t.test('a fact that is not granted never appears, whichever it is', async (t) => {
  const { asked, decide, call, second } = await openLetters(t)
  const FIELDS = [
    'patientId',
    'name',
    'sex',
    'idNumber',
    'presentAddress',
    'guardian.name',
    'guardian.relation',
    'level',
    'diagnosis',
    'healthCentre.name',
  ]
  const path = await asked(FIELDS, { requesterKind: 'COURT' })
  await decide(second, path, { decision: 'GRANTED' })
  const whole = (await call(second, 'GET', `${path}/document`)).json
  const factIn = (facts: Record<string, unknown>, field: string): unknown => {
    const [head = '', tail] = field === 'patientId' ? ['pseudonym'] : field.split('.')
    return tail === undefined ? facts[head] : (facts[head] as Record<string, unknown> | undefined)?.[tail]
  }
  for (const left of FIELDS) {
    t.not(factIn(whole.facts, left), undefined, `${left} is there where it is granted`)
    const fields = FIELDS.filter((one) => one !== left)
    const part = await asked(FIELDS, { requesterKind: 'COURT' })
    await decide(second, part, { decision: 'PARTLY', fields, reason: 'NOT_NECESSARY' })
    const { text, json } = await call(second, 'GET', `${part}/document`)
    t.equal(factIn(json.facts, left), undefined, left)
    for (const one of fields) t.not(factIn(json.facts, one), undefined, `${one} without ${left}`)
    const value = factIn(whole.facts, left)
    if (typeof value === 'string' && value.length > 1 && left !== 'healthCentre.name') t.notMatch(text, value, left)
    t.not(json.id, whole.id, 'no two documents join')
    t.not(json.facts.pseudonym, whole.facts.pseudonym)
  }
})

const GRANTED = { decision: 'GRANTED' } as const

t.test('every fact that is disputed is named as such, and none that is not', async (t) => {
  const { asked, decide, call, doctor, second, hospital, record, patientId } = await openLetters(t)
  await record(doctor, exampleBody('RiskAssessed', { level: 3, assessedAt: '2026-03-20T09:00:00+08:00' }))
  await record(doctor, exampleBody('FollowUpCompleted'))
  await record(doctor, { ...exampleBody('ConditionClassified') })
  await record(doctor, exampleBody('LossOfContactDeclared'))
  const admitted = { route: 'ART30_2', consentBy: 'NOT_REQUIRED', guardianConsent: undefined }
  await record(hospital, exampleBody('HospitalAdmitted', admitted))
  const { entries } = (await call(doctor, 'GET', `/v1/patients/${patientId}/history`)).json
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  const ids = (type: string) => entries.filter((one: any) => one.event.type === type).map((one: any) => one.event.id)
  const [first, last] = ids('RiskAssessed')
  const identity = ['name', 'alias', 'idType', 'idNumber', 'sex', 'birthDate', 'phones']
  const places = ['presentAddress', 'householdAddress', 'presentTownship', 'householdTownship']
  const kinds = [
    [first, ['previousLevel']],
    [last, ['level', 'assessedOn', 'assessment']],
    [ids('DiagnosisConfirmed')[0], ['diagnosis']],
    [ids('ConditionClassified')[0], ['conditionClass']],
    [ids('FollowUpCompleted')[0], ['adherence', 'lastFollowUpOn']],
    [ids('GuardianDesignated')[0], ['guardian']],
    [ids('LossOfContactDeclared')[0], ['lossOfContact']],
    [ids('HospitalAdmitted')[0], ['stay']],
    [ids('PatientRegistered')[0], [...identity, ...places, 'healthCentre']],
  ] as const
  const LEAF = { guardian: 'guardian.name', lossOfContact: 'lossOfContact.reason', stay: 'stay.admittedOn' }
  const leaf = (head: string) => ({ ...LEAF, healthCentre: 'healthCentre.name' })[head] ?? head
  const fields = ['patientId', ...kinds.flatMap(([, heads]) => heads).map(leaf)]
  const documentFor = async (requesterKind: string, wanted: readonly string[], query = '') => {
    const path = await asked(wanted, { requesterKind })
    await decide(second, path, GRANTED)
    return call(second, 'GET', `${path}/document${query}`)
  }

  t.same((await documentFor('COURT', fields)).json.disputed, [])
  const disputed: string[] = []
  for (const [targetEventId, heads] of kinds) {
    const { status, text } = await record(doctor, exampleBody('RecordDisputed', { targetEventId }))
    t.equal(status, 201, text)
    disputed.push(...heads)
    t.same((await documentFor('COURT', fields)).json.disputed.sort(), [...disputed].sort(), heads.join())
  }
  const police = await documentFor('POLICE_INVESTIGATION', ['compulsoryStay.admittedOn', 'compulsoryStay.dischargedOn'])
  t.same(police.json.disputed, ['compulsoryStay'])
  const { text } = await documentFor('COURT', ['stay.admittedOn'], '?format=html')
  t.match(text, '有异议，尚未办结：住院情况。')
})

t.test('a letter that asks for silence is open to two from the request on, whatever becomes of it', async (t) => {
  const { asked, decide, call, doctor, second, third, enrol, calendar, lettersRead } = await openLetters(t)
  const auditor = await enrol('AUDITOR', { areas: [] })
  const listed = async (key: IssuedKey) => (await call(key, 'GET', ROUTE)).json.disclosures.length
  const silent = () => asked(['name'], { accountFrom: '2026-09-01' })
  const closed = async (key: IssuedKey, path: string, when: string) => {
    for (const rest of ['', '/letter', '/refusal']) t.match(await call(key, 'GET', path + rest), { status: 404 }, when)
    t.match(await decide(key, path, GRANTED), { status: 404 }, when)
  }

  const [refused, expired, open] = [await silent(), await silent(), await silent()]
  t.same([await listed(doctor), await listed(auditor)], [3, 3])
  t.same([await listed(second), await listed(third)], [0, 0], 'nobody finds what they were not told of')
  t.match(await call(second, 'GET', `${refused}/letter`), { status: 200, json: WORDS }, 'who was given its id')
  await closed(third, refused, 'the second is there')
  t.equal(await listed(second), 1)
  t.equal((await decide(second, refused, { decision: 'REFUSED', reason: 'NO_LETTER' })).status, 204)
  await closed(third, refused, 'refused')
  t.match(await call(second, 'GET', `${refused}/refusal`), { status: 200 })
  t.equal((await decide(second, open, GRANTED)).status, 204, 'to whom no silence was granted')
  t.match(await call(third, 'GET', open), { status: 200 })

  await call(doctor, 'GET', `${expired}/letter`)
  calendar.advanceTo(Date.parse('2026-04-27T09:30:00+08:00'))
  for (const key of [second, third]) await closed(key, expired, 'nobody decided it')
  t.match(await call(doctor, 'GET', expired), { json: { state: 'EXPIRED' } })
  await call(auditor, 'GET', expired)
  t.match(await lettersRead(third), [{ to: { role: 'CHC' } }], 'of the one to which no silence was granted')
  calendar.advanceTo(Date.parse('2026-09-01T00:00:00+08:00'))
  t.equal(await listed(third), 3, 'its day is there')
  t.ok((await lettersRead(third)).some(({ to }) => to.role === 'AUDITOR'))
})

t.test('what may hinder an inquiry is in no account before its day, and then surfaces by itself', async (t) => {
  const real = await openLetters(t)
  const { asked, decide, call, doctor, second, third, enrol, calendar, account, oneOffs, patientId, hub, rulesIn } =
    real
  const auditor = await enrol('AUDITOR', { areas: [] })
  const open = await asked(['name'])
  t.same(rulesIn(await decide(second, open, { decision: 'GRANTED', accountFrom: '2026-09-01' })), [
    'oneOff.suspendedAsAsked',
  ])
  const before = await account(third)
  const revisions = (await call(third, 'GET', `/v1/patients/${patientId}/history`)).json
  const path = await asked(['name', 'level'], { accountFrom: '2026-09-01' })
  t.equal((await decide(second, path, { decision: 'GRANTED', accountFrom: '2026-09-01' })).status, 204)
  for (const format of ['json', 'html']) await call(second, 'GET', `${path}/document?format=${format}`)
  await call(second, 'GET', path)

  t.same(await account(third), before, 'not an entry, not a count, not a view, to whoever reads it for the person')
  t.same((await call(third, 'GET', `/v1/patients/${patientId}/history`)).json, revisions, 'nor a gap in the history')
  for (const version of ['patient', 'guardian']) {
    const page = await call(second, 'GET', `/v1/patients/${patientId}/disclosures?format=html&for=${version}`)
    t.notMatch(page.text, /公安局|一次性/, 'a page is for the person, whoever prints it')
  }
  t.match(await call(third, 'GET', path), { status: 404 })
  t.match((await call(third, 'GET', ROUTE)).json.disclosures, { length: 1 }, 'the other one')
  for (const key of [doctor, second]) {
    t.match((await call(key, 'GET', path)).json, { isSuspended: true })
    t.match(await oneOffs(key), [{ letter: WORDS.letter, suspendedUntil: '2026-09-01' }])
  }
  t.match((await call(auditor, 'GET', path)).json, { isSuspended: true })
  const audited = (await call(auditor, 'GET', `/v1/patients/${patientId}/disclosures`)).json.entries
  t.ok(audited.some(({ kind }: { readonly kind: string }) => kind === 'ONE_OFF'))

  calendar.advanceTo(Date.parse('2026-08-31T12:00:00+08:00'))
  const renew = (key: IssuedKey, rest = '', body?: object) => call(key, 'POST', `${path}/suspension${rest}`, body)
  t.match(await renew(third, '', { accountFrom: '2026-10-01' }), { status: 404 })
  t.match(await renew(second, '/approve'), { status: 404 }, 'nothing was asked for')
  t.same(rulesIn(await renew(second, '', { accountFrom: '2027-10-01' })), ['oneOff.renewedInTime'])
  t.equal((await renew(second, '', { accountFrom: '2026-09-02' })).status, 204)
  t.match((await renew(second, '/approve')).json, { code: 'HUB_SECOND_PERSON' })
  t.equal((await renew(doctor, '/approve')).status, 204)
  calendar.advanceTo(Date.parse('2026-09-01T23:59:59+08:00'))
  t.same(await oneOffs(third), [])
  calendar.advanceTo(Date.parse('2026-09-02T00:00:00+08:00'))
  t.match(await oneOffs(third), [{ at: /^2026-04-20/, suspendedUntil: '2026-09-02', handedOutAt: { length: 2 } }])
  t.equal((await real.lettersRead(third)).length, 3, 'with who read of it')
  t.same(
    rulesIn(await renew(second, '', { accountFrom: '2026-10-01' })),
    ['oneOff.renewedInTime'],
    'never hidden again',
  )
  const page = (await call(third, 'GET', `/v1/patients/${patientId}/disclosures?format=html`)).text
  t.match(page, /依法自2026-09-02起告知，此前暂不列入/)
  t.match((await call(third, 'GET', path)).json, { isSuspended: false })
  await hub.tick()
})

t.test('what went astray is in the account, and whoever got it is asked to delete it', async (t) => {
  const { call, doctor, enrol, record, hub, settled, account, patientId } = await openLetters(t)
  const labour = await enrol('LABOUR')
  const astray = { agency: labour.agency, what: 'PAPER', discoveredOn: '2026-04-20', fieldSet: undefined }

  const { json } = await record(doctor, exampleBody('MisdirectedDisclosure', { ...astray, notifiedOn: undefined }))
  t.match(json.warnings, [{ rule: 'misdirected.personIsTold' }])
  await settled()
  await hub.tick()
  await hub.recallKeeper.idle()
  await settled()

  t.match((await call(labour, 'GET', '/v1/recalls?open=true')).json.recalls, [
    { isPart: false, deleteBy: '2026-05-05', rows: [] },
  ])
  const { entries } = await account()
  const of = (kind: string) => entries.filter((entry: { readonly kind: string }) => entry.kind === kind)
  t.match(of('RECALL'), [{ to: { agency: labour.agency }, reason: 'SENT_IN_ERROR' }])
  t.match(of('MISDIRECTED'), [
    { to: { name: '单位 LABOUR' }, containment: 'READ', fields: [{ field: 'name' }, { field: 'presentAddress' }] },
  ])
  const page = (await call(doctor, 'GET', `/v1/patients/${patientId}/disclosures?format=html&for=guardian`)).text
  t.match(page, /误发（纸质材料或者口头告知）：姓名、现住址.*已被阅看/s)
})

t.test('an employer is refused in code and leaves no trace; who else asks learns of nobody', async (t) => {
  const real = await openLetters(t)
  const { ask, asked, decide, call, doctor, second, enrol, issueNobody, rulesIn, hub, oneOffs } = {
    ...real,
    issueNobody: () => real.hub.administration.issueKey(real.operator, { agency: EXAMPLE_UNIT }),
  }
  await real.settled()
  const before = await hub.log.head()
  const refused = await ask(doctor, ['name'], { requesterKind: 'EMPLOYER' })
  t.match(refused, { status: 422, json: { code: 'HUB_RULE_VIOLATED' } })
  t.same(rulesIn(refused), ['oneOff.neverAnAudience'])
  t.equal(await hub.log.head(), before, 'and nothing is stored')
  t.match(await ask(doctor, ['phones', 'petitions']), { status: 400 }, 'no such fact')

  const path = await asked(['name'])
  const [police, elsewhere, nobody] = [
    await enrol('POLICE'),
    await enrol('CHC', { areas: ['371002009'] }),
    await issueNobody(),
  ]
  t.match(await ask(police, ['name']), { status: 403 })
  t.match(await call(police, 'GET', path), { status: 403 })
  t.match(await ask(elsewhere, ['name']), { status: 404 })
  for (const rest of ['', '/letter', '/document', '/refusal'])
    t.match(await call(elsewhere, 'GET', path + rest), { status: 404 })
  t.match(await decide(elsewhere, path, { decision: 'GRANTED' }), { status: 404 })
  t.same((await call(elsewhere, 'GET', ROUTE)).json, { disclosures: [] })
  t.match(await ask(nobody, ['name']), { status: 403, json: { code: 'HUB_PERSON_REQUIRED' } })

  t.equal((await decide(second, path, { decision: 'REFUSED', reason: 'NO_LETTER' })).status, 204)
  t.equal((await call(second, 'GET', `${path}/document`)).status, 404)
  const letter = await call(second, 'GET', `${path}/refusal`)
  t.match(letter.text, /不予提供个人信息告知书.*公函、证件或者手续不全.*第四条/s)
  t.notMatch(letter.text, /张示例/)
  t.same(await oneOffs(), [], 'nobody was given anything')
})

t.test('a letter that means nobody is refused by two persons, to the byte as one about somebody is', async (t) => {
  const { asked, decide, call, doctor, second, third, enrol, hub, rulesIn } = await openLetters(t)
  const fields = ['name', 'diagnosis', 'level']
  const elsewhere = await enrol('CHC', { areas: ['371002009'] })
  const [auditor, ofArea] = [await enrol('AUDITOR', { areas: [] }), await enrol('AUDITOR')]
  const [known, nobody] = [await asked(fields), await asked(fields, { patientId: undefined })]
  const [requested] = await eventsOf(hub.log, disclosureStream(keyOf(nobody)))
  t.match(requested, { data: { patient: undefined }, sealed: { length: 1 } })

  t.match((await call(doctor, 'GET', nobody)).json, { patientId: undefined, state: 'REQUESTED' })
  t.same((await call(second, 'GET', `${nobody}/letter`)).json, WORDS)
  t.same(rulesIn(await decide(second, nobody, { decision: 'PARTLY', fields: ['name'], reason: 'WITHHELD' })), [
    'oneOff.nobodyIsMeant',
  ])
  const refused = { decision: 'REFUSED', reason: 'WITHHELD' }
  t.match((await decide(doctor, nobody, refused)).json, { code: 'HUB_SECOND_PERSON' })
  for (const path of [known, nobody]) t.equal((await decide(second, path, refused)).status, 204)
  t.equal((await call(second, 'GET', `${nobody}/document`)).status, 404)
  const [letter, same] = [await call(second, 'GET', `${known}/refusal`), await call(second, 'GET', `${nobody}/refusal`)]
  t.match(letter.text, /不属于可以依法向来函单位提供的内容.*不表明本单位是否保有所涉人员的任何信息.*单位 CHC/s)
  t.equal(same.text, letter.text)
  t.same({ ...same.headers, date: '' }, { ...letter.headers, date: '' })

  const listed = async (key: IssuedKey) => (await call(key, 'GET', ROUTE)).json.disclosures.length
  t.same([await listed(third), await listed(auditor), await listed(ofArea)], [2, 2, 1])
  t.equal(await listed(elsewhere), 0)
  t.match(await call(elsewhere, 'GET', nobody), { status: 404 })
  const silent = { patientId: undefined, accountFrom: '2026-09-01' }
  await asked(['name'], silent)
  t.equal(await listed(third), 2, 'and is as silent as it asks to be')
})

t.test(
  'ends undecided after seven days, is not handed out past its day, while restricted or after an erasure',
  async (t) => {
    const { ask, asked, decide, call, erase, hub, doctor, second, calendar, record, oneOffs, rulesIn } =
      await openLetters(t)
    const stale = await asked(['name'])
    calendar.advanceTo(Date.parse('2026-04-27T09:30:00+08:00'))
    t.match(await decide(second, stale, { decision: 'GRANTED' }), { json: { code: 'HUB_ALREADY_DECIDED' } })
    t.match((await call(second, 'GET', stale)).json, { state: 'EXPIRED' })

    const path = await asked(['name', 'level'], { until: '2026-05-10' })
    await decide(second, path, { decision: 'GRANTED' })
    t.equal((await call(second, 'GET', `${path}/document`)).status, 200)
    const restriction = exampleBody('ProcessingRestricted').data
    await record(doctor, { type: 'ProcessingRestricted', data: restriction, occurredAt: '2026-04-27' })
    t.match(await call(second, 'GET', `${path}/document`), { status: 410, json: { code: 'HUB_NOT_HANDED_OUT' } })
    const while_ = await asked(['name'])
    t.same(rulesIn(await decide(second, while_, { decision: 'GRANTED' })), ['oneOff.notRestricted'])
    await record(doctor, { type: 'ProcessingRestrictionLifted', data: restriction, occurredAt: '2026-04-27' })
    t.equal((await call(second, 'GET', `${path}/document`)).status, 200)
    calendar.advanceTo(Date.parse('2026-05-10T00:00:00+08:00'))
    t.match(await call(second, 'GET', `${path}/document`), { json: { code: 'HUB_NOT_HANDED_OUT' } }, 'its day is over')

    const last = await asked(['name', 'level'])
    await decide(second, last, { decision: 'GRANTED' })
    const refused = await asked(['name'])
    await decide(second, refused, { decision: 'REFUSED', reason: 'WITHHELD' })
    const letter = await call(second, 'GET', `${refused}/refusal`)
    const withKeys = await keysKept(hub, [last, refused].map(keyOf))
    await erase({ authority: 'RETENTION_ENDED', reason: '保存期限已满' })
    for (const gone of [`${last}/document`, `${last}/letter`, `${refused}/refusal`])
      t.match((await call(second, 'GET', gone)).json, { code: 'HUB_ERASED' })
    const by = { agency: second.agency, role: 'CHC', person: second.person ?? '', client: second.keyId } as const
    const paper = (path: string, what: 'DOCUMENT' | 'LETTER') =>
      withKeys.paper({ ...by, isOperator: false }, keyOf(path), what)
    await t.rejects(paper(last, 'DOCUMENT'), { code: 'HUB_ERASED' })
    t.equal((await paper(refused, 'LETTER')).text, letter.text, 'the same as ever until the letter’s own key is gone')
    t.match(await ask(doctor, ['name']), { json: { code: 'HUB_ERASED' } })
    const anew = await asked(['name'], { patientId: undefined })
    await decide(second, anew, { decision: 'REFUSED', reason: 'WITHHELD' })
    t.equal((await call(second, 'GET', `${anew}/refusal`)).text, letter.text, 'who asks again is answered as of nobody')
    const [told] = await oneOffs()
    t.match(told, { requester: { kind: 'POLICE_INVESTIGATION', name: undefined }, letter: undefined })
    t.equal(told.said.fields.length, 2, 'that something was given, and what, stays')
  },
)
