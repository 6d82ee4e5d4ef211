/** An erasure by hand, for the feeds' tests: who asks for one, and when keys may go, is tested elsewhere. */
import type { County, PersonName } from './county.js'

/** What an erasure does: the log says where the person stands, then the keys go. */
export async function erase({ feeds, deps, vault, people, readModels }: County, ...names: PersonName[]): Promise<void> {
  for (const name of names) {
    const { rows, counted } = await feeds.releasedStandings(people[name])
    await deps.recorder.appendNext({
      stream: `patient-${people[name]}`,
      type: 'IdentityErased',
      data: {
        ...{ keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-05-01' },
        ...(rows.length === 0 ? {} : { rows }),
        ...(counted.length === 0 ? {} : { counted }),
      },
    })
    await vault.destroy(`patient:${people[name]}`)
  }
  readModels.notify()
  await readModels.through()
}
