/** Agencies, people and what is recorded of them while the cluster is tormented; every event under an id that its sender keeps. */
import { randomUUID } from 'node:crypto'
import { idNumberFrom } from '../../src/rehearsal/people.js'
import type { SeededRandom } from '../../src/rehearsal/seeded-random.js'
import type { ClusterClient } from './client.js'
import { type AgencyEnd, openAgencyEnd } from './receivers.js'

export const QUARTER_END = '2026-04-01T00:00:00.000+08:00'
const TOWNSHIPS = ['999901001', '999901002', '999901003'] as const

export interface Subscriber {
  readonly name: string
  readonly key: string
  readonly subscription: string
  readonly township: string
  readonly end: AgencyEnd
}

export interface Story {
  readonly subscribers: readonly Subscriber[]
  readonly patients: readonly { readonly id: string; readonly key: string; readonly township: string }[]
  /** Ids of events that some hub acknowledged. */
  readonly acknowledged: Set<string>
}

export interface StoryDeps {
  readonly client: ClusterClient
  readonly operatorKey: string
  readonly hubUrls: readonly string[]
  readonly directory: string
  readonly people: number
  readonly random: SeededRandom
  /** The day from which agencies hold their areas, `2026-03-01`. */
  readonly from: string
}

/** A health centre, a police station and a political-legal office for each township, and the people. */
export async function tellStory(deps: StoryDeps): Promise<Story> {
  const { client, operatorKey, from } = deps
  const subscribers: Subscriber[] = []
  const centres: { readonly unit: string; readonly key: string; readonly township: string }[] = []
  const enrol = async (role: string, name: string, township: string): Promise<{ id: string; key: string }> => {
    const { agencyId: id } = await client.ask<{ agencyId: string }>(operatorKey, 'POST', '/v1/agencies', {
      ...{ role, name, phone: '0999-9000' },
    })
    await client.ask(operatorKey, 'POST', '/v1/areas', { assignments: [{ agency: id, areas: [township], from }] })
    await client.ask(operatorKey, 'POST', `/v1/agencies/${id}/live`, { from })
    const { key } = await client.ask<{ key: string }>(operatorKey, 'POST', '/v1/keys', {
      agency: id,
      staffName: '演练人员',
    })
    return { id, key }
  }
  const subscribe = async (name: string, key: string, township: string, feeds: readonly string[]): Promise<void> => {
    const end = await openAgencyEnd()
    const { subscription, secret } = await client.ask<{ subscription: string; secret: string }>(
      key,
      'POST',
      '/v1/subscriptions',
      { alerts: true, feeds, channel: 'webhook', url: end.url },
    )
    const { hubUrls, directory } = deps
    await end.open({ subscription, secret, key, hubUrls, directory })
    subscribers.push({ name, key, subscription, township, end })
  }
  for (const [i, township] of TOWNSHIPS.entries()) {
    const centre = await enrol('CHC', `演练卫生服务中心${i}`, township)
    centres.push({ unit: centre.id, key: centre.key, township })
    const police = await enrol('POLICE', `演练派出所${i}`, township)
    await subscribe(`police ${i}`, police.key, township, ['police-quarterly'])
    const office = await enrol('PL', `演练综治办${i}`, township)
    await subscribe(`office ${i}`, office.key, township, ['political-legal-quarterly'])
  }
  const acknowledged = new Set<string>()
  const patients: Story['patients'][number][] = []
  await inParallel(8, deps.people, async (i) => {
    const { unit, key, township } = centres[i % centres.length] ?? { unit: '', key: '', township: '' }
    const event = registration(i, unit, township)
    const { receipts } = await client.ask<{ receipts: readonly { stream: string }[] }>(key, 'POST', '/v1/events', event)
    acknowledged.add(event.id)
    patients.push({ id: String(receipts[0]?.stream).slice('patient-'.length), key, township })
  })
  return { subscribers, patients, acknowledged }
}

/** Records until it is told to stop, at most so many a second, a few at once; every event gets there, whoever answers. */
export async function keepRecording(
  { patients, acknowledged }: Story,
  client: ClusterClient,
  random: SeededRandom,
  { until, perSecond }: { readonly until: () => boolean; readonly perSecond: number },
): Promise<void> {
  const workers = 8
  await inParallel(workers, workers, async () => {
    while (!until()) {
      const begun = Date.now()
      const { id: patientId, key } = random.pick(patients)
      const id = randomUUID()
      await client.ask(key, 'POST', '/v1/events', {
        patientId,
        id,
        type: 'RiskAssessed',
        data: { ...random.pick(LEVELS), assessedAt: '2026-03-31', narrative: '在楼道内打砸，不听劝阻（演练）' },
      })
      acknowledged.add(id)
      const pauseMs = (workers * 1000) / perSecond - (Date.now() - begun)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  })
}

export async function inParallel(workers: number, count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < count) await work(next++)
    }),
  )
}

function registration(
  i: number,
  unit: string,
  township: string,
): { readonly id: string; readonly type: string; readonly data: object } {
  const area = `${township}001`
  const address = { region: area, text: `测试路${i}号` }
  return {
    id: randomUUID(),
    type: 'PatientRegistered',
    data: {
      identity: {
        ...{ name: `演练${i}`, idType: '1', status: 'VERIFIED', sex: '1', birthDate: '1980-05-06' },
        idNumber: idNumberFrom(`19${50 + (i % 50)}-05-06`, 100 + Math.floor(i / 50) * 2 + 1),
      },
      householdTownship: township,
      householdAddress: address,
      presentTownship: township,
      presentAddress: address,
      presentArea: area,
      responsibleUnit: unit,
      registrationBasis: 'SIX_DISEASES',
      programme: 'COMMUNITY_MANAGEMENT',
      householdType: 1,
      economicStatus: 2,
    },
  }
}

const LEVELS = [
  { level: 1, evidence: ['VERBAL_THREAT'], targets: 'PERSON' },
  { level: 3, evidence: ['SMASHING_ANYWHERE', 'NOT_STOPPABLE'], targets: 'PROPERTY', place: 'ANY', stoppable: false },
  { level: 4, evidence: ['AGAINST_PERSON', 'NOT_STOPPABLE'], targets: 'PERSON', place: 'ANY', stoppable: false },
] as const
