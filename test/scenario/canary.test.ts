import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CANARY_MARKER, scanForCanary } from '../../scripts/canary-check.js'
import { CANARY } from '../../src/rehearsal/people.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { type Answer, openRealHub, type RealHub } from '../http/real-hub.js'

const AFTER_QUARTER = Date.parse('2026-07-02T09:00:00+08:00')
const identity = {
  name: CANARY.name,
  idType: '1',
  idNumber: CANARY.idNumber,
  status: 'VERIFIED',
  sex: '2',
  birthDate: '1901-02-03',
  phones: [CANARY.phone],
}
const guardian = { name: CANARY.guardianName, phones: [CANARY.guardianPhone], idNumber: CANARY.idNumber }

t.test(
  'a person goes through the whole hub, and stands in the clear nowhere but in what its recipients are given',
  async (t) => {
    const real = await openRealHub(t)
    const { call, dataDir, hub, logLines, calendar, settled } = real
    const operator = await real.operatorKey()
    const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
    const police = await real.enrol('POLICE')
    const opened = await call(police, 'POST', '/v1/subscriptions', {
      alerts: true,
      feeds: ['police-quarterly'],
      channel: 'mailbox',
    })
    const mailbox = `/v1/subscriptions/${opened.json.subscription}/messages?after=-1`
    const document = `/v1/feeds/police-quarterly/periods/2026Q2/documents/${police.agency}`

    const patientId = await real.register(doctor, { identity, presentAddress: { text: CANARY.address } })
    for (const [type, changes] of LIFE) {
      const { status, text } = await call(doctor, 'POST', '/v1/events', { patientId, ...exampleBody(type, changes) })
      t.equal(status, 201, `${type}: ${text}`)
    }
    const refused = await refusals(real, { doctor, police, patientId })
    calendar.advanceTo(AFTER_QUARTER)
    await call(operator, 'POST', '/v1/feeds/police-quarterly/periods/2026Q2/close', { confirm: '2026Q2' })
    await settled()
    await hub.readModels.rebuild('patient-record')

    const given = await Promise.all([
      call(police, 'GET', mailbox),
      call(police, 'GET', document),
      call(police, 'GET', `${document}?format=csv`),
      call(doctor, 'GET', `/v1/patients/${patientId}/history`),
    ])
    const workbook = await call(police, 'GET', `${document}?format=xlsx`)
    const account = `/v1/patients/${patientId}/disclosures`
    const told = [
      ...refused,
      await call(operator, 'GET', '/metrics'),
      await call(operator, 'GET', '/v1/agencies'),
      await call(doctor, 'GET', account),
      await call(doctor, 'GET', `${account}?format=html`),
      await call(doctor, 'GET', `${account}?format=html&for=guardian`),
    ]
    await settled()

    for (const { status, text } of given) {
      t.equal(status, 200)
      t.ok(text.includes(CANARY.name), 'the canary was recorded, and its seals open for those who may see it')
    }
    t.match(workbookText(readWorkbook(workbook.bytes)), CANARY.name)
    t.ok(refused.length > 5 && refused.every(({ status }) => status >= 400 || status === 202))
    writeFileSync(join(dataDir, 'told'), [...logLines, ...told.map(({ text }) => text)].join('\n'))
    const { files, hits, bytes } = scanForCanary([dataDir])
    t.ok(files > 8 && bytes > 100_000, 'log, vault, read models, spool and what was told are searched')
    t.same(hits, [])
    // Says to whoever searches a whole run that the canary was in it.
    writeFileSync(join(dataDir, CANARY_MARKER), '')
  },
)

const LIFE: readonly (readonly [type: string, changes: Readonly<Record<string, unknown>>])[] = [
  ['GuardianDesignated', { guardian }],
  ['FollowUpCompleted', { note: `${CANARY.name}，${CANARY.phone}` }],
  ['RiskAssessed', { level: 4, targets: 'PERSON', narrative: `${CANARY.name}住${CANARY.address}` }],
  ['LossOfContactDeclared', { reasonText: `${CANARY.name}走失` }],
  ['ContactRegained', {}],
  ['DangerousBehaviorReported', { reportedBy: { name: CANARY.guardianName, phone: CANARY.guardianPhone } }],
]

interface Keys {
  readonly doctor: Parameters<RealHub['call']>[0]
  readonly police: Parameters<RealHub['call']>[0]
  readonly patientId: string
}

/** Whatever a client can get wrong with a person in its hands: no answer may give the person back. */
async function refusals({ call, app }: RealHub, { doctor, police, patientId }: Keys): Promise<readonly Answer[]> {
  const registration = exampleBody('PatientRegistered', { identity })
  // A pointer names the member that was sent, so the caller gets its own word back; nobody else may.
  await call(doctor, 'POST', '/v1/events', { ...registration, data: { ...registration.data, [CANARY.name]: 1 } })
  const raw = async (payload: string): Promise<Answer> => {
    const reply = await app.inject({
      method: 'POST',
      url: '/v1/events',
      payload,
      headers: { authorization: `Bearer ${doctor?.key}`, 'content-type': 'application/json' },
    })
    return {
      status: reply.statusCode,
      headers: reply.headers,
      text: reply.body,
      bytes: reply.rawPayload,
      json: undefined,
    }
  }
  return [
    await call(doctor, 'POST', '/v1/events', registration),
    await call(doctor, 'POST', '/v1/events', { ...registration, type: CANARY.name }),
    await call(doctor, 'POST', '/v1/events', { ...registration, id: CANARY.idNumber }),
    await call(doctor, 'POST', '/v1/events', {
      patientId,
      ...exampleBody('RiskAssessed', { level: CANARY.name, narrative: 7 }),
    }),
    await call(doctor, 'GET', `/v1/patients/${encodeURIComponent(CANARY.name)}?${CANARY.idNumber}=${CANARY.phone}`),
    await call(doctor, 'GET', `/${encodeURIComponent(CANARY.name)}`),
    await call(undefined, 'GET', `/v1/patients/${CANARY.idNumber}`),
    await raw(`{"name":"${CANARY.name}","idNumber":"${CANARY.idNumber}"`),
    await call(police, 'POST', '/v1/events', {
      person: { name: CANARY.name, idNumber: CANARY.idNumber, township: EXAMPLE_TOWNSHIP, description: CANARY.address },
      ...exampleBody('DangerousBehaviorReported'),
    }),
  ]
}
