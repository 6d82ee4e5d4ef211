import t from 'tap'
import { createDirectory } from '../../src/domain/directory.js'
import { createRecorder } from '../../src/recording/recorder.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { enrolled, eventsOf, officer, openRecording } from '../fixtures/recording.js'

const OTHER_UNIT = '0198f0aa-0000-7000-8000-00000000c0de'

t.test('the same write is the same, whose it is to match by now', async (t) => {
  const { deps, log } = await openRecording(t)
  let unit = EXAMPLE_UNIT
  const directory = () => {
    const now = createDirectory()
    for (const event of enrolled(unit, 'CHC', [EXAMPLE_TOWNSHIP])) now.apply(event)
    return now
  }
  const recorder = createRecorder({ ...deps, directory })
  t.teardown(() => recorder.stop())
  const event = { ...exampleBody('DangerousBehaviorReported'), id: '01990000-0000-7000-8000-0000000000aa' }
  const send = (name: string) =>
    recorder.record(officer, { person: { name, township: EXAMPLE_TOWNSHIP }, events: [event] })

  const first = await send('张示例')
  unit = OTHER_UNIT
  const again = await send('张示例')

  t.same(again, first)
  t.match(await eventsOf(log, `held-${first.kind === 'held' ? first.heldId : ''}`), [{ data: { unit: EXAMPLE_UNIT } }])
  await t.rejects(send('李示例'), { code: 'HUB_DIFFERENT_CONTENT' }, 'whom it names is what the client said')
})
