/**
 * Preloaded into every thread of a rehearsed hub: the clock of its machine, which is ahead (or behind) by as many milliseconds
 * as stand in a file. The hub knows nothing of it. What runs by the monotonic clock is untouched, as it is on a real machine.
 */
import { readFileSync } from 'node:fs'

const LOOK_MS = 50
const file = process.env.REHEARSED_CLOCK_FILE
if (file === undefined) throw new Error('stepped-clock: expected REHEARSED_CLOCK_FILE, got nothing')

let aheadMs = 0
const look = (): void => {
  const text = readFileSync(file, 'utf8')
  // Half a number is read again a moment later.
  if (/^-?\d+\n$/.test(text)) aheadMs = Number(text)
}
look()
setInterval(look, LOOK_MS).unref()

const machineNow = Date.now
const now = (): number => machineNow() + aheadMs
Date.now = now
globalThis.Date = new Proxy(Date, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
})
