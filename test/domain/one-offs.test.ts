/** What a document says of whom a disorder was excluded, what takes one back; and what no request over HTTP can time: an erasure that overtakes a letter. */
import t from 'tap'
import { createDirectory } from '../../src/domain/directory.js'
import type { StoredEvent } from '../../src/domain/event.js'
import { foldPatient } from '../../src/domain/patient-fold.js'
import { disclosureStream, streamKeyOf } from '../../src/domain/streams.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { factsOf } from '../../src/oneoff/facts.js'
import { createOneOffs } from '../../src/oneoff/one-offs.js'
import { takenBackBy } from '../../src/oneoff/taken-back.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { EXAMPLE_STREAM, exampleId, storedExample } from '../fixtures/stored-examples.js'

const ID = '0198f0aa-0000-7000-8000-0000000d15c1'
const EVENT = '0198f0aa-0000-7000-8000-0000000d15c2'
const recordedAt = '2026-04-20T09:30:00.000+08:00'

/** One-off disclosures over a person’s stream, which an append of a letter lets grow by these events. */
function oneOffsBeside(meanwhile: readonly StoredEvent[]) {
  const person: StoredEvent[] = [storedExample(exampleBody('PatientRegistered'), { revision: 0, recordedAt })]
  const destroyed: string[] = []
  const calendar = drivenClock(Date.parse(recordedAt))
  const nothing = async () => {
    throw new Error('not asked for')
  }
  const log = {
    async *readStream(stream: string) {
      if (stream === EXAMPLE_STREAM) yield* [...person]
    },
    readTail: async () => [],
  }
  const oneOffs = createOneOffs({
    ...{ log: log as never, authority: log as never },
    vault: { keyById: nothing, secret: nothing, destroy: async (owner) => void destroyed.push(owner) },
    hubRecorder: {
      async appendNext({ stream }, check) {
        check?.([])
        person.push(...meanwhile)
        return { id: EVENT, stream, revision: 0, recordedAt }
      },
    },
    ...{ calendar, wall: calendar, directory: () => createDirectory() },
    ...{ centreNow: () => undefined, isInAreaOf: () => false, through: nothing, rows: nothing as never },
  })
  const by = { agency: EXAMPLE_UNIT, role: 'CHC', person: 'one', client: 'client-1', isOperator: false } as const
  const asked = oneOffs.request(by, {
    ...{ id: ID, patientId: streamKeyOf(EXAMPLE_STREAM), letter: '一号', requesterKind: 'COURT' },
    ...{ requesterName: '示例区人民法院', purpose: '审理一起案件', fields: ['name'], until: '2026-12-31' },
  })
  return { asked, destroyed }
}

t.test('a letter that an erasure overtakes is closed like those before it', async (t) => {
  const data = { keyId: ID, authority: 'RETENTION_ENDED', deleteBy: '2026-05-20' }
  const erased = storedExample({ type: 'IdentityErased', data }, { revision: 1, recordedAt })

  const { asked, destroyed } = oneOffsBeside([erased])
  await t.rejects(asked, { code: 'HUB_ERASED' })
  t.same(destroyed, [`patient:${disclosureStream(ID)}:${EVENT}`])

  const other = oneOffsBeside([])
  t.match(await other.asked, { disclosure: ID, isKnown: false })
  t.same(other.destroyed, [])
})

t.test('of whom a disorder was excluded nothing is said of one, until it is confirmed again', async (t) => {
  const life = [
    exampleBody('DiagnosisConfirmed'),
    exampleBody('FollowUpCompleted'),
    exampleBody('RiskAssessed'),
    exampleBody('RiskAssessed', { level: 3 }),
    exampleBody('ConditionClassified'),
    exampleBody('HospitalAdmitted'),
  ]
  const given = (...more: readonly (typeof life)[number][]): readonly string[] => {
    const events = [...life, ...more].map((body, revision) => storedExample(body, { revision, recordedAt }))
    const facts = factsOf({ patientId: ID, state: foldPatient(events), stated: {}, opened: {} })
    return Object.keys(facts).filter((name) => facts[name] !== undefined)
  }
  const clinical = ['diagnosis', 'conditionClass', 'adherence', 'lastFollowUpOn']
  const said = ['level', 'assessedOn', 'assessment', 'previousLevel', ...clinical]
  const excluded = exampleBody('DiagnosisExcluded')

  t.same(given(), ['patientId', 'guardian', ...said, 'stay'])
  t.same(given(excluded), ['patientId', 'guardian', 'stay'])
  t.same(given(excluded, exampleBody('DiagnosisConfirmed')), given())
})

t.test('a document is taken back by what it told, as long as that is so, and by nothing that it knew of', async (t) => {
  const event = (revision: number, type: string, data: Readonly<Record<string, unknown>> = {}, corrects?: number) =>
    storedExample(
      { type, data, ...(corrects === undefined ? {} : { corrects: exampleId(corrects) }) },
      { revision, recordedAt },
    )
  const assessed = exampleBody('RiskAssessed').data
  const life = [
    event(0, 'PatientRegistered', exampleBody('PatientRegistered').data),
    event(1, 'RiskAssessed', assessed),
    event(2, 'DiagnosisConfirmed', exampleBody('DiagnosisConfirmed').data),
  ]
  const takes = (fields: readonly string[], more: readonly StoredEvent[], asOf = 2) => {
    const document = { asOf: { person: asOf }, fieldSet: 'one-off.court@1', format: 1, digest: '' }
    const found = takenBackBy([...life, ...more], { document, fields })
    return found && [found.event.revision, found.reason ?? 'ERASURE']
  }
  const whole = { scope: 'FACT' }
  const excluded = event(3, 'DiagnosisExcluded')

  t.equal(takes(['level', 'name'], []), undefined)
  t.same(takes(['name'], [excluded]), [3, 'DIAGNOSIS_EXCLUDED'])
  t.equal(takes(['name'], [excluded], 3), undefined, 'which it knew of')
  t.equal(takes(['name'], [excluded, event(4, 'DiagnosisExcluded', {}, 3)], 3), undefined, 'put right since')
  t.equal(takes(['name'], [excluded, event(4, 'RecordRetracted', whole, 3)]), undefined)
  t.same(takes(['level'], [event(3, 'RecordRetracted', whole, 1)]), [3, 'SENT_IN_ERROR'])
  t.equal(takes(['diagnosis'], [event(3, 'RecordRetracted', whole, 1)]), undefined, 'of which it told nothing')
  const undone = [event(3, 'RecordRetracted', whole, 1), event(4, 'RecordRetracted', whole, 3)]
  t.equal(takes(['level'], undone), undefined)
  t.same(takes(['diagnosis'], [event(3, 'RecordRetracted', whole, 0)]), [3, 'SENT_IN_ERROR'], 'told of nobody')
  const corrected = event(3, 'RiskAssessed', assessed, 1)
  t.equal(takes(['level'], [corrected]), undefined, 'who needs the new version asks for it')
  t.same(takes(['level'], [corrected, event(4, 'RecordRetracted', whole, 3)]), [4, 'SENT_IN_ERROR'])
  const withdrawn = (fieldSetId: string) => event(3, 'DataConsentWithdrawn', { fieldSetId })
  t.same(takes(['name'], [withdrawn('one-off.court@1')]), [3, 'CONSENT_WITHDRAWN'])
  t.equal(takes(['name'], [withdrawn('civil-affairs.aid@1')]), undefined)
  t.same(takes(['name'], [excluded, event(4, 'IdentityErased')]), [4, 'ERASURE'])
})
