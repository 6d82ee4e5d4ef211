/** An erasure by hand, for the feeds' tests: who asks for one, and when keys may go, is tested elsewhere. */
import { keyOwnersOf } from '../../src/erasure/subject-keys.js'
import { eventsOf } from '../fixtures/recording.js'
import type { County, PersonName } from './county.js'

export async function erase(county: County, ...names: PersonName[]): Promise<void> {
  for (const name of names) await erasePatient(county, county.people[name])
}

/** What an erasure does: the log says where the person stands, then the keys go. */
export async function erasePatient({ feeds, deps, vault, readModels, store }: County, patient: string): Promise<void> {
  const stream = `patient-${patient}`
  const { rows, counted } = await feeds.releasedStandings(patient)
  await deps.recorder.appendNext({
    stream,
    type: 'IdentityErased',
    data: {
      ...{ keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-05-01' },
      ...(rows.length === 0 ? {} : { rows }),
      ...(counted.length === 0 ? {} : { counted }),
    },
  })
  for (const owner of keyOwnersOf(await eventsOf(store.log, stream))) await vault.destroy(owner)
  readModels.notify()
  await readModels.through()
}
