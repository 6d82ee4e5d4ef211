import { fork } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { verifyProjection } from '../../src/readmodel/rebuild.js'
import { openTempStore } from '../fixtures/store.js'
import { asJson, createCounty, foldedSlowly, type Step } from './county.js'
import { FOLLOWED, follow } from './following.js'

const visit: Step = { patient: 0, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 }
const CHILD = new URL('./kill-child.js', import.meta.url)

/** True where the child was killed, false where it came to its end. */
function runChild(dataDir: string, death: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [dataDir, ...death], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(true)
      else if (code === 0) resolve(false)
      else reject(new Error(`the child ended with ${code}`))
    })
  })
}

t.test(
  'killed in the middle of batches, of cuts and of a rebuild, it goes on as if nothing had happened',
  async (t) => {
    const { store, dataDir } = await openTempStore(t)
    const county = createCounty(store.log)
    const cuts: (readonly [id: string, rows: unknown])[] = []
    const live = async (acts: number): Promise<void> => {
      for (let i = 0; i < acts; i++) {
        await county.take({
          ...visit,
          patient: i % 4,
          what: i * 3 + cuts.length,
          lateDays: i % 9,
          which: i,
          group: (i % 3) + 1,
        })
        if (i % 12 !== 7) continue
        const id = await county.close('police-quarterly', `${2026 + cuts.length}Q1`)
        cuts.push([id, asJson(Object.fromEntries(foldedSlowly(county.events)))])
      }
    }
    await live(5)
    const log = openSqliteLogReader(join(dataDir, 'log.sqlite'))
    t.teardown(() => log.close())
    const first = await follow(t, log, {}, join(dataDir, 'readmodels'))
    await first.runner.drain()
    await first.runner.close()
    const rounds = [
      [1, 'before', 'following'],
      [4, 'inside', 'following'],
      [0, 'inside', 'rebuilding'],
      [9, 'after', 'following'],
      [1, 'after', 'rebuilding'],
      [7, 'inside', 'following'],
    ] as const
    for (const [commits, moment, phase] of rounds) {
      await live(20)
      t.equal(await runChild(dataDir, [String(commits), moment, phase]), true, `killed ${moment} a commit, ${phase}`)
    }

    const last = await follow(t, log, {}, join(dataDir, 'readmodels'))
    await last.runner.drain()

    t.same(last.records(), asJson(Object.fromEntries(foldedSlowly(county.events))))
    t.same(
      last.read().openCuts(),
      cuts.map(([id]) => id),
    )
    for (const [id, rows] of cuts) t.same(last.recordsAt(id), rows)
    for (const projection of FOLLOWED) {
      const report = await verifyProjection({ log, directory: last.directory, projection })
      t.equal(report.differing, 0, `${report.compared} rows of ${report.projection} as rebuilt`)
    }
  },
)
