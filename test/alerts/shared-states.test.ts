import t from 'tap'
import type { FoldedState } from '../../src/alerts/lives.js'
import { openTownship, saidTo } from './township.js'

/** What the township's agencies hear of a person who is assessed, moves and dies. */
async function heard(t: Parameters<typeof openTownship>[0], folded?: (stateAt: FoldedState) => FoldedState) {
  const { hub, boxes } = await openTownship(t, folded ? { folded } : {})
  const patient = await hub.register()
  for (const level of [1, 4, 3, 0, 5]) await hub.record(patient, 'RiskAssessed', { level })
  await hub.record(patient, 'LossOfContactDeclared', { reason: 1, declaredAt: '2026-03-02T09:32:00+08:00' })
  await hub.record(patient, 'PatientDied', { date: '2026-03-02' })
  return saidTo(hub, boxes)
}

t.test('says the same whether recording has the states in mind or not, and mostly it has', async (t) => {
  let asked = 0
  let found = 0
  const counting = (stateAt: FoldedState): FoldedState => {
    return (stream, revision) => {
      const state = stateAt(stream, revision)
      asked++
      if (state) found++
      return state
    }
  }

  const shared = await heard(t, counting)
  const folded = await heard(t, () => () => undefined)

  t.ok(Object.keys(shared).length > 0, 'somebody heard something')
  t.strictSame(shared, folded)
  t.ok(asked > 0 && found > asked / 2, `${found} of ${asked}`)
})
