/** What the main job's stations do with what they were sent: answer an alarm at the desk, and read a document with its manifest. */
import type { Test } from 'tap'
import { isSigned } from '../../src/feeds/signing.js'
import type { Desk, HubOverHttp } from './hub-over-http.js'
import { NAME } from './one-person.js'

interface DeskRow {
  readonly alert: string
  readonly kind: string
  readonly class: string
  readonly state: string
}

/** Acknowledges, relays and answers the station's first alarm about a level. */
export async function answersItsAlarm(t: Test, hub: HubOverHttp, station: Desk): Promise<void> {
  const desk = async (): Promise<readonly DeskRow[]> => (await hub.ask(station.key, 'GET', '/v1/alerts')).alerts
  const alarm = (await desk()).find(({ kind, class: of }) => kind === 'risk-assessed' && of === 'ALARM')
  const act = (what: string, body?: object) => hub.ask(station.key, 'POST', `/v1/alerts/${alarm?.alert}/${what}`, body)
  await act('acknowledge')
  await act('relay', { to: 'GRID_WORKER', means: 'TELEPHONE' })
  await act('outcome', { outcome: 'HANDLED' })
  await hub.settled()

  const answered = (await desk()).find(({ alert }) => alert === alarm?.alert)

  t.equal(alarm?.state, 'OPEN')
  t.match(answered, {
    state: 'ANSWERED',
    acknowledged: { by: String, at: String },
    relayed: [{ to: 'GRID_WORKER', means: 'TELEPHONE' }],
    outcome: { outcome: 'HANDLED' },
  })
  t.notMatch(JSON.stringify(answered), NAME, 'a desk’s row names nobody')
}

/** The second quarter's document as a table, and the signatures of both quarters' manifests. */
export async function isTableAndSigned(t: Test, hub: HubOverHttp, station: Desk): Promise<void> {
  const document = (period: string) => `/v1/feeds/police-quarterly/periods/${period}/documents/${station.id}`
  const table = await hub.text(station.key, `${document('2026Q2')}?format=csv`)
  const manifests = ['2026Q1', '2026Q2'].map((period) => hub.ask(station.key, 'GET', `${document(period)}/manifest`))
  const [first, second] = await Promise.all(manifests)

  t.equal(table.split('\n').filter((line) => line.includes(NAME)).length, 1)
  t.match(second, { rows: 1, signedBy: /^ed25519:/ })
  t.equal(second.signedBy, first.signedBy, 'one hub, one key')
  t.ok(isSigned(second, first.signedBy))
  t.notOk(isSigned({ ...second, rows: 2 }, first.signedBy))
}
