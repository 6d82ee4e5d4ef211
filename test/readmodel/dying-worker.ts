/** The read models' worker, which dies without an answer at the next message once a file in its directory says so. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { DEATH_WISH } from './death-wish.js'
import '../../src/readmodel-worker.js'

const { dataDir } = workerData as { readonly dataDir: string }

parentPort?.on('message', () => {
  const wish = join(dataDir, DEATH_WISH)
  if (!existsSync(wish)) return
  rmSync(wish)
  process.exit(3)
})
