/** `lianhu recalls`, on a store that nobody serves. */
import t from 'tap'
import { patientStream } from '../../src/domain/streams.js'
import { cli, seededStore } from './run.js'

t.test('lists who has not said that the copies are deleted, without naming a person', async (t) => {
  const all = cli(t)
  const { hub, police, patientId } = await seededStore(all)
  const ask = (deleteBy: string) =>
    hub.hubRecorder.appendNext({
      stream: patientStream(patientId),
      type: 'RecallSent',
      data: { agency: police.agency, reason: 'CONSENT_WITHDRAWN', deleteBy },
    })
  const late = await ask('2026-05-15')
  const answered = await ask('2026-06-01')
  const open = await ask('2026-09-15')
  await hub.readModels.through()
  const person = { agency: police.agency, role: 'POLICE', client: police.keyId, isOperator: false } as const
  await t.rejects(hub.recalls.acknowledge(person, answered.id), { code: 'HUB_PERSON_REQUIRED' })
  await hub.recalls.acknowledge({ ...person, person: 'staff-9' }, answered.id)
  await hub.readModels.through()
  await hub.stop()
  Object.assign(all.env, { LIANHU_SIMULATED: 'true', LIANHU_CALENDAR_START: '2026-07-02' })

  const everything = await all.run('recalls')
  const waiting = await all.run('recalls', '--open', '--json')

  t.same([everything.code, waiting.code], [0, 0])
  const lines = everything.out.trim().split('\n')
  t.equal(lines.length, 3)
  t.match(lines[0], new RegExp(`^${late.id}.*POLICE 单位 POLICE.*逾期未确认（期限 2026-05-15）`))
  t.match(lines[1], new RegExp(`^${answered.id}.*已确认删除`))
  t.match(lines[2], new RegExp(`^${open.id}.*待确认（期限 2026-09-15）`))
  t.same(
    waiting.json.sent.map(({ recall, isOverdue }: { recall: string; isOverdue: boolean }) => [recall, isOverdue]),
    [
      [late.id, true],
      [open.id, false],
    ],
  )
  t.notMatch(everything.out + waiting.out, new RegExp(patientId))
})
