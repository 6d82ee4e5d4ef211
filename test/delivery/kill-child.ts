/**
 * A hub in a process of its own, for tests that kill it. `node kill-child.js <data directory> <receiver> <assessments>`: sets up
 * on its first run, records so many assessments of a few persons without waiting, says so, and stays up delivering.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wallClock } from '../../src/kernel/clock.js'
import { openStore } from '../../src/store.js'
import { TEST_MASTER } from '../fixtures/store.js'
import { enrolTownship, openSmallHub } from './small-hub.js'

const [dataDir = '', url = '', count = '0'] = process.argv.slice(2)
const PATIENTS = 5

const store = await openStore(dataDir, TEST_MASTER, wallClock)
const hub = await openSmallHub(store, dataDir)
const marker = join(dataDir, 'set-up')
if (!existsSync(marker)) {
  const { police } = await enrolTownship(hub)
  const subscription = await hub.webhook(police, url)
  writeFileSync(marker, JSON.stringify({ subscription, police }))
}
process.stdout.write('ready\n')
const patients: string[] = []
for (let i = 0; i < (Number(count) > 0 ? PATIENTS : 0); i++) {
  patients.push(await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } }))
}
for (let i = 0; i < Number(count); i++) {
  await hub.record(patients[i % PATIENTS] ?? '', 'RiskAssessed', { level: i % 6 })
}
if (Number(count) === 0) {
  await hub.idle()
  process.stdout.write('idle\n')
} else process.stdout.write('recorded\n')
process.stdin.resume()
