/** A hub with one person in it about whom letters come. It asserts nothing. */
import type { Test } from 'tap'
import { disclosureStream } from '../../src/domain/streams.js'
import type { RunningHub } from '../../src/hub.js'
import { oneOffsOf } from '../../src/hub-one-off.js'
import type { OneOffs } from '../../src/oneoff/port.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { eventsOf } from '../fixtures/recording.js'
import { until } from '../scenario/killed-hub.js'
import { openRealHub } from './real-hub.js'

export const ROUTE = '/v1/one-off-disclosures'
export const WORDS = {
  letter: '示刑调证字〔2026〕12号',
  requesterName: '示例市公安局刑警支队',
  purpose: '核查一起案件',
}

/** A person, the named persons of their health centre, and a hospital; and letters about the person. */
export async function openLetters(t: Test) {
  const real = await openRealHub(t)
  const { call, hub, operator } = real
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const issue = (staffName: string) => hub.administration.issueKey(operator, { agency: EXAMPLE_UNIT, staffName })
  const [second, third] = [await issue('测试员乙'), await issue('测试员丙')]
  const hospital = await real.enrol('HOSPITAL')
  const patientId = await real.register(doctor)
  const record = (key: IssuedKey, body: object) => call(key, 'POST', '/v1/events', { patientId, ...body })
  await record(doctor, exampleBody('GuardianDesignated'))
  await record(hospital, exampleBody('DiagnosisConfirmed'))
  await record(doctor, exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }))
  const draft = { patientId, requesterKind: 'POLICE_INVESTIGATION', ...WORDS, until: '2026-12-31' }
  const ask = (key: IssuedKey, fields: readonly string[], more: object = {}) =>
    call(key, 'POST', ROUTE, { ...draft, fields, ...more })
  const asked = async (fields: readonly string[], more: object = {}): Promise<string> => {
    const { status, text, json } = await ask(doctor, fields, more)
    if (status !== 201) throw new Error(text)
    return `${ROUTE}/${json.disclosure}`
  }
  const decide = (key: IssuedKey, path: string, verdict: object) => call(key, 'POST', `${path}/decide`, verdict)
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
  const account = async (key = doctor): Promise<any> => {
    await hub.readModels.through()
    return (await call(key, 'GET', `/v1/patients/${patientId}/disclosures`)).json
  }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const oneOffs = async (key = doctor): Promise<readonly any[]> =>
    (await account(key)).entries.filter(({ kind }: { readonly kind: string }) => kind === 'ONE_OFF')
  /** Readings of letters that this reader’s account tells of. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const lettersRead = async (key: IssuedKey): Promise<readonly any[]> =>
    (await account(key)).entries.filter(({ what }: { readonly what?: string }) => what === 'LETTER')
  /** Two persons erase the person, and the hub has carried it out. */
  const erase = async (draft: { readonly authority: string; readonly reason: string }): Promise<void> => {
    const { erasure } = (await call(doctor, 'POST', '/v1/erasures', { patientId, ...draft })).json
    await call(second, 'POST', `/v1/erasures/${erasure}/approve`)
    await until(
      async () => {
        await hub.tick()
        return call(doctor, 'GET', `/v1/erasures/${erasure}`)
      },
      ({ json }) => json.state === 'CARRIED_OUT',
    )
  }
  const rulesIn = ({ json }: Awaited<ReturnType<typeof call>>): readonly string[] =>
    (json.errors ?? []).map(({ rule }: { readonly rule: string }) => rule)
  return {
    ...real,
    doctor,
    second,
    third,
    hospital,
    patientId,
    record,
    ask,
    asked,
    decide,
    erase,
    account,
    oneOffs,
    lettersRead,
    rulesIn,
  }
}

export const keyOf = (path: string): string => path.slice(ROUTE.length + 1)

/** Letters as they stand between an erasure and the end of these letters’ keys. */
export async function keysKept(
  { core, readModels, log }: RunningHub,
  disclosures: readonly string[],
): Promise<OneOffs> {
  const { store } = core
  const kept = new Map<string, Uint8Array | undefined>()
  for (const disclosure of disclosures) {
    const [requested] = await eventsOf(log, disclosureStream(disclosure))
    for (const { kid } of requested?.sealed ?? []) kept.set(kid, await store.vault.keyById(kid))
  }
  const vault = { ...store.vault, keyById: async (kid: string) => kept.get(kid) }
  return oneOffsOf({ ...core, store: { ...store, vault } }, readModels).oneOffs
}
