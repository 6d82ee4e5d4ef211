/** Preloaded into every thread of a rehearsed hub: makes it one of an older version, as `older-catalogue.ts` says. */
import { register } from 'node:module'

register('./older-catalogue.js', import.meta.url)
