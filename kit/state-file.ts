/**
 * The state file of one receiver. Written beside it, synced, and renamed over it: a crash leaves the old state or the new
 * one, never half of one. One process has it at a time; nothing here locks it.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KitError } from './kit-error.js'
import { emptyState, parseState, type StateSnapshot } from './state.js'

/** The state as it lies there, or an empty one where there is no file. Throws `STATE_UNREADABLE`, `OTHER_SUBSCRIPTION`. */
export async function readStateFile(path: string, subscription: string): Promise<StateSnapshot> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return emptyState(subscription)
    throw new KitError('STATE_UNREADABLE', 'the state file cannot be read', { cause })
  }
  const state = parseState(text)
  if (state.subscription !== subscription) {
    throw new KitError('OTHER_SUBSCRIPTION', 'the state file counts the messages of another subscription')
  }
  return state
}

/** Resolves when it is on the disk. Throws `STATE_NOT_WRITTEN`; then it is as it was, or as it should be. */
export async function writeStateFile(path: string, state: StateSnapshot): Promise<void> {
  try {
    const beside = `${path}.new`
    const file = await open(beside, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(state)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await syncDirectory(dirname(path))
  } catch (cause) {
    throw new KitError('STATE_NOT_WRITTEN', 'the state file cannot be written', { cause })
  }
}

/** The new name is durable only when its directory is; Windows has no such call and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
