import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import type { Told } from '../../src/alerts/beliefs.js'
import { openDispatchState } from '../../src/alerts/dispatch-state-sqlite.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'

const LOG = '0199aaaa-0000-7000-8000-000000000001'
const PATIENT = '0198f0aa-0000-7000-8000-0000000000e1'
const told: Told = {
  agency: '0198f0aa-0000-7000-8000-0000000000a1',
  subscription: '0198f0aa-0000-7000-8000-0000000000b1',
  sequence: 7,
  revision: 3,
  causeId: '0198f0aa-0000-7000-8000-0000000000c1',
  kind: 'risk-assessed',
  fieldSet: 'alert.police.high@1',
  risk: { level: 4, eventId: '0198f0aa-0000-7000-8000-0000000000c1' },
}
const { subscription: _, sequence: __, risk: ___, ...unreachable } = told

function openWritten(t: Cleanup) {
  const file = join(tempDirectory(t), 'readmodels', 'dispatch@3.sqlite')
  const state = openDispatchState(file, LOG)
  state.commit(
    [
      { kind: 'told', patientId: PATIENT, told },
      { kind: 'told', patientId: PATIENT, told: { ...unreachable, agency: '0198f0aa-0000-7000-8000-0000000000a2' } },
      { kind: 'told', patientId: PATIENT, told: { ...told, revision: 5, risk: 'none' } },
      { kind: 'outbox', subscription: 's', length: 7 },
      { kind: 'outbox', subscription: 's', length: 8 },
      { kind: 'cut', cut: { id: 'cut-1', feed: 'f', closedAt: '2026-01-08' } },
      { kind: 'cut', cut: { id: 'cut-2', feed: 'f', closedAt: '2026-04-08' } },
      { kind: 'release', cutId: 'cut-1', agency: 'a' },
    ],
    '42',
  )
  return { file, state }
}

t.test('gives back what was committed, after a close and without one', async (t) => {
  const { file, state } = openWritten(t)
  const killed = openDispatchState(file, LOG)
  t.equal(killed.position, '42', 'a process that was killed on this machine loses nothing')
  killed.close()
  state.close()

  const again = openDispatchState(file, LOG)
  t.teardown(() => again.close())

  t.equal(again.position, '42')
  t.same(again.toldOf(PATIENT), [
    told,
    { ...unreachable, agency: '0198f0aa-0000-7000-8000-0000000000a2' },
    { ...told, revision: 5, risk: 'none' },
  ])
  t.ok(again.wasTold(PATIENT, 'risk-assessed'))
  t.notOk(again.wasTold(PATIENT, 'danger'))
  t.same([...again.outboxLengths()], [['s', 8]])
  t.same(
    again.latestCuts(1).map(({ id }) => id),
    ['cut-2'],
  )
  t.ok(again.isReleased('cut-1', 'a'))
  t.notOk(again.isReleased('cut-2', 'a'))
})

const SPOILT: readonly (readonly [what: string, spoil: (file: string) => void, logId: string])[] = [
  ['of another log', () => undefined, '0199aaaa-0000-7000-8000-000000000002'],
  ['that is no database', (file) => writeFileSync(file, 'half a file'), LOG],
  [
    'that was open when the machine went down',
    (file) => {
      const database = new Database(file)
      database.prepare("UPDATE meta SET value = 'another boot' WHERE name = 'boot'").run()
      database.close()
    },
    LOG,
  ],
]

for (const [what, spoil, logId] of SPOILT) {
  t.test(`begins again where it finds a file ${what}`, async (t) => {
    const { file, state } = openWritten(t)
    state.close()
    spoil(file)

    const again = openDispatchState(file, logId)
    t.teardown(() => again.close())

    t.equal(again.position, '')
    t.same(again.toldOf(PATIENT), [])
  })
}
