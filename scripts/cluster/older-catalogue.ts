/**
 * A loader that takes one type out of the catalogue while it is read, so that a hub is one of before that type: nothing in the
 * hub knows of a switch. It refuses to load a catalogue in which it finds nothing to take out.
 */
import type { LoadHook } from 'node:module'

/** What the older hub does not know yet. */
export const NEWER_TYPE = 'ServiceConsentRefused'

const WHOLE = '[...PERSON_EVENTS, ...HUB_EVENTS]'

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context)
  if (!url.endsWith('/src/domain/catalogue.js')) return loaded
  const text = Buffer.from(loaded.source as Uint8Array).toString()
  if (!text.includes(WHOLE)) throw new Error('older-catalogue: expected the list of the catalogue, found none')
  return { ...loaded, source: text.replace(WHOLE, `${WHOLE}.filter(({ type }) => type !== '${NEWER_TYPE}')`) }
}
