/** Dispatchers that meet events of a person whose keys are gone: a slower hub, one that begins again, an erasure named twice. */
import t from 'tap'
import { openSmallHub } from '../delivery/small-hub.js'
import { EXAMPLE_AREA } from '../fixtures/example-events.js'
import { tempDirectory } from '../fixtures/store.js'
import { openTownship, saidTo } from './township.js'

/** A township that is divided: where the person lives another station is in charge, and only a sealed area says so. */
async function openDivided(t: Parameters<typeof openTownship>[0]) {
  const township = await openTownship(t)
  const { hub, boxes } = township
  const village = await hub.enrol('POLICE', [EXAMPLE_AREA])
  const here = { town: boxes.police, village: await hub.mailbox(village) }
  return { ...township, here, village }
}

const hash = `sha256:${'A'.repeat(43)}`
const ALARM = 'risk-assessed ALARM alert.police.high@1'

t.test('a dispatcher that is behind, or begins again, tells nobody else once the keys are gone', async (t) => {
  const { hub, temp, here } = await openDivided(t)
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const faults: unknown[] = []
  const onFault = (error: unknown): void => void faults.push(error)
  const behind = await openSmallHub(temp.store, tempDirectory(t), {
    ...{ calendar: hub.calendar, onFault },
    vault: (real) => ({ ...real, keyById: (kid) => gate.then(() => real.keyById(kid)) }),
  })
  t.teardown(() => behind.stop())
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.record(patient, 'RiskAssessed', { level: 5 })
  const before = await saidTo(hub, here)
  t.same(before, { village: [ALARM, ALARM] })

  await temp.store.vault.destroy(`patient:${patient}`)
  open()
  await behind.idle()
  const fresh = await openSmallHub(temp.store, tempDirectory(t), { calendar: hub.calendar, onFault })
  t.teardown(() => fresh.stop())
  await fresh.idle()

  t.same(faults, [])
  t.same(await saidTo(hub, here), before, 'neither asks the station of the township, where nobody told it')
  t.match(fresh.dispatcher.health(), { state: 'running' })

  const other = await hub.register({ identity: { idType: '9', status: 'UNKNOWN', sex: '0', phones: [] } })
  await hub.record(other, 'RiskAssessed', { level: 4 })
  for (const one of [hub, behind, fresh]) await one.idle()
  t.same(faults, [])
  t.same(await saidTo(hub, here), { village: [...(before.village ?? []), ALARM] }, 'and all go on')
})

t.test('an erasure that is named again asks only those whom it names', async (t) => {
  const { hub, here, village, agencies } = await openDivided(t)
  const patient = await hub.register()
  await hub.record(patient, 'RiskAssessed', { level: 4 })
  await hub.erase(patient)
  const asked = 'recalled RETRACTION alert.recalled@1'
  t.same(await saidTo(hub, here), { village: [ALARM, asked] })
  const document = '0198f0aa-0000-7000-8000-0000000000d1'
  await hub.recorder.appendAt('new', {
    stream: `document-${document}`,
    type: 'FeedReleased',
    data: {
      ...{ feed: 'police-quarterly', period: '2025Q4', agency: agencies.police, rows: 1, counts: {}, root: hash },
      ...{ accountingDigest: hash, documentDigest: hash, fieldSet: 'police.high@1', versions: { feed: 1 } },
      ...{ cut: { stream: 'period-police-quarterly-2025Q4', id: document }, suppressionsThrough: -1 },
    },
  })
  await hub.erase(patient, { rows: [{ document, row: 'cb7d27ce-0000-8000-8000-000000000001', commitment: hash }] })

  const said = await saidTo(hub, here)

  t.same(said.village, [ALARM, asked], `${village} was asked before`)
  t.same(
    said.town?.filter((one) => one.startsWith('recalled')),
    [asked],
  )
})
