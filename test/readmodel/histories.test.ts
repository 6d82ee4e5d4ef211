/** Properties of random histories: however they are followed, cut and rebuilt, the rows are those of the slow fold. */
import fc from 'fast-check'
import t from 'tap'
import type { PatientRecord } from '../../projections/patient-record.js'
import { verifyProjection } from '../../src/readmodel/rebuild.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { asJson, createCounty, foldedSlowly, type Step, stepArbitrary } from './county.js'
import { FOLLOWED, follow, manualCleanup } from './following.js'

/** What happens to the county, and when somebody folds, closes a period or restarts. */
type Act = { readonly step: Step } | 'drain' | 'close' | 'restart' | 'drop' | 'rebuild'

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: stepArbitrary.map((step): Act => ({ step })) },
    { weight: 3, arbitrary: fc.constant<Act>('drain') },
    { weight: 2, arbitrary: fc.constant<Act>('close') },
    { weight: 1, arbitrary: fc.constantFrom<Act>('restart', 'drop', 'rebuild') },
  ),
  { minLength: 5, maxLength: 60 },
)

const expected = (events: Parameters<typeof foldedSlowly>[0]): unknown =>
  asJson(Object.fromEntries(foldedSlowly(events)))

t.test('live rows, rows at every open cut and rebuilt rows are those of the slow fold', async (t) => {
  let cutsCompared = 0
  await fc.assert(
    fc.asyncProperty(acts, fc.integer({ min: 1, max: 9 }), async (list, batchSize) => {
      const cleanup = manualCleanup()
      const log = createMemoryLog()
      const county = createCounty(log)
      let following = await follow(cleanup, log, { batchSize })
      const cuts = new Map<string, unknown>()
      for (const act of [...list, 'drain' as const]) {
        if (typeof act === 'object') await county.take(act.step)
        else if (act === 'drain') await following.runner.drain()
        else if (act === 'restart') following = await following.reopen()
        else if (act === 'rebuild') {
          await following.runner.drain()
          t.equal((await following.runner.rebuild('patient-record')).differing, 0)
        } else if (act === 'drop') {
          const [first] = cuts.keys()
          // Feeds drop a cut only after they have read it.
          await following.runner.drain()
          if (first) await following.runner.dropCut(first)
          cuts.delete(first ?? '')
        } else cuts.set(await county.close('police-quarterly', `${2026 + cuts.size}Q1`), expected(county.events))
      }

      t.same(following.records(), expected(county.events), 'live rows')
      for (const [id, rows] of cuts) t.same(following.recordsAt(id), rows, 'rows at the cut')
      t.same(following.read().openCuts(), [...cuts.keys()], 'open cuts')
      for (const projection of FOLLOWED) {
        const report = await verifyProjection({ log, directory: following.directory, projection })
        t.equal(report.differing, 0, `${report.compared} rows as rebuilt`)
      }
      cutsCompared += cuts.size
      await cleanup.run()
    }),
    { numRuns: 20 },
  )
  t.ok(cutsCompared > 5, `${cutsCompared} cuts compared`)
})

t.test('what was deleted is built again with the cuts whose documents may be wanted', async (t) => {
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const cleanup = manualCleanup()
      const log = createMemoryLog()
      const county = createCounty(log)
      let last: { id: string; rows: unknown } | undefined
      for (const act of list) {
        if (typeof act === 'object') await county.take(act.step)
        if (act !== 'close') continue
        const id = await county.close('police-quarterly', `${2026 + county.events.length}Q1`)
        last = { id, rows: expected(county.events) }
        // Released: only the last one stays open when all is built from nothing.
        const cut = { stream: 'period-x', id }
        await county.say(`document-${id}`, 'FeedReleased', {
          cut,
          feed: 'police-quarterly',
          period: 'x',
          agency: 'a',
          rows: 0,
          root: '',
          accountingDigest: '',
          documentDigest: '',
          fieldSet: '',
          suppressionsThrough: 0,
        })
      }

      const following = await follow(cleanup, log)
      await following.runner.drain()

      t.same(following.records(), expected(county.events))
      t.same(following.read().openCuts(), last ? [last.id] : [])
      if (last) t.same(following.recordsAt(last.id), last.rows)
      await cleanup.run()
    }),
    { numRuns: 15 },
  )
})

t.test('reads a cut row by row as it reads it whole', async (t) => {
  const log = createMemoryLog()
  const county = createCounty(log)
  const step: Step = { patient: 0, what: 13, which: 0, lateDays: 0, isBareDate: false, group: 1 }
  for (let patient = 0; patient < 4; patient++) await county.take({ ...step, patient })
  const cut = await county.close('police-quarterly', '2026Q1')
  for (let patient = 2; patient < 4; patient++) await county.take({ ...step, patient })
  await county.take({ ...step, patient: 9 })
  const following = await follow(t, log)
  await following.runner.drain()
  const reader = following.read<PatientRecord>()

  const rows = [...reader.allAt(cut)]

  t.equal(rows.length, 4)
  for (const { key, row, live } of rows) {
    t.same(reader.getAt(cut, key), row)
    t.same(reader.get(key), live)
  }
  t.same(
    rows.map(({ row, live }) => row === live),
    [true, true, false, false],
    'only what changed is read twice',
  )
  t.equal(reader.getAt(cut, 'nobody'), undefined)
  const [latecomer] = [...reader.all()].filter(({ key }) => !rows.some((row) => row.key === key))
  t.equal(reader.getAt(cut, latecomer?.key ?? ''), undefined, 'who came after the cut was not there')
  t.throws(() => reader.getAt('no such cut', 'a'), { code: 'HUB_NOT_FOUND' })
  t.throws(() => [...reader.allAt('no such cut')], { code: 'HUB_NOT_FOUND' })
})
