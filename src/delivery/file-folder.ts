/**
 * A subscription's folder under the directory that the operator names: `out/` for packages, `in/` for acknowledgements, `done/`
 * and `refused/` for what became of those, `tmp/` for what is not whole yet. The directory itself is never made: where it is
 * missing, a disk is. Whoever may write into the folder is not trusted: no link is followed.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface FileFolder {
  /** The names in `out/`. */
  packages(): Promise<readonly string[]>
  /**
   * Whole and durable under its name, or not there at all; what stood there is replaced. `mayRename` is asked at the last
   * moment; false where it said no.
   */
  put(name: string, text: string, mayRename: () => boolean): Promise<boolean>
  /** The acknowledgements in `in/`, in the order of their names; the text is undefined where none can be read. */
  acknowledgements(): Promise<
    readonly { readonly name: string; readonly text: string | undefined; readonly at: number }[]
  >
  done(name: string): Promise<void>
  /** Moves it aside with a file beside it that says why. */
  refuse(name: string, reason: string): Promise<void>
}

const PLACES = ['out', 'in', 'done', 'refused', 'tmp'] as const
const ACKNOWLEDGEMENT = /^ack-[A-Za-z0-9._-]{1,100}\.json$/
const MAX_ACKNOWLEDGEMENT_BYTES = 4096
const MAX_AT_ONCE = 100

/** True where something lies in `in/` that may be an acknowledgement. Never throws. */
export async function hasAcknowledgements(directory: string, subscription: string): Promise<boolean> {
  const names = await readdir(join(directory, subscription, 'in')).catch(() => [])
  return names.some((name) => ACKNOWLEDGEMENT.test(name))
}

/** Throws the error of the file system where the directory is missing or the folder is none. */
export async function openFileFolder(directory: string, subscription: string): Promise<FileFolder> {
  const folder = join(directory, subscription)
  const place = (kind: (typeof PLACES)[number], name: string): string => join(folder, kind, name)
  for (const path of [folder, ...PLACES.map((kind) => place(kind, ''))]) await makeDirectory(path)
  // What a crash left, or a hub that has lost its lease still writes: then its rename finds nothing.
  for (const name of await readdir(place('tmp', ''))) await rm(place('tmp', name), { recursive: true, force: true })

  return {
    packages: () => readdir(place('out', '')),
    async put(name, text, mayRename) {
      const passing = place('tmp', randomUUID())
      try {
        const file = await open(passing, 'wx', 0o640)
        try {
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
        if (!mayRename()) return false
        await rename(passing, place('out', name))
      } finally {
        await rm(passing, { force: true })
      }
      await syncDirectory(place('out', ''))
      return true
    },
    async acknowledgements() {
      const names = (await readdir(place('in', ''))).filter((name) => ACKNOWLEDGEMENT.test(name)).sort()
      return Promise.all(
        names.slice(0, MAX_AT_ONCE).map(async (name) => ({ name, ...(await readSmall(place('in', name))) })),
      )
    },
    async done(name) {
      await rename(place('in', name), place('done', name))
    },
    async refuse(name, reason) {
      const file = place('refused', `${name}.reason.txt`)
      // Never into what somebody else has put there.
      await rm(file, { force: true })
      await writeFile(file, `${reason}\n`, { mode: 0o640, flag: 'wx' })
      await rename(place('in', name), place('refused', name))
    },
  }
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o770 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  if (!(await lstat(path)).isDirectory()) throw Object.assign(new Error('expected a directory'), { code: 'ENOTDIR' })
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function readSmall(path: string): Promise<{ readonly text: string | undefined; readonly at: number }> {
  const NOTHING = { text: undefined, at: 0 }
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined)
  if (!file) return NOTHING
  try {
    const stats = await file.stat()
    if (!stats.isFile()) return NOTHING
    // No more than this, however it grows meanwhile.
    const bytes = Buffer.alloc(MAX_ACKNOWLEDGEMENT_BYTES + 1)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    if (bytesRead > MAX_ACKNOWLEDGEMENT_BYTES) return NOTHING
    return { text: bytes.toString('utf8', 0, bytesRead), at: stats.mtimeMs }
  } finally {
    await file.close()
  }
}
