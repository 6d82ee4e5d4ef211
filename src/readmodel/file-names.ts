/**
 * The names of a projection's files. `patient-record@1.sqlite` is the first; a rebuild makes `patient-record@1.2.sqlite` and
 * names it in the pointer `patient-record@1.current`, replaced atomically. Whatever else bears the name is a stray.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Where a verification builds: a directory of its own, gone when it is done. */
export const ASIDE_PREFIX = 'verify-'

/** The file that the pointer names, or the first one. */
export function currentFile(directory: string, projectionId: string): string {
  return join(directory, pointedAt(directory, projectionId) ?? `${projectionId}.sqlite`)
}

/** Where a rebuild puts the file that is to take the current one's place. */
export function nextFile(directory: string, projectionId: string): string {
  const current = basename(currentFile(directory, projectionId))
  const generation = Number(/\.(\d+)\.sqlite$/.exec(current)?.[1] ?? 1)
  return join(directory, `${projectionId}.${generation + 1}.sqlite`)
}

/** Makes a file the current one: after a crash it is, or it is not. */
export function switchTo(directory: string, projectionId: string, file: string): void {
  const pointer = pointerFile(directory, projectionId)
  const descriptor = openSync(`${pointer}.new`, 'w')
  try {
    writeSync(descriptor, basename(file))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${pointer}.new`, pointer)
}

/** Removes what a crash left of this projection: half-built files, scratch, files that no pointer names. */
export function removeStrays(directory: string, projectionId: string): void {
  const current = basename(currentFile(directory, projectionId))
  const kept = new Set([current, `${current}-wal`, `${current}-shm`, basename(pointerFile(directory, projectionId))])
  for (const name of readdirSync(directory)) {
    if (name.startsWith(`${projectionId}.`) && !kept.has(name)) {
      rmSync(join(directory, name), { recursive: true, force: true })
    }
  }
}

/** Removes what a verification left that was killed. */
export function removeAsides(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(ASIDE_PREFIX)) rmSync(join(directory, name), { recursive: true, force: true })
  }
}

function pointerFile(directory: string, projectionId: string): string {
  return join(directory, `${projectionId}.current`)
}

function pointedAt(directory: string, projectionId: string): string | undefined {
  try {
    return readFileSync(pointerFile(directory, projectionId), 'utf8').trim() || undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
