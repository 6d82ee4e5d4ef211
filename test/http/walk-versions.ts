/** Versions on a hub of the walk: every route of them, and what differs between two. It asserts nothing. */
import type { IssuedKey } from '../../src/recording/administration.js'
import type { RealHub } from './real-hub.js'

const FEED = '/v1/feeds/police-quarterly'

type Asking = Readonly<Record<'auditor' | 'operator', IssuedKey>>

/** An operator takes a feed's corrections back, and two persons of a health authority widen it again; what differs is looked at before. */
export async function versioned({ call, enrol, hub }: RealHub, { auditor, operator }: Asking): Promise<void> {
  const commission = await enrol('HEALTH_COMMISSION', { areas: [] })
  const second = (await call(operator, 'POST', '/v1/keys', { agency: commission.agency, staffName: '测试员乙' })).json
  const propose = (key: IssuedKey, version: number, more: object = {}) =>
    call(key, 'POST', `/v1/versions/police-quarterly/${version}/propose`, { reason: '演练', ...more })
  await call(auditor, 'GET', `${FEED}/diff?from=0&to=2`)
  await call(commission, 'GET', `${FEED}/diff?from=1&to=2&format=html`)
  await call(commission, 'GET', `${FEED}/diff?from=2&to=1`)
  const back = (await propose(operator, 1)).json.proposal
  await call(second, 'POST', `/v1/versions/proposals/${back}/approve`)
  await call(commission, 'GET', '/v1/versions')
  const { proposal } = (await propose(commission, 2)).json
  await call(second, 'POST', `/v1/versions/proposals/${proposal}/refuse`, { reason: 'NO_GROUND' })
  const id = '0198f0aa-0000-7000-8000-0000000000f1'
  for (let i = 0; i < 2; i++) await propose(commission, 2, { id })
  await call(second, 'POST', `/v1/versions/proposals/${id}/approve`)
  await call(commission, 'GET', `/v1/versions/proposals/${id}`)
  await hub.readModels.through()
  await call(operator, 'GET', '/v1/versions')
}
