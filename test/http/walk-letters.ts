/** Letters on a hub of the walk: every route of one-off disclosures, and something that went astray. It asserts nothing. */
import type { IssuedKey } from '../../src/recording/administration.js'
import { exampleBody } from '../fixtures/example-events.js'
import type { RealHub } from './real-hub.js'

type Asking = Readonly<Record<'doctor' | 'auditor' | 'operator', IssuedKey>>

/** Two letters: of one what is asked for is given in part and kept from the account for a time, of the other all, and that is asked back. */
export async function askedByLetter({ call, hub, settled }: RealHub, keys: Asking, patientId: string): Promise<void> {
  const { doctor, auditor, operator } = keys
  const second = (await call(operator, 'POST', '/v1/keys', { agency: doctor.agency, staffName: '测试医生戊' })).json
  const path = '/v1/one-off-disclosures'
  const draft = {
    ...{ patientId, letter: '示刑调证字〔2026〕1号', requesterName: '示例市人民检察院', purpose: '审查起诉' },
    ...{ requesterKind: 'PROCURATORATE', until: '2026-12-31', fields: ['patientId', 'name', 'level', 'diagnosis'] },
  }
  const secret = { ...draft, id: '0198f0aa-0000-7000-8000-0000000d15c1', accountFrom: '2026-06-01' }
  for (let i = 0; i < 2; i++) await call(doctor, 'POST', path, secret)
  await call(second, 'GET', `${path}/${secret.id}/letter`)
  const partly = { decision: 'PARTLY', fields: ['patientId', 'name', 'level'], reason: 'NOT_NECESSARY' }
  await call(second, 'POST', `${path}/${secret.id}/decide`, { ...partly, accountFrom: secret.accountFrom })
  for (const format of ['json', 'html']) await call(second, 'GET', `${path}/${secret.id}/document?format=${format}`)
  await call(second, 'GET', `${path}/${secret.id}/refusal`)
  const suspension = `${path}/${secret.id}/suspension`
  await call(second, 'POST', suspension, { accountFrom: '2026-07-01' })
  await call(doctor, 'POST', `${suspension}/approve`)
  await call(second, 'POST', suspension, { accountFrom: '2026-08-01' })
  await call(doctor, 'POST', '/v1/events', {
    patientId,
    ...exampleBody('MisdirectedDisclosure', {
      ...{ agency: auditor.agency, fieldSet: undefined },
      discoveredOn: '2026-04-20',
      notifiedOn: '2026-04-20',
      what: 'PAPER',
    }),
  })
  const fact = { patientId, ...exampleBody('ConditionClassified') }
  const { receipts } = (await call(doctor, 'POST', '/v1/events', fact)).json
  const { disclosure } = (await call(doctor, 'POST', path, { ...draft, fields: ['conditionClass'] })).json
  await call(second, 'POST', `${path}/${disclosure}/decide`, { decision: 'GRANTED' })
  await call(second, 'GET', `${path}/${disclosure}/document`)
  const mistake = { type: 'RecordRetracted', corrects: receipts[0].id, data: { scope: 'FACT', reason: '误录' } }
  await call(doctor, 'POST', '/v1/events', { patientId, ...mistake })
  // What they ask back is asked here, and not whenever the hub looks by itself.
  await settled()
  await hub.tick()
  await hub.recallKeeper.idle()
  await hub.readModels.through()
  for (const what of ['WRITTEN', 'DESTROYED']) {
    await call(doctor, 'GET', `${path}?open=true`)
    await call(doctor, 'POST', `${path}/${disclosure}/recall`, { what })
    await call(doctor, 'GET', `${path}/${disclosure}`)
  }
  await hub.readModels.through()
  for (const key of [second, auditor]) {
    await call(key, 'GET', `${path}/${secret.id}`)
    await call(key, 'GET', path)
  }
}
