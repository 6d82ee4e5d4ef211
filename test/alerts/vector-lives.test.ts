import t from 'tap'
import type { HistoryEvent } from '../../src/domain/effective-history.js'
import type { NewEvent } from '../../src/domain/event.js'
import { storedTime } from '../../src/kernel/dates.js'
import { hashedId } from '../../src/kernel/ids.js'
import { exampleBody } from '../fixtures/example-events.js'
import { storedExample } from '../fixtures/stored-examples.js'
import { vectors } from '../fixtures/vectors.js'
import { openTownship } from './township.js'

const idOf = (life: number, id: string): string => hashedId(['vector', life, id])

t.test('queues every event of the vector lives in the class that the vectors give', async (t) => {
  const { hub, boxes } = await openTownship(t)
  const expected = new Map<string, string>()
  for (const [index, life] of vectors.lives.entries()) {
    const stream = `patient-${idOf(index, 'patient')}`
    const registered = storedExample(
      exampleBody('PatientRegistered', {
        presentArea: undefined,
        presentAddress: undefined,
        householdAddress: undefined,
        identity: undefined,
      }),
      { revision: 0, recordedAt: '2020-01-01T08:00:00.000+08:00', stream, id: idOf(index, 'registration') },
    )
    const { stream: _, revision: __, ...first } = registered
    const events: NewEvent[] = [{ ...first, sealed: [] }]
    const held = new Set<string>()
    for (const [step, given] of life.events.entries()) {
      events.push(storable(index, given))
      const after = life.after[step]
      const replaced = given.corrects ?? ''
      const isHeld = after?.class === 'RETRACTION_PAST' && held.has(replaced)
      const said = after?.class === 'RETRACTION_PAST' ? (isHeld ? 'RETRACTION' : 'NOTICE') : after?.class
      expected.set(idOf(index, given.id), said ?? '')
      held.add(after?.effective.at(-1) ?? '')
    }
    await hub.log.append(stream, events, 'new')
  }

  await hub.idle()

  const messages = await hub.outbox(boxes.police)
  t.equal(messages.length, 781, 'every event of every life')
  const found = new Map(messages.map(({ data }) => [(data.cause as { id: string }).id, String(data.class)]))
  const wrong = [...expected].filter(([id, said]) => found.get(id) !== said)
  t.same(wrong, [], 'every class')
  const classes = new Set(expected.values())
  t.same([...classes].sort(), ['ALARM', 'NOTICE', 'RETRACTION'])
})

function storable(life: number, given: HistoryEvent): NewEvent {
  const isAssessment = given.type === 'RiskAssessed'
  return {
    id: idOf(life, given.id),
    type: given.type,
    version: 1,
    recordedAt: given.recordedAt,
    ...(given.occurredAt === undefined ? {} : { occurredAt: storedTime(given.occurredAt) }),
    ...(given.corrects === undefined ? {} : { corrects: idOf(life, given.corrects) }),
    recordedBy: { agency: '0198f0aa-0000-7000-8000-00000000c4c0', role: 'CHC' },
    source: { kind: 'api' },
    seed: 'AAAAAAAAAAAAAAAAAAAAAA',
    data: isAssessment ? { ...given.data, evidence: [], targets: 'PROPERTY' } : { scope: given.data.scope },
    sealed: [],
  }
}
